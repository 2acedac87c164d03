"""Steps that send traffic, switch links and wait; and by which ports frames left."""

from ipaddress import IPv4Address

import pytest
from pytest_bdd import given, parsers, then, when

from lagg_tool.testbed.contract import Capability
from lagg_tool.testbed.partner import Settings
from lagg_tool.wire import arp, slow
from lagg_tool.wire.ethernet import EtherType
from steps.world import NEIGHBOUR, World, counts, numbers, question
from steps.world.pings import Pings

# Each datagram has another source and destination port; all at once, since nc waits.
_DATAGRAMS = (
    'i=0; while [ $i -lt "$2" ]; do echo x | nc -u -w 1 "$1" $((9000+i)) & i=$((i+1)); done; wait'
)

_LINK = parsers.re(r"the link of port (?P<port>\d) (?P<way>is lost|returns)")
_PASS = parsers.parse("{seconds:d} seconds pass")


@given(_LINK)
@when(_LINK)
def link(world: World, port: str, way: str) -> None:
    world.name(int(port))
    world.mark()
    world.testbed(Capability.CARRIER).set_link(int(port), up=way == "returns")
    world.settle()


@given(parsers.re(r"(?P<ports>ports? [\d, and]+) reports? (its|their) links?"))
def report_links(world: World, ports: str) -> None:
    """Skip where the driver does not report a carrier, as epair(4) does not."""
    for name in map(world.name, numbers(ports)):
        options = world.interface(name).options
        if options is None or "LINKSTATE" not in options.names:
            pytest.skip(f"{name} does not report whether it has a link")


@given(_PASS)
@when(_PASS)
def seconds_pass(world: World, seconds: int) -> None:
    world.mark()
    world.testbed().wait(seconds, f"{seconds} seconds pass")


@when(parsers.parse("the NAS sends {count:d} pings to the neighbour"), target_fixture="pings")
def pings_to_neighbour(world: World, count: int) -> Pings:
    line = f"ping -c {count} -i 0.05 -W 300 -t 3 {NEIGHBOUR}"
    return Pings(count, world.administrator(line))


@when(parsers.parse("the NAS sends UDP datagrams to {count:d} ports of the neighbour"))
def datagrams(world: World, count: int) -> None:
    world.script(_DATAGRAMS, str(NEIGHBOUR), str(count))


@when(parsers.re(r"an echo request arrives on (?P<ports>ports? .*)"))
def echo_arrives(world: World, ports: str) -> None:
    to = world.lagg_mac()
    world.ask([question(to, port, sequence=port) for port in numbers(ports)])


@when(parsers.re(r"an LACPDU arrives on (?P<ports>ports .*)"))
def lacpdu_arrives(world: World, ports: str) -> None:
    """Send one, or start a partner that sends them where nothing else can be sent."""
    actor = slow.Info(0x8000, bytes.fromhex("0200000000fe"), 7, 0x8000, 1, slow.State(0x3D))
    pdu = slow.Lacpdu(actor, slow.NOBODY).encode(bytes.fromhex("020000000001"))
    testbed = world.testbed(Capability.LACP)
    if Capability.FORGE in testbed.capabilities:
        world.inject((port, pdu) for port in numbers(ports))
        return
    for port in numbers(ports):
        world.name(port)
    world.mark()
    world.attempt(lambda: testbed.lacp(numbers(ports), Settings(system=actor.system)))
    world.settle()


# --- where the pings went ---


@then(parsers.re(r"the pings leave by (?P<use>port \d|one port)"))
def pings_leave_by(world: World, pings: Pings, use: str) -> None:
    ports = _noted_requests(world, pings)
    assert len(ports) == pings.count
    assert len(set(ports)) == 1
    assert use == "one port" or set(ports) == set(numbers(use))


@then(parsers.re(r"the pings leave by (?P<ports>ports .*), spread over them"))
def pings_spread(world: World, pings: Pings, ports: str) -> None:
    left = _noted_requests(world, pings)
    assert len(left) == pings.count
    assert set(left) == set(numbers(ports))


