"""rc.conf(5): shell files that set variables."""

from __future__ import annotations

import itertools
import re

from lagg_tool.simulator.shell.grammar import parse
from lagg_tool.simulator.shell.shell import Shell
from lagg_tool.simulator.shell.state import DEFAULT_IFS, Return, ShellError, State
from lagg_tool.simulator.shell.syntax import Command, Literal, Simple
from lagg_tool.simulator.system.nodes import Directory, FileError
from lagg_tool.simulator.system.process import Process
from lagg_tool.simulator.system.signals import Exit

DEFAULTS = "/etc/defaults/rc.conf"
_RC_CONF_D = ("/etc/rc.conf.d", "/usr/local/etc/rc.conf.d")
_NEVER_CONFIGURATION = ("IFS", "PPID", "PS1", "PS2", "PWD")

# A carriage return is part of a word for a shell.
split = re.compile(r"[^ \t\n]+").findall


class Configuration:
    """Variables from rc.conf files, read in the order given; later files win."""

    def __init__(self, process: Process) -> None:
        self._process = process
        self._state = State(process, "rc")
        self._state.variables = {"IFS": DEFAULT_IFS}

    async def read(self, path: str) -> bool:
        """Source a file, if it is there. A syntax error ends it early; tell whether it was fine."""
        try:
            text = self._process.system.filesystem.read_text(path, self._process.uid)
        except FileError:
            return True
        commands, error = parse(text)
        shell = Shell(self._state)
        try:
            for command in commands:
                if not self._assign(command):
                    await shell.evaluate(command)
        except (Exit, ShellError):
            return False
        except Return:
            return True
        return error is None

    def _assign(self, command: Command) -> bool:
        """Carry out plain assignments, which is nearly all there is, without a shell."""
        if not isinstance(command, Simple) or command.words or command.redirects:
            return False
        for _, word in command.assignments:
            if not all(isinstance(part, Literal) for part in word):
                return False
            if word and isinstance(word[0], Literal) and word[0].text.startswith("~"):
                return False
        for name, word in command.assignments:
            text = "".join(part.text for part in word if isinstance(part, Literal))
            self._state.variables[name] = text
        return True

    async def run(self, path: str) -> None:
        """Source a script that is no configuration, with the PATH that /etc/rc has."""
        self._state.variables["PATH"] = "/sbin:/bin:/usr/sbin:/usr/bin"
        await self.read(path)

    async def read_all(self) -> None:
        """Source the defaults and the files that they name (load_rc_config)."""
        await self.read(DEFAULTS)
        for path in split(self.get("rc_conf_files")):
            await self.read(path)

    async def read_netif(self) -> None:
        """Source the files of rc.conf.d for rc.d/netif, which had the name network once."""
        files = self._process.system.filesystem
        for name, directory in itertools.product(("network", "netif"), _RC_CONF_D):
            path = f"{directory}/{name}"
            if isinstance(files.find(path), Directory):
                for each in sorted(files.names(path)):
                    await self.read(f"{path}/{each}")
            else:
                await self.read(path)

    def get(self, name: str, default: str = "") -> str:
        """Return a variable's value."""
        value = self._state.get(name)
        return default if value is None else value

    def has(self, name: str) -> bool:
        """Whether a variable is set, even to nothing."""
        return self._state.get(name) is not None

    def names(self) -> list[str]:
        """Return the names of all variables, in order."""
        return sorted(name for name in self._state.variables if name not in _NEVER_CONFIGURATION)

    def is_yes(self, name: str) -> bool:
        """Whether a variable says yes (checkyesno of rc.subr)."""
        return self.get(name).lower() in {"yes", "true", "on", "1"}

    def of_interface(self, interface: str, pattern: str, default: str = "") -> str:
        """get_if_var of network.subr: the variable whose name has ``interface`` for IF."""
        for mark in ".-/+":
            interface = interface.replace(mark, "_")
        value = self.get(pattern.replace("IF", interface), default)
        return " ".join(split(value))  # it is echoed without quotes

    def matching(self, prefix: str) -> list[str]:
        """Return the variables ``prefix`` with a number behind it, by number (sort_lite -n)."""
        found = [n for n in self.names() if n.startswith(prefix) and n[len(prefix) :].isdigit()]
        return sorted(found, key=lambda name: int(name[len(prefix) :]))
