"""Steps that play the other end: what the LACP partner announces, does and leaves out."""

import dataclasses
from collections.abc import Callable, Mapping

from pytest_bdd import given, parsers, when

from lagg_tool.testbed.contract import Capability
from lagg_tool.testbed.partner import Echo, Partner, Settings, partner_state
from lagg_tool.wire.ethernet import mac_text
from lagg_tool.wire.slow import State
from lagg_tool.wire.summary import state_words
from steps.world import World, numbers

_SYSTEMS = {"an": bytes.fromhex("0200000000a1"), "another": bytes.fromhex("0200000000b2")}
_DEFAULTED = State.ACTIVITY | State.AGGREGATION | State.DEFAULTED

# What no real system does: it collects before it was asked.
_READY = "is ready at once"

# What a partner is from the start.
_TRAITS: Mapping[str, Mapping[str, object]] = {
    "only answers": {"state": partner_state(active=False), "periodic": False},
    "sends nothing": {"answers": False, "periodic": False, "markers": False},
    "answers no markers": {"markers": False},
    "asks for fast LACPDUs": {"state": partner_state(fast=True)},
    _READY: {},
    "cannot aggregate": {"state": partner_state(individual=True)},
    "does not collect": {"state": partner_state(collecting=False, distributing=False)},
    "is not in sync": {"state": partner_state(in_sync=False, collecting=False, distributing=False)},
    "knows nothing of the NAS": {"echo": Echo.ZERO},
    "knows the NAS by a wrong key": {"echo": Echo.WRONG},
}

# What a partner changes; it sends an LACPDU at once, unless it falls silent.
_CHANGES: Mapping[str, Callable[[Settings], Mapping[str, object]]] = {
    "stops collecting": lambda _: {"state": partner_state(collecting=False, distributing=False)},
    "goes out of sync": lambda _: {
        "state": partner_state(in_sync=False, collecting=False, distributing=False)
    },
    # It need not send itself: only its COLLECTING bit counts.
    "collects again": lambda _: {"state": partner_state(distributing=False)},
    "no longer aggregates": lambda _: {"state": partner_state(individual=True)},
    "asks for fast LACPDUs": lambda _: {"state": partner_state(fast=True)},
    "asks for slow LACPDUs": lambda _: {"state": partner_state()},
    "changes its system": lambda _: {"system": _SYSTEMS["another"]},
    "changes its system priority": lambda s: {"system_priority": s.system_priority + 1},
    "changes its key": lambda s: {"key": s.key + 1},
    "changes its port number": lambda s: {"port_offset": s.port_offset + 100},
    "changes its port priority": lambda s: {"port_priority": s.port_priority + 1},
    "sends an LACPDU now": lambda _: {},
    "forgets the NAS": lambda _: {"echo": Echo.ZERO},
    "no longer hears the NAS": lambda _: {"state": _DEFAULTED, "echo": Echo.ZERO},
    "hears the NAS again": lambda _: {"state": partner_state(), "echo": Echo.RIGHT},
    "speaks again": lambda _: {"answers": True, "periodic": True, "markers": True},
    "falls silent": lambda _: {"answers": False, "periodic": False, "markers": False},
}


# Those that can also be had by keeping the cable silent.
_SILENCES: Mapping[str, bool] = {"falls silent": True, "speaks again": False}

_TRAIT = "|".join(_TRAITS)

_CHANGE = parsers.re(
    rf"the partner( on port (?P<port>\d))? (?P<what>{'|'.join(sorted(_CHANGES, key=len))})"
)

_ONE_WAY = parsers.re(r"the cable of port (?P<port>\d) carries nothing (?P<way>to|from) the NAS")


@given(
    parsers.re(
        r"(?P<which>an|another) LACP partner on (?P<ports>ports? [\d, and]+?)"
        r"( with (?P<value>system priority 0x\w+|key \d+))?"
        rf"( that (?P<traits>({_TRAIT})( and ({_TRAIT}))*))?"
    )
)
def partner(world: World, which: str, ports: str, value: str | None, traits: str | None) -> None:
    settings = Settings(system=_SYSTEMS[which])
    if traits and _READY in traits:
        world.testbed(Capability.PARTNER)
    if value:
        name, _, number = value.rpartition(" ")
        settings = dataclasses.replace(settings, **{name.replace(" ", "_"): int(number, 0)})  # type: ignore[arg-type]
    for trait in traits.split(" and ") if traits else ():
        settings = dataclasses.replace(settings, **_TRAITS[trait])  # type: ignore[arg-type]
    _plug(world, numbers(ports), settings)


