"""The service ``interface``: create, update, delete, and the lifecycle of pending changes.

plugins/network.py 746-913 and 1264-1770. The states of a pending change live in
middlewared's memory: a restart forgets the snapshot and the timer, and the change is then
permanent (defect B-13).
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Mapping
from typing import Any

from lagg_tool.clock import Clock, Timer
from lagg_tool.simulator.kernel.errno import KernelError
from lagg_tool.simulator.middleware import schema
from lagg_tool.simulator.middleware.database import Database, Row
from lagg_tool.simulator.middleware.errors import (
    CallError,
    RequestError,
    UncaughtError,
    os_error,
)
from lagg_tool.simulator.middleware.inventory import Item, query
from lagg_tool.simulator.middleware.netif import Netif
from lagg_tool.simulator.middleware.setup import Setup
from lagg_tool.simulator.middleware.validation import missing, validate
from lagg_tool.simulator.system.process import Process, Program

CHECKIN_TIMEOUT = 60
# bridge0 and bridge1 are left to virtual machines.
PREFIXES = {"BRIDGE": ("bridge", 2), "LINK_AGGREGATION": ("lagg", 0)}
NOTHING_CONFIGURED = (
    "At least one interface configured with either IPv4 DHCP, IPv6 auto or a static IP is required."
)


def empty_row(name: str) -> Row:
    """Return a row of network.interfaces with the model's defaults."""
    return {
        "int_interface": name,
        "int_name": "",
        "int_dhcp": False,
        "int_ipv6auto": False,
        "int_ipv4address": "",
        "int_v4netmaskbit": "",
        "int_ipv6address": "",
        "int_v6netmaskbit": "",
        "int_mtu": None,
        "int_options": "",
        "int_disable_offload_capabilities": False,
        "int_critical": False,
    }


class Failover(enum.Enum):
    """What kind of system it is: failover.licensed, and failover.config's ``disabled``."""

    UNLICENSED = enum.auto()
    DISABLED = enum.auto()
    ENABLED = enum.auto()


