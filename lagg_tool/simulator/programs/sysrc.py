"""sysrc(8): usr.sbin/sysrc and bsdconfig's sysrc.subr, with their order of steps.

The order is what an administrator sees when something fails: a variable that no file sets
yet is appended, which works on a full disk; a change goes through a temporary file, which
does not (recording cmd-sysrc).
"""

from __future__ import annotations

import re
import string

from lagg_tool.simulator.programs.options import Options, fail, getopt
from lagg_tool.simulator.rc.configuration import DEFAULTS, Configuration
from lagg_tool.simulator.shell.grammar import parse
from lagg_tool.simulator.system.nodes import File, FileError
from lagg_tool.simulator.system.process import Process

COMMON = "/usr/share/bsdconfig/common.subr"  # bsdconfig's library, which it sources
_USAGE = """\
Usage: sysrc [OPTIONS] {name[[+|-]=value] ... | -a | -A | -l | -L [name ...]}
Try `sysrc --help' for more information.
"""
_LETTERS = "aceinqxf:"
_RANDOM = string.ascii_letters + string.digits  # of the names that mkstemp(3) makes


class Sysrc:
    """One run of sysrc."""

    def __init__(self, process: Process, options: Options) -> None:
        self._process = process
        self._options = options
        self._files = process.system.filesystem

    # -- reading

    async def _conf_files(self) -> list[str]:
        if "f" in self._options:
            return [path for text in self._options.values("f") for path in text.split()]
        configuration = Configuration(self._process)
        await configuration.read(DEFAULTS)
        return configuration.get("rc_conf_files").split()

    async def configuration(self, *, defaults: bool = True) -> Configuration:
        """Return the variables as the files have them now, with the defaults or without."""
        configuration = Configuration(self._process)
        if defaults:
            await configuration.read(DEFAULTS)
        for path in await self._conf_files():
            await configuration.read(self._process.path(path))
        return configuration

    def _text(self, path: str) -> str:
        try:
            return self._files.read_text(self._process.path(path), self._process.uid)
        except FileError:
            return ""

    async def find(self, name: str) -> str | None:
        """f_sysrc_find: the last file that assigns the variable."""
        line = re.compile(rf"^[ \t]*{re.escape(name)}=", re.MULTILINE)
        for path in [*reversed(await self._conf_files()), DEFAULTS]:
            if line.search(self._text(path)):
                return path
        return None

    # -- writing

    def _temporary(self) -> str | None:
        """Return a new file, as mktemp(1) makes it; None if it fails, which is then reported."""
        letters = (self._process.system.rng.choice(_RANDOM) for _ in range(8))
        name = f"/tmp/sysrc.{''.join(letters)}"  # noqa: S108
        try:
            self._files.create(name, 0o600, self._process.uid)
        except FileError as error:
            self._process.err(f"mktemp: mkstemp failed on {name}: {error}\n")
            return None
        return name

    def _replace(self, path: str, text: str) -> bool:
        """Write a temporary file, check it with sh -n, and move it into place."""
        where = self._process.path(path)
        old = self._files.lookup(where)
        temporary = self._temporary()
        if temporary is None:
            return False
        try:
            node = self._files.write_text(temporary, text, uid=self._process.uid)
            node.mode, node.uid, node.gid = old.mode, old.uid, old.gid
            error = parse(text)[1]
            if error is not None:
                self._process.err(f"{temporary}: {error.line}: Syntax error: {error}\n")
                self._process.err(f"sysrc: {path}: Not overwriting due to previous syntax errors\n")
                self._files.unlink(temporary)
                return False
            self._files.rename(temporary, where, self._process.uid)
        except FileError as error:
            self._process.err(f"mv: rename {temporary} to {path}: {error}\n")
            return False
        return True

    async def set(self, name: str, value: str) -> bool:
        """f_sysrc_set: change the last assignment, or append one to the first file."""
        path = await self.find(name)
        if path is None or path == DEFAULTS:
            files = await self._conf_files()
            if not files:
                return False
            return self._append(files[0], f'{name}="{value}"\n')
        if not self._files.lookup(self._process.path(path)).allows(self._process.uid, 2):
            self._process.err(f"sysrc: cannot create {path}: Permission denied\n")
            return False
        lines = self._text(path).splitlines(keepends=True)
        start = re.compile(rf"^([ \t]*{re.escape(name)}=)(.*?)(\n?)$", re.DOTALL)
        for index in range(len(lines) - 1, -1, -1):
            match = start.match(lines[index])
            if match:
                changed = _replaced(match[2], value)
                if changed is None:
                    lines.append(f'{name}="{value}"\n')
                else:
                    lines[index] = f"{match[1]}{changed}\n"
                break
        return self._replace(path, "".join(lines))

    def _append(self, path: str, line: str) -> bool:
        process = self._process
        try:
            mode = 0o666 & ~process.umask
            stream = process.system.opener.open(process.path(path), "a", process.uid, mode)
            stream.write(line.encode(errors="surrogateescape"))
        except FileError as error:
            process.err(f"{process.argv[0]}: cannot create {path}: {error}\n")
            return False
        return True

    async def delete(self, name: str) -> bool:
        """f_sysrc_delete: remove every assignment from every file."""
        line = re.compile(rf"^[ \t]*{re.escape(name)}=")
        for path in await self._conf_files():
            if self._files.find(self._process.path(path)) is None:
                continue
            lines = self._text(path).splitlines(keepends=True)
            kept = [text for text in lines if not line.match(text)]
            if len(kept) == len(lines):
                temporary = self._temporary()  # the script makes it before it looks
                if temporary is None:
                    return False
                self._files.unlink(temporary)
                continue
            if not self._files.lookup(self._process.path(path)).allows(self._process.uid, 2):
                self._process.err(f"sysrc: {path}: Permission denied\n")
                return False
            if not self._replace(path, "".join(kept)):
                return False
        return True

    # -- output

    def show(self, name: str, value: str) -> None:
        """Print a variable as the options ask for it."""
        options = self._options
        if "n" in options:
            self._process.out(f"{value}\n")
        elif "e" in options:
            self._process.out(f'{name}="{value}"\n')
        else:
            self._process.out(f"{name}: {value}\n")


