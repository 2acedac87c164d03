"""A plain FreeBSD host: what it is asked, and what its answers mean."""

from __future__ import annotations

import contextlib
import dataclasses
import re
from collections.abc import Mapping
from dataclasses import replace
from ipaddress import ip_address, ip_interface

from lagg_tool.command import Command, Completed, Effect, Runner, load_script, read, script
from lagg_tool.errors import HostError, UnreadableError
from lagg_tool.ifconfig import Inet, Inet6, Interface, Listing, parse
from lagg_tool.ifconfig.lines import Vlan
from lagg_tool.lagg import (
    AddressState,
    HostState,
    InterfaceState,
    JailState,
    LaggState,
    Management,
    PortState,
    Protocol,
    Record,
    Route,
)
from lagg_tool.nas.contract import read_user
from lagg_tool.nas.freebsd.boot.rc_file import read_rc_file
from lagg_tool.nas.freebsd.state import FreeBSDState

# Where the creation of a lagg is recorded for its removal; it survives a reboot.
RECORDS = "/var/db/lagg_tool"

# The client's address and ours, then the way back to the client.
_SESSION_SCRIPT = """\
set -- $SSH_CONNECTION
echo "${1:-} ${3:-}"
case ${1:-} in
"") ;;
*:*) route -n get -inet6 "$1" ;;
*) route -n get "$1" ;;
esac
true"""

SESSION = script(_SESSION_SCRIPT, effect=Effect.READ)

# The files that are read after rc.conf for rc.d/netif, which had the name network once
# (load_rc_config, rc.subr): they have the last word, and sysrc reads only the first of them.
_LATER_FILES = (
    "/etc/rc.conf.local",
    *(
        f"{directory}/rc.conf.d/{name}{files}"
        for name in ("network", "netif")
        for directory in ("/etc", "/usr/local/etc")
        for files in ("", "/*")
    ),
)

_RC_CONF = "/etc/rc.conf"
_JAIL_FILES = ("/etc/jail.conf", "/etc/jail.conf.d/*.conf")
# rc.d/netif runs one before it configures the interface of that name (ifscript_up).
_START_SCRIPT = "/etc/start_if."

# What `sysrc -a` prints, in one process where it can be had so.
RC_VALUES = script(
    load_script("lagg_tool.nas.freebsd.scripts", "rcvalues"),
    "/usr/sbin/sysrc",
    "/usr/share/bsdconfig/common.subr",
    "/etc/rc.conf",
    "/etc/rc.conf.local",
    effect=Effect.READ,
)

# jls(8) is a process of its own, and only a host that has jails pays for it.
_RECORDS = f"""\
kernel=$(sysctl net.link.lagg kern.osreldate kern.boottime security.jail.children.cur)
printf '%s\\n' "$kernel"
case $kernel in
*"children.cur: "[1-9]*) jls -nq | while IFS= read -r jail; do printf 'jail %s\\n' "$jail"; done ;;
esac
for file in {_RC_CONF} {" ".join((*_LATER_FILES, *_JAIL_FILES))} {_START_SCRIPT}*; do
    [ -f "$file" ] && [ -r "$file" ] || continue
    echo "= $file"
    while IFS= read -r line || [ -n "$line" ]; do echo "| $line"; done < "$file"
done
[ -d "$1" ] || exit 0
cd "$1" 2>/dev/null || {{ echo hidden; exit 0; }}
for record in *; do
    [ -f "$record" ] && echo "= $record" && cat "$record"
done
true"""

_QUESTIONS: tuple[tuple[str, Command], ...] = (
    ("ifconfig", read("ifconfig", "-v")),
    ("media", read("ifconfig", "-m")),
    ("routes", read("netstat", "-rn")),
    ("session", SESSION),
    ("rc.conf", RC_VALUES),
    ("user", read("id")),
    ("system", read("uname", "-a")),
    ("dhclients", read("pgrep", "-fl", "^(/sbin/)?dhclient |^dhclient: ")),
    ("records", script(_RECORDS, RECORDS, effect=Effect.READ)),
)

