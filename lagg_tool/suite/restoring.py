"""Each scenario finds the NAS as the first one did.

What was made is destroyed, what was changed is set back. Only test ports, interfaces that
did not exist before, static ARP entries, rc.conf and the sysctls below are touched. It takes
two round trips, mostly: a port shows what it is only when the LAGG is gone.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from lagg_tool.command import Command, Effect, change, read, script
from lagg_tool.errors import TargetError, UnreadableError
from lagg_tool.ifconfig import Inet, Inet6, Interface, Listing, parse
from lagg_tool.lagg.options import OFFLOADS
from lagg_tool.nas.truenas.midclt import call, errors, items_of, read_value
from lagg_tool.target import Target
from lagg_tool.testbed.contract import Capability
from lagg_tool.testbed.epair.scripts import PREFIX

# What a scenario may set. Each is a number.
SYSCTLS = (
    "net.link.lagg.failover_rx_all",
    "net.link.lagg.default_use_flowid",
    "net.link.lagg.default_flowid_shift",
    "net.link.lagg.lacp.default_strict_mode",
)
RC_CONF = "/etc/rc.conf"


@dataclass(frozen=True)
class Snapshot:
    """The state that scenarios may change."""

    listing: Listing
    sysctls: Mapping[str, str]
    neighbours: Mapping[str, str] = field(default_factory=dict)  # static ARP entries
    rc_conf: str | None = None  # None where there is none


_LOOKS = (
    read("ifconfig", "-a"),
    read("sysctl", "-e", *SYSCTLS),
    read("arp", "-an"),
    read("cat", RC_CONF),
)
_PERMANENT = re.compile(r"\? \((\S+)\) at (\S+) on \S+ permanent", re.ASCII)
_DESTROY = change("ifconfig", "lagg0", "destroy")
FURTHER = ("lagg1", "lagg2")  # beside lagg0, some scenarios make these
# The old file is whole until the new one is: a full disk leaves it as it is.
_WRITE = 'cp -p "$2" "$2.new" && printf %s "$1" >"$2.new" && mv "$2.new" "$2"'


def take(target: Target) -> Snapshot:
    """Look at the NAS. Raises TargetError, UnreadableError."""
    return understand(answer(target))


def answer(target: Target) -> list[str]:
    """Return what the NAS says of what scenarios may change, as ``understand`` reads it.

    Raises TargetError, UnreadableError.
    """
    return _answer(target, ())


def _answer(target: Target, before: Sequence[Command]) -> list[str]:
    """Run commands, whatever becomes of each, and look behind them in the same round trip."""
    answers = target.run_batch([*before, *_LOOKS])[len(before) :]
    if answers[0].status != 0:  # without the list, everything would seem to be gone
        raise UnreadableError(f"ifconfig -a: {answers[0].stderr.strip() or 'no answer'}")
    rc_conf = answers[-1]
    return [*(done.stdout for done in answers), str(rc_conf.status)]


def understand(said: Sequence[str]) -> Snapshot:
    """Make a snapshot of answers that were kept."""
    ifconfig, sysctls, arp, rc_conf, status = said
    listing = parse(ifconfig)
    pairs = (line.partition("=") for line in sysctls.splitlines())
    own = {line.address for interface in listing.interfaces for line in interface.inet}
    return Snapshot(
        listing,
        {name: value for name, _, value in pairs},
        {ip: mac for ip, mac in _PERMANENT.findall(arp) if ip not in own},
        rc_conf if status == "0" else None,
    )


_SYNC_SECONDS = 60.0  # for what has the middleware set up interfaces
# The fields of a network card's row that a scenario may change.
_FIELDS = ("aliases", "ipv4_dhcp", "ipv6_auto", "description", "mtu", "options")


@dataclass(frozen=True)
class Rows:
    """What TrueNAS's middleware knows: its interfaces, and whether a change is pending."""

    items: Mapping[str, Mapping[str, Any]]
    pending: bool


def take_rows(target: Target, first: Sequence[Command] = ()) -> Rows | None:
    """Ask the middleware, after some calls that change it; None where there is none."""
    if "truenas" not in target.result.facts:
        return None
    asked = ("interface.query", "interface.has_pending_changes", "interface.checkin_waiting")
    questions = [call(method, effect=Effect.READ) for method in asked]
    items, pending, waiting = target.run_batch([*first, *questions], _SYNC_SECONDS)[len(first) :]
    is_pending = read_value(pending.stdout) is True or read_value(waiting.stdout) is not None
    return Rows({item["name"]: item for item in items_of(items)}, is_pending)


