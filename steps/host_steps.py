"""Steps with a host behind the switch, and steps that change the LAGG while traffic runs."""

from ipaddress import IPv4Address, ip_address
from itertools import pairwise

from pytest_bdd import parsers, step, then, when

from lagg_tool.testbed.contract import Direction, Frame
from lagg_tool.testbed.partner import Endpoint
from lagg_tool.wire.ethernet import Ethernet, EtherType
from lagg_tool.wire.icmp import Type4
from lagg_tool.wire.ip import Protocol
from steps.world import NAS, NEIGHBOUR, World, counts

_HOST_MAC = bytes.fromhex("020000000c01")
_PERIOD = 0.05  # seconds between pings; root may send faster than once a second
# Ping in the background; meanwhile do a command, once for each argument, a second apart.
_UNDER_TRAFFIC = (
    'ping -q -i 0.05 -c "$1" "$2" & shift 2; for word; do sleep 1; ifconfig lagg0 $word; done; wait'
)
_OVER_AND_OVER = (
    'i=0; while [ $i -lt "$1" ]; do ifconfig lagg1 create laggproto lacp laggport "$2" up; '
    "ifconfig -a > /dev/null 2>&1 & ifconfig lagg1 destroy; wait; i=$((i+1)); done"
)
_DISAPPEARS = (
    'end=$(ifconfig epair create) && ifconfig "$end" up && ifconfig lagg0 laggport "$end" && '
    'ifconfig lagg0 | grep -q "laggport: $end " && ifconfig "$end" destroy'
)


def _no_data(frame: Frame) -> bool:
    """Whether a frame is no IPv4: a flood of pings is better counted than kept."""
    ethernet = Ethernet.parse(frame.data)
    return ethernet is None or ethernet.ethertype != EtherType.IPV4


# --- hosts ---


@step(parsers.re(r"a host (?P<address>\S+)( in VLAN (?P<vlan>\d+))? behind the switch"))
def host(world: World, address: str, vlan: str | None) -> None:
    world.host = ip_address(address)
    of_family = {"ipv4" if isinstance(world.host, IPv4Address) else "ipv6": world.host}
    endpoint = Endpoint(_HOST_MAC, vlan=int(vlan) if vlan else None, **of_family)  # type: ignore[arg-type]
    switch = world.switch()
    with world.target.clock.lock:
        switch.attach(endpoint)
    world.note(f"a host {address} behind the switch" + (f", in VLAN {vlan}" if vlan else ""))


@step(parsers.parse("the NAS sends {count:d} pings to the host"))
def pings_to_host(world: World, count: int) -> None:
    world.pings = count
    program = "ping" if isinstance(world.host, IPv4Address) else "ping6"
    world.administrator(f"{program} -c {count} -i 0.2 {world.host}")


@when(parsers.parse("the host sends {count:d} pings to the NAS"))
def pings_from_host(world: World, count: int) -> None:
    switch, to = world.switch(), world.lagg_mac()
    (endpoint,) = switch.endpoints
    world.mark()
    with world.target.clock.lock:
        for number in range(count):
            switch.send(endpoint.echo_request(to, NAS, 77, number))
    world.settle()


@then(parsers.parse("the switch sends them to port {port:d}"))
def switch_sends_to(world: World, port: int) -> None:
    ports = {frame.port for frame in world.frames() if frame.direction is Direction.TO_NAS}
    assert ports == {port}


@then("every ping is answered")
def every_ping_answered(world: World) -> None:
    assert world.answer is not None
    line = f"{world.pings} packets transmitted, {world.pings} packets received"
    assert line in world.answer.stdout, world.answer.stdout


@then(parsers.parse("each ping leaves with the tag of VLAN {vlan:d}"))
def pings_tagged(world: World, vlan: int) -> None:
    tags = [[tag.vid for tag in sent.ethernet.tags] for sent in world.sent() if sent.echo]
    assert tags == [[vlan]] * world.pings


# --- a stream of pings, and how long it was interrupted ---


@step(parsers.parse("the NAS pings the neighbour for {seconds:d} seconds"))
def stream(world: World, seconds: int) -> None:
    world.pings = round(seconds / _PERIOD)
    words = f"-q -i {_PERIOD} -c {world.pings} -W 300 -t {2 * seconds + 3}"
    with world.keeping(_no_data):
        world.administrator(f"ping {words} {NEIGHBOUR}")
    world.note(f"{world.pings} pings: {counts(world.requests())}")


