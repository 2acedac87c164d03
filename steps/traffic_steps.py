"""Steps that send traffic, switch links and wait; and by which ports frames left."""

from collections import Counter
from collections.abc import Callable

import pytest
from pytest_bdd import given, parsers, then, when

from lagg_tool.testbed.contract import Capability
from lagg_tool.testbed.partner import Settings
from lagg_tool.wire import ip, slow
from lagg_tool.wire.ethernet import EtherType, mac_text
from steps.world import NEIGHBOUR, World, counts, numbers, ports_text, question
from steps.world.pings import Pings

# Each flow has another source and destination port; all at once, since nc waits.
_FLOWS = (
    'host=$1; count=$2; shift 2; i=0; while [ $i -lt "$count" ]; do '
    'echo x | nc "$@" -w 1 "$host" $((9000+i)) & i=$((i+1)); done; wait'
)

# Each VLAN has a network, a neighbour and a flow of its own.
_VLANS = (
    "i=16; for vlan; do host=198.51.100.$((i+9)); "
    'ifconfig "$vlan" create vlan "${vlan#vlan}" vlandev lagg0 "198.51.100.$((i+1))/28" up; '
    'arp -s "$host" 02:00:00:00:00:09; '
    'echo x | nc -u -w 1 "$host" 9000 & i=$((i+16)); done; wait'
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
    for name in world.names(ports):
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
    return Pings(count, world.administrator(world.dialect.pings(count, str(NEIGHBOUR))))


@when(parsers.re(r"the NAS sends UDP datagrams to (?P<count>\d+) ports of (?P<who>.+)"))
def datagrams(world: World, count: str, who: str) -> None:
    world.script(_FLOWS, str(NEIGHBOUR) if who == "the neighbour" else who, count, "-u")


@when("the NAS sends a UDP datagram within 198.51.100.0/24 in each of these VLANs on lagg0")
def datagrams_in_vlans(world: World, datatable: list[list[str]]) -> None:
    world.script(_VLANS, *(vlan for row in datatable for vlan in row))


@when(parsers.parse("the NAS asks {count:d} ports of the neighbour for TCP connections"))
def connections(world: World, count: int) -> None:
    world.script(_FLOWS, str(NEIGHBOUR), str(count))


@when(parsers.re(r"an echo request arrives on (?P<ports>ports? .*)"))
def echo_arrives(world: World, ports: str) -> None:
    """Send the same request to each port: copies, as broadcast makes them."""
    to = world.lagg_mac()
    world.ask([question(to, port) for port in numbers(ports)])


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
    def right(ports: list[int]) -> bool:
        one = len(set(ports)) == 1
        return one and (use == "one port" or set(ports) == set(numbers(use)))

    _expect_pings(world, pings, right, f"all {pings.count} by {use}")


@then(parsers.re(r"the pings leave by (?P<ports>ports .*), spread over them"))
def pings_spread(world: World, pings: Pings, ports: str) -> None:
    expected = f"{pings.count} spread over {ports}"
    _expect_pings(world, pings, lambda left: set(left) == set(numbers(ports)), expected)


@then(parsers.re(r"the pings leave by (?P<ports>ports .*), a copy by each"))
def pings_copied(world: World, pings: Pings, ports: str) -> None:
    each = dict.fromkeys(numbers(ports), pings.count)
    expected = f"{pings.count} by each of {ports}"
    _expect_pings(world, pings, lambda left: Counter(left) == each, expected, copies=len(each))


@then(parsers.re(r"the pings take ports (?P<order>.*) in turn"))
def pings_in_turn(world: World, pings: Pings, order: str) -> None:
    """Compare with the round, wherever it began."""
    around = numbers(order)
    rounds = [
        [around[(begin + i) % len(around)] for i in range(pings.count)]
        for begin in range(len(around))
    ]
    _expect_pings(world, pings, lambda left: left in rounds, f"ports {order} in turn")
    world.note(f"the pings left by ports {', '.join(map(str, world.requests()))}")


@then(parsers.parse("the pings that leave take port {port:d}"))
def pings_that_leave(world: World, pings: Pings, port: int) -> None:
    world.expect(
        lambda: set(world.requests()) == {port},
        lambda: f"pings left by {ports_text(world.requests())}, expected was port {port}",
    )
    _note_requests(world, pings)


@then(parsers.parse("no ping leaves by port {port:d}"))
def no_ping_by(world: World, port: int) -> None:
    left = world.requests().count(port)
    assert not left, f"{left} pings left by port {port}, expected was none"


@then("every ping leaves")
def every_ping_leaves(world: World, pings: Pings) -> None:
    world.expect(
        lambda: len(world.requests()) >= pings.count,
        lambda: f"{len(world.requests())} of {pings.count} pings left",
    )
    _note_requests(world, pings)


@then("no ping is answered")
def no_ping_answered(pings: Pings) -> None:
    assert pings.none_answered, f"expected was no answer: {pings.output}"


@then(parsers.parse('the pings fail with "{words}"'))
def pings_fail(pings: Pings, words: str) -> None:
    refused = "; ".join(pings.refusals) or "nothing"
    expected = f"{pings.count} times {words!r}"
    assert pings.refusals == [words] * pings.count, f"refused with {refused}; expected {expected}"


def _expect_pings(
    world: World,
    pings: Pings,
    right: Callable[[list[int]], bool],
    expected: str,
    *,
    copies: int = 1,
) -> None:
    """Wait until all pings have left; note by which ports, and fail unless that is right."""
    whole = pings.count * copies
    world.expect(
        lambda: len(world.requests()) == whole and right(world.requests()),
        lambda: f"pings left: {counts(world.requests())}; expected: {expected}",
    )
    _note_requests(world, pings)


def _note_requests(world: World, pings: Pings) -> None:
    """Note how many pings each port carried."""
    world.note(f"{pings.count} pings: {counts(world.requests())}")


# --- what the NAS sent ---


@then("nothing leaves by any port")
def nothing_leaves(world: World) -> None:
    ports = [sent.port for sent in world.sent()]
    world.note(f"frames from the NAS: {counts(ports)}")
    assert not ports, f"frames left: {counts(ports)}; expected was none"


@then(parsers.parse("{address} is announced by port {port:d}"))
def announced(world: World, address: str, port: int) -> None:
    """Wait for gratuitous ARP: the address asks for itself, from the LAGG's MAC address."""
    expected = [(port, world.lagg_mac())]

    def found() -> list[tuple[int, bytes]]:
        return [
            (sent.port, packet.sender_mac)
            for sent in world.sent()
            if (packet := sent.arp) and packet.gratuitous and str(packet.sender) == address
        ]

    def failure() -> str:
        seen = ", ".join(f"{mac_text(mac)} by port {where}" for where, mac in found())
        wanted = f"{mac_text(expected[0][1])} by port {port}"
        return f"announcements of {address}: {seen or 'none'}; expected was one, {wanted}"

    world.expect(lambda: found() == expected, failure)


@then("no data leaves by any port")
def no_data_leaves(world: World) -> None:
    ports = [s.port for s in world.sent() if s.ethernet.ethertype != EtherType.SLOW]
    world.note(f"frames from the NAS that are not LACP: {counts(ports)}")
    assert not ports, f"data left: {counts(ports)}; expected was none"


@then("the NAS does not answer")
def no_answer(world: World) -> None:
    ports = [reply.port for reply in world.replies()]
    world.note(f"echo replies: {counts(ports)}")
    assert not ports, f"echo replies left: {counts(ports)}; expected was none"


@then("the NAS answers")
def answers(world: World) -> None:
    world.expect(lambda: bool(world.replies()), lambda: "no echo reply left by any port")
    world.note(f"echo replies: {counts([reply.port for reply in world.replies()])}")


@then(parsers.parse("the NAS answers by port {port:d}"))
def answers_by(world: World, port: int) -> None:
    def ports() -> list[int]:
        return [reply.port for reply in world.replies()]

    world.expect(
        lambda: ports() == [port],
        lambda: f"echo replies left: {counts(ports())}; expected was one by port {port}",
    )


@then(parsers.parse("the NAS answers each of the {count:d} requests"))
def answers_each(world: World, count: int) -> None:
    def answered() -> int:
        return len({reply.packet.identification for reply in world.replies() if reply.packet})

    world.expect(
        lambda: answered() == count,
        lambda: f"{answered()} different echo replies left, expected were {count}",
    )
    world.note(f"{answered()} different echo replies")


@then(
    parsers.re(
        r"the (?P<what>datagrams|TCP segments) leave by (?P<use>one port|more than one port)"
    )
)
def flows_leave_by(world: World, what: str, use: str) -> None:
    protocol = ip.Protocol.UDP if what == "datagrams" else ip.Protocol.TCP

    def right() -> bool:
        ports = world.packets(protocol)
        return bool(ports) and (len(set(ports)) == 1) == (use == "one port")

    world.expect(
        right, lambda: f"{what} left: {counts(world.packets(protocol))}; expected was {use}"
    )
    world.note(f"{what}: {counts(world.packets(protocol))}")
