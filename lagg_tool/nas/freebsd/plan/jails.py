"""The jails that have a LAGG or a port of it: those of rc.conf(5), of jail.conf(5), and running.

iocage, bastille and ezjail name theirs nowhere but in files of their own.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from lagg_tool.lagg import Address, HostState, JailState
from lagg_tool.nas.freebsd.boot import Variables, next_boot
from lagg_tool.nas.freebsd.plan.config import LaggConfig


@dataclass(frozen=True)
class JailUse:
    """What a jail has of an interface: the interface itself (``whole``), or addresses on it."""

    said: str
    jail: str
    interface: str
    whole: bool = False


def jail_notes(name: str, after: LaggConfig | None, host: HostState) -> Iterator[str]:
    """Yield the jails that have an address on a port, or take an interface away."""
    ports = after.ports if after else ()
    losing = dict.fromkeys(each.name for each, _ in residents(name, host)) if after is None else {}
    uses = (
        *_of_rc_conf(host.rc_conf),
        *_of_lines((name, *ports), host.rc_conf),
        *_of_files(host.jail_files),
    )
    for use in uses:
        if use.interface not in (name, *ports):
            continue
        jail = f"the jail {use.jail}" if use.jail else "every jail"
        if use.whole:
            yield (
                f"{use.said} moves {use.interface} into {jail}: the host is without it while that"
                " jail runs"
            )
        elif use.interface != name:
            yield (
                f"{use.said} gives {use.interface} the addresses of {jail}, where they are useless"
                f" once it is a port (S-10); write {name} there"
            )
        elif after is None:
            losing.pop(use.jail, None)
            yield f"{use.said} gives {use.interface} the addresses of {jail}, which loses them"
    for each, address in residents(name, host):
        if each.name in losing:
            yield f"the jail {each.name}, which runs, has {address} on {name}, and loses it"


def residents(interface: str, host: HostState) -> Iterator[tuple[JailState, str]]:
    """Yield the running jails that have an address of an interface, with it."""
    found = host.interfaces.get(interface)
    own = {str(each.address.ip) for each in found.addresses} if found else set()
    for jail in host.jails:
        for address in jail.addresses:
            if not jail.vnet and address in own:
                yield jail, address


def held_by_jails(interface: str, shown: Iterable[Address], onto: str, host: HostState) -> str:
    """Return which addresses jail(8) may have set: single ones that rc.conf does not have."""
    boot = next_boot(host).interfaces.get(interface)
    listed = {each.ip for each in boot.addresses} if boot else set()
    single = [
        str(each)
        for each in shown
        if each.network.prefixlen == each.max_prefixlen and each.ip not in listed
    ]
    jails = {address: jail.name for jail, address in residents(interface, host)}
    shared = [str(each.ip) for each in shown if str(each.ip) in jails]
    if shared:
        held = ", ".join(f"{each} (the jail {jails[each]})" for each in shared)
        return f". Of these, jails that run have {held}: stop them, and give them {onto}"
    if not single:
        return ""
    return (
        f". A jail may have set {', '.join(single)}, which rc.conf does not have: stop it, and give"
        f" it {onto} for its interface"
    )


def jail_behind(member: str, host: HostState) -> str:
    """Return the running jail whose end of an epair(4) a member of a bridge is, if that is said.

    iocage calls it vnet0.JID, and it and bastille describe it with the jail's name.
    """
    found = host.interfaces.get(member)
    words = re.findall(r"[\w.-]+", found.description) if found else []
    for jail in host.jails:
        named = {jail.name, jail.name.removeprefix("ioc-")} & set(words)
        if jail.vnet and (named or re.fullmatch(rf"vnet\d+\.{jail.jid}", member)):
            return jail.name
    return ""


def _of_rc_conf(rc_conf: Mapping[str, str]) -> Iterator[JailUse]:
    for variable, value in rc_conf.items():
        found = re.fullmatch(r"jail_(\w+?)_(vnet_interface|interface|ip(?:_multi\d+)?)", variable)
        if not found:
            continue
        words = re.split(r"[\s,]+", value)
        named = [word.partition("|")[0] for word in words if "|" in word or "ip" not in found[2]]
        for each in dict.fromkeys(named):
            said = f"rc.conf: {variable}={value!r}"
            yield JailUse(said, found[1], each, found[2] == "vnet_interface")


def _of_lines(interfaces: Iterable[str], rc_conf: Mapping[str, str]) -> Iterator[JailUse]:
    """Yield the interfaces whose own line says vnet JAIL (ifn_vnetup of network.subr)."""
    variables = Variables(rc_conf)
    for each in interfaces:
        if jail := variables.vnet(each):
            variable = variables.source(each)
            yield JailUse(f"rc.conf: {variable}={rc_conf[variable]!r}", jail, each, whole=True)


_TOKEN = re.compile(
    r"""(?P<comment>\#[^\n]*|//[^\n]*|/\*.*?(?:\*/|\Z))"""
    r"""|(?P<word>(?:"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|\$\{[\w.]+\}|[^\s{};,=+"'#]|\+(?!=))+)"""
    r"""|(?P<mark>\+?=|[{};,])""",
    re.DOTALL,
)
_VARIABLE = re.compile(r"\$(?:(\w+)|\{([\w.]+)\})", re.ASCII)


def _of_files(files: Mapping[str, str]) -> Iterator[JailUse]:
    for path, text in files.items():
        variables: dict[str, str] = {}
        jail = ""
        for line, words in _statements(text):
            match words:
                case [*name, "{"]:
                    jail = " ".join(name) if name != ["*"] else ""
                case ["}"]:
                    jail = ""
                case [name, "=" | "+=", *values]:
                    values = [_expanded(each, {**variables, "name": jail}) for each in values]
                    if name.startswith("$"):
                        variables[name[1:]] = ",".join(values)
                    said = f"{path}:{line}: {name}={','.join(values)!r}"
                    yield from _uses(said, jail, name, values)


def _uses(said: str, jail: str, name: str, values: list[str]) -> Iterator[JailUse]:
    for each in (word for value in values for word in value.split(",")):
        if name in ("interface", "vnet.interface"):
            yield JailUse(said, jail, each, name == "vnet.interface")
        elif name in ("ip4.addr", "ip6.addr") and "|" in each:
            yield JailUse(said, jail, each.partition("|")[0])


def _statements(text: str) -> Iterator[tuple[int, list[str]]]:
    """Yield the statements of a jail.conf(5), as words, with their line."""
    words: list[str] = []
    line = 1
    for found in _TOKEN.finditer(text):
        if found["comment"]:
            continue
        if not words:
            line = text.count("\n", 0, found.start()) + 1
        if found["mark"] in ("{", "}"):
            yield line, [*words, found["mark"]] if found["mark"] == "{" else ["}"]
            words = []
        elif found["mark"] == ";":
            yield line, words
            words = []
        elif found["mark"] != ",":
            words.append(found["mark"] or re.sub(r"[\"']", "", found["word"]))


def _expanded(value: str, variables: Mapping[str, str]) -> str:
    return _VARIABLE.sub(lambda found: variables.get(found[1] or found[2], found[0]), value)
