"""Steps about LACP: the partner at the other end, and what the ports make of it."""

from pytest_bdd import parsers, step, then, when

from lagg_tool.switch import Settings, partner_state
from lagg_tool.wire import slow
from steps.world import World, echo_request, numbers

_SYSTEMS = {"an": bytes.fromhex("0200000000a1"), "another": bytes.fromhex("0200000000b2")}


@step(
    parsers.re(
        r"(?P<which>an|another) LACP partner on (?P<ports>ports? [\d, and]+?)"
        r"( of priority (?P<priority>0x\w+))?"
    )
)
def partner(world: World, which: str, ports: str, priority: str | None) -> None:
    settings = Settings(
        system=_SYSTEMS[which], system_priority=int(priority, 16) if priority else 0x8000
    )
    _plug(world, numbers(ports), settings)


@step(parsers.re(r"a passive LACP partner on (?P<ports>ports .*)"))
def passive_partner(world: World, ports: str) -> None:
    """Stand a partner there that only answers: its ACTIVITY bit is clear."""
    settings = Settings(state=partner_state(active=False), periodic=False)
    _plug(world, numbers(ports), settings)


def _plug(world: World, ports: tuple[int, ...], settings: Settings) -> None:
    for port in ports:
        world.name(port)
    switch = world.switch()
    with world.target.clock.lock:
        switch.lacp(ports, settings)


@step(parsers.re(r"at most (?P<seconds>\d+) seconds pass until (?P<ports>ports .*) distribute"))
def until_distributing(world: World, seconds: str, ports: str) -> None:
    names = {world.name(number) for number in numbers(ports)}

    def distributing() -> bool:
        flags = {port.name: port.flags for port in world.interface("lagg0").ports}
        return all("DISTRIBUTING" in flags[name] for name in names)

    assert world.wait_until(distributing, float(seconds), f"{ports} distribute")


@then(parsers.re(r"an LACPDU left by each of (?P<ports>ports .*)"))
def lacpdu_left(world: World, ports: str) -> None:
    left = {sent.port for sent in world.sent() if slow.Lacpdu.parse(sent.data)}
    assert left == set(numbers(ports))


@then(parsers.re(r"one of (?P<ports>ports .*) is active and the other is not"))
def one_active(world: World, ports: str) -> None:
    assert len(_idle(world)) == len(numbers(ports)) - 1


@when("an echo request arrives on the idle port")
def echo_on_idle(world: World) -> None:
    to = world.lagg_mac()
    world.inject((port, echo_request(to)) for port in _idle(world))


def _idle(world: World) -> list[int]:
    """Return the ports that distribute without being active."""
    names = list(world.target.ports)
    return [
        names.index(port.name) + 1
        for port in world.interface("lagg0").ports
        if port.flags.names == ("COLLECTING", "DISTRIBUTING")
    ]
