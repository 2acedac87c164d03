"""service(8), and /etc/rc.d/netif, which it runs."""

from __future__ import annotations

from lagg_tool.simulator.rc.configuration import Configuration
from lagg_tool.simulator.system.process import Process

_PREFIXES = ("fast", "force", "one", "quiet")
_USUAL = "start|stop|restart|rcvar|enable|disable|delete|enabled|describe|extracommands"


class _Script:
    """An rc.d script with its process and configuration (run_rc_command)."""

    def __init__(self, process: Process, name: str, extra: str = "") -> None:
        self.process = process
        self.name = name
        self.configuration = Configuration(process)
        self._extra = extra

    @property
    def path(self) -> str:
        return f"/etc/rc.d/{self.name}"

    async def prepare(self) -> tuple[str, list[str]] | None:
        """Read rc.conf; return the command and its words, None if it must not run."""
        await self.configuration.read_all()
        words = list(self.process.argv[1:])
        command = words.pop(0) if words else ""
        forced = command.startswith(("force", "one"))
        for prefix in _PREFIXES:
            command = command.removeprefix(prefix)
        if command not in {*_USUAL.split("|"), *self._extra.split()}:
            self.usage(command)
            return None
        enable = f"{self.name}_enable"
        if command in {"start", "stop", "restart"} and not forced and self._is_off(enable):
            self.process.err(
                f"Cannot '{command}' {self.name}. Set {enable} to YES in /etc/rc.conf "
                f"or use 'one{command}' instead of '{command}'.\n"
            )
            return None
        if command == "rcvar":
            value = self.configuration.get(enable)
            self.process.out(f'# {self.name}\n#\n{enable}="{value}"\n')
            return None
        return command, words

    def _is_off(self, enable: str) -> bool:
        return self.configuration.has(enable) and not self.configuration.is_yes(enable)

    def usage(self, command: str) -> None:
        commands = "|".join([_USUAL, *self._extra.split()])
        if command:
            self.process.err(f"{self.path}: unknown directive '{command}'.\n")
        self.process.err(f"Usage: {self.path} [fast|force|one|quiet]({commands})\n")


async def netif(process: Process) -> int:
    """Run /etc/rc.d/netif."""
    script = _Script(process, "netif", "cloneup clonedown clear vnetup vnetdown")
    prepared = await script.prepare()
    if prepared is None:
        return 1
    command, words = prepared
    await script.configuration.read_netif()
    setup = process.system.network_setup(process, script.configuration)
    if command in {"stop", "restart"}:
        await setup.stop(words)
    if command in {"start", "restart"}:
        await setup.start(words)
    if command == "clear":
        await setup.stop(words, clones=False)
    if command == "cloneup":
        await setup.clone_up(words)
    if command == "clonedown":
        await setup.clone_down(words)
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
