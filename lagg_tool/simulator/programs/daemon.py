"""daemon(8): a process detached from its session, with a locked pidfile and a log."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NoReturn

from lagg_tool.simulator.filesystem import WRITE, File, FileError, Reason
from lagg_tool.simulator.options import fail, getopt, number
from lagg_tool.simulator.process import Process, Program
from lagg_tool.simulator.signals import Exit, Signal
from lagg_tool.simulator.streams import PipeReader, Stream, pipe
from lagg_tool.simulator.users import primary_group, user_id

_USAGE = """\
usage: daemon [-cfHrS] [-p child_pidfile] [-P supervisor_pidfile]
              [-u user] [-o output_file] [-t title]
              [-l syslog_facility] [-s syslog_priority]
              [-T syslog_tag] [-m output_mask] [-R restart_delay_secs]
command arguments ...
  --change-dir         -c         Change the current working directory to root
  --close-fds          -f         Set stdin, stdout, stderr to /dev/null
  --sighup             -H         Close and re-open output file on SIGHUP
  --syslog             -S         Send output to syslog
  --output-file        -o <file>  Append output of the child process to file
  --output-mask        -m <mask>  What to send to syslog/file
                                  1=stdout, 2=stderr, 3=both
  --child-pidfile      -p <file>  Write PID of the child process to file
  --supervisor-pidfile -P <file>  Write PID of the supervisor process to file
  --restart            -r         Restart child if it terminates (1 sec delay)
  --restart-delay      -R <N>     Restart child if it terminates after N sec
  --title              -t <title> Set the title of the supervisor process
  --user               -u <user>  Drop privileges, run as given user
  --syslog-priority    -s <prio>  Set syslog priority
  --syslog-facility    -l <flty>  Set syslog facility
  --syslog-tag         -T <tag>   Set syslog tag
  --help               -h         Show this help
"""
_LONG = {
    "--change-dir": "-c",
    "--close-fds": "-f",
    "--sighup": "-H",
    "--syslog": "-S",
    "--output-file": "-o",
    "--output-mask": "-m",
    "--child-pidfile": "-p",
    "--supervisor-pidfile": "-P",
    "--restart": "-r",
    "--restart-delay": "-R",
    "--title": "-t",
    "--user": "-u",
    "--syslog-priority": "-s",
    "--syslog-facility": "-l",
    "--syslog-tag": "-T",
    "--help": "-h",
}


class PidFile:
    """A pidfile as pidfile(3) has it: made, locked by its process, removed at the end."""

    def __init__(self, process: Process, name: str) -> None:
        self._process = process
        self._path = process.path(name)
        files = process.nas.filesystem
        node = files.find(self._path, process.uid)
        if isinstance(node, File):
            holder = process.nas.locks.get(node.number)
            if holder is not None and holder.status is None:
                text = node.data.decode(errors="replace").strip()
                process.err(f"daemon: process already running, pid: {text or holder.pid}\n")
                raise Exit(3)
            if not node.allows(process.uid, WRITE):
                self._cannot(name, FileError(Reason.EACCES))
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
        process.nas.locks[self._node.number] = process

    def write(self, pid: int) -> None:
        """Write a pid into the file."""
        files = self._process.nas.filesystem
        files.truncate(self._node)
        files.write_at(self._node, 0, str(pid).encode())

    def remove(self) -> None:
        """Remove the file, if it is still the same."""
        files = self._process.nas.filesystem
        if files.find(self._path) is self._node:
            files.unlink(self._path)


class _Supervisor:
    """The process that stays: starts the child, reads its output, waits for its end."""

    def __init__(
        self,
        argv: list[str],
        pidfiles: tuple[PidFile | None, PidFile | None],
        log: Stream | None,
        restart: float,
        uid: int | None,
    ) -> None:
        self._argv = argv
        self._child_file, self._own_file = pidfiles
        self._log = log
        self._restart = restart
        self._uid = uid
        self._child: Process | None = None
        self._ending = False

    async def run(self, process: Process) -> int:
        """Be the supervisor."""
        process.handlers[Signal.TERM] = self._terminate
        if self._own_file is not None:
            self._own_file.lock(process)
            self._own_file.write(process.pid)
        if self._child_file is not None:
            self._child_file.lock(process)
        while not self._ending:
            await self._once(process)
            if not self._restart or self._ending:
                break
            wake = process.now() + self._restart
            await process.wait_until(lambda: self._ending, wake)
        for file in (self._child_file, self._own_file):
            if file is not None:
                file.remove()
        return 1

    async def _once(self, process: Process) -> None:
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
        if self._uid is not None:
            child.uid, child.gid = self._uid, primary_group(self._uid)
        process.title = f"daemon: {self._argv[0]}[{child.pid}] (daemon)"
        if self._child_file is not None:
            self._child_file.write(child.pid)
        while child.status is None or not self._ended(reader):
            await process.wait_until(lambda: reader.ready() or self._ending)
            self._pump(process, reader)
            if self._ending:
                return
            if self._ended(reader):
                await process.wait_until(lambda: child.status is not None or self._ending)
                break

    def _ended(self, reader: PipeReader) -> bool:
        return reader.at_end

    def _pump(self, process: Process, reader: PipeReader) -> None:
        data = reader.read(1 << 20)
        if not data:
            return
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
    process.argv = tuple(_LONG.get(word, word) for word in process.argv)
    options = getopt(process, "HP:R:ST:cfhl:m:o:p:rs:t:u:", _USAGE)
    if "h" in options:
        process.err(_USAGE)
        return 0
    if not options.words:
        fail(process, "", _USAGE)
    log: Stream | None = None
    if "o" in options:
        try:
            log = process.nas.opener.open(process.path(options.value("o")), "a", process.uid, 0o600)
        except FileError as error:
            process.err(f"daemon: open: {error}\n")
            return 7
    uid = user_id(options.value("u")) if "u" in options else None
    if "u" in options and uid is None:
        process.err(f"daemon: unknown user: {options.value('u')}\n")
        return 1
    if uid is not None and process.uid not in {0, uid}:
        process.err("daemon: failed to set user environment\n")
        return 1
    restart = 1.0 if "r" in options else 0.0
    if "R" in options:
        restart = float(number(process, options.value("R"), "invalid restart delay", 6))
    files = (
        PidFile(process, options.value("p")) if "p" in options else None,
        PidFile(process, options.value("P")) if "P" in options else None,
    )
    _detach(
        process,
        options.words,
        _Supervisor(options.words, files, log, restart, uid),
        (
            "f" in options,
            "c" in options,
            any(letter in options for letter in "pPrRoSslT"),
        ),
    )
    return 0


def _detach(
    process: Process,
    argv: list[str],
    supervisor: _Supervisor,
    how: tuple[bool, bool, bool],
) -> None:
    close, change, supervised = how
    streams = dict(process.streams)
    if close:
        null = process.nas.opener.open("/dev/null", "+")
        streams = dict.fromkeys(range(3), null)
    if supervised:
        child = process.spawn(("daemon:", argv[0]), supervisor.run, streams=streams)
    else:
        try:
            child = process.spawn(argv, streams=streams)
        except FileError as error:
            if not close:
                process.err(f"daemon: {argv[0]}: {error}\n")
            return
    child.background = True
    child.parent = None
    child.ignored.discard(Signal.INT)
    if change:
        child.directory = "/"


PROGRAMS: Mapping[str, Program] = {"/usr/sbin/daemon": daemon}
