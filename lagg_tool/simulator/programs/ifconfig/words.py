"""The words of ifconfig's command line (struct cmd, sbin/ifconfig/*.c).

A word is looked up in WORDS, or in CLONE_WORDS while the interface is still to be made;
any other word is taken as an address.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from types import MappingProxyType

from lagg_tool.simulator.kernel.errno import Errno, KernelError
from lagg_tool.simulator.kernel.flags import IFF, ND6
from lagg_tool.simulator.kernel.vlan import Vlan
from lagg_tool.simulator.kernel.vnet import NAME_LENGTH
from lagg_tool.simulator.programs.ifconfig import addresses
from lagg_tool.simulator.programs.ifconfig.lagg_words import LAGG_WORDS
from lagg_tool.simulator.programs.ifconfig.media_words import MEDIA_WORDS
from lagg_tool.simulator.programs.ifconfig.session import (
    IfconfigError,
    Session,
    reporting,
)
from lagg_tool.simulator.programs.ifconfig.word import Arguments, Word
from lagg_tool.simulator.release.capabilities import TOE, TSO, WOL, Cap
from lagg_tool.simulator.system.numbers import integer, leading_decimal

_DESCRIPTION_LENGTH = 1024  # net.ifdescr_maxlen


# -- interface flags, capabilities, settings (ifconfig.c)


def _set_flag(session: Session, word: str, *, flag: IFF, on: bool) -> None:
    interface = session.interface
    flags = interface.flags | flag if on else interface.flags & ~flag
    with reporting(word, politely=True):
        session.demand_privilege()
        interface.set_flags(flags)


def _set_capability(session: Session, word: str, *, capability: Cap, on: bool) -> None:
    interface = session.interface
    enabled = interface.enabled_capabilities
    wanted = enabled | capability if on else enabled & ~capability
    wanted &= interface.capabilities
    if wanted == enabled:
        return
    with reporting(word, politely=True):
        session.demand_privilege()
        interface.set_capabilities(wanted)


def _set_mtu(session: Session, value: str) -> None:
    with reporting("ioctl SIOCSIFMTU (set mtu)"):
        session.demand_privilege()
        session.interface.set_mtu(leading_decimal(value))


def _set_metric(session: Session, value: str) -> None:
    with reporting("ioctl SIOCSIFMETRIC (set metric)"):
        session.demand_privilege()
        session.interface.metric = leading_decimal(value)


def _set_description(session: Session, value: str) -> None:
    with reporting("ioctl (set descr)"):
        session.demand_privilege()
        if len(value.encode(errors="surrogateescape")) >= _DESCRIPTION_LENGTH:
            raise KernelError(Errno.ENAMETOOLONG)
    session.interface.description = value


def _clear_description(session: Session, _word: str) -> None:
    _set_description(session, "")


def _set_name(session: Session, value: str) -> None:
    with reporting("ioctl SIOCSIFNAME (set name)"):
        session.demand_privilege()
        session.vnet.rename(session.interface, value[: NAME_LENGTH - 1])
    session.print_name = True
    session.name = value[: NAME_LENGTH - 1]


# -- cloning (ifclone.c)


def create(session: Session) -> None:
    """Make the interface that the first argument names. Raises IfconfigError."""
    parameters = session.clone_parameters
    if parameters and "tag" not in parameters:
        raise IfconfigError("must specify a tag for vlan create")
    if parameters and "parent" not in parameters:
        raise IfconfigError("must specify a parent device for vlan create")
    name = session.name
    with reporting(f"SIOCIFCREATE2 ({name})"):
        session.demand_privilege()
        if session.vnet.find(name) is not None:
            raise IfconfigError(f"interface {name} already exists")
        session.name = session.kernel.cloners.create(session.vnet, name, parameters).name
    session.print_name = session.name != name


def _defer_create(session: Session, _word: str) -> None:
    session.callbacks.insert(0, partial(create, session))


def _destroy(session: Session, _word: str) -> None:
    with reporting("SIOCIFDESTROY"):
        session.demand_privilege()
        session.kernel.cloners.destroy(session.interface)


def _check_laggtype(_session: Session, value: str) -> None:
    if value not in ("ethernet", "infiniband"):
        raise IfconfigError(f"invalid lagg type: {value}")


# -- groups (ifgroup.c)


def _join(session: Session, group: str) -> None:
    _check_group(group)
    with reporting(" SIOCAIFGROUP", ignoring=Errno.EEXIST):
        session.demand_privilege()
        session.vnet.join(session.interface, group)


def _leave(session: Session, group: str) -> None:
    _check_group(group)
    with reporting("SIOCDIFGROUP"):
        session.demand_privilege()
        session.vnet.leave(session.interface, group)


def _check_group(group: str) -> None:
    if len(group) >= NAME_LENGTH:
        raise IfconfigError("setifgroup: Group name too long")
    if group[-1:].isdigit():
        raise IfconfigError("setifgroup: Group names may not end in a digit")


# -- VLANs (ifvlan.c)


def _vlan(session: Session) -> Vlan:
    interface = session.interface
    if not isinstance(interface, Vlan):
        raise KernelError(Errno.EINVAL)
    session.demand_privilege()
    return interface


def _note_tag(session: Session, value: str) -> None:
    session.clone_parameters["tag"] = _tag(value)


def _note_parent(session: Session, value: str) -> None:
    session.clone_parameters["parent"] = value


def _tag(value: str) -> int:
    tag = integer(value)
    if tag is None:
        raise IfconfigError("invalid value for vlan")
    if not 0 <= tag <= 0xFFFF:
        raise IfconfigError("value for vlan out of range")
    return tag


def _set_tag(session: Session, value: str) -> None:
    _note_tag(session, value)
    _configure_vlan(session)


def _set_parent(session: Session, value: str) -> None:
    _note_parent(session, value)
    _configure_vlan(session)


def _configure_vlan(session: Session) -> None:
    parameters = session.clone_parameters
    if "tag" not in parameters or "parent" not in parameters:
        return
    with reporting("SIOCSETVLAN"):
        vlan = _vlan(session)
        parent = session.vnet.find(str(parameters["parent"]))
        if parent is None:
            raise KernelError(Errno.ENOENT)
        vlan.configure(parent, int(str(parameters["tag"])))


def _part_from_parent(session: Session, _value: str) -> None:
    with reporting("SIOCSETVLAN"):
        _vlan(session).unconfigure()


# -- network stacks (ifjail.c)


def _move_to_jail(session: Session, value: str) -> None:
    jail = session.kernel.find_jail(value)
    if jail is None:
        raise IfconfigError(f'jail "{value}" not found')
    with reporting("SIOCSIFVNET"):
        session.demand_privilege()
        session.vnet.move(session.interface, jail.vnet)


def _fetch_from_jail(session: Session, value: str) -> None:
    jail = session.kernel.find_jail(value)
    if jail is None:
        raise IfconfigError(f'jail "{value}" not found')
    with reporting(f"SIOCSIFRVNET({jail.jid}, {session.name})"):
        session.demand_privilege()
        jail.vnet.move(jail.vnet.get(session.name), session.vnet)


# -- neighbour discovery (af_nd6.c)


def _set_nd6(session: Session, _word: str, *, flag: ND6, on: bool) -> None:
    try:
        _ask_nd6(session, flag, on=on)
    except KernelError as error:
        session.warn(f"ioctl(SIOCSIFINFO_IN6): {error.errno.text}")


def _ask_nd6(session: Session, flag: ND6, *, on: bool) -> None:
    if session.family != "inet6":
        raise KernelError(Errno.EINVAL)
    session.demand_privilege()
    interface = session.interface
    flags = interface.nd6 | flag if on else interface.nd6 & ~flag
    session.vnet.inet6.set_options(interface, flags)


# -- the tables

_FLAGS = {
    "up": (IFF.UP, True),
    "down": (IFF.UP, False),
    "arp": (IFF.NOARP, False),
    "-arp": (IFF.NOARP, True),
} | {
    f"{sign}{name}": (flag, not sign)
    for name, flag in (
        *(("promisc", IFF.PPROMISC), ("staticarp", IFF.STATICARP), ("monitor", IFF.MONITOR)),
        *(("debug", IFF.DEBUG), ("link0", IFF.LINK0), ("link1", IFF.LINK1), ("link2", IFF.LINK2)),
    )
    for sign in ("", "-")
}

_CAPABILITIES = {
    "rxcsum": Cap.RXCSUM,
    "txcsum": Cap.TXCSUM,
    "rxcsum6": Cap.RXCSUM_IPV6,
    "txcsum6": Cap.TXCSUM_IPV6,
    "netcons": Cap.NETCONS,
    "polling": Cap.POLLING,
    "tso": TSO,
    "tso4": Cap.TSO4,
    "tso6": Cap.TSO6,
    "toe": TOE,
    "lro": Cap.LRO,
    "wol": WOL,
    "wol_ucast": Cap.WOL_UCAST,
    "wol_mcast": Cap.WOL_MCAST,
    "wol_magic": Cap.WOL_MAGIC,
    "txrtlmt": Cap.TXRTLMT,
    "hwrxtstmp": Cap.HWRXTSTMP,
    "mextpg": Cap.MEXTPG,
    "vlanmtu": Cap.VLAN_MTU,
    "vlanhwtag": Cap.VLAN_HWTAGGING,
    "vlanhwfilter": Cap.VLAN_HWFILTER,
    "vlanhwtso": Cap.VLAN_HWTSO,
    "vlanhwcsum": Cap.VLAN_HWCSUM,
}

_ND6 = {
    "accept_rtadv": ND6.ACCEPT_RTADV,
    "auto_linklocal": ND6.AUTO_LINKLOCAL,
    "ifdisabled": ND6.IFDISABLED,
    "no_dad": ND6.NO_DAD,
    "no_prefer_iface": ND6.NO_PREFER_IFACE,
    "no_radr": ND6.NO_RADR,
    "nud": ND6.PERFORMNUD,
    "prefer_source": ND6.PREFER_SOURCE,
}


def _words() -> dict[str, Word]:
    words = {
        "destroy": Word(Arguments.NONE, _destroy),
        "mtu": Word(Arguments.ONE, _set_mtu),
        "metric": Word(Arguments.ONE, _set_metric),
        "description": Word(Arguments.ONE, _set_description),
        "descr": Word(Arguments.ONE, _set_description),
        "-description": Word(Arguments.NONE, _clear_description),
        "-descr": Word(Arguments.NONE, _clear_description),
        "name": Word(Arguments.ONE, _set_name),
        "group": Word(Arguments.ONE, _join),
        "-group": Word(Arguments.ONE, _leave),
        "vlan": Word(Arguments.ONE, _set_tag),
        "vlandev": Word(Arguments.ONE, _set_parent),
        "-vlandev": Word(Arguments.OPTIONAL, _part_from_parent),
        "vnet": Word(Arguments.ONE, _move_to_jail),
        "-vnet": Word(Arguments.ONE, _fetch_from_jail),
        **addresses.WORDS,
        **LAGG_WORDS,
        **MEDIA_WORDS,
    }
    for name, (flag, on) in _FLAGS.items():
        words[name] = Word(Arguments.NONE, partial(_set_flag, flag=flag, on=on))
    for name, capability in _CAPABILITIES.items():
        for word, on in ((name, True), ("-" + name, False)):
            handler = partial(_set_capability, capability=capability, on=on)
            words[word] = Word(Arguments.NONE, handler)
    for name, option in _ND6.items():
        for word, on in ((name, True), ("-" + name, False)):
            words[word] = Word(Arguments.NONE, partial(_set_nd6, flag=option, on=on))
    return words


WORDS: Mapping[str, Word] = MappingProxyType(_words())

# Known while the interface is still to be made (DEF_CLONE_CMD).
CLONE_WORDS: Mapping[str, Word] = MappingProxyType(
    {
        "create": Word(Arguments.NONE, _defer_create),
        "vlan": Word(Arguments.ONE, _note_tag),
        "vlandev": Word(Arguments.ONE, _note_parent),
        "laggtype": Word(Arguments.ONE, _check_laggtype),
    }
)