def restore_rows(target: Target, before: Rows | None) -> None:
    """Undo what a scenario did to the middleware's database.

    Where somebody's changes were pending before, nothing was done, and they stay as they are.
    Raises AssertionError when the NAS refuses.
    """
    if before is None or before.pending:
        return
    now = take_rows(target)
    if now is None:
        return
    if now.pending:
        now = take_rows(target, [call("interface.rollback")]) or now
    if commands := undo_rows(before, now):
        commands.append(_COMMIT)
        answers = target.run_batch(commands, _SYNC_SECONDS * len(commands))
        for number, done in enumerate(answers):
            said = "; ".join(errors(done.stderr))
            left = "; ".join(each.text for each in commands[number:])
            assert done.status == 0, f"{said}; still to do, as root: {left}"


_COMMIT = call("interface.commit", {"rollback": False})


def undo_rows(before: Rows, now: Rows) -> list[Command]:
    """Return the calls that lead back; VLANs go before what they stand on."""
    made = [item for name, item in now.items.items() if _stored(item) and name not in before.items]
    made.sort(key=lambda item: item["type"] != "VLAN")
    commands = [call("interface.delete", item["name"]) for item in made]
    for name, item in now.items.items():
        was = before.items.get(name)
        if was is None or all(was[field] == item[field] for field in _FIELDS):
            continue
        fields = {field: was[field] for field in _FIELDS}
        blank = not any(fields.values())
        if blank and item["type"] == "PHYSICAL":
            commands.append(call("interface.delete", name))
        else:
            commands.append(call("interface.update", name, fields))
    return commands


def _stored(item: Mapping[str, Any]) -> bool:
    """Whether a clone is in the database: only then is it known what it is made of."""
    return any(item.get(f) for f in ("lag_ports", "vlan_parent_interface", "bridge_members"))


def restore(target: Target, before: Snapshot) -> None:
    """Undo what a scenario did. Raises AssertionError when the NAS stays different.

    A connection that was lost is made again, once.
    """
    try:
        _restore(target, before)
    except TargetError:
        target.reconnect()
        _restore(target, before)


def restore_cables(target: Target) -> None:
    """Unplug what a scenario plugged in, and give every port its carrier back."""
    if target.bench is not None:
        target.bench.unplug_switch()
        for port in target.bench.ports if Capability.CARRIER in target.bench.capabilities else ():
            target.bench.set_link(port, up=True)


def _restore(target: Target, before: Snapshot) -> None:
    restore_cables(target)
    # Nobody needs to look whether it is there: a NAS with a lagg0 of its own is left alone.
    commands = [] if "lagg0" in before.listing.names else [_DESTROY]
    # Twice: what else was made hides how its ports are as well.
    for _ in range(3):
        now = understand(_answer(target, commands))
        commands = undo(before, now, target.ports)
        if not commands:
            return
    raise AssertionError(f"cannot be undone: {'; '.join(command.text for command in commands)}")


def undo(before: Snapshot, now: Snapshot, ports: Sequence[str]) -> list[Command]:
    """Return the commands that lead back; none when nothing differs."""
    made = [i for i in now.listing.interfaces if before.listing.get(i.name) is None]
    # Another run on the same host may have made a bench of its own.
    made = [i for i in made if not (i.description or "").startswith(PREFIX)]
    # An epair has two ends and goes with either of them.
    made = [i for i in made if not ("epair" in i.groups and i.name.endswith("b"))]
    made.sort(key=lambda interface: interface.lagg is None)
    commands = [change("ifconfig", interface.name, "destroy") for interface in made]
    for port in ports:
        was, is_now = before.listing.get(port), now.listing.get(port)
        if was is not None and is_now is not None and not made:
            commands += [change("ifconfig", port, *words) for words in _back(was, is_now)]
    if not made:  # what stands on a LAGG goes with it
        commands += _neighbours_back(before.neighbours, now.neighbours)
    commands += [
        change("sysctl", f"{name}={value}")
        for name, value in before.sysctls.items()
        if now.sysctls.get(name) != value
    ]
    if before.rc_conf is not None and now.rc_conf != before.rc_conf:
        commands.append(script(_WRITE, before.rc_conf, RC_CONF))
    elif now.rc_conf is not None and before.rc_conf is None:
        commands.append(change("rm", RC_CONF))
    return commands


