"""Steps with many clients: whose flow the NAS sends through which port, before and after."""

from collections.abc import Mapping
from ipaddress import IPv4Address

from pytest_bdd import parsers, step, then

from lagg_tool.testbed.contract import Capability, Direction, Frame
from lagg_tool.wire.ethernet import Ethernet, EtherType
from steps.world import World, counts, numbers, question

_FIRST_CLIENT = int(IPv4Address("192.0.2.20"))
# Who was answered by which ports, in the order of the answers.
Answered = Mapping[IPv4Address, tuple[int, ...]]


@step(
    parsers.re(r"(?P<count>\d+) clients each send (?P<each>\d) echo requests? on port (?P<port>\d)")
)
def clients_ask(world: World, count: str, each: str, port: str) -> None:
    """Let clients announce themselves, then ask; the NAS's answers are the evidence."""
    clients = [(IPv4Address(_FIRST_CLIENT + i), _client_mac(i)) for i in range(int(count))]
    to = world.lagg_mac()
    questions = [
        question(to, int(port), ip, mac, turn) for turn in range(int(each)) for ip, mac in clients
    ]
    world.name(int(port))
    bench = world.bench(Capability.ASK)
    with world.keeping(_is_answer):
        world.attempt(lambda: bench.announce(questions))
        world.settle()
        world.ask(questions)
    answered: dict[IPv4Address, tuple[int, ...]] = {ip: () for ip, _ in clients}
    for reply in world.replies():
        packet = reply.packet
        assert packet is not None
        answered[packet.destination] += (reply.port,)
    world.rounds.append(answered)
    every = [port for ports in answered.values() for port in ports]
    world.note(f"{len(every)} answers to {count} clients: {counts(every)}")
    for used in sorted(set(every)):
        world.note(f"answered by port {used}: {_names(_of_port(answered, used))}")


def _is_answer(frame: Frame) -> bool:
    ethernet = Ethernet.parse(frame.data)
    is_data = ethernet is not None and ethernet.ethertype == EtherType.IPV4
    return is_data and frame.direction is Direction.FROM_NAS


def _client_mac(number: int) -> bytes:
    return bytes.fromhex("020000000100")[:5] + bytes([number])


@then("every client is answered")
def every_client_answered(world: World) -> None:
    assert all(world.rounds[-1].values())


@then("every client is answered by one port only")
def by_one_port(world: World) -> None:
    assert all(len(set(ports)) == 1 for ports in world.rounds[-1].values())


@then(parsers.re(r"each of (?P<ports>ports .*) carries some answers"))
def carries_some(world: World, ports: str) -> None:
    assert _used(world.rounds[-1]) == set(numbers(ports))


@then(parsers.re(r"all answers leave by port (?P<port>\d)"))
def all_answers_by(world: World, port: str) -> None:
    assert _used(world.rounds[-1]) == {int(port)}


@then(parsers.parse("no answer leaves by port {port:d}"))
def no_answer_by(world: World, port: int) -> None:
    assert port not in _used(world.rounds[-1])


@then(parsers.parse("the clients of port {before:d} are answered by port {now:d}"))
def moved(world: World, before: int, now: int) -> None:
    clients = _of_port(world.rounds[0], before)
    world.note(f"{len(clients)} clients of port {before}: {_names(clients)}")
    assert clients
    assert {port for client in clients for port in world.rounds[-1][client]} == {now}


@then(parsers.re(r"the clients of (?P<ports>ports .*) are answered as before"))
def others_stay(world: World, ports: str) -> None:
    first, last = world.rounds[0], world.rounds[-1]
    stayed = {client: by for client, by in first.items() if set(by) <= set(numbers(ports))}
    assert stayed
    assert {client: last[client] for client in stayed} == stayed


@then("all clients are answered as before")
def all_stay(world: World) -> None:
    first, last = world.rounds[0], world.rounds[-1]
    same = sum(last[client] == ports for client, ports in first.items())
    world.note(f"{same} of {len(first)} clients are answered by the port of the first round")
    assert last == first


def _of_port(answered: Answered, port: int) -> list[IPv4Address]:
    return [client for client, ports in answered.items() if port in ports]


def _names(clients: list[IPv4Address]) -> str:
    return ", ".join(map(str, clients))


def _used(answered: Answered) -> set[int]:
    return {port for ports in answered.values() for port in ports}
