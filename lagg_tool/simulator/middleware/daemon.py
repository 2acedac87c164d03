"""middlewared: what lives in its memory, what lives on disk, and the methods that it answers."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from lagg_tool.clock import Clock
from lagg_tool.simulator.middleware import schema
from lagg_tool.simulator.middleware.alerts import LaggAlerts
from lagg_tool.simulator.middleware.database import Database
from lagg_tool.simulator.middleware.errors import (
    CallError,
    MiddlewareError,
    UncaughtError,
    os_error,
)
from lagg_tool.simulator.middleware.netif import Netif
from lagg_tool.simulator.middleware.service import Failover, InterfaceService, empty_row
from lagg_tool.simulator.system.filesystem import FileSystem
from lagg_tool.simulator.system.nodes import FileError
from lagg_tool.simulator.system.process import Process, Program

DATABASE = "/data/freenas-v1.db"
LICENSE = "/data/license"
FAILOVER_DISABLED = "/data/failover_disabled"  # in the place of a column of system.failover
LOG = "/var/log/middlewared.log"
CLOSED = "WebSocket connection closed"

Method = Callable[[Process, list[Any]], Awaitable[Any]]


def _matches(item: Mapping[str, Any], query: Any) -> bool:
    """One filter of query-filters: ["name", "=", "lagg0"]."""
    field, operator, value = query
    found: Any = item
    for part in str(field).split("."):
        found = found.get(part) if isinstance(found, Mapping) else None
    operators: Mapping[str, Callable[[Any, Any], bool]] = {
        "=": lambda a, b: bool(a == b),
        "!=": lambda a, b: bool(a != b),
        "in": lambda a, b: a in b,
        "^": lambda a, b: str(a).startswith(str(b)),
    }
    if operator not in operators:
        raise UncaughtError("ValueError", f"Invalid operation: {operator}")
    return operators[operator](found, value)


class Middlewared:
    """One run of the daemon; ``stop`` forgets everything but the database."""

    def __init__(
        self,
        netif: Netif,
        clock: Clock,
        filesystem: FileSystem,
        start_worker: Callable[[Program], Process],
    ) -> None:
        self._filesystem = filesystem
        self._start_worker = start_worker
        database = Database(self._save, self._saved())
        self.service = InterfaceService(
            database, netif, clock, self._log, start_worker, self._failover
        )
        self.alerts = LaggAlerts(netif, clock)
        if not self._saved():
            self._first_boot(database)

    def stop(self) -> None:
        """End the daemon: a snapshot and a timer that it held are gone (B-13)."""
        self.alerts.stop()
        self.service.forget()

    def _first_boot(self, database: Database) -> None:
        """Give the management NIC its static address, as set up at the console."""
        row = {
            **empty_row("vtnet0"),
            "int_ipv4address": "10.0.2.15",
            "int_v4netmaskbit": 24,
        }
        database.insert("network.interfaces", row)

    def _failover(self) -> Failover:
        """Return the failover state: a licensed system counts as one of two controllers."""
        if self._filesystem.find(LICENSE) is None:
            return Failover.UNLICENSED
        disabled = self._filesystem.find(FAILOVER_DISABLED) is not None
        return Failover.DISABLED if disabled else Failover.ENABLED

    def _saved(self) -> str:
        try:
            return self._filesystem.read_text(DATABASE)
        except FileError:
            return ""

    def _save(self, text: str) -> None:
        self._filesystem.write_text(DATABASE, text, mode=0o600)

    def _log(self, message: str) -> None:
        try:
            before = self._filesystem.read_text(LOG)
        except FileError:
            before = ""
        self._filesystem.write_text(LOG, f"{before}{message}\n")

    async def answer(self, client: Process, method: str, arguments: list[Any]) -> Any:
        """Answer a client; the call goes on without it if it is lost. Raises MiddlewareError."""
        outcome: list[Any] = []

        async def work(worker: Process) -> int:
            try:
                outcome.append(await self.call(worker, method, arguments))
            except MiddlewareError as error:
                outcome.append(error)
            return 0

        await client.wait(self._start_worker(work))
        if not outcome:
            raise UncaughtError("middlewared.client.client.ClientException", CLOSED)
        if isinstance(outcome[0], MiddlewareError):
            raise outcome[0]
        return outcome[0]

    async def call(self, process: Process, method: str, arguments: list[Any]) -> Any:
        """Answer one call. Raises MiddlewareError."""
        handler = self._methods.get(method)
        if handler is None:
            service, _, name = method.rpartition(".")
            raise CallError(f"Method {name!r} not found in {service!r}", "ENOMETHOD")
        try:
            return await handler(process, arguments)
        except (IndexError, TypeError) as error:
            raise MiddlewareError(f"[EINVAL] {method}: {error}") from error

    @property
    def _methods(self) -> Mapping[str, Method]:
        return {
            "interface.query": self._query,
            "interface.sync": self._sync,
            "interface.create": self._create,
            "interface.update": self._update,
            "interface.delete": self._delete,
            "interface.commit": self._commit,
            "interface.checkin": self._checkin,
            "interface.rollback": self._rollback,
            "interface.has_pending_changes": self._pending,
            "interface.checkin_waiting": self._waiting,
            "interface.lag_supported_protocols": self._protocols,
            "interface.vlan_parent_interface_choices": self._parents,
            "alert.list": self._alerts,
        }

    async def _query(self, _process: Process, arguments: list[Any]) -> Any:
        items = self.service.query()
        for query in arguments[0] if arguments else []:
            items = [item for item in items if _matches(item, query)]
        if len(arguments) > 1 and arguments[1].get("get"):
            return items[0]
        return items

    async def _sync(self, process: Process, _arguments: list[Any]) -> Any:
        try:
            await self.service.setup.sync(process)
        except OSError as error:
            raise os_error(error) from error

    async def _create(self, _process: Process, arguments: list[Any]) -> Any:
        return self.service.create(arguments[0])

    async def _update(self, _process: Process, arguments: list[Any]) -> Any:
        return self.service.update(arguments[0], arguments[1])

    async def _delete(self, _process: Process, arguments: list[Any]) -> Any:
        return self.service.delete(arguments[0])

    async def _commit(self, process: Process, arguments: list[Any]) -> Any:
        options = schema.commit_options(arguments[0] if arguments else {})
        await self.service.commit(
            process, rollback=options["rollback"], checkin_timeout=options["checkin_timeout"]
        )

    async def _checkin(self, _process: Process, _arguments: list[Any]) -> Any:
        self.service.checkin()

    async def _rollback(self, process: Process, _arguments: list[Any]) -> Any:
        await self.service.rollback(process)

    async def _pending(self, _process: Process, _arguments: list[Any]) -> Any:
        return self.service.has_pending_changes()

    async def _waiting(self, _process: Process, _arguments: list[Any]) -> Any:
        return self.service.checkin_waiting()

    async def _protocols(self, _process: Process, _arguments: list[Any]) -> Any:
        return list(schema.LAG_PROTOCOLS)

    async def _parents(self, _process: Process, _arguments: list[Any]) -> Any:
        return self.service.vlan_parent_interface_choices()

    async def _alerts(self, _process: Process, _arguments: list[Any]) -> Any:
        return [
            {
                "klass": alert.klass,
                "title": alert.title,
                "formatted": alert.formatted,
                "level": "CRITICAL",
                "dismissed": False,
            }
            for alert in self.alerts.list()
        ]


def printed(value: Any) -> str:
    """Return a value as midclt prints it: numbers and strings bare, the rest as JSON."""
    if isinstance(value, int | str | float):
        return f"{value}\n"
    return f"{json.dumps(value)}\n"
