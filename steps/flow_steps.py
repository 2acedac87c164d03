"""Steps with many clients: by which port the NAS answers each, before and after a change."""

from collections.abc import Callable, Mapping
from ipaddress import IPv4Address

import pytest
from pytest_bdd import given, parsers, then, when

from lagg_tool.testbed.contract import Capability, Direction, Frame
from steps.world import World, counts, is_ipv4, numbers, ports_text, question
from steps.world.lacpdus import active_port
from steps.world.world import PATIENCE_SECONDS

_FIRST_CLIENT = int(IPv4Address("192.0.2.20"))
# Who was answered by which ports, in the order of the answers.
Answered = Mapping[IPv4Address, tuple[int, ...]]

_OWN = "clients with MAC addresses of their own"
_ASK = parsers.re(
    rf"(?P<count>\d+) (?P<who>clients|clients of mixed addresses|{_OWN}|hosts behind one router) "
    r"each send (?P<each>\d) echo requests? on "
    r"(?P<port>port \d|the active port)"
)


@pytest.fixture
def rounds() -> list[Answered]:
    """Return the answers of each round of requests, empty at first."""
    return []


@given(_ASK)
@when(_ASK)
def clients_ask(
    world: World, rounds: list[Answered], *, count: str, who: str, each: str, port: str
) -> None:
    """Announce the clients and send their requests; the answers of the NAS are the evidence."""
    testbed, to = world.testbed(Capability.ASK), world.lagg_mac()
    world.testbed(Capability.OWN_MACS if who == _OWN else Capability.ASK)
    by = active_port(world) if port == "the active port" else numbers(port)[0]
    world.name(by)
    clients = [(IPv4Address(_FIRST_CLIENT + i), _MACS[who](i)) for i in range(int(count))]
    # Each with a number of its own: a hash that takes ICMP for ports spreads them.
    questions = [
        question(to, by, ip, mac, number) for number, (ip, mac) in enumerate(clients * int(each))
    ]
    with world.keeping(_is_answer):
        world.attempt(lambda: testbed.announce(questions))
        world.settle()
        world.ask(questions)
        hosts = [ip for ip, _ in clients]
        wait_for_answers(world, hosts, int(each))
    rounds.append(_answers(world, hosts))
    _note_answers(world, rounds[-1])


def wait_for_answers(world: World, clients: list[IPv4Address], each: int) -> None:
    """Wait until every client has its answers; what stays away is for the steps to judge."""

    def complete() -> bool:
        return all(len(ports) >= each for ports in _answers(world, clients).values())

    if not complete():
        world.testbed().wait_until(complete, PATIENCE_SECONDS, "answers to every client")


def _answers(world: World, clients: list[IPv4Address]) -> Answered:
    answered: dict[IPv4Address, tuple[int, ...]] = dict.fromkeys(clients, ())
    for reply in world.replies():
        packet = reply.packet
        if packet is not None and packet.destination in answered:
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
    """Return addresses whose bits have another parity than those of the IP address.

    The lowest bit of the kernel's hash is the parity of the lowest bits of what it takes in
    (FNV, sys/sys/fnv_hash.h): of two ports, clients numbered the same way would all use one.
    """
    return bytes.fromhex("02000000") + bytes([1 + number % 3, number])


def _mixed_mac(number: int) -> bytes:
    """Return addresses whose last octets do not count up with those of the IP addresses.

    Linux takes the exclusive or of both (bond_xmit_hash, drivers/net/bonding/bond_main.c).
    """
    return bytes.fromhex("0200000001") + bytes([number * 37 % 251])


_MACS: Mapping[str, Callable[[int], bytes]] = {
    "clients": _client_mac,
    _OWN: _client_mac,
    "clients of mixed addresses": _mixed_mac,
    "hosts behind one router": lambda _: bytes.fromhex("020000000255"),
}


@then("every client is answered")
def every_client_answered(rounds: list[Answered]) -> None:
    _assert_answered(rounds[-1])


