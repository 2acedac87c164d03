"""Steps with a host behind the switch, and steps that change the LAGG while traffic runs."""

from ipaddress import IPv4Address, IPv6Address, ip_address

from pytest_bdd import given, parsers, then, when

from lagg_tool.command import Completed
from lagg_tool.testbed.contract import Direction, Frame
from lagg_tool.testbed.partner import Endpoint
from lagg_tool.wire import icmp
from lagg_tool.wire.ethernet import Ethernet, EtherType
from lagg_tool.wire.ip import Ipv6, Protocol
from steps.world import NAS, NEIGHBOUR, World, counts, is_ipv4, ports_text
from steps.world.dialects import PERIOD
from steps.world.frames import NEIGHBOUR_MAC
from steps.world.pings import Pings, departures, longest_gap

_NEIGHBOUR_IPV6 = IPv6Address("2001:db8::9")
_HOST_MAC = bytes.fromhex("020000000c01")
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


def _is_not_data(frame: Frame) -> bool:
    """Whether a frame is no IPv4: a flood of pings is better counted than kept."""
    return not is_ipv4(frame)


# --- hosts ---


@given(
    parsers.re(r"a host (?P<address>\S+)( in VLAN (?P<vlan>\d+))? behind the switch"),
    target_fixture="host",
)
def host(world: World, address: str, vlan: str | None) -> IPv4Address | IPv6Address:
    """Attach it to the switch; return its address."""
    found = ip_address(address)
    of_family = {"ipv4" if isinstance(found, IPv4Address) else "ipv6": found}
    endpoint = Endpoint(_HOST_MAC, vlan=int(vlan) if vlan else None, **of_family)  # type: ignore[arg-type]
    switch = world.switch()
    with world.target.clock.lock:
        switch.attach(endpoint)
    world.note(f"a host {address} behind the switch" + (f", in VLAN {vlan}" if vlan else ""))
    return found


@when(parsers.parse("the NAS sends {count:d} pings to the host"), target_fixture="pings")
def pings_to_host(world: World, host: IPv4Address | IPv6Address, count: int) -> Pings:
    program = "ping" if isinstance(host, IPv4Address) else "ping6"
    return Pings(count, world.administrator(f"{program} -c {count} -i 0.2 {host}"))


@when(parsers.parse("the host sends {count:d} pings to the NAS"))
def pings_from_host(world: World, count: int) -> None:
    switch, to = world.switch(), world.lagg_mac()
    (endpoint,) = switch.endpoints
    world.mark()
    with world.target.clock.lock:
        for number in range(count):
            switch.send(endpoint.echo_request(to, NAS, 77, number))
    world.settle()


@then(parsers.parse("the switch sends the pings to port {port:d}"))
def switch_sends_to(world: World, port: int) -> None:
    def ports() -> set[int]:
        return {frame.port for frame in world.frames() if frame.direction is Direction.TO_NAS}

    world.expect(
        lambda: ports() == {port},
        lambda: f"the switch sent to {ports_text(ports())}, expected was port {port}",
    )


@then("every ping is answered")
def every_ping_answered(pings: Pings) -> None:
    assert pings.all_answered, f"expected was an answer to every ping: {pings.output}"


@then(parsers.parse("each ping leaves with the tag of VLAN {vlan:d}"))
def pings_tagged(world: World, pings: Pings, vlan: int) -> None:
    def tags() -> list[list[int]]:
        return [[tag.vid for tag in sent.ethernet.tags] for sent in world.sent() if sent.echo]

    world.expect(
        lambda: tags() == [[vlan]] * pings.count,
        lambda: f"the pings left with tags {tags()}, expected was {vlan} on each of {pings.count}",
    )


# --- a stream of pings, and how long it was interrupted ---


