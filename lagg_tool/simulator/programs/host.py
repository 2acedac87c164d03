"""Programs about the host: date id hostname uname freebsd-version reboot."""

from __future__ import annotations

from datetime import UTC, datetime

from lagg_tool.simulator.programs.options import fail, getopt
from lagg_tool.simulator.system.process import Process
from lagg_tool.simulator.system.users import GROUPS, MEMBERSHIPS, group_name, user_id, user_name

_SWITCH_OFF_AFTER = 0.5  # seconds from the order to the end of everything


async def date(process: Process) -> int:
    """Print the time, as ``+format`` has it if one is given."""
    usage = (
        "usage: date [-jnRu] [-I[date|hours|minutes|seconds]] [-f input_fmt]\n"
        "            [-r filename|seconds] [-v[+|-]val[y|m|w|d|H|M|S]]\n"
        "            [[[[[[cc]yy]mm]dd]HH]MM[.SS] | new_date] [+output_fmt]\n"
    )
    words = getopt(process, "u", usage).words
    form = words[0] if words else "+%a %b %e %H:%M:%S UTC %Y"
    if not form.startswith("+"):
        fail(process, "illegal time format", usage)
    seconds = int(process.system.wall_time())
    process.out(f"{datetime.fromtimestamp(seconds, UTC):{form[1:].replace('%s', str(seconds))}}\n")
    return 0


async def identity(process: Process) -> int:
    """Print user and groups."""
    options = getopt(process, "Ggnu", "usage: id [user]\n")
    uid = user_id(options.words[0]) if options.words else process.uid
    if uid is None:
        process.warn(f"{options.words[0]}: no such user")
        return 1
    name = user_name(uid)
    groups = MEMBERSHIPS.get(name, (group_name(process.gid),))
    numbers = [str(GROUPS[group]) for group in groups]
    if "u" in options:
        process.out(f"{name if 'n' in options else uid}\n")
    elif "g" in options or "G" in options:
        listed = groups if "n" in options else numbers
        process.out(" ".join(listed if "G" in options else listed[:1]) + "\n")
    else:
        shown = [f"{number}({group})" for number, group in zip(numbers, groups, strict=True)]
        process.out(f"uid={uid}({name}) gid={shown[0]} groups={','.join(shown)}\n")
    return 0


async def hostname(process: Process) -> int:
    """Print or set the host's name."""
    options = getopt(process, "s", "usage: hostname [-f] [-s | -d] [name-of-host]\n")
    if options.words:
        if process.uid:
            process.warn("sethostname: Operation not permitted")
            return 1
        process.system.hostname = options.words[0]
        return 0
    name = process.system.hostname
    process.out(f"{name.partition('.')[0] if 's' in options else name}\n")
    return 0


async def uname(process: Process) -> int:
    """Print what system this is."""
    usage = "usage: uname [-abiKmnoprsUv]\n"
    options = getopt(process, "aiKmnoprsUv", usage)
    if options.words:
        fail(process, "", usage)
    release = process.kernel.release
    facts = {
        "s": release.system,
        "n": process.system.hostname,
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
    process.out(" ".join(fact for letter, fact in facts.items() if letter in letters) + "\n")
    return 0


async def freebsd_version(process: Process) -> int:
    """Print the version of kernel and userland."""
    options = getopt(process, "kru", "usage: freebsd-version [-kru] [-j jail]\n")
    process.out(f"{process.kernel.release.version}\n" * max(1, len(options.pairs)))
    return 0


async def reboot(process: Process) -> int:
    """Restart the host at once."""
    if process.uid:
        process.warn("Operation not permitted")
        return 1
    clock = process.table.clock
    clock.call_at(clock.now() + _SWITCH_OFF_AFTER, process.system.restart)
    await process.sleep(_SWITCH_OFF_AFTER * 2)
    return 0
