"""Each scenario finds the NAS as the first one did.

What was made is destroyed, what was changed is set back. Only test ports
and interfaces that did not exist before are touched.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lagg_tool.bench.contract import Capability
from lagg_tool.bench.epair_scripts import PREFIX
from lagg_tool.hosts.midclt import call, items_of, read_value
from lagg_tool.ifconfig import Interface, Listing, parse
from lagg_tool.shell import Command, Effect, change, read
from steps.contract import Target

# What a scenario may set. Each is a number.
SYSCTLS = (
    "net.link.lagg.failover_rx_all",
    "net.link.lagg.default_use_flowid",
    "net.link.lagg.default_flowid_shift",
    "net.link.lagg.lacp.default_strict_mode",
)


@dataclass(frozen=True)
class Snapshot:
    """The state that scenarios may change."""

    listing: Listing
    sysctls: Mapping[str, str]


def take(target: Target) -> Snapshot:
    """Look at the NAS."""
    looks = [read("ifconfig", "-a"), read("sysctl", "-e", *SYSCTLS)]
    listing, sysctls = target.run_batch(looks)
    pairs = (line.partition("=") for line in sysctls.stdout.splitlines())
    return Snapshot(parse(listing.stdout), {name: value for name, _, value in pairs})


# The fields of a network card's row that a scenario may change.
_FIELDS = ("aliases", "ipv4_dhcp", "ipv6_auto", "description", "mtu", "options")


@dataclass(frozen=True)
class Rows:
    """What TrueNAS's middleware knows: its interfaces, and whether a change is pending."""

    items: Mapping[str, Mapping[str, Any]]
    pending: bool


def take_rows(target: Target) -> Rows | None:
    """Ask the middleware; None where there is none."""
    if "truenas" not in target.result.facts:
        return None
    asked = ("interface.query", "interface.has_pending_changes", "interface.checkin_waiting")
    items, pending, waiting = target.run_batch([call(m, effect=Effect.READ) for m in asked])
    is_pending = read_value(pending.stdout) is True or read_value(waiting.stdout) is not None
    return Rows({item["name"]: item for item in items_of(items)}, is_pending)


def restore_rows(target: Target, before: Rows | None) -> None:
    """Undo what a scenario did to the middleware's database."""
    now = take_rows(target)
    if before is None or now is None:
        return
    if now.pending:
        target.run(call("interface.rollback"), 60.0)
        now = take_rows(target) or now
    if commands := undo_rows(before, now):
        for command in [*commands, call("interface.commit", {"rollback": False})]:
            done = target.run(command, 60.0)
            assert done.status == 0, f"{command.text}: {done.stderr.strip()}"


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
    """Undo what a scenario did. Raises AssertionError when the NAS stays different."""
    if target.bench is not None:
        target.bench.unplug_switch()
        for port in target.bench.ports if Capability.CARRIER in target.bench.capabilities else ():
            target.bench.set_link(port, up=True)
    # Twice: a port shows its own MTU, flags and addresses when the LAGG is gone.
    for _ in range(2):
        commands = undo(before, take(target), target.ports)
        if not commands:
            return
        target.run_batch(commands)
    left = undo(before, take(target), target.ports)
    assert not left, f"cannot be undone: {'; '.join(command.text for command in left)}"


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
    commands += [
        change("sysctl", f"{name}={value}")
        for name, value in before.sysctls.items()
        if now.sysctls.get(name) != value
    ]
    return commands


def _back(was: Interface, is_now: Interface) -> list[tuple[str, ...]]:
    """Return the arguments of ifconfig that set a port back."""
    words: list[tuple[str, ...]] = []
    for family, before, after in (
        ("inet", was.inet, is_now.inet),
        ("inet6", was.inet6, is_now.inet6),
    ):
        known = {line.address for line in before}
        words += [(family, line.address, "-alias") for line in after if line.address not in known]
    # An IPv6 address switches IPv6 on for good: from then on the port speaks by itself.
    if "IFDISABLED" in (was.nd6 or ()) and "IFDISABLED" not in (is_now.nd6 or ()):
        words.append(("inet6", "ifdisabled"))
    if is_now.mtu != was.mtu:
        words.append(("mtu", str(was.mtu)))
    if ("UP" in is_now.flags) != ("UP" in was.flags):
        words.append(("up",) if "UP" in was.flags else ("down",))
    return words
