"""Steps with ARP: who asks for the NAS, and whether it heard that."""

from ipaddress import IPv4Address

from pytest_bdd import parsers, then, when

from lagg_tool.command import read
from lagg_tool.wire import arp
from steps.world import World, counts, numbers
from steps.world.frames import NEIGHBOUR_MAC


@when(
    parsers.re(
        r"the host (?P<host>\S+) asks for (?P<wanted>\S+) by ARP on (?P<ports>ports? [\d, and]+)"
    )
)
def asks_by_arp(world: World, host: str, wanted: str, ports: str) -> None:
    """Send an ARP request, by which a NAS that hears it learns the host's address (RFC 826)."""
    asked = arp.request(NEIGHBOUR_MAC, IPv4Address(host), IPv4Address(wanted)).encode()
    world.inject((port, asked) for port in numbers(ports))


@then(parsers.parse("the NAS answers the ARP request by port {port:d}"))
def answers_arp(world: World, port: int) -> None:
    def by() -> list[int]:
        reply = arp.Operation.REPLY
        return [s.port for s in world.sent() if (packet := s.arp) and packet.operation == reply]

    world.expect(
        lambda: by() == [port],
        lambda: f"ARP replies left: {counts(by())}; expected was one by port {port}",
    )


@then(parsers.parse("the NAS does not know the host {host}"))
def does_not_know(world: World, host: str) -> None:
    """Look at its ARP table: what it hears shows there, whether it can answer or not."""
    shown = world.target.run(read("arp", "-n", host)).stdout.strip()
    assert f"({host}) at" not in shown, f"expected was no entry in the ARP table: {shown}"
