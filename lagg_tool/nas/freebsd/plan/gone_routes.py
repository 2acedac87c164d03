"""The static routes that a change takes away for good, by what its commands do."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from ipaddress import ip_interface

from lagg_tool.lagg import Address, HostState, Route
from lagg_tool.nas.freebsd.plan.routes import ADD_ROUTE, SET_ROUTE, is_reached, key_of
from lagg_tool.nas.freebsd.plan.step import DROP_LEASE
from lagg_tool.nas.step import Step

_Addresses = Mapping[str, frozenset[Address]]


def gone_route_notes(steps: Iterable[Step], host: HostState) -> Iterator[str]:
    """Yield the routes that go with an address or an interface, and that no command sets again."""
    commands = [step.command.argv for step in steps]
    had = {
        name: frozenset(each.address for each in found.addresses)
        for name, found in host.interfaces.items()
    }
    has = dict(had)
    for words in commands:
        _run(words, has)
    again = {words[4:6] for words in commands if words[2:3] in ((SET_ROUTE,), (ADD_ROUTE,))}
    asks = next((words[3] for words in commands if words[2:3] == ("dhclient",)), "")
    leased = {words[4] for words in commands if words[2:3] == (DROP_LEASE,)} | host.dhclients
    for route in host.routes:
        if not route.static or key_of(route) in again or not _goes(route, had, has):
            continue
        by = "" if route.by_interface else f" by {route.gateway}"
        if not (asks and route.interface in leased and "." in route.gateway):
            yield (
                f"the route to {route.destination}{by} over {route.interface} goes, and nothing"
                " sets it again"
            )
        elif route.destination not in ("default", "0.0.0.0/0"):  # which the lease brings
            yield (
                f"the route to {route.destination}{by} goes with the lease of {route.interface}:"
                f" set it again once {asks} has one (route add {route.destination}"
                f" {route.gateway}), unless the server gives it"
            )


def _run(words: tuple[str, ...], has: dict[str, frozenset[Address]]) -> None:
    """Do what a command does to the addresses of interfaces; what is removed has no entry."""
    match words:
        case ("ifconfig", name, "destroy"):
            has.pop(name, None)
            return
        case ("ifconfig", name, _, address, "alias"):
            has[name] = has.get(name, frozenset()) | {ip_interface(address)}
            return
        case ("ifconfig", name, _, gone, "-alias"):
            stay = [each for each in has.get(name, ()) if str(each.ip) != gone]
        case ("ifconfig", _, "laggport", name):  # the kernel takes those of IPv6 (lagg_ioctl)
            stay = [each for each in has.get(name, ()) if each.version == 4]
        case (_, _, script, _, name, *kept) if script == DROP_LEASE:
            stay = [e for e in has.get(name, ()) if e.version == 6 or str(e.ip) in kept]
        case _:
            return
    has[name] = frozenset(stay)


def _goes(route: Route, had: _Addresses, has: _Addresses) -> bool:
    """Return whether a route goes, by the addresses that its interface had, and has then."""
    before, then = had.get(route.interface), has.get(route.interface)
    if before is None or then is None:
        return before is not None
    if route.by_interface:
        return bool(before) and not then
    if "%" in route.gateway:
        return _has_link_local(before) and not _has_link_local(then)
    reached = [is_reached(route, [each.network for each in those]) for those in (before, then)]
    return reached == [True, False]


def _has_link_local(addresses: Iterable[Address]) -> bool:
    return any(each.ip.is_link_local for each in addresses if each.version == 6)
