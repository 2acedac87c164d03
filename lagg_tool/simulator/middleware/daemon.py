"""middlewared: what lives in its memory, what lives on disk, and the methods that it answers."""

from __future__ import annotations

import dataclasses
import inspect
import json
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from lagg_tool.clock import Clock
from lagg_tool.simulator.kernel.errno import KernelError
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

Method = Callable[[Process, list[Any]], Any]  # what it returns may have to be awaited


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
            outcome = handler(process, arguments)
            return await outcome if inspect.isawaitable(outcome) else outcome
        except (IndexError, TypeError) as error:
            raise MiddlewareError(f"[EINVAL] {method}: {error}") from error

    @property
    def _methods(self) -> Mapping[str, Method]:
        """Return each method, of the worker that runs it and the arguments."""
        service = self.service
        return {
            "interface.query": lambda _, arguments: self._query(*arguments),
            "interface.sync": lambda worker, _: self._sync(worker),
            "interface.create": lambda _, arguments: service.create(arguments[0]),
            "interface.update": lambda _, arguments: service.update(arguments[0], arguments[1]),
            "interface.delete": lambda _, arguments: service.delete(arguments[0]),
            "interface.commit": lambda worker, arguments: service.commit(
                worker, **schema.commit_options(arguments[0] if arguments else {})
            ),
            "interface.checkin": lambda *_: service.checkin(),
            "interface.rollback": lambda worker, _: service.rollback(worker),
            "interface.has_pending_changes": lambda *_: service.has_pending_changes(),
            "interface.checkin_waiting": lambda *_: service.checkin_waiting(),
            "interface.lag_supported_protocols": lambda *_: list(schema.LAG_PROTOCOLS),
            "interface.vlan_parent_interface_choices": (
                lambda *_: service.vlan_parent_interface_choices()
            ),
            "alert.list": lambda *_: self._alerts(),
        }

    def _query(self, filters: Any = (), options: Any = MappingProxyType({})) -> Any:
        items = self.service.query()
        for query in filters:
            items = [item for item in items if _matches(item, query)]
        return items[0] if options.get("get") else items

    async def _sync(self, worker: Process) -> None:
        try:
            await self.service.setup.sync(worker)
        except KernelError as error:
            raise os_error(error) from error

    def _alerts(self) -> Any:
        return [
            {**dataclasses.asdict(alert), "level": "CRITICAL", "dismissed": False}
            for alert in self.alerts.list()
        ]


def printed(value: Any) -> str:
    """Return a value as midclt prints it: numbers and strings bare, the rest as JSON."""
    if isinstance(value, int | str | float):
        return f"{value}\n"
    return f"{json.dumps(value)}\n"
