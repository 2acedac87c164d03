"""Steps about what leaves the ports of a bond: announcements, pings before and after a change."""

from collections import Counter
from itertools import pairwise

from pytest_bdd import parsers, then, when

from lagg_tool.testbed.contract import Capability
from steps.world import Sent, World, counts, numbers, ports_text
from steps.world.lacpdus import lacpdus, state_of
from steps.world.pings import longest_gap

# What the driver polls ten times a second is announced within the next tick.
_ANNOUNCING = 2.0


@then(parsers.parse("nothing leaves by port {port:d}"))
def nothing_leaves_by(world: World, port: int) -> None:
    left = [sent.port for sent in world.sent() if sent.port == port]
    assert not left, f"{len(left)} frames left by port {port}, expected was none"


@then("no address is announced by any port")
def nothing_announced(world: World) -> None:
    """Give the driver the time that an announcement takes."""
    world.testbed().wait(_ANNOUNCING, "announcements")
    left = _announcements(world)
    assert not left, f"announcements left: {counts(left)}; expected was none"


@when(parsers.parse("the link of port {port:d} is lost and returns {times:d} times"))
def link_flaps(world: World, port: int, times: int) -> None:
    """Give each change the time in which it is announced."""
    testbed = world.testbed(Capability.CARRIER)
    world.mark()
    for up in (False, True) * times:
        testbed.set_link(port, up=up)
        testbed.wait(_ANNOUNCING / 4, "an announcement")
    world.settle()


@then(parsers.parse("each of the {changes:d} changes is announced once at most"))
def announced_once(world: World, changes: int) -> None:
    """Count by the lost and returned links: one that joins in with the next is not seen twice."""
    left = _announcements(world)
    world.note(f"{changes} changes, {len(left)} announcements: {counts(left)}")
    assert left, "no change was announced"
    most = Counter(left).most_common(1)[0][1]
    right = len(left) <= changes and most <= changes / 2
    assert right, f"{len(left)} announcements left, {counts(left)}; expected was one for each"


@then(parsers.parse("the announcement leaves within {seconds:g} seconds of the loss"))
def announced_within(world: World, seconds: float) -> None:
    """Measure on the wire, from the lost link to the gratuitous ARP."""
    left = [sent.at for sent in world.sent() if _is_announcement(sent)]
    assert left, "no announcement left"
    took = left[0] - world.testbed().link_changes[-1].at
    world.note(f"the announcement left {took:.2f} s after the loss")
    assert took <= seconds, f"it left after {took:.2f} s, expected was {seconds:g} s or less"


def _announcements(world: World) -> list[int]:
    """Return the ports of the gratuitous ARP packets that left."""
    return [sent.port for sent in world.sent() if _is_announcement(sent)]


def _is_announcement(sent: Sent) -> bool:
    return sent.arp is not None and sent.arp.gratuitous


@then(parsers.re(r"the pings are interrupted for (?P<least>[\d.]+) to (?P<most>[\d.]+) seconds"))
def interrupted_for(world: World, least: str, most: str) -> None:
    took = longest_gap(world)
    world.note(f"longest interruption {took:.2f} s")
    right = float(least) <= took <= float(most)
    assert right, f"interrupted for {took:.2f} s, expected were {least} to {most} s"


@then(parsers.re(r"the last pings leave by (?P<use>port \d|one port)"))
def last_pings_leave_by(world: World, use: str) -> None:
    """Look at the last twenty of a stream, a second of it."""
    ports = world.requests()[-20:]
    right = len(set(ports)) == 1 and (use == "one port" or set(ports) == set(numbers(use)))
    assert right, f"the last pings left by {ports_text(ports)}, expected was {use}"


@then(parsers.parse("port {port:d} announced {words} at least {times:d} times"))
def announced_times(world: World, port: int, words: str, times: int) -> None:
    """Count the times that it began to, not the LACPDUs that say so."""
    wanted = state_of(words)

    def began() -> int:
        seen = lacpdus(world, port, all_of_them=True)
        said = [False, *(one.state & wanted == wanted for one in seen)]
        return sum(now and not before for before, now in pairwise(said))

    world.expect(
        lambda: began() >= times,
        lambda: f"port {port} announced {words} {began()} times, expected was {times} or more",
    )
    world.note(f"port {port} began to announce {words} {began()} times")