class InterfaceService:
    """One middlewared's interface service; ``setup.sync`` is how it reaches the kernel."""

    def __init__(  # noqa: PLR0917 - what it is made of
        self,
        database: Database,
        netif: Netif,
        clock: Clock,
        log: Callable[[str], None],
        start_worker: Callable[[Program], Process],
        failover: Callable[[], Failover] = lambda: Failover.UNLICENSED,
    ) -> None:
        self._database = database
        self._netif = netif
        self._clock = clock
        self._log = log
        self.setup = Setup(database, netif, log)
        self._start_worker = start_worker
        self._original: dict[str, list[Row]] | None = None
        self._failover = failover
        self._rollback_timer: Timer | None = None
        self._timers: list[Timer] = []  # all that were armed: the one above, and lost ones

    # -- queries ---------------------------------------------------------------------

    def query(self) -> list[Item]:
        """interface.query without filters."""
        return query(self._database, self._netif)

    def has_pending_changes(self) -> bool:
        """Whether a snapshot is held."""
        return self._original is not None

    def checkin_waiting(self) -> float | None:
        """Seconds until the roll-back, or nothing."""
        if self._rollback_timer is None or not self._rollback_timer.pending:
            return None
        return max(0.0, self._rollback_timer.when - self._clock.now())

    def vlan_parent_interface_choices(self) -> dict[str, str]:
        """1876-1885: what interface.query lists, fake interfaces included (claim S-11)."""
        used = {port for item in self.query() for port in item.get("lag_ports", ())}
        return {
            item["name"]: item["description"] or item["name"]
            for item in self.query()
            if item["type"] in ("PHYSICAL", "LINK_AGGREGATION") and item["name"] not in used
        }

    # -- the lifecycle of a change ------------------------------------------------------

    async def commit(
        self, process: Process, *, rollback: bool = True, checkin_timeout: int = CHECKIN_TIMEOUT
    ) -> None:
        """Bring the kernel to the database; the timer is armed only after that."""
        self._check_failover_disabled()
        if not any(i["ipv4_dhcp"] or i["ipv6_auto"] or i["aliases"] for i in self.query()):
            raise CallError(NOTHING_CONFIGURED)
        try:
            await self.setup.sync(process)
        except KernelError as error:
            if rollback:
                await self.rollback(process)
            raise os_error(error) from error
        if rollback and checkin_timeout:
            # Trap (b): an earlier timer is overwritten, not cancelled.
            self._rollback_timer = self._clock.call_at(
                self._clock.now() + checkin_timeout, self._start_expiry
            )
            self._timers = [t for t in self._timers if t.pending] + [self._rollback_timer]
        else:
            self._original = None

    def forget(self) -> None:
        """Lose the snapshot and the timer, as a restart of middlewared does (B-13)."""
        self.checkin()
        for timer in self._timers:
            timer.cancel()

    def checkin(self) -> None:
        """Keep what was committed."""
        if self._rollback_timer is not None:
            self._rollback_timer.cancel()
        self._rollback_timer = None
        self._original = None

    async def rollback(self, process: Process) -> None:
        """Restore the tables of the snapshot, if there is one, and sync."""
        original = self._original
        self.checkin()
        if original is not None:
            self._database.restore(original)
        try:
            await self.setup.sync(process)
        except KernelError as error:
            self._log(f"Failed to sync while rolling back: {error}")

    def _start_expiry(self) -> None:
        self._start_worker(self._expire)

    async def _expire(self, process: Process) -> int:
        """Do the timer's job as a worker of middlewared."""
        await self.rollback(process)
        return 0

    def _check_failover_disabled(self) -> None:
        """Comes before any validation, so that the words of _common_validation never show."""
        if self._failover() is Failover.ENABLED:
            raise CallError("Disable failover before performing interfaces changes.")

    def _remember(self) -> None:
        """get_datastores(): only the first change of a batch takes the snapshot."""
        if self._original is None:
            self._original = self._database.snapshot()

    # -- changes of the database --------------------------------------------------------

    def create(self, request: Any) -> Item:
        """interface.create."""
        self._check_failover_disabled()
        data = schema.accept("interface_create", schema.CREATE, request)
        if errors := missing("interface_create", data):
            raise RequestError(errors)
        if self._failover() is Failover.UNLICENSED:
            data["failover_critical"] = False
        others = {item["name"]: item for item in self.query()}
        if errors := validate("interface_create", data, data["type"], others):
            raise RequestError(errors)
        self._remember()
        name = data.get("name") or self._next_name(data)
        row_id = self._database.insert("network.interfaces", empty_row(name))
        self._write_common(row_id, data)
        if data["type"] == "LINK_AGGREGATION":
            lagg = {"lagg_interface": row_id, "lagg_protocol": data["lag_protocol"].lower()}
            self._set_ports(self._database.insert("network.lagginterface", lagg), data["lag_ports"])
        elif data["type"] == "VLAN":
            self._database.insert("network.vlan", self._vlan_row(name, data))
        else:
            bridge = {"interface": row_id, "members": data["bridge_members"]}
            self._database.insert("network.bridge", bridge)
        return self.get(name)

    def get(self, name: str) -> Item:
        """One element of interface.query. Raises CallError (ENOENT)."""
        for item in self.query():
            if item["name"] == name:
                return item
        raise CallError(f"Interface {name} does not exist", "ENOENT")

    def update(self, name: str, request: Any) -> Item:
        """interface.update; ``type`` cannot be given (1506), a name can (1557-1563, S-02)."""
        self._check_failover_disabled()
        item = self.get(name)
        data = schema.accept("interface_update", schema.UPDATE, request)
        if item["type"] == "LINK_AGGREGATION" and "lag_protocol" not in item:
            # One that only the kernel has; which exception it is was not looked up.
            raise UncaughtError("KeyError", "'lag_protocol'")
        others = {i["name"]: i for i in self.query() if i["name"] != name}
        merged = {**item, **data}
        if errors := validate("interface_update", merged, item["type"], others):
            raise RequestError(errors)
        self._remember()
        row_id = self._row_id(name)
        new_name = data.get("name", name)
        if new_name != name:
            # VLANs keep the name of their old parent.
            self._database.update("network.interfaces", row_id, {"int_interface": new_name})
        self._write_common(row_id, data)
        self._update_kind(item, row_id, data)
        return self.get(new_name)

    def delete(self, name: str) -> str:
        """interface.delete: the rows of a lagg's members go with it (1720-1742, claim S-03)."""
        self._check_failover_disabled()
        item = self.get(name)
        self._remember()  # even if it is refused now
        vlans = self._database.query("network.vlan", vlan_pint=name)
        if vlans and item["type"] == "LINK_AGGREGATION":
            names = ", ".join(str(vlan["vlan_vint"]) for vlan in vlans)
            raise CallError(f"The following VLANs depend on this interface: {names}")
        self._delete_interface(name)
        return str(item["id"])

    def _delete_interface(self, name: str) -> None:
        """delete_network_interface: a lagg's members first, then VLANs on it, then itself."""
        database = self._database
        for row in database.query("network.interfaces", int_interface=name):
            for lagg in database.query("network.lagginterface", lagg_interface=row["id"]):
                members = {"lagg_interfacegroup": lagg["id"]}
                for member in database.query("network.lagginterfacemembers", **members):
                    self._delete_interface(member["lagg_physnic"])
                database.delete("network.lagginterfacemembers", **members)
            database.delete("network.lagginterface", lagg_interface=row["id"])
            database.delete("network.bridge", interface=row["id"])
            database.delete("network.interfaces", id=row["id"])
        for column in ("vlan_pint", "vlan_vint"):
            database.delete("network.vlan", **{column: name})

    def _next_name(self, data: Mapping[str, Any]) -> str:
        """get_next, over the database's rows only; a VLAN is named by its tag."""
        if data["type"] == "VLAN":
            return f"vlan{data['vlan_tag']}"
        prefix, number = PREFIXES[data["type"]]
        names = {row["int_interface"] for row in self._database.query("network.interfaces")}
        while f"{prefix}{number}" in names:
            number += 1
        return f"{prefix}{number}"

    def _row_id(self, name: str) -> int:
        rows = self._database.query("network.interfaces", int_interface=name)
        if rows:
            return int(rows[0]["id"])
        return self._database.insert("network.interfaces", empty_row(name))

    def _write_common(self, row_id: int, data: Mapping[str, Any]) -> None:
        columns = {
            "description": "int_name",
            "ipv4_dhcp": "int_dhcp",
            "ipv6_auto": "int_ipv6auto",
            "mtu": "int_mtu",
            "options": "int_options",
            "disable_offload_capabilities": "int_disable_offload_capabilities",
            "failover_critical": "int_critical",
        }
        changed = {column: data[field] for field, column in columns.items() if field in data}
        self._database.update("network.interfaces", row_id, changed)
        if "aliases" in data:
            self._write_aliases(row_id, data["aliases"])

    def _write_aliases(self, row_id: int, aliases: list[Item]) -> None:
        """Put the first of each family into the interface's row, the rest into their table."""
        self._database.delete("network.alias", alias_interface=row_id)
        columns: Row = {
            "int_ipv4address": "",
            "int_v4netmaskbit": "",
            "int_ipv6address": "",
            "int_v6netmaskbit": "",
        }
        for alias in aliases:
            family = "4" if "." in alias["address"] else "6"
            if not columns[f"int_ipv{family}address"]:
                columns[f"int_ipv{family}address"] = alias["address"]
                columns[f"int_v{family}netmaskbit"] = alias["netmask"]
                continue
            row = {
                "alias_interface": row_id,
                "alias_address": alias["address"],
                "alias_netmask": alias["netmask"],
            }
            self._database.insert("network.alias", row)
        self._database.update("network.interfaces", row_id, columns)

    def _vlan_row(self, name: str, data: Mapping[str, Any]) -> Row:
        return {
            "vlan_vint": name,
            "vlan_pint": data["vlan_parent_interface"],
            "vlan_tag": data["vlan_tag"],
            "vlan_pcp": data.get("vlan_pcp"),
        }

    def _set_ports(self, lagg_id: int, ports: list[str]) -> None:
        """__set_lag_ports (1450-1500): the members' own configuration is reset (claim S-10)."""
        for number, port in enumerate(ports):
            member = {
                "lagg_interfacegroup": lagg_id,
                "lagg_physnic": port,
                "lagg_ordernum": number,
            }
            self._database.insert("network.lagginterfacemembers", member)
            rows = self._database.query("network.interfaces", int_interface=port)
            if not rows:
                continue
            row_id = int(rows[0]["id"])
            kept = {"int_interface", "int_name", "int_options", "int_disable_offload_capabilities"}
            reset = {c: v for c, v in empty_row(port).items() if c not in kept}
            self._database.update("network.interfaces", row_id, reset)
            self._database.delete("network.alias", alias_interface=row_id)

    def _update_kind(self, item: Item, row_id: int, data: Mapping[str, Any]) -> None:
        for lagg in self._database.query("network.lagginterface", lagg_interface=row_id):
            if "lag_protocol" in data:
                protocol = data["lag_protocol"].lower()
                self._database.update(
                    "network.lagginterface", lagg["id"], {"lagg_protocol": protocol}
                )
            if "lag_ports" in data:
                self._database.delete(
                    "network.lagginterfacemembers", lagg_interfacegroup=lagg["id"]
                )
                self._set_ports(lagg["id"], data["lag_ports"])
        for vlan in self._database.query("network.vlan", vlan_vint=item["name"]):
            row = self._vlan_row(data.get("name", item["name"]), {**item, **data})
            self._database.update("network.vlan", vlan["id"], row)
