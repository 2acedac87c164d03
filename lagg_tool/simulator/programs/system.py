"""Programs about the host: date id hostname uname uptime reboot shutdown logger which and kin."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from lagg_tool.simulator.options import fail, getopt
from lagg_tool.simulator.process import Process, Program
from lagg_tool.simulator.shell.conditions import condition
from lagg_tool.simulator.shell.printing import printf
from lagg_tool.simulator.users import GROUPS, MEMBERSHIPS, group_name, user_id, user_name

_SWITCH_OFF_AFTER = 0.5  # seconds from the order to the end of everything


async def true(_process: Process) -> int:
    """Succeed."""
    return 0


async def false(_process: Process) -> int:
    """Fail."""
    return 1


async def test(process: Process) -> int:
    """Evaluate a condition."""
    return condition(process, process.argv)


async def run_printf(process: Process) -> int:
    """Print with a format."""
    return printf(process, process.argv)


async def echo(process: Process) -> int:
    """Print words."""
    words = list(process.argv[1:])
    newline = words[:1] != ["-n"]
    process.out(" ".join(words if newline else words[1:]) + ("\n" if newline else ""))
    return 0


async def pwd(process: Process) -> int:
    """Print the directory."""
    process.out(f"{process.directory}\n")
    return 0


async def date(process: Process) -> int:
    """Print the time."""
    usage = (
        "usage: date [-jnRu] [-I[date|hours|minutes|seconds]] [-f input_fmt]\n"
        "            [-r filename|seconds] [-v[+|-]val[y|m|w|d|H|M|S]]\n"
        "            [[[[[[cc]yy]mm]dd]HH]MM[.SS] | new_date] [+output_fmt]\n"
    )
    options = getopt(process, "I:Rf:jnr:uv:z:", usage)
    seconds = process.nas.wall_time()
    if "r" in options:
        text = options.value("r")
        if text.lstrip("-").isdigit():
            seconds = float(text)
        else:
            seconds = process.nas.filesystem.lookup(process.path(text)).modified
    moment = datetime.fromtimestamp(int(seconds), UTC)
    form = "%a %b %e %H:%M:%S UTC %Y"
    for word in options.words:
        if not word.startswith("+"):
            process.warn("illegal time format")
            process.err(usage)
            return 1
        form = word[1:]
    if "R" in options:
        form = "%a, %d %b %Y %H:%M:%S +0000"
    text = form.replace("%s", str(int(seconds))).replace("%Z", "UTC").replace("%z", "+0000")
    process.out(moment.strftime(text) + "\n")
    return 0


async def identity(process: Process) -> int:
    """Print user and groups."""
    options = getopt(process, "AGMPacgnpru", "usage: id [user]\n")
    uid = process.uid
    if options.words:
        known = user_id(options.words[0])
        if known is None:
            process.warn(f"{options.words[0]}: no such user")
            return 1
        uid = known
    name = user_name(uid)
    groups = MEMBERSHIPS.get(name, (group_name(process.gid),))
    if "u" in options:
        process.out(f"{name if 'n' in options else uid}\n")
    elif "g" in options:
        process.out(f"{groups[0] if 'n' in options else GROUPS.get(groups[0], uid)}\n")
    elif "G" in options:
        listed = groups if "n" in options else [str(GROUPS[group]) for group in groups]
        process.out(" ".join(listed) + "\n")
    else:
        shown = ",".join(f"{GROUPS[group]}({group})" for group in groups)
        process.out(f"uid={uid}({name}) gid={GROUPS[groups[0]]}({groups[0]}) groups={shown}\n")
    return 0


async def whoami(process: Process) -> int:
    """Print the user's name."""
    process.out(f"{user_name(process.uid)}\n")
    return 0


async def hostname(process: Process) -> int:
    """Print or set the host's name."""
    options = getopt(process, "dfs", "usage: hostname [-f] [-s | -d] [name-of-host]\n")
    name = process.nas.hostname
    if options.words:
        if process.uid:
            process.warn("sethostname: Operation not permitted")
            return 1
        process.nas.hostname = options.words[0]
        return 0
    head, _, domain = name.partition(".")
    process.out(f"{head if 's' in options else domain if 'd' in options else name}\n")
    return 0


async def uname(process: Process) -> int:
    """Print what system this is."""
    usage = "usage: uname [-abiKmnoprsUv]\n"
    options = getopt(process, "abiKmnoprsUv", usage)
    if options.words:
        fail(process, "", usage)
    release = process.kernel.release
    facts = {
        "s": release.system,
        "n": process.nas.hostname,
        "r": release.version,
        "v": f"{release.system} {release.version} {release.kernel}",
        "m": "amd64",
        "p": "amd64",
        "i": release.kernel,
        "o": release.system,
        "U": str(release.osreldate),
        "K": str(release.osreldate),
    }
    letters = {letter for letter, _ in options.pairs} or {"s"}
    if "a" in letters:
        letters |= set("snrvm")
    process.out(" ".join(facts[letter] for letter in "snrvmpioUK" if letter in letters) + "\n")
    return 0


