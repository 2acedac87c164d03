"""From the database to the kernel: ``interface.sync`` and the steps that it takes.

plugins/network.py 1940-2050 (sync), interface/lag.py 13-73 (lag_setup),
interface/configure.py (configure), interface/vlan.py.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable

from lagg_tool.simulator.kernel.errno import Errno, KernelError
from lagg_tool.simulator.middleware.database import Database, Row
from lagg_tool.simulator.middleware.inventory import stored_aliases
from lagg_tool.simulator.middleware.netif import Address, Facts, Netif
from lagg_tool.simulator.system.process import Process

MEDIA_UP = "LINK_STATE_UP"
GATEWAY = "10.0.2.2"  # network.configuration, as the console set it
WAIT_FOR_LAGG = 10.0  # seconds, lag.py 67-73 (NAS-111612)


class Setup:
    """Brings the kernel to what the database says. ``log`` is middlewared.log.

    What waits or runs a program does so as the process that it is given.
    """

    def __init__(self, database: Database, netif: Netif, log: Callable[[str], None]) -> None:
        self._database = database
        self._netif = netif
        self._log = log

    async def sync(self, process: Process) -> None:
        """Make laggs, then VLANs, configure every row, remove what has no row.

        An error of lag_setup or vlan_setup aborts; what goes wrong while one interface is
        configured is only logged (reference §6, trap c).
        """
        members: set[str] = set()
        for lagg in self._database.query("network.lagginterface"):
            members |= await self._lag_setup(process, lagg)
        parents = set(members)
        for vlan in self._database.query("network.vlan"):
            self._vlan_setup(vlan)
            parents.add(vlan["vlan_pint"])
        rows = self._database.query("network.interfaces")
        for row in rows:
            await self._configure_or_log(process, row, row["int_interface"] in members)
        self._remove_foreign({row["int_interface"] for row in rows}, parents)
        await self._netif.set_default_route(process, GATEWAY)

    def members_in_order(self, lagg: Row) -> list[str]:
        """1954-1956: ordered by the NIC's name; ``lagg_ordernum`` is not read (B-15)."""
        members = self._database.query(
            "network.lagginterfacemembers", lagg_interfacegroup=lagg["id"]
        )
        return sorted(member["lagg_physnic"] for member in members)

    def _lagg_name(self, lagg: Row) -> str:
        rows = self._database.query("network.interfaces", id=lagg["lagg_interface"])
        return str(rows[0]["int_interface"])

    async def _lag_setup(self, process: Process, lagg: Row) -> set[str]:
        name, members = self._lagg_name(lagg), self.members_in_order(lagg)
        facts = self._netif.get(name)
        if facts and facts.ports and members and facts.ports[0].name != members[0]:
            # lag.py 22-25 compares the lowest if_index with the first name (B-16).
            self._log(f"Destroying existing {name} as its first port has changed")
            self._netif.destroy(name)
            facts = None
        if facts is None:
            self._netif.create(name)
        facts = self._facts(name)
        self._disable_offload(name, members)
        if facts.protocol != lagg["lagg_protocol"]:
            self._netif.set_lagg_protocol(name, lagg["lagg_protocol"])  # live: B-01
        have = [port.name for port in facts.ports]
        for port in have:
            if port not in members:
                self._netif.delete_port(name, port)
        for port in members:
            if port not in have:
                self._netif.add_port(name, port)
        for port in members:
            self._netif.up(port)
        self._netif.up(name)
        await self._wait_for_media(process, name)
        return set(members)

    def _facts(self, name: str) -> Facts:
        facts = self._netif.get(name)
        if facts is None:
            raise KernelError(Errno.ENXIO)
        return facts

    def _disable_offload(self, name: str, members: list[str]) -> None:
        rows = self._database.query("network.interfaces", int_interface=name)
        if rows and rows[0]["int_disable_offload_capabilities"]:
            for port in members:
                self._netif.disable_offload(port)

    async def _wait_for_media(self, process: Process, name: str) -> None:
        """Any port with carrier is enough: a partner is not asked for (§0.2)."""

        def active() -> bool:
            return self._facts(name).link_state == MEDIA_UP

        if not await process.wait_until(active, process.now() + WAIT_FOR_LAGG):
            self._log(f"Timed out waiting for {name!r} interface link state to become active")

    def _vlan_setup(self, vlan: Row) -> None:
        name = vlan["vlan_vint"]
        facts = self._netif.get(name)
        if facts is None:
            self._netif.create(name)
            facts = self._facts(name)
        if (facts.vlan_parent, facts.vlan_tag) != (vlan["vlan_pint"], vlan["vlan_tag"]):
            self._netif.set_vlan(name, vlan["vlan_pint"], vlan["vlan_tag"])
        self._netif.up(vlan["vlan_pint"])

    async def _configure_or_log(self, process: Process, row: Row, is_member: bool) -> None:
        try:
            await self._configure(process, row, is_member)
        except KernelError as error:
            self._log(f"Failed to configure {row['int_interface']}: {error}")

    async def _configure(self, process: Process, row: Row, is_member: bool) -> None:
        """configure.py: addresses, nd6, options, MTU, description, up, DHCP."""
        name = row["int_interface"]
        wanted = [
            Address(alias["type"], alias["address"], alias["netmask"])
            for alias in stored_aliases(self._database, row)
        ]
        facts = self._facts(name)
        for address in facts.addresses:
            keep = address in wanted or address.address.startswith("fe80::") or row["int_dhcp"]
            if not keep:
                self._netif.remove_address(name, address)
        has_ipv6 = row["int_ipv6auto"] or any(a.family == "INET6" for a in wanted)
        self._netif.set_ifdisabled(name, not has_ipv6)
        for address in wanted:
            if address not in facts.addresses:
                self._netif.add_address(name, address)
        await self._options(process, name, row["int_options"])
        if not is_member:
            self._mtu(name, row["int_mtu"])
        if row["int_name"] != facts.description:
            self._netif.set_description(name, row["int_name"])
        self._netif.up(name)
        (self._netif.start_dhcp if row["int_dhcp"] else self._netif.stop_dhcp)(process, name)

    async def _options(self, process: Process, name: str, options: str) -> None:
        """158-166: an error of ifconfig is logged at INFO and nothing else (B-23)."""
        if options:
            said = await self._netif.run_options(process, name, shlex.split(options))
            if said:
                self._log(f"Failed to run options on {name}: {said.strip()}")

    def _mtu(self, name: str, mtu: int | None) -> None:
        """169-174: a blank MTU means 1500 (claim O-07)."""
        now = self._facts(name).mtu
        if mtu and now != mtu:
            self._netif.set_mtu(name, mtu)
        elif not mtu and now != 1500:
            self._netif.set_mtu(name, 1500)

    def _remove_foreign(self, rows: set[str], parents: set[str]) -> None:
        """unconfigure: what has no row loses its addresses; clones go, NICs go down."""
        for facts in self._netif.interfaces():
            name = facts.name
            if name == "lo0" or name in rows:
                continue
            if name.startswith(("lagg", "vlan", "bridge")):
                self._netif.destroy(name)
            elif not facts.cloned:
                for address in facts.addresses:
                    self._netif.remove_address(name, address)
                if name not in parents:
                    self._netif.down(name)
