"""Static routes, which go with an address of their interface or with it, and are set again."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterable, Iterator, Mapping
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from types import MappingProxyType

from lagg_tool.command import script
from lagg_tool.lagg import Address, HostState, Route
from lagg_tool.nas.step import Step

# A route that is still there is only led elsewhere. A kernel with multipath routing would add a
# second gateway to it (add_route, sys/net/route/route_ctl.c), as where there were several.
SET_ROUTE = 'route -q -n change "$@" || route -q -n add "$@"'
ADD_ROUTE = 'route -q -n add "$@" || route -q -n change "$@"'
_VALUES = re.compile(r"(ipv6_)?(defaultrouter|route_)\w*")
_LISTS = re.compile(r"(ipv6_)?static_routes\w*")


def route_steps(
    name: str,
    onto: str,
    reached: Iterable[Address],
    host: HostState,
    *,
    ipv6: bool = True,
    others: Mapping[str, str] = MappingProxyType({}),
) -> Iterator[Step]:
    """Yield the steps that set the routes over an interface again, ``onto`` it or another one.

    Some go to ``others``, by destination. Left out are those whose gateway nothing reaches by
    then: none of the addresses, no route by the interface alone and, without ``ipv6``, no link.
    """
    if host.lagg_of(name):
        return
    networks = [each.network for each in reached]
    own = [each for each in host.routes if each.interface == name and each.static]
    for each in own:
        if each.by_interface:
            with contextlib.suppress(ValueError):  # 10/8, as old releases print it
                networks.append(ip_network(_bare(each.destination), strict=False))
            yield route_step(each, host, "-interface", others.get(each.destination, onto))
    for each in own:
        if is_reached(each, networks) and (ipv6 or "%" not in each.gateway):
            to = others.get(each.destination, onto)
            yield route_step(each, host, each.gateway.replace(f"%{name}", f"%{to}"))


def is_reached(route: Route, networks: Iterable[IPv4Network | IPv6Network]) -> bool:
    """Return whether the gateway of a route is on a link or in one of these networks."""
    bare, _, zone = route.gateway.partition("%")
    try:
        ip = ip_address(bare)
    except ValueError:
        return False  # of an address
    return bool(zone) or any(ip in each for each in networks)


def route_step(route: Route, host: HostState, *via: str) -> Step:
    """Return the step that sets a route again, by a gateway or by the interface alone."""
    same = [each for each in host.routes if key_of(each) == key_of(route) and each.static]
    several = len(same) > 1 or len(via) > 1
    return Step(
        script(ADD_ROUTE if several else SET_ROUTE, *key_of(route), *via),
        f"the route to {route.destination} went with the address",
    )


def key_of(route: Route) -> tuple[str, str]:
    """Return what route(8) knows a route by."""
    family = "-inet6" if ":" in route.destination + route.gateway else "-inet"
    return family, _bare(route.destination)


def _bare(destination: str) -> str:
    return re.sub("%[^/]*", "", destination)


def over_others(names: Mapping[str, str], rc_conf: Mapping[str, str]) -> dict[str, str]:
    """Return the variables of routes that name an interface, with its new name in their values.

    Such as by fe80::1%em0, by -interface em0, or of em0 alone in static_routes="lab:em0".
    """
    found: dict[str, str] = {}
    for variable, value in rc_conf.items():
        listed = _LISTS.fullmatch(variable)
        before = r"(?<=:)" if listed else r"(?<![\w.])"
        new = value
        for old, other in names.items() if listed or _VALUES.fullmatch(variable) else ():
            new = re.sub(rf"{before}{re.escape(old)}(?![\w.-])", other, new)
        if new != value:
            found[variable] = new
    return found