@when(parsers.parse("the NAS pings the neighbour for {seconds:d} seconds"), target_fixture="pings")
def stream(world: World, seconds: int) -> Pings:
    count = round(seconds / PERIOD)
    with world.keeping(_is_not_data):
        answer = world.administrator(world.dialect.stream(count, str(NEIGHBOUR)))
    world.note(f"{count} pings: {counts(world.requests())}")
    return Pings(count, answer)


@then(
    parsers.parse('the pings are refused with "{words}" for {least:g} to {most:g} seconds'),
)
def refused_for(world: World, pings: Pings, words: str, least: float, most: float) -> None:
    """Measure on the wire, from one ping that left to the next."""
    took = longest_gap(world)
    _note_refusals(world, pings, words, took)
    _assert_between(took, least, most)


@then(
    parsers.parse(
        'for {least:g} to {most:g} seconds after the loss, the pings are refused with "{words}"'
    )
)
def refused_after_loss(world: World, pings: Pings, words: str, least: float, most: float) -> None:
    """Measure on the wire, from the lost link to the first ping that left."""
    took = departures(world)[0][0] - world.testbed().link_changes[-1].at
    _note_refusals(world, pings, words, took)
    _assert_between(took, least, most)


def _assert_between(took: float, least: float, most: float) -> None:
    expected = f"{least:g} to {most:g} s"
    assert least <= took <= most, f"interrupted for {took:.2f} s, expected were {expected}"


def _note_refusals(world: World, pings: Pings, words: str, took: float) -> None:
    refused = pings.refusals.count(words)
    world.note(f"refused with {words!r}: {refused} pings; interrupted for {took:.2f} s")
    assert refused, f"no ping was refused with {words!r}"


@then(parsers.parse("the pings are interrupted for less than {seconds:g} seconds"))
def interrupted(world: World, seconds: float) -> None:
    took = longest_gap(world)
    world.note(f"longest interruption {took:.2f} s")
    assert took < seconds, f"interrupted for {took:.2f} s, expected was less than {seconds:g} s"


@when(
    parsers.parse(
        "the NAS pings the host for {seconds:d} seconds while lagg0 is changed every second with"
    ),
    target_fixture="answer",
)
def under_traffic(
    world: World, host: IPv4Address, seconds: int, datatable: list[list[str]]
) -> Completed:
    """Give ifconfig the words of each row, a second apart."""
    count = round(seconds / PERIOD)
    changes = [world.named(words) for (words,) in datatable]
    with world.keeping(_is_not_data):
        answer = world.script(_UNDER_TRAFFIC, str(count), str(host), *changes)
    world.note(f"{count} pings: {counts(world.requests())}")
    return answer


@when(
    parsers.parse("a LAGG on port {port:d} is created and destroyed {count:d} times"),
    target_fixture="answer",
)
def over_and_over(world: World, port: int, count: int) -> Completed:
    """List all interfaces at the same time: a reader must not meet a half-made one."""
    return world.script(_OVER_AND_OVER, str(count), world.name(port))


@when("a virtual cable becomes a port of lagg0 and is destroyed", target_fixture="answer")
def port_disappears(world: World) -> Completed:
    return world.script(_DISAPPEARS)


# --- fragments ---

_LARGE = (
    "for port in 9001 9002 9003; do dd if=/dev/random bs=8000 count=1 2>/dev/null | "
    'nc -u -w 1 "$1" $port; done'
)


@when("the NAS sends UDP datagrams of 8000 bytes to the neighbour")
def large_datagrams(world: World) -> None:
    world.script(_LARGE, str(NEIGHBOUR))


@then(parsers.parse("every fragment of {count:d} datagrams leaves"))
def fragments_leave(world: World, count: int) -> None:
    def lengths() -> list[int]:
        found: dict[int, int] = {}
        for packet in (sent.packet for sent in world.sent()):
            if packet is not None and packet.protocol == Protocol.UDP:
                number = packet.identification
                found[number] = found.get(number, 0) + len(packet.payload)
        return list(found.values())

    world.expect(
        lambda: lengths() == [8008] * count,
        lambda: (
            f"fragments of {len(lengths())} datagrams left, of {lengths()} bytes; "
            f"expected were {count} of 8008 bytes"
        ),
    )
    world.note(f"bytes of each datagram: {', '.join(map(str, lengths()))}")


