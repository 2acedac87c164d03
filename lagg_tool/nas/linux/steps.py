"""From one configuration of a bond to another: the commands, in an order that is safe. Pure.

``steps_between`` serves both directions. A bond is brought up after its ports have joined:
one that is up before waits eight seconds for LACP, not two (X-07).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from lagg_tool.bond.state import BondHost, Route
from lagg_tool.command import change
from lagg_tool.lagg import Address
from lagg_tool.nas.linux.config import BondConfig, VlanConfig
from lagg_tool.nas.step import Step

# Options that the driver changes only while the bond is down, or only while it has no ports
# (bond_opts, drivers/net/bonding/bond_options.c of Linux 6.1).
_DOWN = ("lacp_rate", "lacp_active", "ad_select")
_EMPTY = ("fail_over_mac",)
# The primary is named once it is a port; a delay once there is a miimon.
_LATE = ("primary",)


def ip(why: str, *words: str) -> Step:
    """Return the step that runs ip with these arguments."""
    return Step(change("ip", *words), why)


def _set(why: str, name: str, *words: str) -> Step:
    return ip(why, "link", "set", "dev", name, *words)


def _options(config: BondConfig, names: Iterable[str]) -> list[str]:
    return [word for name in names for word in (name, config.options[name])]


def creation(after: BondConfig) -> Iterator[tuple[str, list[Step]]]:
    """Yield the commands that make a bond, by the part that they make: a "port" for each."""
    early = [name for name in after.options if name not in _LATE]
    yield (
        "bond",
        [
            ip(
                "the LAGG",
                *("link", "add", "name", after.name, "type", "bond"),
                *("mode", after.mode, *_options(after, early)),
            ),
            *_about(None, after),
        ],
    )
    for port in after.ports:
        yield "port", _join(after.name, port)
    yield "late", [*_primary(None, after), *_up(after)]
    yield "addresses", [*_addresses(after.name, (), after.addresses), *_routes(after)]
    for vlan in after.vlans:
        yield "vlan", _vlan(None, vlan, after.name)


def _join(name: str, port: str) -> list[Step]:
    return [
        _set("a port joins only while it is down", port, "down"),
        _set("the port", port, "master", name),
    ]


def _about(before: BondConfig | None, after: BondConfig) -> Iterator[Step]:
    if after.alias != (before.alias if before else ""):
        yield _set("the description", after.name, "alias", after.alias)
    if after.mtu != (before.mtu if before else 1500):
        yield _set("the MTU, of the ports too", after.name, "mtu", str(after.mtu))


def _primary(before: BondConfig | None, after: BondConfig) -> Iterator[Step]:
    primary = after.options.get("primary")
    if primary and (before is None or before.options.get("primary") != primary):
        yield _set("carries traffic while it can", after.name, "type", "bond", "primary", primary)


def _up(after: BondConfig) -> Iterator[Step]:
    if after.up:
        yield _set("last, so that LACP does not wait (X-07)", after.name, "up")


def _addresses(name: str, before: Sequence[Address], after: Sequence[Address]) -> Iterator[Step]:
    for address in after:
        if address not in before:
            yield ip("an address", "addr", "add", str(address), "dev", name)
    for address in before:
        if address not in after:
            yield ip("an address that is not wanted", "addr", "del", str(address), "dev", name)


def route_step(route: Route, name: str) -> Step:
    """Return the step that sets a route by an interface."""
    metric = () if route.metric is None else ("metric", str(route.metric))
    return ip(
        "the route goes with the address",
        *("route", "replace", route.destination, "via", route.gateway, "dev", name, *metric),
    )


def _routes(after: BondConfig) -> Iterator[Step]:
    for route in after.routes:
        yield route_step(route, after.name)


def _vlan(before: VlanConfig | None, after: VlanConfig, parent: str) -> list[Step]:
    steps: list[Step] = []
    if before is None:
        words = ("link", "add", "link", parent, "name", after.name, "type", "vlan")
        steps.append(ip("the VLAN", *words, "id", str(after.tag)))
    if after.mtu != (before.mtu if before else 1500):
        steps.append(_set("the VLAN's MTU", after.name, "mtu", str(after.mtu)))
    if before is None:
        steps.append(_set("the VLAN", after.name, "up"))
    steps += _addresses(after.name, before.addresses if before else (), after.addresses)
    return steps


def steps_between(
    before: BondConfig | None, after: BondConfig | None, host: BondHost, *, back: bool = False
) -> tuple[Step, ...]:
    """Return the commands that lead from ``before`` to ``after``; none if they are the same.

    ``host`` was observed before anything was done; ``back``: a change is being undone, and
    ports that leave are to be as they were.
    """
    if after is None:
        if before is None:
            return ()
        steps = [ip("remove the LAGG; its ports become free", "link", "del", "dev", before.name)]
        gone = before.ports
    elif before is None:
        steps = [*_take(after, host)] if not back else []
        steps += [step for _, part in creation(after) for step in part]
        gone = ()
    else:
        steps = _modify(before, after, host, back=back)
        gone = tuple(port for port in before.ports if port not in after.ports)
    if back:
        steps += [step for port in gone for step in _as_before(port, host)]
    elif after is None:
        steps += [step for port in gone for step in _up_again(port, host)]
    return tuple(steps)


def _take(after: BondConfig, host: BondHost) -> Iterator[Step]:
    """Take the addresses from new ports that move onto the LAGG."""
    for port in after.ports:
        link = host.links.get(port)
        if link is None or link.master:
            continue
        for each in link.addresses:
            if not each.made and each.address in after.addresses:
                why = "the address moves onto the LAGG"
                yield ip(why, "addr", "del", str(each.address), "dev", port)


def _up_again(port: str, host: BondHost) -> Iterator[Step]:
    """Give back a port of a bond that is gone: the driver leaves it down, with its own MTU."""
    link = host.links.get(port)
    if link is not None and link.up:
        yield _set("the port is up again, on its own", port, "up")


def _as_before(port: str, host: BondHost) -> Iterator[Step]:
    """Put a port back as it was observed; its MAC address and MTU come back by themselves."""
    link = host.links.get(port)
    if link is None:
        return
    if link.up:
        yield _set("the port was up before", port, "up")
    for each in link.addresses:
        if not each.made:
            yield ip("the port's own address", "addr", "replace", str(each.address), "dev", port)
    for route in host.routes:
        if route.interface == port and route.gateway:
            yield route_step(route, port)


def _all_addresses(name: str, host: BondHost) -> list[Address]:
    """Return what was configured; a bond that goes down loses those of IPv6."""
    link = host.links.get(name)
    return [each.address for each in link.addresses if not each.made] if link else []


def must_empty(before: BondConfig, after: BondConfig) -> str:
    """Return why the ports have to leave for a while; nothing if they need not."""
    if before.mode != after.mode:
        return f"the mode changes from {before.mode} to {after.mode}, which takes an empty bond"
    for option in _EMPTY:
        if _changed(option, before, after):
            return f"{option} changes, which takes an empty bond"
    return ""


def must_go_down(before: BondConfig, after: BondConfig) -> str:
    """Return why the bond has to go down for a while; nothing if it need not."""
    changed = [option for option in _DOWN if _changed(option, before, after)]
    return f"{', '.join(changed)} changes, which takes a bond that is down" if changed else ""


def _changed(option: str, before: BondConfig, after: BondConfig) -> bool:
    return option in after.options and before.options.get(option) != after.options[option]


def _modify(before: BondConfig, after: BondConfig, host: BondHost, *, back: bool) -> list[Step]:
    name = after.name
    empty, down = must_empty(before, after), must_go_down(before, after)
    kept = () if empty else [port for port in before.ports if port in after.ports]
    leaving = [port for port in before.ports if port not in kept]
    joining = [port for port in after.ports if port not in kept]
    changed = [
        option
        for option in after.options
        if option not in _LATE and _changed(option, before, after)
    ]
    steps: list[Step] = []
    if empty or down:
        steps.append(_set(empty or down, name, "down"))
    steps += [
        _set("an empty bond is needed" if port in after.ports else "leaves", port, "nomaster")
        for port in leaving
    ]
    if not back:
        steps += _take(replace(after, ports=tuple(joining)), host)
    if before.mode != after.mode:
        # A change of the mode keeps what the old one had said.
        words = _options(after, (each for each in after.options if each not in _LATE))
        steps.append(_set("the protocol", name, "type", "bond", "mode", after.mode, *words))
    elif changed:
        steps.append(_set("the options", name, "type", "bond", *_options(after, changed)))
    steps += _about(before, after)
    steps += [step for port in joining for step in _join(name, port)]
    steps += _primary(None if empty else before, after)
    if empty or down or before.up != after.up:
        steps += list(_up(after)) or [_set("as it was", name, "down")]
    cut = bool(empty or down)
    lost = [each for each in _all_addresses(name, host) if cut and each.version == 6]
    foreign = [each for each in lost if each not in (*before.addresses, *after.addresses)]
    had = [each for each in before.addresses if each not in lost]
    steps += _addresses(name, had, (*after.addresses, *foreign))
    if cut or before.routes != after.routes:
        steps += _routes(after)
    vlans = {vlan.name: vlan for vlan in before.vlans}
    for vlan in after.vlans:
        steps += _vlan(vlans.pop(vlan.name, None), vlan, name)
    steps += [ip("a VLAN that is not wanted", "link", "del", "dev", each) for each in vlans]
    return steps
