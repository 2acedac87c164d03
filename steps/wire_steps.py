"""Steps that forge frames of the slow protocols, and how the NAS answers them."""

import itertools
from collections.abc import Callable, Mapping

from pytest_bdd import parsers, then, when

from lagg_tool.testbed.contract import Capability, Direction
from lagg_tool.wire import slow
from lagg_tool.wire.ethernet import mac, mac_text
from lagg_tool.wire.summary import summary
from steps.world import World, counts, numbers, ports_text
from steps.world.lacpdus import SLOW, TICK, FieldTexts, lacpdus, markers

_SYSTEM = bytes.fromhex("0200000000fe")
_SOURCE = bytes.fromhex("020000000001")
_ACTOR = slow.Info(0x8000, _SYSTEM, 7, 0x8000, 1, slow.State(0x3D))
_GOOD = slow.Lacpdu(_ACTOR, slow.NOBODY).encode(_SOURCE)
_OTHER_GROUP = mac("01:80:c2:00:00:03")
_TAG = bytes.fromhex("81000007")


def _with(offset: int, value: int) -> bytes:
    return _GOOD[:offset] + bytes((value,)) + _GOOD[offset + 1 :]


def _without(bit: slow.State) -> Callable[[World], bytes]:
    """Return what makes the LACPDU that the partner sent last, with one bit of the NAS missing."""

    def forge(world: World) -> bytes:
        last = lacpdus(world, 1, Direction.TO_NAS, all_of_them=True)[-1]
        nas = last.pdu.partner
        wrong = nas._replace(state=nas.state & ~bit)
        return last.pdu._replace(partner=wrong).encode(last.data[6:12])

    return forge


_FORGED: Mapping[str, Callable[[World], bytes]] = {
    "of 123 bytes": lambda _: _GOOD[:-1],
    "of 125 bytes": lambda _: _GOOD + b"\0",
    "of 60 bytes": lambda _: _GOOD[:60],
    "with an actor TLV of 19 bytes": lambda _: _with(17, 19),
    "with a partner TLV of 21 bytes": lambda _: _with(37, 21),
    "with a collector TLV of 15 bytes": lambda _: _with(57, 15),
    "to the NAS's own address": lambda world: world.lagg_mac() + _GOOD[6:],
    "to the group address of 802.1X": lambda _: _OTHER_GROUP + _GOOD[6:],
    "in VLAN 7": lambda _: _GOOD[:12] + _TAG + _GOOD[12:],
    "of subtype 3": lambda _: _with(14, slow.Subtype.OAM),
    "of subtype 10": lambda _: _with(14, slow.Subtype.OSSP),
    "of version 2": lambda _: _with(15, 2),
    "with an unknown TLV type": lambda _: _with(16, 0x7F),
    "with reserved bytes set": lambda _: _with(33, 0xFF),
    "that is well formed": lambda _: _GOOD,
    "that takes the NAS for out of sync": _without(slow.State.SYNC),
    "that takes the NAS for individual": _without(slow.State.AGGREGATION),
    "that takes the NAS for passive": _without(slow.State.ACTIVITY),
    "that the NAS itself sent there": lambda world: lacpdus(world, 1, all_of_them=True)[-1].data,
}


@when(parsers.re(rf"an LACPDU (?P<what>{'|'.join(_FORGED)}) arrives on port (?P<port>\d)"))
def forged_arrives(world: World, what: str, port: str) -> None:
    world.inject([(int(port), _FORGED[what](world))])


@when(parsers.parse("{count:d} LACPDUs arrive on port {port:d} during {seconds:d} seconds"))
def lacpdus_flood(world: World, count: int, port: int, seconds: int) -> None:
    """Send LACPDUs that contradict one another, so that each asks for an answer."""
    keys = itertools.cycle((7, 8))
    testbed, clock = world.testbed(Capability.FORGE), world.target.clock
    world.mark()
    with world.keeping(lambda frame: frame.direction is Direction.FROM_NAS):
        for _ in range(count):
            pdu = slow.Lacpdu(_ACTOR._replace(key=next(keys)), slow.NOBODY)
            testbed.send(port, pdu.encode(_SOURCE))
            clock.sleep(seconds / count)
    world.note(f"{count} LACPDUs to port {port}, each with another key than the one before")


@when(parsers.re(r"a marker of version (?P<version>\d) arrives on port (?P<port>\d)"))
def marker_arrives(world: World, version: str, port: str) -> None:
    world.inject([(int(port), _marker(0x01020304, int(version)))])


@when(parsers.parse("{count:d} markers arrive on port {port:d} at once"))
def markers_flood(world: World, count: int, port: int) -> None:
    with world.keeping(lambda _frame: False):
        world.inject((port, _marker(number)) for number in range(count))