def whole_way_back(
    before: Snapshot, ports: Sequence[str], rows: Rows | None = None
) -> list[Command]:
    """Return what leads back from wherever a scenario may have left the NAS.

    For a person, when the NAS cannot be asked any more how it is.
    """
    made = (change("ifconfig", n, "destroy") for n in FURTHER if n not in before.listing.names)
    commands = [*_rows_back(rows, ports), _DESTROY, *made]
    for name in ports:
        port = before.listing.get(name)
        if port is not None:
            commands += [change("ifconfig", name, *words) for words in _as_it_was(port)]
    commands += [change("sysctl", f"{name}={value}") for name, value in before.sysctls.items()]
    if before.rc_conf is not None:
        commands.append(script(_WRITE, before.rc_conf, RC_CONF))
    return commands


def _as_it_was(port: Interface) -> list[tuple[str, ...]]:
    """Return the arguments of ifconfig that set most of a port, however it is now."""
    words: list[tuple[str, ...]] = [("ether", port.ether)] if port.ether else []
    words.append(("mtu", str(port.mtu)))
    words += [("inet", *_address_words(line), "alias") for line in port.inet]
    words.append(("up",) if "UP" in port.flags else ("down",))
    return words


def _rows_back(before: Rows | None, ports: Sequence[str]) -> list[Command]:
    """Return the calls that take a LAGG out of the database, and set the ports back."""
    if before is None or before.pending:
        return []
    there = {name: before.items[name] for name in ports if name in before.items}
    changed = dict.fromkeys(_FIELDS)  # as no row is: every port is set back
    now = Rows({name: {**item, **changed} for name, item in there.items()}, pending=False)
    return [
        call("interface.rollback"),
        call("interface.delete", "lagg0"),
        *undo_rows(before, now),
        _COMMIT,
    ]


def _neighbours_back(before: Mapping[str, str], now: Mapping[str, str]) -> list[Command]:
    commands = [change("arp", "-d", ip) for ip in now if ip not in before]
    commands += [change("arp", "-s", ip, mac) for ip, mac in before.items() if now.get(ip) != mac]
    return commands


def _back(was: Interface, is_now: Interface) -> list[tuple[str, ...]]:
    """Return the arguments of ifconfig that set a port back."""
    words: list[tuple[str, ...]] = []
    if was.ether and is_now.ether != was.ether:
        words.append(("ether", was.ether))
    for family, before, after in (
        ("inet", was.inet, is_now.inet),
        ("inet6", was.inet6, is_now.inet6),
    ):
        known = {line.address for line in before}
        words += [(family, line.address, "-alias") for line in after if line.address not in known]
        left = {line.address for line in after}
        words += [
            (family, *_address_words(line), "alias")
            for line in before
            # The kernel makes a link's own addresses itself, when the port comes up.
            if line.address not in left and not line.address.startswith("fe80:")
        ]
    # An IPv6 address switches IPv6 on for good: from then on the port speaks by itself.
    if "IFDISABLED" in (was.nd6 or ()) and "IFDISABLED" not in (is_now.nd6 or ()):
        words.append(("inet6", "ifdisabled"))
    words += _options_back(was, is_now)
    if (is_now.description or "") != (was.description or ""):
        words.append(("description", was.description) if was.description else ("-description",))
    if is_now.mtu != was.mtu:
        words.append(("mtu", str(was.mtu)))
    if ("UP" in is_now.flags) != ("UP" in was.flags):
        words.append(("up",) if "UP" in was.flags else ("down",))
    return words


def _address_words(line: Inet | Inet6) -> tuple[str, ...]:
    if isinstance(line, Inet):
        return (line.address, *line.words)
    return (line.address, "prefixlen", str(line.prefixlen))


def _options_back(was: Interface, is_now: Interface) -> list[tuple[str, ...]]:
    """Return the words for capabilities that were switched on or off."""
    before = was.options.names if was.options else ()
    after = is_now.options.names if is_now.options else ()
    words: list[tuple[str, ...]] = []
    words += [(word,) for word, flag in OFFLOADS.items() if flag in before and flag not in after]
    words += [
        (f"-{word}",) for word, flag in OFFLOADS.items() if flag in after and flag not in before
    ]
    return words
