"""Steps with many clients: by which port the NAS answers each, before and after a change."""

from collections.abc import Mapping
from ipaddress import IPv4Address

import pytest
from pytest_bdd import given, parsers, then, when

from lagg_tool.testbed.contract import Capability, Direction, Frame
from steps.world import World, counts, is_ipv4, numbers, question

_FIRST_CLIENT = int(IPv4Address("192.0.2.20"))
# Who was answered by which ports, in the order of the answers.
Answered = Mapping[IPv4Address, tuple[int, ...]]

_ASK = parsers.re(
    r"(?P<count>\d+) clients each send (?P<each>\d) echo requests? on port (?P<port>\d)"
)


@pytest.fixture
def rounds() -> list[Answered]:
    """Return the answers of each round of requests, empty at first."""
    return []


@given(_ASK)
@when(_ASK)
def clients_ask(world: World, rounds: list[Answered], count: str, each: str, port: str) -> None:
    """Announce the clients and send their requests; the answers of the NAS are the evidence."""
    testbed, to = world.testbed(Capability.ASK), world.lagg_mac()
    world.name(int(port))
    clients = [(IPv4Address(_FIRST_CLIENT + i), _client_mac(i)) for i in range(int(count))]
    questions = [
        question(to, int(port), ip, mac, turn) for turn in range(int(each)) for ip, mac in clients
    ]
    with world.keeping(_is_answer):
        world.attempt(lambda: testbed.announce(questions))
        world.settle()
        world.ask(questions)
    rounds.append(_answers(world, [ip for ip, _ in clients]))
    _note_answers(world, rounds[-1])


def _answers(world: World, clients: list[IPv4Address]) -> Answered:
    answered: dict[IPv4Address, tuple[int, ...]] = dict.fromkeys(clients, ())
    for reply in world.replies():
        packet = reply.packet
        assert packet is not None
        answered[packet.destination] += (reply.port,)
    return answered


def _note_answers(world: World, answered: Answered) -> None:
    every = [port for ports in answered.values() for port in ports]
    world.note(f"{len(every)} answers to {len(answered)} clients: {counts(every)}")
    for used in sorted(set(every)):
        world.note(f"answered by port {used}: {_names(_of_port(answered, used))}")


def _is_answer(frame: Frame) -> bool:
    return frame.direction is Direction.FROM_NAS and is_ipv4(frame)


def _client_mac(number: int) -> bytes:
    return bytes.fromhex("0200000001") + bytes([number])


@then("every client is answered")
def every_client_answered(rounds: list[Answered]) -> None:
    silent = [client for client, ports in rounds[-1].items() if not ports]
    assert not silent, f"not answered: {_names(silent)}"


@then("every client is answered by one port only")
def by_one_port(rounds: list[Answered]) -> None:
    other = {client: ports for client, ports in rounds[-1].items() if len(set(ports)) != 1}
    assert not other


@then(parsers.re(r"each of (?P<ports>ports .*) carries some answers"))
def carries_some(rounds: list[Answered], ports: str) -> None:
    assert _used(rounds[-1]) == set(numbers(ports))


@then(parsers.re(r"all answers leave by port (?P<port>\d)"))
def all_answers_by(rounds: list[Answered], port: str) -> None:
    assert _used(rounds[-1]) == {int(port)}


@then(parsers.parse("no answer leaves by port {port:d}"))
def no_answer_by(rounds: list[Answered], port: int) -> None:
    assert port not in _used(rounds[-1])


@then(parsers.parse("the clients of port {before:d} are answered by port {now:d}"))
def moved(world: World, rounds: list[Answered], before: int, now: int) -> None:
    clients = _of_port(rounds[0], before)
    world.note(f"{len(clients)} clients of port {before}: {_names(clients)}")
    assert clients
    assert {port for client in clients for port in rounds[-1][client]} == {now}


@then(parsers.re(r"the clients of (?P<ports>ports .*) are answered as before"))
def others_stay(rounds: list[Answered], ports: str) -> None:
    first, last = rounds[0], rounds[-1]
    stayed = {client: by for client, by in first.items() if set(by) <= set(numbers(ports))}
    assert stayed
    assert {client: last[client] for client in stayed} == stayed


@then("all clients are answered as before")
def all_stay(world: World, rounds: list[Answered]) -> None:
    first, last = rounds[0], rounds[-1]
    same = sum(last[client] == ports for client, ports in first.items())
    world.note(f"{same} of {len(first)} clients are answered by the port of the first round")
    assert last == first


def _of_port(answered: Answered, port: int) -> list[IPv4Address]:
    return [client for client, ports in answered.items() if port in ports]


def _names(clients: list[IPv4Address]) -> str:
    return ", ".join(map(str, clients))


def _used(answered: Answered) -> set[int]:
    return {port for ports in answered.values() for port in ports}