_RUNTIME = frozenset({"ifconfig", "media", "routes", "session", "dhclients"})


def observe_commands() -> list[Command]:
    """Return the commands of the one batch that observes a host."""
    return [command for _, command in _QUESTIONS]


def observe(runner: Runner) -> FreeBSDState:
    """Look at the host in one round trip. Raises HostError and TargetError."""
    return read_answers(runner.run_batch(observe_commands()))


def observe_again(runner: Runner, before: FreeBSDState) -> FreeBSDState:
    """Look at what a change at runtime may have changed. Raises HostError and TargetError."""
    asked = {name: command for name, command in _QUESTIONS if name in _RUNTIME}
    completed = runner.run_batch(list(asked.values()))
    answers = dict(zip(asked, completed, strict=True))
    listing = _listing(answers["ifconfig"])
    return FreeBSDState(_at_runtime(before.host, answers, listing), listing)


def _listing(listed: Completed) -> Listing:
    listing = parse(listed.stdout)
    if listed.status != 0 or not listing.interfaces:
        raise UnreadableError(
            f"ifconfig -v: exit status {listed.status}: {listed.stderr.strip() or 'no interface'}"
        )
    return listing


def _at_runtime(host: HostState, answers: Mapping[str, Completed], listing: Listing) -> HostState:
    """Return the host with the facts that a change at runtime may change."""
    interfaces = read_interfaces(listing, parse(answers["media"].stdout))
    return dataclasses.replace(
        host,
        interfaces=interfaces,
        management=read_session(answers["session"].stdout),
        dhclients=read_dhclients(answers["dhclients"].stdout),
        routes=tuple(
            _whole_name(each, interfaces) for each in read_routes(answers["routes"].stdout)
        ),
    )


def read_answers(completed: list[Completed]) -> FreeBSDState:
    """Make facts of the answers to ``observe_commands``. Raises HostError."""
    answers = {name: answer for (name, _), answer in zip(_QUESTIONS, completed, strict=True)}
    try:
        listing = _listing(answers["ifconfig"])
    except UnreadableError:
        system = answers["system"].stdout.partition(" ")[0]
        if system not in {"", "FreeBSD"}:
            raise HostError(f"the host runs {system}; FreeBSD or TrueNAS CORE is needed") from None
        raise
    rc_conf = answers["rc.conf"]
    records = answers["records"].stdout
    rc_files = read_rc_files(records)
    rc_text = rc_files.pop(_RC_CONF, "")
    jail_files = {path: rc_files.pop(path) for path in list(rc_files) if "/jail.conf" in path}
    start_files = [path for path in rc_files if path.startswith(_START_SCRIPT)]
    start_texts = {path.removeprefix(_START_SCRIPT): rc_files.pop(path) for path in start_files}
    kernel = re.split(r"^= ", records, maxsplit=1, flags=re.MULTILINE)[0]
    sysctls = _pairs(kernel)
    boot = sysctls.pop("kern.boottime", "")
    broken = rc_conf.stderr.strip() or f"exit status {rc_conf.status}"
    host = HostState(
        interfaces={},
        rc_conf=_with_later(read_rc_conf(rc_conf.stdout), rc_files),
        records=read_records(records),
        sysctls=sysctls,
        user=read_user(answers["user"].stdout),
        root=answers["user"].stdout.startswith("uid=0("),
        records_hidden=records.endswith("hidden\n"),
        sysrc="" if rc_conf.status == 0 and not rc_conf.stderr.strip() else broken,
        system=answers["system"].stdout.strip(),
        boot=boot,
        rc_files=rc_files,
        rc_text=rc_text,
        start_scripts=frozenset(name for name, text in start_texts.items() if _has_command(text)),
        jail_files=jail_files,
        jails=read_jails(kernel),
    )
    return FreeBSDState(_at_runtime(host, answers, listing), listing)


def read_interfaces(listing: Listing, media: Listing | None = None) -> dict[str, InterfaceState]:
    """Return the interfaces by name, in the kernel's order; ``media`` is of ``ifconfig -m``."""
    return {
        interface.name: _interface(interface, media.get(interface.name) if media else None)
        for interface in listing.interfaces
    }


