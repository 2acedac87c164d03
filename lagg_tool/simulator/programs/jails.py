"""jail(8), jexec(8), jls(8) of FreeBSD 13, as far as vnet jails on the host's files go."""

from __future__ import annotations

from lagg_tool.simulator.kernel.errno import Errno
from lagg_tool.simulator.kernel.kernel import Jail
from lagg_tool.simulator.programs.options import fail, getopt
from lagg_tool.simulator.system.nodes import FileError
from lagg_tool.simulator.system.process import Process
from lagg_tool.simulator.system.signals import Signal

JAIL_USAGE = """\
usage: jail [-dhilqv] [-J jid_file] [-u username] [-U username]
            -[cmr] param=value ... [command=command ...]
       jail [-dqv] [-f file] -[cmr] [jail]
       jail [-qv] [-f file] -[cmr] ['*' | jail ...]
       jail [-dhilqv] [-n jailname] [-J jid_file]
            [-u username] [-U username] [-s securelevel]
            path hostname [ip[,...]] command ...
"""
JEXEC_USAGE = "usage: jexec [-l] [-u username | -U username] jail [command ...]\n"
JLS_USAGE = "usage: jls [-dhNnqv] [-j jail] [param ...]\n"


def parameters(words: list[str]) -> dict[str, str]:
    """Return jail parameters by name; one without a value is a switch."""
    found: dict[str, str] = {}
    for word in words:
        name, separator, value = word.partition("=")
        found[name] = value if separator else "true"
    return found


async def jail(process: Process) -> int:
    """Make or remove jails."""
    options = getopt(process, "cr", JAIL_USAGE)
    if "r" in options:
        return _remove(process, options.words)
    if "c" not in options or not options.words:
        fail(process, "", JAIL_USAGE)
    return _create(process, options.words)


def _objection(process: Process, given: dict[str, str]) -> str:
    """Return why a jail cannot be made; nothing if it can."""
    path, name = given.get("path", "/"), given.get("name", "")
    try:
        process.system.filesystem.names(path)
    except FileError as error:
        return f"path {path}: {error}"
    if process.uid:
        return f"jail_set: {Errno.EPERM.text}"
    if "persist" not in given:
        return f"jail_set: {Errno.EINVAL.text}"
    if name and process.kernel.find_jail(name) is not None:
        return f'jail "{name}" already exists'
    return ""


def _create(process: Process, words: list[str]) -> int:
    given = parameters(words)
    complaint = _objection(process, given)
    if complaint:
        process.warn(complaint)
        return 1
    name, path = given.get("name", ""), given.get("path", "/")
    made = process.kernel.create_jail(name, path, vnet="vnet" in given)
    made.parameters = given
    if not made.name:
        made.name = str(made.jid)
    return 0


def _remove(process: Process, names: list[str]) -> int:
    status = 0
    for name in names:
        found = process.kernel.find_jail(name)
        if found is None:
            process.warn(f'"{name}" not found')
            status = 1
        elif process.uid:
            process.warn(f"jail_remove: {Errno.EPERM.text}")
            status = 1
        else:
            for other in process.table:
                if other.jail == found.name:
                    other.kill(Signal.KILL)
            process.kernel.remove_jail(found)
    return status


async def jexec(process: Process) -> int:
    """Run a command in a jail."""
    words = getopt(process, "", JEXEC_USAGE).words
    if not words:
        fail(process, "", JEXEC_USAGE)
    target = process.kernel.find_jail(words[0])
    if target is None:
        process.warn(f'jail "{words[0]}" not found')
        return 1
    if process.uid:
        process.warn(f"jail_attach({target.jid}): {Errno.EPERM.text}")
        return 1
    return await _run(process, target, words[1:] or ["/bin/sh"])


async def _run(process: Process, target: Jail, command: list[str]) -> int:
    outside = process.jail
    process.jail = target.name
    try:
        child = process.spawn(command)
    except FileError as error:
        process.warn(f"execvp: {command[0]}: {error}")
        return 1
    finally:
        process.jail = outside
    return await process.wait(child)


def _value(found: Jail, name: str) -> str | None:
    """Return a parameter as jls prints it; None where there is no such one."""
    vnet = "new" if found.has_own_vnet else "inherit"
    values = {
        "jid": str(found.jid),
        "name": found.name,
        "path": found.path,
        "vnet": vnet,
        "host.hostname": found.parameters.get("host.hostname", ""),
        "persist": "true",  # no other is made here
        "dying": "false",
        "ip4.addr": found.parameters.get("ip4.addr", ""),
        "ip6.addr": found.parameters.get("ip6.addr", ""),
    }
    return values.get(name)


async def jls(process: Process) -> int:
    """List jails."""
    given = getopt(process, "nq", JLS_USAGE)
    names, options = given.words, dict(given.pairs)
    if "n" in options and not names:  # those of all that it has here
        names = ["jid", "name", "path", "vnet", "host.hostname", "ip4.addr", "ip6.addr"]
    jails = list(process.kernel.jails.values())
    if not names:
        process.out("   JID  IP Address      Hostname                      Path\n")
        for each in jails:
            hostname = _value(each, "host.hostname") or ""
            process.out(f"{each.jid:6d}  {'':15} {hostname:29} {each.path}\n")
        return 0
    for name in names:
        if jails and _value(jails[0], name) is None:
            process.warn(f"unknown parameter: {name}")
            return 1
    for each in jails:
        values = [(name, _value(each, name) or "") for name in names]
        named = "n" in options
        process.out(
            " ".join(f"{name}={value}" if named else value for name, value in values) + "\n"
        )
    return 0