@given(_CHANGE)
@when(_CHANGE)
def partner_changes(world: World, port: str | None, what: str) -> None:
    testbed = world.testbed()
    if what in _SILENCES and Capability.PARTNER not in testbed.capabilities:
        _silence(world, int(port) if port else None, silent=_SILENCES[what])
        return
    chosen = (int(port),) if port else [n for partner in world.partners for n in partner.ports]
    _change(world, dict.fromkeys(chosen, what))
    world.note(f"the partner {what}" + (f" on port {port}" if port else ""))
    world.settle()


@when("the partner changes on each port")
def changes_on_each(world: World, datatable: list[list[str]]) -> None:
    """Change all ports at once: none has to wait for the negotiation of another."""
    _change(world, {numbers(port)[0]: f"changes {what}" for port, what in datatable})
    world.note(f"the partner changes {', '.join(f'{what} on {port}' for port, what in datatable)}")
    world.settle()


def _change(world: World, changes: Mapping[int, str]) -> None:
    """Change what the partner of each port announces, and send it unless it is silent."""
    world.testbed(Capability.PARTNER)
    world.mark()
    with world.target.clock.lock:
        for partner in world.partners:
            for number in (port for port in partner.ports if port in changes):
                partner.change_port(number, **_CHANGES[changes[number]](partner.of(number)))
                if partner.of(number).answers:
                    partner.send(number)


def _silence(world: World, port: int | None, *, silent: bool) -> None:
    """Keep the cable silent, where a partner cannot be made to be."""
    testbed = world.testbed(Capability.SILENCE)
    world.mark()
    for number in (port,) if port else world.partner_ports:
        testbed.silence(number, silent=silent)
    world.note(f"the far end of {f'port {port}' if port else 'every port'} is down")
    world.settle()


@given(parsers.parse("the partner on port {port:d} restarts, its link stays"))
def partner_restarts(world: World, port: int) -> None:
    """Fall silent, as a switch that reboots with its cables up."""
    world.testbed(Capability.PARTNER)
    world.mark()
    with world.target.clock.lock:
        _only(world, port).silence()
    world.note(f"the partner on port {port} sends nothing more")
    world.settle()


@when(parsers.parse("the partner on port {port:d} is back from its restart"))
def partner_is_back(world: World, port: int) -> None:
    """Start a new partner in its place, which knows nothing of the NAS."""
    before = _only(world, port)
    world.mark()
    world.partners.remove(before)
    settings = dataclasses.replace(before.settings, answers=True, periodic=True, markers=True)
    for partner in _plug(world, before.ports, settings):
        with world.target.clock.lock:
            partner.speak()


def _only(world: World, port: int) -> Partner:
    """Return the partner of one port alone."""
    (found,) = (partner for partner in world.partners if partner.ports == (port,))
    return found


@given(_ONE_WAY)
@when(_ONE_WAY)
def one_way(world: World, port: str, way: str) -> None:
    """Break one direction of a cable; the carrier stays, as a dirty fibre lets it."""
    switch = world.switch()
    world.mark()
    with world.target.clock.lock:
        switch.silence(int(port), to_nas=way == "to", from_nas=way == "from")
    world.note(f"the cable of port {port} carries nothing {way} the NAS; its carrier stays")


def _plug(world: World, ports: tuple[int, ...], settings: Settings) -> list[Partner]:
    world.testbed(Capability.CAPTURE)
    testbed = world.testbed(Capability.LACP)
    for port in ports:
        world.name(port)
    world.partner_ports += ports
    made = world.attempt(lambda: testbed.lacp(ports, settings))
    who = f"({settings.system_priority:04x}, {mac_text(settings.system)}, key {settings.key:04x})"
    state = state_words(settings.state)
    world.note(f"LACP partner {who} on ports {', '.join(map(str, ports))} announces {state}")
    partners = [made] if made is not None else []
    world.partners += partners
    return partners