@then(
    parsers.re(
        r"the fragments of (?P<what>a datagram|each ping) leave by (?P<use>one|more than one) port"
    )
)
def fragments_leave_by(world: World, what: str, use: str) -> None:
    def ports() -> dict[int, list[int]]:
        return _fragment_ports(world, Protocol.UDP if what == "a datagram" else Protocol.ICMP)

    def right() -> bool:
        spread = [len(set(by)) > 1 for by in ports().values()]
        return any(spread) if use == "more than one" else bool(spread) and not any(spread)

    def found() -> str:
        return "; ".join(ports_text(by) for by in ports().values()) or "no port"

    world.expect(right, lambda: f"fragments of {what} left by {found()}; expected was {use} port")
    for number, by in ports().items():
        world.note(f"fragments of packet {number} left by ports {', '.join(map(str, by))}")


def _fragment_ports(world: World, protocol: Protocol) -> dict[int, list[int]]:
    """Return the ports by which the fragments of each packet left, by its identification."""
    ports: dict[int, list[int]] = {}
    for sent in world.sent():
        packet = sent.packet
        if packet is not None and packet.is_fragment and packet.protocol == protocol:
            ports.setdefault(packet.identification, []).append(sent.port)
    return ports


# --- neighbour discovery ---


@when(parsers.parse("a neighbour solicitation for {address} arrives on port {port:d}"))
def solicitation_arrives(world: World, address: str, port: int) -> None:
    """Ask the multicast group of the address, as a neighbour does (RFC 4861 7.2.2)."""
    world.inject([(port, _solicitation(IPv6Address(address), _NEIGHBOUR_IPV6))])


@when(
    parsers.parse(
        "neighbour solicitations of {count:d} hosts for {address} arrive on port {port:d}"
    )
)
def solicitations_arrive(world: World, count: int, address: str, port: int) -> None:
    """Ask as hosts behind one router would, if it let them: their MAC addresses are the same."""
    hosts = [_NEIGHBOUR_IPV6 + 0x100 + number for number in range(count)]
    world.inject((port, _solicitation(IPv6Address(address), host)) for host in hosts)


def _solicitation(target: IPv6Address, host: IPv6Address) -> bytes:
    group = IPv6Address(bytes.fromhex("ff0200000000000000000001ff") + target.packed[-3:])
    way = (host, group)
    asked = icmp.neighbour_solicitation(target, NEIGHBOUR_MAC).encode(way)
    packet = Ipv6(*way, Protocol.ICMPV6, asked, hop_limit=255).encode()
    to = bytes.fromhex("3333") + group.packed[-4:]
    return Ethernet(to, NEIGHBOUR_MAC, EtherType.IPV6, packet).encode()


@then(parsers.re(r"the NAS advertises (?P<address>\S+)(?P<spread> by more than one port)?"))
def advertises(world: World, address: str, spread: str | None) -> None:
    def advertised() -> list[int]:
        return [sent.port for sent in world.sent() if _is_advertisement(sent.ethernet, address)]

    world.expect(
        lambda: len(set(advertised())) > (1 if spread else 0),
        lambda: f"advertisements of {address}: {counts(advertised())}",
    )
    world.note(f"advertisements of {address}: {counts(advertised())}")


def _is_advertisement(ethernet: Ethernet, address: str) -> bool:
    packet = Ipv6.parse(ethernet.payload) if ethernet.ethertype == EtherType.IPV6 else None
    message = packet and icmp.Icmp.parse(packet.payload, (packet.source, packet.destination))
    is_one = message and message.type == icmp.Type6.NEIGHBOUR_ADVERTISEMENT
    return bool(is_one and message and message.target == IPv6Address(address))
