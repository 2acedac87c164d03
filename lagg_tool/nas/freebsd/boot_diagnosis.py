"""What rc.conf says of a LAGG, against what the LAGG is now: causes that come at the next boot.

Pure. Each check takes a ``View``; what it finds is certain only as far as the text is whole.
"""

from __future__ import annotations

import difflib
import itertools
import re
from collections.abc import Callable, Container, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from lagg_tool.command import quote
from lagg_tool.ifconfig import Interface
from lagg_tool.lagg import HostState, InterfaceState, LaggState, Protocol
from lagg_tool.lagg.diagnosis import Check
from lagg_tool.lagg.finding import Cause, Finding, Seen
from lagg_tool.nas.freebsd.boot import BootInterface, NextBoot, Variables, next_boot, variable_name
from lagg_tool.nas.freebsd.boot.misspelling import misspelt
from lagg_tool.nas.freebsd.boot.words import near_words

_WHOLE = "the host's own sysrc -a, and /etc/rc.conf.d/netif: more than this text may set it"
_RELEASE = "uname -r: from FreeBSD 15 on, a LAGG that is up brings its ports up"


def boot_checks(
    rc_conf: Mapping[str, str],
    system: str = "",
    *,
    asked: bool = False,
    start_scripts: Container[str] = (),
) -> tuple[Check, ...]:
    """Return the checks of ``diagnose`` that take rc.conf into account.

    ``start_scripts`` are the interfaces that have one, which is not followed. A host whose
    rc.conf does not have the LAGG at all is not spoken of unless somebody ``asked``: the LAGG
    may be of a program.
    """

    def check(seen: Seen) -> Iterator[Finding]:
        view = View(seen, rc_conf, system)
        scripts = [
            f"/etc/start_if.{each}" for each in (view.name, *view.ports) if each in start_scripts
        ]
        beside = f"; what {' and '.join(scripts)} does at boot" if scripts else ""
        if view.named or (asked and rc_conf):
            for finding in (found for each in _CHECKS for found in each(view)):
                yield replace(finding, certain_with=finding.certain_with + beside)

    return (check,)


@dataclass(frozen=True)
class View:
    """A LAGG as it was seen, and its host's rc.conf."""

    seen: Seen
    rc_conf: Mapping[str, str]
    system: str = ""

    @property
    def name(self) -> str:
        """The LAGG's name now."""
        return self.seen.lagg.name

    @cached_property
    def variables(self) -> Variables:
        """rc.conf, by interface."""
        return Variables(self.rc_conf)

    @cached_property
    def first_name(self) -> str:
        """The name under which the LAGG is made, before ifconfig_IF_name renames it."""
        renamed = re.compile(r"ifconfig_(\w+)_name")
        found = (renamed.fullmatch(k) for k, v in self.rc_conf.items() if v == self.name)
        return next((match[1] for match in found if match), self.name)

    @cached_property
    def cloned(self) -> tuple[str, ...]:
        """The names of cloned_interfaces."""
        listed = self.variables.get("cloned_interfaces").split()
        return tuple(each.partition(":")[0] for each in listed)

    @property
    def named(self) -> bool:
        """Whether rc.conf speaks of the LAGG."""
        own = (*self.variables.names(self.name), *self.variables.strangers(self.name))
        return bool(own) or self.first_name in self.cloned

    @cached_property
    def lines(self) -> tuple[tuple[str, list[str]], ...]:
        """The variables that may name ports, with their words, in rc's order."""
        created = f"create_args_{variable_name(self.first_name)}"
        given = [(created, self.variables.get(created).split())]
        given += [(self.variables.source(self.name), self.variables.words(self.name))]
        return tuple(each for each in given if each[1])

    def words_after(self, word: str) -> list[str]:
        """Return what stands behind each occurrence of a word in these lines."""
        pairs = (itertools.pairwise(words) for _, words in self.lines)
        return [after for one, after in itertools.chain.from_iterable(pairs) if one == word]

    @property
    def ports(self) -> tuple[str, ...]:
        """The LAGG's ports now."""
        return tuple(port.name for port in self.seen.lagg.ports)

    @property
    def whole(self) -> bool:
        """Whether the listing has all interfaces of the host."""
        return any("LOOPBACK" in each.flags for each in self.seen.listing.interfaces)

    @cached_property
    def boot(self) -> NextBoot:
        """The next boot."""
        interfaces = {each.name: _state(each) for each in self.seen.listing.interfaces}
        more = () if self.whole else self.words_after("laggport")
        for port in (*self.ports, *more):  # a listing of a LAGG alone
            interfaces.setdefault(port, InterfaceState(port))
        return next_boot(HostState(interfaces, self.rc_conf, system=self._release))

    @property
    def next(self) -> Mapping[str, BootInterface]:
        """The interfaces after the next boot."""
        return self.boot.interfaces

    @property
    def _release(self) -> str:
        """What uname says of FreeBSD; without it a text shows at least whether it may be 15."""
        newer = any("LOWER_UP" in each.flags for each in self.seen.listing.interfaces)
        named = self.system.startswith("FreeBSD ")
        return "FreeBSD - 15.0-RELEASE" if newer and not named else self.system

    @property
    def lagg(self) -> BootInterface | None:
        """The LAGG after the next boot; None if none is made."""
        return self.next.get(self.name)


