"""The reasons against a change that concern the next boot, and what is to be known of it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from lagg_tool.lagg import HostState
from lagg_tool.nas.freebsd.boot import NextBoot, Unclear, Variables, next_boot, variable_name
from lagg_tool.nas.freebsd.boot.misspelling import misspelt
from lagg_tool.nas.freebsd.boot.rc_file import read_rc_file
from lagg_tool.nas.freebsd.plan.bootview import boot_differences
from lagg_tool.nas.freebsd.plan.config import LaggConfig
from lagg_tool.nas.freebsd.plan.rcconf import RcChange, as_written
from lagg_tool.nas.freebsd.plan.rclines import RC_CONF, condition_notes, line_findings


def unreadable_findings(host: HostState) -> Iterator[str]:
    """Yield the files of rc.conf that no shell can read, or otherwise than meant, with the line."""
    found = re.match(r"(/\S+): (?:line )?(\d+): (Syntax error: .*)", host.sysrc)
    if found:
        # sh names the line at which the text ends, not that of the quotation mark.
        line = (found[1] == RC_CONF and read_rc_file(host.rc_text).broken) or found[2]
        yield (
            f"rc.conf: {found[1]}:{line}: {found[3]}: no shell can read it, so that the next"
            " boot would not either; correct that line first"
        )
    for path, text in host.rc_files.items():
        if line := read_rc_file(text).broken:
            yield (
                f"rc.conf: {path}:{line}: a quotation mark has no second one: no shell can read"
                " it; correct that line first"
            )
    for path, text in {RC_CONF: host.rc_text, **host.rc_files}.items():
        if line := read_rc_file(text).returned:
            yield (
                f"rc.conf: {path}:{line} ends with a carriage return, as on Windows: for sh it is"
                " part of the value, and the next boot may fail at it; take them out first: tr -d"
                f" '\\r' < {path} > {path}.new && cp {path}.new {path}"
            )


def edit_findings(name: str, host: HostState, rc: Iterable[RcChange]) -> Iterator[str]:
    """Yield what an edit of rc.conf would lose, or could not decide."""
    rc = tuple(rc)
    changed = {each.variable: None for each in rc}
    yield from line_findings(rc, host)
    for each in _unclear(name, host):
        if each.variable in changed and not each.stops:
            yield (
                f"rc.conf: {each.text}, and would have to replace that variable"
                f" ({each.variable}={host.rc_conf[each.variable]!r}); take the word out first,"
                " or change the variable yourself"
            )
    edited = as_written(host, rc).rc_conf
    for variable in changed:
        was = host.rc_conf.get(variable, "")
        if "vnet" in was.split() and "vnet" not in edited.get(variable, "").split():
            yield (
                f"rc.conf: {variable} names a jail (vnet), and would have to be replaced"
                f" ({variable}={was!r}); take these two words out first, or change the variable"
                " yourself"
            )
        if files := files_that_set(variable, host):
            yield (
                f"rc.conf: {variable} is set in {files[-1]} too, which has the last word;"
                " take it out there first"
            )
        elif variable.startswith("ifconfig_") and "vhid" in was.split():
            variables, at_boot = Variables(host.rc_conf), next_boot(host).interfaces
            vlans = [each for each, made in at_boot.items() if made.parent == name]
            those = [name, *vlans, *host.vlans_on(name)]
            own = next((each for each in those if variable in variables.names(each)), "")
            yield (
                f"rc.conf: {variable} has an address of CARP (vhid)"
                f" {'beside others' if own else 'of a port'}; give it a variable of its own, such"
                f" as ifconfig_{variable_name(own or name)}_alias0, first"
            )


def boot_findings(after: LaggConfig, edited: HostState) -> Iterator[str]:
    """Yield what keeps the rc.conf that the plan makes from bringing up what is wanted."""
    boot = next_boot(edited)
    for difference in boot_differences(after, edited):
        why = _why(difference.field, after, boot, Variables(edited.rc_conf))
        yield f"after the next boot, {difference.text}: {why}"


def files_that_set(variable: str, host: HostState) -> list[str]:
    """Return the files beside rc.conf that set a variable, in the order of reading."""
    return [path for path, text in host.rc_files.items() if read_rc_file(text).of(variable)]


def _why(field: str, after: LaggConfig, boot: NextBoot, variables: Variables) -> str:
    """Return what makes the next boot differ although rc.conf would be edited."""
    port = field.removeprefix("port ")
    name = port if port != field else after.name
    listed = variables.get("network_interfaces")
    missing = [each for each in after.ports if each not in boot.interfaces]
    default = variables.get("ifconfig_DEFAULT")
    first = next(
        (
            (bridge.name, bridge.members[0])
            for bridge in boot.interfaces.values()
            if after.name in bridge.members[1:]
        ),
        None,
    )
    why = "something in rc.conf that this tool does not edit says so; change it first"
    if field == "ipv6_auto" and variables.is_yes("ipv6_enable"):
        why = "ipv6_enable says so; take it out, or write ipv6_auto = true in the file"
    elif name not in boot.interfaces:
        why = (
            "rc.conf does not make it; an interface with this name is made by"
            f' cloned_interfaces="lagg0" and ifconfig_lagg0_name="{after.name}"'
        )
    elif not variables.automatic(name):
        why = f"{variables.source(name)} says NOAUTO; take that word out"
    elif name not in boot.started and listed:
        why = f'network_interfaces="{listed}" leaves {name} out; add it there, or write AUTO'
    elif missing:
        why = (
            f"rc.conf does not make {', '.join(missing)} (vlans_IF, wlans_IF, or ifconfig_IF_name)"
        )
    elif field == "mtu" and first:
        why = (
            f"{first[0]} gives its members the MTU of its first one, {first[1]} (if_bridge(4));"
            f" give {first[1]} that MTU, or name {after.name} before it"
        )
    elif default:
        why = f"ifconfig_DEFAULT={default!r} says so; change that first"
    return why


def _unclear(name: str, host: HostState) -> tuple[Unclear, ...]:
    return next_boot(host).unclear_of(name, Variables(host.rc_conf))


def lost_mac_notes(after: LaggConfig, host: HostState, edited: HostState) -> Iterator[str]:
    """Yield that the edit takes a MAC address from the LAGG that rc.conf gave it."""
    old, new = (next_boot(each).interfaces.get(after.name) for each in (host, edited))
    if after.mac or not (after.ports and old and new and old.ether) or old.ether == new.ether:
        return
    if old.ether not in {each.own_mac for each in host.interfaces.values() if not each.lagg}:
        yield (
            f"rc.conf: the next boot gave {after.name} the MAC address {old.ether}, and will give"
            f' it that of {after.ports[0]}; to keep it, write mac = "{old.ether}" in the file'
        )


def script_notes(names: Iterable[str], host: HostState) -> Iterator[str]:
    """Yield the scripts that rc.d/netif runs before it configures these interfaces."""
    yield from (
        f"/etc/start_if.{each} is run at boot before what rc.conf says of {each}; this tool does"
        " not follow it, and what it makes of the next boot is not known"
        for each in names
        if each in host.start_scripts
    )


def boot_notes(
    name: str, after: LaggConfig | None, host: HostState, rc: Iterable[RcChange]
) -> Iterator[str]:
    """Yield what of rc.conf is left as it is, and not understood."""
    changed = {each.variable for each in rc}
    names = [name, *(after.ports if after else ())]
    boot, variables = next_boot(host), Variables(host.rc_conf)
    unclear = [each for known in names for each in boot.unclear_of(known, variables)]
    slips = {
        each.variable: each.text
        for each in misspelt(name, names[1:], host.rc_conf, host.interfaces)
    }
    yield from (f"rc.conf: {text}" for text in slips.values())
    for each in dict.fromkeys(unclear):
        if each.variable not in changed | slips.keys():
            yield f"rc.conf: {each.text}; what it makes of the next boot is not known"
    yield from condition_notes(names, host)
    for path, text in host.rc_files.items():
        if "/rc.conf.d/" not in path:  # sysrc reads rc.conf.local
            continue
        yield from (
            f"rc.conf: {path}:{line} is not a plain assignment; what it makes of the next boot is"
            " not known"
            for line in read_rc_file(text, host.rc_conf).foreign
        )