def _interface(interface: Interface, media: Interface | None) -> InterfaceState:
    capable = (media or interface).capabilities
    parent = interface.vlan.parent if interface.vlan else ""
    return InterfaceState(
        name=interface.name,
        up="UP" in interface.flags,
        mtu=interface.mtu,
        ether=interface.ether or "",
        hwaddr=interface.hwaddr or "",
        description=interface.description,
        enabled=frozenset(interface.options.names if interface.options else ()),
        capable=frozenset(capable.names if capable else ()),
        addresses=_addresses(interface),
        nd6=frozenset(interface.nd6.names if interface.nd6 else ()),
        lagg=_lagg(interface),
        vlan_parent=parent if parent != "<none>" else "",  # a VLAN without one
        vlan_tag=interface.vlan.tag if interface.vlan else None,
        vlan_words=_vlan_words(interface.vlan) if interface.vlan else "",
        members=interface.members,
        groups=interface.groups,
        media=interface.media.active or interface.media.selected if interface.media else "",
    )


def _vlan_words(vlan: Vlan) -> str:
    usual = {"vlanproto": "802.1q", "vlanpcp": "0"}
    found = {key: vlan.value(f"{key}:") or value for key, value in usual.items()}
    return " ".join(f"{key} {value}" for key, value in found.items() if value != usual[key])


def _addresses(interface: Interface) -> tuple[AddressState, ...]:
    found: list[AddressState] = []
    lines: list[Inet | Inet6] = [*interface.inet, *interface.inet6]
    for line in lines:
        if line.ip is None or line.prefixlen is None:
            raise UnreadableError(f"{interface.name}: what address is {line.text.strip()!r}?")
        made = isinstance(line, Inet6) and (line.ip.is_link_local or "autoconf" in line.states)
        address = ip_interface(f"{line.ip}/{line.prefixlen}")
        found.append(AddressState(address, made, _vhid(line.words)))
    return tuple(found)


def _vhid(words: tuple[str, ...]) -> str:
    return words[words.index("vhid") + 1] if "vhid" in words[:-1] else ""


def _lagg(interface: Interface) -> LaggState | None:
    lagg = interface.lagg
    if lagg is None:
        return None
    known = {each.value: each for each in Protocol}
    if lagg.protocol not in known:
        raise UnreadableError(f"{interface.name}: protocol {lagg.protocol!r} is not known")
    flags = interface.lagg_flags
    return LaggState(
        protocol=known[lagg.protocol],
        ports=tuple(PortState(port.name, frozenset(port.flags.names)) for port in interface.ports),
        layers=lagg.layers or (),
        switches=frozenset(flags.names if flags else ()),
        flowid_shift=interface.flowid_shift,
        rr_limit=interface.rr_limit,
    )


def read_dhclients(text: str) -> frozenset[str]:
    """Return the interfaces of ``pgrep -fl``: "7 dhclient: lagg0 [priv]", "8 dhclient -b em0"."""
    found: set[str] = set()
    for line in text.splitlines():
        words = [word for word in line.split()[2:] if word[0] not in "-[("]
        found.update(words[-1:])
    return frozenset(found)


_SYSRC = re.compile(r"([A-Za-z_][A-Za-z0-9_]*): (.*)")


def read_rc_conf(text: str) -> dict[str, str]:
    """Return the variables of ``sysrc -a``; a value may have several lines."""
    found: dict[str, str] = {}
    name = ""
    for line in text.removesuffix("\n").split("\n"):
        if match := _SYSRC.fullmatch(line):
            name = match[1]
            found[name] = match[2]
        elif name:
            found[name] += f"\n{line}"
    return found


def read_rc_files(text: str) -> dict[str, str]:
    """Return the files that are read after rc.conf, by path, in the order of reading."""
    found: dict[str, str] = {}
    path = ""
    for line in text.split("\n"):
        if line.startswith("= /"):
            path = line[2:]
            found[path] = ""
        elif line.startswith("| ") and path:
            found[path] += f"{line[2:]}\n"
    return found


