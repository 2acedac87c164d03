"""daemon(8) -f, -p and -o: a process detached from its session, with a locked pidfile and a log."""

from __future__ import annotations

from typing import NoReturn

from lagg_tool.simulator.kernel.errno import Errno
from lagg_tool.simulator.programs.options import fail, getopt
from lagg_tool.simulator.system.nodes import WRITE, File, FileError
from lagg_tool.simulator.system.process import Process
from lagg_tool.simulator.system.signals import Exit, Signal
from lagg_tool.simulator.system.streams import PipeReader, Stream, pipe

USAGE = """\
usage: daemon [-cfHrS] [-p child_pidfile] [-P supervisor_pidfile]
              [-u user] [-o output_file] [-t title]
              [-l syslog_facility] [-s syslog_priority]
              [-T syslog_tag] [-m output_mask] [-R restart_delay_secs]
command arguments ...
"""


class PidFile:
    """A pidfile as pidfile(3) has it: made, locked by its process, removed at the end."""

    def __init__(self, process: Process, name: str) -> None:
        self._process = process
        self._path = process.path(name)
        files = process.system.filesystem
        node = files.find(self._path, process.uid)
        if isinstance(node, File):
            holder = process.system.locks.get(node.number)
            if holder is not None and holder.status is None:
                text = node.data.decode(errors="replace").strip()
                process.err(f"daemon: process already running, pid: {text or holder.pid}\n")
                raise Exit(3)
            if not node.allows(process.uid, WRITE):
                self._cannot(name, FileError(Errno.EACCES))
            files.truncate(node)
        else:
            try:
                node = files.create(self._path, 0o600, process.uid)
            except FileError as error:
                self._cannot(name, error)
        self._node = node

    def _cannot(self, name: str, error: FileError) -> NoReturn:
        self._process.err(f"daemon: pidfile ``{name}'': {error}\n")
        raise Exit(2)

    def lock(self, process: Process) -> None:
        """Let another process hold the lock: the one that stays."""
        process.system.locks[self._node.number] = process

    def write(self, pid: int) -> None:
        """Write a pid into the file."""
        files = self._process.system.filesystem
        files.truncate(self._node)
        files.write_at(self._node, 0, str(pid).encode())

    def remove(self) -> None:
        """Remove the file, if it is still the same."""
        files = self._process.system.filesystem
        if files.find(self._path) is self._node:
            files.unlink(self._path)


class _Supervisor:
    """The process that stays: starts the child, reads its output, waits for its end."""

    def __init__(self, argv: list[str], pidfile: PidFile | None, log: Stream | None) -> None:
        self._argv = argv
        self._pidfile = pidfile
        self._log = log
        self._child: Process | None = None
        self._ending = False

    async def run(self, process: Process) -> int:
        """Be the supervisor."""
        process.handlers[Signal.TERM] = self._terminate
        if self._pidfile is not None:
            self._pidfile.lock(process)
        await self._supervise(process)
        if self._pidfile is not None:
            self._pidfile.remove()
        return 1

    async def _supervise(self, process: Process) -> None:
        reader, writer = pipe()
        streams = {0: process.stream(0), 1: writer, 2: writer}
        writer.acquire()
        try:
            self._child = child = process.spawn(self._argv, streams=streams)
        except FileError as error:
            writer.write(f"daemon: {self._argv[0]}: {error}\n".encode())
            writer.release()
            self._pump(process, reader)
            return
        writer.release()
        process.title = f"daemon: {self._argv[0]}[{child.pid}] (daemon)"
        if self._pidfile is not None:
            self._pidfile.write(child.pid)
        while not reader.at_end and not self._ending:
            await process.wait_until(lambda: reader.ready() or self._ending)
            self._pump(process, reader)
        await process.wait_until(lambda: child.status is not None or self._ending)

    def _pump(self, process: Process, reader: PipeReader) -> None:
        data = reader.read(1 << 20)
        try:
            if self._log is not None:
                self._log.write(data)
            else:
                process.out(data)
        except FileError:
            return

    def _terminate(self, signal: Signal) -> None:
        self._ending = True
        if self._child is not None:
            self._child.kill(signal)


async def daemon(process: Process) -> int:
    """Start a command detached from the session."""
    options = getopt(process, "fo:p:", USAGE)
    argv = options.words
    if not argv:
        fail(process, "", USAGE)
    log: Stream | None = None
    opener = process.system.opener
    if "o" in options:
        try:
            log = opener.open(process.path(options.value("o")), "a", process.uid, 0o600)
        except FileError as error:
            process.err(f"daemon: open: {error}\n")
            return 7
    pidfile = PidFile(process, options.value("p")) if "p" in options else None
    streams = dict(process.streams)
    if "f" in options:
        streams = dict.fromkeys(range(3), opener.open("/dev/null", "+"))
    if pidfile is not None or log is not None:
        supervisor = _Supervisor(argv, pidfile, log)
        child = process.spawn(("daemon:", argv[0]), supervisor.run, streams=streams)
    else:
        try:
            child = process.spawn(argv, streams=streams)
        except FileError as error:
            if "f" not in options:
                process.err(f"daemon: {argv[0]}: {error}\n")
            return 0
    child.background = True
    child.parent = None
    child.ignored.discard(Signal.INT)
    return 0