@then(parsers.re(r"the pings leave by (?P<ports>ports .*), a copy by each"))
def pings_copied(world: World, pings: Pings, ports: str) -> None:
    left = _noted_requests(world, pings)
    assert {port: left.count(port) for port in set(left)} == dict.fromkeys(
        numbers(ports), pings.count
    )


def _noted_requests(world: World, pings: Pings) -> list[int]:
    """Return the ports by which the pings left, and note how many each carried."""
    ports = world.requests()
    world.note(f"{pings.count} pings: {counts(ports)}")
    return ports


@then(parsers.re(r"the pings take ports (?P<order>.*) in turn"))
def pings_in_turn(world: World, pings: Pings, order: str) -> None:
    """Compare with the round, wherever it began."""
    ports, around = world.requests(), numbers(order)
    world.note(f"the pings left by ports {', '.join(map(str, ports))}")
    rounds = [
        [around[(begin + i) % len(around)] for i in range(pings.count)]
        for begin in range(len(around))
    ]
    assert ports in rounds


@then(parsers.parse("the pings that leave take port {port:d}"))
def pings_that_leave(world: World, pings: Pings, port: int) -> None:
    assert set(_noted_requests(world, pings)) == {port}


@then(parsers.parse("no ping leaves by port {port:d}"))
def no_ping_by(world: World, port: int) -> None:
    assert port not in world.requests()


@then("every ping leaves")
def every_ping_leaves(world: World, pings: Pings) -> None:
    assert len(_noted_requests(world, pings)) >= pings.count


@then("no ping is answered")
def no_ping_answered(pings: Pings) -> None:
    assert pings.none_answered, pings.output


@then(parsers.parse('the pings fail with "{words}"'))
def pings_fail(pings: Pings, words: str) -> None:
    assert pings.refusals == [words] * pings.count


# --- what the NAS sent ---


@then("nothing leaves by any port")
def nothing_leaves(world: World) -> None:
    ports = [sent.port for sent in world.sent()]
    world.note(f"frames from the NAS: {counts(ports)}")
    assert not ports


@then(parsers.parse("{address} is announced by port {port:d}"))
def announced(world: World, address: str, port: int) -> None:
    """Look for gratuitous ARP: the address asks for itself, from the LAGG's MAC address."""
    heard = [sent for sent in world.sent() if sent.ethernet.ethertype == EtherType.ARP]
    packets = [(sent.port, arp.Arp.parse(sent.ethernet.payload)) for sent in heard]
    found = [(where, p.sender_mac) for where, p in packets if p and _announces(p, address)]
    assert found == [(port, world.lagg_mac())], f"announcements of {address}: {found}"


def _announces(packet: arp.Arp, address: str) -> bool:
    return packet.sender == packet.target == IPv4Address(address)


@then("no data leaves by any port")
def no_data_leaves(world: World) -> None:
    ports = [s.port for s in world.sent() if s.ethernet.ethertype != EtherType.SLOW]
    world.note(f"frames from the NAS that are not LACP: {counts(ports)}")
    assert not ports


@then("the NAS does not answer")
def no_answer(world: World) -> None:
    ports = [reply.port for reply in world.replies()]
    world.note(f"echo replies: {counts(ports)}")
    assert not ports


@then("the NAS answers")
def answers(world: World) -> None:
    ports = [reply.port for reply in world.replies()]
    world.note(f"echo replies: {counts(ports)}")
    assert ports


@then(parsers.parse("the NAS answers by port {port:d}"))
def answers_by(world: World, port: int) -> None:
    assert [reply.port for reply in world.replies()] == [port]


@then(parsers.parse("the NAS answers each of the {count:d} requests"))
def answers_each(world: World, count: int) -> None:
    packets = {reply.packet.identification for reply in world.replies() if reply.packet}
    world.note(f"{len(packets)} different echo replies")
    assert len(packets) == count


@then(parsers.re(r"the datagrams leave by (?P<use>one port|more than one port)"))
def datagrams_leave_by(world: World, use: str) -> None:
    ports = world.datagrams()
    world.note(f"datagrams: {counts(ports)}")
    assert ports
    assert (len(set(ports)) == 1) == (use == "one port")