def _state(seen: Interface) -> InterfaceState:
    """Return what the next boot needs of an interface: what no configuration makes."""
    return InterfaceState(
        seen.name,
        ether=seen.ether or "",
        hwaddr=seen.hwaddr or "",
        enabled=frozenset(seen.options.names if seen.options else ()),
        lagg=LaggState(Protocol.FAILOVER) if seen.lagg else None,
        vlan_parent=seen.vlan.parent if seen.vlan else "",
        groups=seen.groups,
    )


def _said(view: View, variable: str) -> str:
    value = view.rc_conf.get(variable)
    return f"rc.conf: no {variable}" if value is None else f"rc.conf: {variable}={value!r}"


def _not_made(view: View) -> Iterator[Finding]:
    """Find that the next boot does not make the LAGG."""
    if view.lagg is None:
        name = quote(view.first_name)
        yield Finding(
            Cause.NOT_IN_RC_CONF,
            view.name,
            (_said(view, "cloned_interfaces"),),
            f"cloned_interfaces does not have {view.first_name}: the next boot makes no such "
            "LAGG, and its other lines do nothing.",
            f"sysrc cloned_interfaces+={name}",
            f"{_WHOLE}; TrueNAS keeps its LAGGs elsewhere",
        )
    elif view.lagg.lagg and not (view.lines or view.lagg.ports):
        variable = f"ifconfig_{variable_name(view.name)}"
        yield Finding(
            Cause.NOT_IN_RC_CONF,
            view.name,
            (_said(view, variable),),
            "The next boot makes the LAGG without ports: nothing names them.",
            f"sysrc -n {quote(variable)}",
            _WHOLE,
        )


def _slips(view: View) -> Iterator[Finding]:
    """Find variables whose name has a slip."""
    names = view.seen.listing.names
    for each in misspelt(view.first_name, view.ports, view.rc_conf, names):
        name, right = quote(each.variable), quote(each.meant)
        renames = f"sysrc {right}={quote(view.rc_conf[each.variable])}; sysrc -x {name}"
        yield Finding(
            Cause.NOT_IN_RC_CONF,
            view.name,
            (_said(view, each.variable),),
            f"{each.text}. What it says is not done at boot.",
            # Which of two is meant is not known.
            f"sysrc -n {right} {name}" if each.meant in view.rc_conf else renames,
            f"grep -r {name} /etc /usr/local/etc: no script of the host reads it",
        )