def _has_command(text: str) -> bool:
    """Return whether a script has more than comments."""
    return re.search(r"^\s*[^#\s]", text, re.MULTILINE) is not None


def _with_later(rc_conf: dict[str, str], files: Mapping[str, str]) -> dict[str, str]:
    """Return the variables with those that rc.conf.d sets; sysrc knows those of rc.conf.local."""
    for path, text in files.items():
        if "/rc.conf.d/" in path:
            rc_conf |= read_rc_file(text, rc_conf).variables
    return rc_conf


def _pairs(text: str) -> dict[str, str]:
    pairs = (line.partition(": ") for line in text.splitlines() if not line.startswith("jail "))
    return {name: value for name, colon, value in pairs if colon}


def read_jails(text: str) -> tuple[JailState, ...]:
    """Return the jails of the lines "jail …", each with what ``jls -nq`` printed of one."""
    found: list[JailState] = []
    for line in text.splitlines():
        words = line.removeprefix("jail ").split(" ") if line.startswith("jail ") else []
        said = dict(word.partition("=")[::2] for word in words)
        if said.get("jid", "").isdecimal():
            addresses = f"{said.get('ip4.addr', '')},{said.get('ip6.addr', '')}".replace('"', "")
            found.append(
                JailState(
                    int(said["jid"]),
                    said.get("name", "").strip('"'),
                    said.get("vnet") == "new",
                    tuple(each for each in addresses.split(",") if each),
                )
            )
    return tuple(found)


def read_session(text: str) -> Management:
    """Return how the client comes in, from its environment and the route back to it."""
    first, _, route = text.partition("\n")
    client, _, address = first.strip().partition(" ")
    interface = re.search(r"^ *interface: (\S+)$", route, re.MULTILINE)
    return Management(client, address, interface[1] if interface else "")


def read_routes(text: str) -> tuple[Route, ...]:
    """Return the routes of the lines of ``netstat -rn``."""
    rows = (line.split() for line in text.splitlines())
    return tuple(
        Route(row[0], row[1], row[3], "S" in row[2])
        for row in rows
        if len(row) >= 4 and row[0] != "Destination"
    )


def _whole_name(route: Route, interfaces: Mapping[str, InterfaceState]) -> Route:
    """Return a route with the name of its interface, of which netstat prints eight characters."""
    names = [each for each in interfaces if each[:8] == route.interface]
    bare, _, zone = route.gateway.partition("%")
    for each in names:
        networks = [one.address.network for one in interfaces[each].addresses]
        with contextlib.suppress(ValueError):  # link#7
            if zone == each or (not zone and any(ip_address(bare) in it for it in networks)):
                return route._replace(interface=each)
    certain = len(names) == 1 or not route.by_interface
    name = next(iter(names), route.interface)
    return route._replace(interface=name, static=route.static and certain)


def read_records(text: str) -> dict[str, Record]:
    """Return what the creation of each lagg changed; see commit for how it is written."""
    found: dict[str, Record] = {}
    name = ""
    for line in text.splitlines():
        match line.split():
            case ["=", path] if path.startswith("/"):  # of read_rc_files
                name = ""
            case ["=", name]:
                found[name] = Record()
            case words if name:
                found[name] = _with_line(found[name], words)
    return found


def _with_line(record: Record, words: list[str]) -> Record:
    """Return a record with what one more line of its file says."""
    match words:
        case ["set", *variables]:
            record = replace(record, variables=tuple(variables))
        case ["down", *ports]:
            record = replace(record, ports=tuple(ports))
        case ["mtu", port, mtu] if mtu.isascii() and mtu.isdigit():
            record = replace(record, mtus={**record.mtus, port: int(mtu)})
        case ["address", port, address]:
            those = (*record.addresses.get(port, ()), ip_interface(address))
            record = replace(record, addresses={**record.addresses, port: those})
        case ["lease", port]:
            record = replace(record, leases=(*record.leases, port))
        case ["route", destination, port]:
            record = replace(record, routes={**record.routes, destination: port})
        case ["was", variable, *value]:
            record = replace(record, values={**record.values, variable: " ".join(value)})
    return record