@then(
    parsers.re(
        r'they are refused with "(?P<words>[^"]+)" '
        r"for (?P<least>[\d.]+) to (?P<most>[\d.]+) seconds(?P<lost> from the loss on)?"
    )
)
def refused_for(world: World, words: str, least: str, most: str, lost: str | None) -> None:
    """Measure on the wire: to a ping that left, from the one before, or from the lost link."""
    assert world.answer is not None
    refused = world.answer.stderr.splitlines().count(f"ping: sendto: {words}")
    took = _first_left(world) - world.bench().link_changes[-1].at if lost else _longest_gap(world)
    world.note(f"refused with {words!r}: {refused} pings; interrupted for {took:.2f} s")
    assert refused
    assert float(least) <= took <= float(most)


@then(parsers.parse("they are interrupted for less than {seconds:g} seconds"))
def interrupted(world: World, seconds: float) -> None:
    took = _longest_gap(world)
    world.note(f"longest interruption {took:.2f} s")
    assert took < seconds


def _left(world: World) -> list[tuple[float, int]]:
    """Return when each ping left, with its number."""
    kind = Type4.ECHO_REQUEST
    left = [(s.at, echo.sequence) for s in world.sent() if (echo := s.echo) and echo.type == kind]
    assert left, "no ping left"
    return left


def _first_left(world: World) -> float:
    return _left(world)[0][0]


def _longest_gap(world: World) -> float:
    """Return the longest time without a ping; a ping's number tells when the first was tried."""
    left = _left(world)
    first, before = left[0]
    times = [first - before * _PERIOD, *(at for at, _ in left)]
    return max(later - one for one, later in pairwise(times))


@when(
    parsers.parse(
        'during {seconds:d} seconds of pings to the host, lagg0 is given "{words}" in turn'
    )
)
def under_traffic(world: World, seconds: int, words: str) -> None:
    """Give ifconfig the words between semicolons, one after the other, a second apart."""
    changes = [world.named(word.strip()) for word in words.split(";")]
    world.pings = round(seconds / _PERIOD)
    with world.keeping(_no_data):
        world.script(_UNDER_TRAFFIC, str(world.pings), str(world.host), *changes)
    world.note(f"{world.pings} pings: {counts(world.requests())}")


@when(parsers.parse("a LAGG on port {port:d} is made and destroyed {count:d} times"))
def over_and_over(world: World, port: int, count: int) -> None:
    """List all interfaces at the same time: a reader must not meet a half-made one."""
    world.script(_OVER_AND_OVER, str(count), world.name(port))


@when("a virtual cable becomes a port of lagg0 and is destroyed")
def port_disappears(world: World) -> None:
    world.script(_DISAPPEARS)


@then("there is no complaint")
def no_complaint(world: World) -> None:
    assert world.answer is not None
    assert (world.answer.status, world.answer.stderr) == (0, "")


# --- fragments ---

_LARGE = (
    "for port in 9001 9002 9003; do dd if=/dev/random bs=8000 count=1 2>/dev/null | "
    'nc -u -w 1 "$1" $port; done'
)


@step("the NAS sends UDP datagrams of 8000 bytes to the neighbour")
def large_datagrams(world: World) -> None:
    world.script(_LARGE, str(NEIGHBOUR))


@then(parsers.parse("every fragment of {count:d} datagrams leaves"))
def fragments_leave(world: World, count: int) -> None:
    lengths: dict[int, int] = {}
    for sent in world.sent():
        packet = sent.packet
        if packet is not None and packet.protocol == Protocol.UDP:
            number = packet.identification
            lengths[number] = lengths.get(number, 0) + len(packet.payload)
    world.note(f"bytes of each datagram: {', '.join(map(str, lengths.values()))}")
    assert list(lengths.values()) == [8008] * count


@then(
    parsers.re(
        r"the fragments of (?P<what>a datagram|each ping) leave by (?P<use>one|more than one) port"
    )
)
def fragments_leave_by(world: World, what: str, use: str) -> None:
    protocol = Protocol.UDP if what == "a datagram" else Protocol.ICMP
    ports: dict[int, list[int]] = {}
    for sent in world.sent():
        packet = sent.packet
        if packet is not None and packet.is_fragment and packet.protocol == protocol:
            ports.setdefault(packet.identification, []).append(sent.port)
    for number, by in ports.items():
        world.note(f"fragments of packet {number} left by ports {', '.join(map(str, by))}")
    assert ports
    spread = [len(set(by)) > 1 for by in ports.values()]
    assert any(spread) if use == "more than one" else not any(spread)