@then("every client is answered by one port only")
def by_one_port(rounds: list[Answered]) -> None:
    _assert_answered(rounds[-1])
    several = [
        f"{client} by {ports_text(ports)}"
        for client, ports in rounds[-1].items()
        if len(set(ports)) > 1
    ]
    assert not several, f"answered by several ports, expected was one: {'; '.join(several)}"


def _assert_answered(answered: Answered) -> None:
    silent = [client for client, ports in answered.items() if not ports]
    others = ports_text(_used(answered))
    assert not silent, f"not answered: {_names(silent)}; the others were answered by {others}"


@then(parsers.re(r"each of (?P<ports>ports .*) carries some answers"))
def carries_some(rounds: list[Answered], ports: str) -> None:
    used = _used(rounds[-1])
    assert used == set(numbers(ports)), f"answers left by {ports_text(used)}, expected was {ports}"


@then(parsers.re(r"all answers leave by (?P<use>port \d|one port)"))
def all_answers_by(rounds: list[Answered], use: str) -> None:
    used = _used(rounds[-1])
    right = len(used) == 1 if use == "one port" else used == set(numbers(use))
    assert right, f"answers left by {ports_text(used)}, expected was {use} alone"


@then(parsers.parse("no answer leaves by port {port:d}"))
def no_answer_by(rounds: list[Answered], port: int) -> None:
    clients = _of_port(rounds[-1], port)
    assert not clients, f"answered by port {port}, expected was another: {_names(clients)}"


@then(parsers.parse("the clients of port {before:d} are answered by port {now:d}"))
def moved(world: World, rounds: list[Answered], before: int, now: int) -> None:
    clients = _of_port(rounds[0], before)
    world.note(f"{len(clients)} clients of port {before}: {_names(clients)}")
    assert clients, f"no client was answered by port {before} in the first round"
    other = [client for client in clients if set(rounds[-1][client]) != {now}]
    found = "; ".join(f"{client} by {ports_text(rounds[-1][client])}" for client in other)
    assert not other, f"not answered by port {now}: {found}"


@then(parsers.re(r"the clients of (?P<ports>ports .*) are answered as before"))
def others_stay(rounds: list[Answered], ports: str) -> None:
    first, last = rounds[0], rounds[-1]
    stayed = {client: by for client, by in first.items() if set(by) <= set(numbers(ports))}
    assert stayed, f"no client was answered by {ports} in the first round"
    _assert_same(stayed, last)


@then(parsers.re(r"some clients of (?P<ports>ports .*) are answered by another port than before"))
def some_move(world: World, rounds: list[Answered], ports: str) -> None:
    first, last = rounds[0], rounds[-1]
    asked = {client: by for client, by in first.items() if by and set(by) <= set(numbers(ports))}
    moved = [client for client, by in asked.items() if set(last[client]) != set(by)]
    world.note(f"{len(moved)} of {len(asked)} clients of {ports} are answered by another port")
    assert moved, f"each of {len(asked)} clients of {ports} is answered by the port of before"


@then("all clients are answered as before")
def all_stay(world: World, rounds: list[Answered]) -> None:
    first, last = rounds[0], rounds[-1]
    same = sum(last[client] == ports for client, ports in first.items())
    world.note(f"{same} of {len(first)} clients are answered by the port of the first round")
    _assert_same(first, last)


def _assert_same(before: Answered, now: Answered) -> None:
    """Assert that clients are answered by the same ports as before."""
    moved = [
        f"{client} by {ports_text(now[client])}, before by {ports_text(ports)}"
        for client, ports in before.items()
        if set(now[client]) != set(ports)
    ]
    assert not moved, f"answered by other ports: {'; '.join(moved)}"


def _of_port(answered: Answered, port: int) -> list[IPv4Address]:
    return [client for client, ports in answered.items() if port in ports]


def _names(clients: list[IPv4Address]) -> str:
    return ", ".join(map(str, clients))


def _used(answered: Answered) -> set[int]:
    return {port for ports in answered.values() for port in ports}