async def freebsd_version(process: Process) -> int:
    """Print the version of kernel and userland."""
    options = getopt(process, "kruj:", "usage: freebsd-version [-kru] [-j jail]\n")
    count = max(1, sum(letter in options for letter in "kru"))
    process.out(f"{process.kernel.release.version}\n" * count)
    return 0


async def uptime(process: Process) -> int:
    """Print how long the host is up."""
    now = datetime.fromtimestamp(process.nas.wall_time(), UTC)
    minutes = int(process.nas.wall_time() - process.nas.boot_time) // 60
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    span = f"{days} day{'s' if days != 1 else ''}, " if days else ""
    span += f"{hours}:{minutes:02}" if hours else f"{minutes} min{'s' if minutes != 1 else ''}"
    clock = f"{now:%I:%M%p}".removeprefix("0").rjust(7)
    process.out(f"{clock}  up {span}, 0 users, load averages: 0.00, 0.00, 0.00\n")
    return 0


async def logger(process: Process) -> int:
    """Take a message for syslogd, which does not run here."""
    options = getopt(
        process,
        "46Af:H:h:iP:p:S:st:",
        "usage: logger [-46Ais] [-f file] [-H hostname]"
        " [-h host] [-P port] [-p pri]\n              [-S addr:port] [-t tag] "
        "[message ...]\n",
    )
    if "s" in options:
        tag = options.value("t", user_name(process.uid))
        process.err(f"{tag}: {' '.join(options.words)}\n")
    return 0


async def sync(_process: Process) -> int:
    """Write what is not written; there is nothing that is not."""
    return 0


async def which(process: Process) -> int:
    """Print where programs are."""
    options = getopt(process, "as", "usage: which [-as] program ...\n")
    status = 0
    for word in options.words:
        path = process.nas.find_path(process, word, process.environment.get("PATH", ""))
        if path is None:
            status = 1
        elif "s" not in options:
            process.out(f"{path}\n")
    return status


async def _power_off(process: Process) -> int:
    if process.uid:
        process.warn("Operation not permitted")
        return 1
    nas = process.nas
    nas.clock.call_at(nas.clock.now() + _SWITCH_OFF_AFTER, nas.restart)
    await process.sleep(_SWITCH_OFF_AFTER * 2)
    return 0


async def reboot(process: Process) -> int:
    """Restart the host at once."""
    return await _power_off(process)


async def shutdown(process: Process) -> int:
    """Restart the host at a time: now, +minutes."""
    usage = (
        "usage: shutdown [-] [-c | -f | -h | -p | -r | -k] [-o [-n]] [-q] time "
        "[warning-message ...]\n"
        "       poweroff\n"
    )
    options = getopt(process, "-cfhknopqr", usage)
    if not options.words:
        fail(process, "", usage)
    if process.uid:
        process.warn("NOT super-user")
        return 1
    when = options.words[0]
    if when == "now":
        minutes = 0.0
    elif when.startswith("+") and when[1:].isdigit():
        minutes = float(when[1:])
    else:
        process.warn("bad time format")
        process.err(usage)
        return 1
    nas = process.nas
    moment = datetime.fromtimestamp(nas.wall_time() + 60 * minutes, UTC)
    process.out(
        "Shutdown NOW!\n" if not minutes else f"Shutdown at {moment:%a %b %e %H:%M:%S %Y}.\n"
    )
    process.out(f"shutdown: [pid {process.pid}]\n")
    if "k" not in options:
        nas.clock.call_at(nas.clock.now() + 60 * minutes + _SWITCH_OFF_AFTER, nas.restart)
    return 0


PROGRAMS: Mapping[str, Program] = {
    "/usr/bin/true": true,
    "/usr/bin/false": false,
    "/bin/test": test,
    "/bin/[": test,
    "/usr/bin/printf": run_printf,
    "/bin/echo": echo,
    "/bin/pwd": pwd,
    "/bin/date": date,
    "/usr/bin/id": identity,
    "/usr/bin/whoami": whoami,
    "/bin/hostname": hostname,
    "/usr/bin/uname": uname,
    "/bin/freebsd-version": freebsd_version,
    "/usr/bin/uptime": uptime,
    "/usr/bin/logger": logger,
    "/bin/sync": sync,
    "/usr/bin/which": which,
    "/sbin/reboot": reboot,
    "/sbin/shutdown": shutdown,
}
