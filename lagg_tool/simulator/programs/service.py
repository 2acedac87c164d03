"""service(8), and /etc/rc.d/netif, which it runs."""

from __future__ import annotations

from functools import partial

from lagg_tool.simulator.programs.options import fail
from lagg_tool.simulator.rc.configuration import Configuration
from lagg_tool.simulator.system.process import Process

_COMMANDS = (
    *("start", "stop", "restart", "rcvar", "enable", "disable", "delete", "enabled", "describe"),
    *("extracommands", "cloneup", "clonedown", "clear", "vnetup", "vnetdown"),
)
_SCRIPT = "/etc/rc.d/netif"
_DESCRIPTION = "Network interface setup"
_ENABLE = "netif_enable"


async def netif(process: Process) -> int:
    """Run /etc/rc.d/netif (run_rc_command)."""
    configuration = Configuration(process)
    await configuration.read_all()
    words = list(process.argv[1:])
    command = words.pop(0) if words else ""
    forced = command.startswith(("force", "one"))
    for prefix in ("fast", "force", "one", "quiet"):
        command = command.removeprefix(prefix)
    if command not in _COMMANDS:
        unknown = f"{_SCRIPT}: unknown directive '{command}'.\n" if command else ""
        usage = f"Usage: {_SCRIPT} [fast|force|one|quiet]({'|'.join(_COMMANDS)})\n"
        fail(process, "", unknown + usage)
    is_off = configuration.has(_ENABLE) and not configuration.is_yes(_ENABLE)
    if command in {"start", "stop", "restart"} and is_off and not forced:
        process.err(
            f"Cannot '{command}' netif. Set {_ENABLE} to YES in /etc/rc.conf "
            f"or use 'one{command}' instead of '{command}'.\n"
        )
        return 1
    await configuration.read_netif()
    setup = process.system.network_setup(process, configuration)
    if command == "rcvar":
        value = f'{_ENABLE}="{configuration.get(_ENABLE)}"\n#   (default: "")\n\n'
        process.out(f"# netif : {_DESCRIPTION}\n#\n{value}")
    elif command == "describe":
        process.out(f"{_DESCRIPTION}\n")
    actions = {
        "stop": (setup.stop,),
        "start": (setup.start,),
        "restart": (setup.stop, setup.start),
        "clear": (partial(setup.stop, clones=False),),
        "cloneup": (setup.clone_up,),
        "clonedown": (setup.clone_down,),
    }
    for action in actions.get(command, ()):
        await action(words)
    return 0


def _scripts(process: Process) -> dict[str, str]:
    """Return the scripts of the system and of the local startup, by name."""
    files = process.system.filesystem
    found: dict[str, str] = {}
    for directory in ("/etc/rc.d", "/usr/local/etc/rc.d"):
        found |= {name: f"{directory}/{name}" for name in files.names(directory)}
    return found


async def service(process: Process) -> int:
    """Find the script and run it."""
    words = list(process.argv[1:])
    scripts = _scripts(process)
    if words[:1] == ["-l"]:
        process.out("".join(f"{name}\n" for name in scripts))
        return 0
    if not words or words[0].startswith("-"):
        process.err(
            "Usage:\n/usr/sbin/service [-j <jail name or id>] -e\n"
            "/usr/sbin/service [-j <jail name or id>] -R\n"
            "/usr/sbin/service [-j <jail name or id>] [-v] -l | -r\n"
            "/usr/sbin/service [-j <jail name or id>] [-v] <rc.d script> start|stop|etc.\n"
            "/usr/sbin/service -h\n\n"
        )
        return 1
    if words[0] not in scripts:
        process.err(
            f"{words[0]} does not exist in /etc/rc.d or the local startup\n"
            "directories (/usr/local/etc/rc.d), or is not executable\n"
        )
        return 1
    child = process.spawn((scripts[words[0]], *words[1:]))
    return await process.wait(child)