def _replaced(old: str, value: str) -> str | None:
    """Put a new value into the right side of an assignment (f_sysrc_set_awk)."""
    value = re.sub(r"\\(.)", lambda m: {"n": "\n", "t": "\t"}.get(m[1], m[1]), value)
    first = old[:1]
    if first and first in "`$\\":
        return None
    if first == "'":
        rest = re.sub(r"^'[^']*", "", old)
        return f"'{value}'{rest[1:]}" if rest else f"'{value}"
    if first == '"':
        rest = re.sub(r'^"(.*\\+")*[^"]*', "", old)
        return f'"{value}"{rest[1:]}' if rest else f'"{value}'
    rest = re.sub(r"^[^\s]*", "", old) if first and first not in " \t;" else old
    return f'"{value}"{rest}'


def _combined(mode: str, before: str, change: str) -> str:
    """Work out the value of ``+=`` and ``-=``."""
    first = change[:1]
    delimiter = " " if not first or first in " \t\n" or re.match(r"[a-zA-Z0-9./]", first) else first
    cut = None if delimiter == " " else delimiter
    old, words = before.split(cut), [word for word in change.split(cut) if word]
    if mode == "-":
        left = [word for word in old if word and word not in words]
        return delimiter.join(left)
    new = before
    for word in words:
        if word not in old:
            new = f"{new}{delimiter}{word}"
    return new.removeprefix(delimiter)


async def _one(run: Sysrc, options: Options, process: Process, word: str) -> bool:
    """Do what one operand asks for; tell whether it went well."""
    name, equals, value = word.partition("=")
    mode = name[-1] if equals and name[-1:] in {"+", "-"} else ""
    name = name.removesuffix(mode)
    before = await run.configuration()
    if not before.has(name) and (not equals or "c" in options):
        if not equals and not ("i" in options or "q" in options):
            process.err(f"sysrc: unknown variable '{name}'\n")
        return False
    if "x" in options:
        return await run.delete(name)
    old = before.get(name)
    if not equals:
        if "c" in options:
            return True
        run.show(name, old)
        return True
    new = _combined(mode, old, value) if mode else value
    if "c" in options:
        return new == old
    return await _change(run, options, process, (name, old, new))


async def _change(
    run: Sysrc, options: Options, process: Process, change: tuple[str, str, str]
) -> bool:
    name, old, new = change
    if not await run.set(name, new):
        return False
    after = (await run.configuration()).get(name)
    if "e" in options and "n" not in options:
        process.out(f'{name}="{old}" # -> "{after}"\n')
    else:
        prefix = "" if "n" in options else f"{name}: "
        process.out(f"{prefix}{old} -> {after}\n")
    return True


async def sysrc(process: Process) -> int:
    """Read the command line, check the files, do what is asked."""
    process.argv = ("/usr/sbin/sysrc", *process.argv[1:])
    if process.system.filesystem.find(COMMON) is None:
        process.err(f".: cannot open {COMMON}: No such file or directory\n")
        return 127
    options = getopt(process, _LETTERS, _USAGE, script=True)
    for word in options.words:
        name = re.split(r":[+=-]|[%#+=-]", word, maxsplit=1)[0]
        if re.search(r"[^0-9a-zA-Z_]", name):
            process.err(f"sysrc: {name}: name contains characters not allowed in shell\n")
            return 1
    run = Sysrc(process, options)
    if not _check_syntax(process, options):
        return 1
    if "a" in options:
        configuration = await run.configuration(defaults=False)
        for name in configuration.names():
            run.show(name, configuration.get(name))
        return 0
    if not options.words:
        fail(process, "", _USAGE)
    status = 0
    for word in options.words:
        if not await _one(run, options, process, word):
            status = 1
    return status


def _check_syntax(process: Process, options: Options) -> bool:
    """Taint-check the files with sh -n before anything is done."""
    for path in options.values("f") or ["/etc/rc.conf"]:
        node = process.system.filesystem.find(process.path(path))
        if isinstance(node, File):
            error = parse(node.data.decode(errors="surrogateescape"))[1]
            if error is not None:
                process.err(f"{path}: {error.line}: Syntax error: {error}\n")
                process.err("sysrc: Exiting due to previous syntax errors\n")
                return False
    return True