def _port_names(view: View) -> Iterator[Finding]:
    """Find ports that rc.conf names and the LAGG does not have, and the other way round."""
    wanted = dict.fromkeys(view.words_after("laggport"))
    removed = view.words_after("-laggport")
    missing = [each for each in wanted if each not in view.ports and each not in removed]
    extra = [each for each in view.ports if each not in wanted]
    listed = [*extra, *(view.seen.listing.names if view.whole else ())]
    for name in missing:
        joins = f"ifconfig {quote(view.name)} laggport {quote(name)}"
        there = name in view.seen.listing.names
        near = [] if there else difflib.get_close_matches(name, listed, 1, 0.6)
        meant = f" There is {near[0]}: one of the two names may be misspelt." if near else ""
        if jail := view.variables.vnet(name):
            meant = f" Its own line gives it to the jail {jail} (vnet)."
        yield Finding(
            Cause.PORT_MISSING,
            name,
            (f"rc.conf: laggport {name}", f"{view.name} has {', '.join(view.ports) or 'none'}"),
            "rc.conf names a port that the LAGG does not have: it was not there at boot, was "
            f"refused, or has another name now.{meant}",
            joins,
            f"the answer of {joins}, and dmesg of the boot",
        )
    for name in extra if view.lines else ():
        variable = view.variables.source(view.name)
        yield Finding(
            Cause.NOT_IN_RC_CONF,
            name,
            (f"laggport: {name}", _said(view, variable)),
            f"rc.conf does not name this port: the next boot makes {view.name} without it.",
            f"sysrc -n {quote(variable)}",
            _WHOLE,
        )


def _protocol(view: View) -> Iterator[Finding]:
    """Find that the next boot changes the protocol."""
    if view.lagg is None or not view.lines:
        return
    after, said = view.lagg.protocol.value, view.words_after("laggproto")
    if after != view.seen.protocol:
        yield Finding(
            Cause.NOT_IN_RC_CONF,
            view.name,
            (
                f"laggproto {view.seen.protocol}",
                f"rc.conf: laggproto {said[-1]}"
                if said
                else f"rc.conf: no laggproto, which makes it {after}",
            ),
            "The LAGG runs another protocol than rc.conf has: the next boot changes it.",
            f"sysrc -n {quote(view.variables.source(view.name))}",
            _WHOLE,
        )


def _ports_down(view: View) -> Iterator[Finding]:
    """Find ports that the next boot leaves down."""
    for name in view.lagg.ports if view.lagg else ():
        if view.next[name].up:
            continue
        variable = f"ifconfig_{variable_name(name)}"
        listed = view.variables.get("network_interfaces")
        named = listed.upper() in ("", "AUTO") or name in listed.split()
        up = " ".join([*(each for each in view.variables.words(name) if each != "up"), "up"])
        only = f'network_interfaces="{listed}" leaves it out' if not named else "nothing says up"
        yield Finding(
            Cause.DOWN_AT_BOOT,
            name,
            (_said(view, variable), *(() if named else (_said(view, "network_interfaces"),))),
            f"The next boot leaves this port down ({only}), and before FreeBSD 15 a LAGG does "
            "not bring its ports up: it carries nothing then.",
            f"sysrc {quote(variable)}={quote(up)}"
            if named
            else f"sysrc network_interfaces+={quote(name)}",
            f"{_RELEASE}; {_WHOLE}" if not view.system else _WHOLE,
        )


def _port_addresses(view: View) -> Iterator[Finding]:
    """Find ports to which rc.conf gives addresses."""
    for name in view.lagg.ports if view.lagg else ():
        found = view.next[name]
        if not view.variables.gives_addresses(found):
            continue
        sources = (
            view.variables.source(name),
            view.variables.source(name, "_ipv6"),
            *(variable for variable, _ in view.variables.aliases(name)),
        )
        own = [each for each in dict.fromkeys(sources) if view.rc_conf.get(each, "up") != "up"]
        main = f"ifconfig_{variable_name(name)}"
        gone = [f"sysrc -x {quote(each)}" for each in own if each not in (main, "ifconfig_DEFAULT")]
        mtu = dict(itertools.pairwise(view.variables.words(name))).get("mtu")
        up = f"up mtu {mtu}" if mtu else "up"
        yield Finding(
            Cause.PORT_HAS_ADDRESS,
            name,
            tuple(_said(view, each) for each in own),
            "The next boot gives the port an address, which is of no use there (S-10); its route "
            "sends traffic of that network into the port instead of the LAGG.",
            "; ".join((f"sysrc {quote(main)}={quote(up)}", *gone)),
            f"{_WHOLE}; after a boot, ifconfig {quote(name)}",
        )