@when(parsers.re(r"an answer to another marker arrives on (?P<ports>ports [\d, and]+)"))
def other_answer_arrives(world: World, ports: str) -> None:
    """Answer the last marker of each port as if it had another number."""
    sent = {
        frame.port: marker
        for frame in world.frames(all_of_them=True)
        if frame.direction is Direction.FROM_NAS
        and (marker := slow.Marker.parse(frame.data))
        and marker.kind is slow.MarkerKind.INFORMATION
    }
    response = slow.MarkerKind.RESPONSE
    others = {
        port: marker._replace(kind=response, transaction=marker.transaction + 1)
        for port, marker in sent.items()
    }
    world.inject((port, others[port].encode(_SOURCE)) for port in numbers(ports))


def _marker(transaction: int, version: int = 1) -> bytes:
    information = slow.MarkerKind.INFORMATION
    marker = slow.Marker(information, 0x0101, _SYSTEM, transaction, b"\xab\xcd")
    return marker.encode(_SOURCE, version=version)


@then(parsers.parse("the marker comes back by port {port:d} alone, unchanged but for its kind"))
def marker_comes_back(world: World, port: int) -> None:
    def back() -> list[tuple[int, bytes]]:
        return markers(world, slow.MarkerKind.RESPONSE)

    def came_by() -> list[int]:
        return [by for by, _ in back()]

    world.expect(
        lambda: came_by() == [port],
        lambda: f"markers came back: {counts(came_by())}; expected was one by port {port}",
    )
    [(_, response)] = back()
    asked = markers(world, slow.MarkerKind.INFORMATION, Direction.TO_NAS)[-1][1]
    [own] = [address for address, number in world.own_addresses.items() if number == port]
    expected = slow.marker_response(asked, mac(own))
    assert response == expected, f"it came back as {response.hex()}, expected was {expected.hex()}"


@then(parsers.parse("{count:d} different markers come back by port {port:d}"))
def markers_come_back(world: World, count: int, port: int) -> None:
    def back() -> int:
        return len({f for by, f in markers(world, slow.MarkerKind.RESPONSE) if by == port})

    world.expect(
        lambda: back() == count,
        lambda: f"{back()} different markers came back by port {port}, expected were {count}",
    )
    world.note(f"markers that came back by port {port}: {back()}")


@then("no marker comes back")
def no_marker_back(world: World) -> None:
    back = [by for by, _ in markers(world, slow.MarkerKind.RESPONSE)]
    assert not back, f"markers came back: {counts(back)}; expected was none"


@then(parsers.parse("the first frame that leaves by port {port:d} is a marker"))
def first_is_marker(world: World, port: int) -> None:
    """Wait for a frame: without the defect it is the LACPDU of the next tick or timer."""
    world.testbed(Capability.CAPTURE).wait_until(
        lambda: any(sent.port == port for sent in world.sent()), SLOW + TICK, "the first frame"
    )
    first = next((sent.data for sent in world.sent() if sent.port == port), b"")
    world.note(f"the first frame by port {port}: {summary(first)}")
    marker = slow.Marker.parse(first)
    assert marker is not None, "the first frame is no marker"
    kind = marker.kind.name
    assert marker.kind is slow.MarkerKind.INFORMATION, f"it is a {kind}, expected was INFORMATION"


@then(
    parsers.parse(
        "all markers of port {port:d} name port {named:d} and {lagg}, "
        "and have different transactions"
    )
)
def markers_differ(world: World, port: int, named: int, lagg: str) -> None:
    """Look at all markers of the scenario, since each change of the group causes one."""
    found = [
        marker
        for frame in world.frames(all_of_them=True)
        if (frame.port, frame.direction) == (port, Direction.FROM_NAS)
        and (marker := slow.Marker.parse(frame.data))
        and marker.kind is slow.MarkerKind.INFORMATION
    ]
    indices, expected = FieldTexts(world).indices, (world.name(named), world.interface(lagg).ether)
    for marker in found:
        who = (indices.get(marker.port), mac_text(marker.system))
        assert who == expected, f"a marker names {who}, expected was {expected}"
    transactions = [marker.transaction for marker in found]
    world.note(f"transactions of the markers of port {port}: {transactions}")
    assert len(found) > 1, f"{len(found)} markers left by port {port}, expected were several"
    assert len(set(transactions)) == len(found), f"transactions were used again: {transactions}"


@then(parsers.re(r"a marker left by (each of )?(?P<ports>ports? [\d, and]+)"))
def marker_left(world: World, ports: str) -> None:
    """Wait for a marker of each port; every marker is sent from its port's own address."""

    def left() -> set[int]:
        return {port for port, _ in markers(world, slow.MarkerKind.INFORMATION)}

    world.expect(
        lambda: left() >= set(numbers(ports)),
        lambda: f"markers left by {ports_text(left())}, expected were {ports}",
    )
    for port, frame in markers(world, slow.MarkerKind.INFORMATION):
        source = world.owner(mac_text(frame[6:12]))
        own = f"that of port {port}"
        assert source == own, f"a marker left from the address {source}, expected was {own}"
    world.note(f"markers of the NAS left by {ports_text(left())}")