def _port_vlans(view: View) -> Iterator[Finding]:
    """Find VLANs that the next boot makes on a port, and that are not there now."""
    ports = view.lagg.ports if view.lagg else ()
    for name, made in view.next.items():
        if made.parent in ports and name not in view.seen.listing.names:
            listed = f"vlans_{variable_name(made.parent)}"
            mine = f"vlans_{variable_name(view.name)}"
            fitting = listed in view.rc_conf and not name.startswith(f"{made.parent}.")
            yield Finding(
                Cause.VLAN_ON_PORT,
                made.parent,
                (_said(view, listed if listed in view.rc_conf else "cloned_interfaces"),),
                f"The next boot makes the VLAN {name} on a port. lagg(4) takes what arrives there "
                "before VLANs see it: the VLAN is deaf. It belongs on the LAGG.",
                f"sysrc {quote(mine)}+={quote(name if fitting else str(made.tag))}",
                f"after a boot, ifconfig {quote(name)}; {_WHOLE}",
            )


def _mtu(view: View) -> Iterator[Finding]:
    """Find an MTU in rc.conf that is not what is there, or that nothing takes."""
    if view.lagg is None or not view.lagg.ports:
        return
    first, boot = view.lagg.ports[0], view.lagg.mtu
    main = view.variables.source(view.name)
    own = [each for each in view.words_after("mtu") if each != str(boot)]
    certain = f"after a boot, ifconfig {quote(view.name)}; {_WHOLE}"
    if boot != view.seen.lagg.mtu or own:
        lines = dict.fromkeys((main, view.variables.source(first)))
        yield Finding(
            Cause.MTU,
            view.name,
            (f"{view.name} mtu {view.seen.lagg.mtu}", *(_said(view, each) for each in lines)),
            f"The next boot gives {view.name} MTU {boot}. A LAGG takes the MTU of its first port, "
            f"{first}; only an mtu behind the ports in its own line changes that.",
            f"sysrc -n {' '.join(map(quote, lines))}",
            certain,
        )
    for name in view.lagg.ports[1:]:
        said = dict(itertools.pairwise(view.variables.words(name))).get("mtu", str(boot))
        if said != str(boot):
            yield Finding(
                Cause.MTU,
                name,
                (_said(view, view.variables.source(name)), f"{view.name} mtu {boot} at boot"),
                "A port that joins gets the MTU of the LAGG, which is that of its first port: "
                "what its own line says does not stay.",
                f"sysrc -n {quote(view.variables.source(name))}",
                certain,
            )


def _words(view: View) -> Iterator[Finding]:
    """Find a word at which ifconfig stops at boot, or that is misspelt."""
    for name in dict.fromkeys((view.name, *view.ports)):
        for each in view.boot.unclear_of(name, view.variables):
            near = near_words(each.word)
            if not (each.stops or near):
                continue
            meant = f" It is likely to be {near[0]}." if near else ""
            yield Finding(
                Cause.NOT_IN_RC_CONF,
                name,
                (_said(view, each.variable),),
                f"At boot ifconfig stops at {each.word!r} in this line: what stands before it is "
                f"done, what stands behind it is not.{meant}",
                f"sysrc -n {quote(each.variable)}",
                f"the same words given to ifconfig {quote(name)} by hand, and its answer",
            )


_CHECKS: tuple[Callable[[View], Iterator[Finding]], ...] = (
    _port_names,
    _protocol,
    _not_made,
    _slips,
    _words,
    _ports_down,
    _port_addresses,
    _port_vlans,
    _mtu,
)
