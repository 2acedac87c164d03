"""The evaluation of commands: one Shell runs inside one process."""

from __future__ import annotations

from collections.abc import Coroutine, Sequence
from typing import Any

from lagg_tool.simulator.kernel.errno import Errno
from lagg_tool.simulator.shell import patterns
from lagg_tool.simulator.shell.builtins import BUILTINS
from lagg_tool.simulator.shell.expansion import Expander
from lagg_tool.simulator.shell.grammar import parse
from lagg_tool.simulator.shell.launching import Launcher
from lagg_tool.simulator.shell.redirection import Redirections
from lagg_tool.simulator.shell.state import (
    LONGEST_TEXT,
    Leave,
    OutOfSpaceError,
    Return,
    ShellError,
    State,
    fit,
)
from lagg_tool.simulator.shell.syntax import (
    SPECIAL_BUILTINS,
    AndOr,
    Background,
    Case,
    Command,
    For,
    Function,
    If,
    Loop,
    Not,
    Pipeline,
    Redirect,
    Redirected,
    Simple,
    Subshell,
)
from lagg_tool.simulator.shell.syntax import Sequence as Commands
from lagg_tool.simulator.system.nodes import FileError
from lagg_tool.simulator.system.process import Process
from lagg_tool.simulator.system.signals import Exit, Signal
from lagg_tool.simulator.system.streams import PIPE_CAPACITY, Stream, pipe

STEP_COST = 0.0005  # virtual seconds per simple command, so that an endless loop gives way
_DEPTH = 40  # nested function calls; a real stack would end somewhere, too


class Shell(Launcher):
    """Runs parsed commands in a process."""

    def __init__(self, state: State) -> None:
        super().__init__(state)
        self.expander = Expander(state, self._substitute)

    # -- ways in

    async def main(self, body: Coroutine[Any, Any, int]) -> int:
        """Run to the end of the shell, with its EXIT trap; return the exit status."""
        status = await self._guarded(body)
        if action := self.state.traps.pop("EXIT", ""):
            self.state.status = status
            status = await self._guarded(self._at_exit(action, status))
        return status & 0xFF

    async def _guarded(self, body: Coroutine[Any, Any, int]) -> int:
        try:
            return await body
        except (Exit, Return) as end:
            return end.status
        except Leave:
            return self.state.status
        except ShellError as fault:
            self.state.complain(str(fault))
            return fault.status

    async def _at_exit(self, action: str, status: int) -> int:
        await self.run_text(action)
        return status

    async def run_text(self, text: str, *, last: bool = False) -> int:
        """Run a script. A syntax error ends the shell, after the commands before it."""
        fit(len(text) * LONGEST_TEXT)
        known = len(self.state.functions)
        commands, error = parse(text)
        if "n" not in self.state.options:
            self.state.status = self.state.status if commands else 0
            for index, command in enumerate(commands):
                is_last = last and error is None and index == len(commands) - 1
                await self.evaluate(command, last=is_last)
        if len(self.state.functions) > known:
            self.state.keep_functions(text)
        if error is not None:
            name = self.state.script
            where = f"{name}: {error.line}: " if name else ""
            prefix = where or f"{self.state.builtin or self.state.arg0}: "
            self.process.err(f"{prefix}Syntax error: {error}\n")
            raise Exit(2)
        return self.state.status

    # -- commands

    async def evaluate(self, node: Command, *, tested: bool = False, last: bool = False) -> int:
        """Run a command; ``tested``: its failure is looked at; ``last``: nothing follows."""
        method = _METHODS[type(node)]
        status: int = await method(self, node, tested, last)
        self.state.status = status
        if self.state.caught:
            await self.run_traps()
        fails = status != 0 and not tested and "e" in self.state.options
        if fails and isinstance(node, Simple | Pipeline | Subshell | Redirected):
            raise Exit(status)
        return status

    async def run_traps(self) -> None:
        """Run the actions of the signals that were caught."""
        while self.state.caught:
            signal = self.state.caught.pop(0)
            action = self.state.traps.get(signal.name, "")
            before = self.state.status
            if action:
                await self.run_text(action)
            self.state.status = before

    async def _sequence(self, node: Commands, tested: bool, last: bool) -> int:
        status = 0
        for index, command in enumerate(node.commands):
            final = index == len(node.commands) - 1
            status = await self.evaluate(command, tested=tested, last=last and final)
        return status

    async def _and_or(self, node: AndOr, tested: bool, last: bool) -> int:
        status = await self.evaluate(node.left, tested=True)
        if (status == 0) != node.is_and:
            return status
        return await self.evaluate(node.right, tested=tested, last=last)

    async def _not(self, node: Not, _tested: bool, _last: bool) -> int:
        return int(await self.evaluate(node.command, tested=True) == 0)

    async def _if(self, node: If, tested: bool, last: bool) -> int:
        if await self.evaluate(node.condition, tested=True) == 0:
            return await self.evaluate(node.body, tested=tested, last=last)
        if node.otherwise is not None:
            return await self.evaluate(node.otherwise, tested=tested, last=last)
        return 0

    async def _loop(self, node: Loop, tested: bool, _last: bool) -> int:
        status = 0
        while True:
            await self.process.sleep(STEP_COST)
            try:
                condition = await self.evaluate(node.condition, tested=True)
                if (condition == 0) == node.until:
                    return status
                status = await self.evaluate(node.body, tested=tested)
            except Leave as leave:
                if not leave.goes_on():
                    return 0
                status = 0

    async def _for(self, node: For, tested: bool, _last: bool) -> int:
        status = 0
        for value in await self.expander.fields(node.words):
            self.state.put(node.name, value)
            await self.process.sleep(STEP_COST)
            try:
                status = await self.evaluate(node.body, tested=tested)
            except Leave as leave:
                if not leave.goes_on():
                    return 0
                status = 0
        return status

    async def _case(self, node: Case, tested: bool, last: bool) -> int:
        subject = await self.expander.text(node.subject)
        status = 0
        falling = False
        for item in node.items:
            for pattern in () if falling else item.patterns:
                if patterns.matches(await self.expander.pattern(pattern), subject):
                    break
            else:
                if not falling:
                    continue
            status = await self.evaluate(item.body, tested=tested, last=last and not item.falls)
            falling = item.falls
            if not falling:
                break
        return status

    async def _function(self, node: Function, _tested: bool, _last: bool) -> int:
        self.state.functions[node.name] = node.body
        return 0

    async def _redirected(self, node: Redirected, tested: bool, last: bool) -> int:
        if isinstance(node.command, Subshell):
            return await self._fork(node, tested=tested, last=last)
        redirections = Redirections(self.state, self.expander)
        try:
            if not await self._redirect(redirections, node.redirects):
                return 2
            return await self.evaluate(node.command, tested=tested)
        finally:
            redirections.undo()

    async def _redirect(self, redirections: Redirections, redirects: tuple[Redirect, ...]) -> bool:
        try:
            await redirections.apply(redirects)
        except OutOfSpaceError:
            raise
        except ShellError as fault:
            self.state.complain(str(fault))
            return False
        return True

    # -- subshells

    def _child(
        self, node: Command, streams: dict[int, Stream] | None = None, *, tested: bool = False
    ) -> Process:
        """Start a subshell that runs a command."""

        async def program(_process: Process) -> int:
            return await forked[0].main(forked[0].in_subshell(node, tested=tested))

        fork = self.process.system.pace.fork
        child = self.process.spawn(self.process.argv, program, streams=streams, cost=fork)
        # The copy is made now, as fork(2) makes it: this shell may go on before the child runs.
        forked = (Shell(self.state.subshell(child)),)
        return child

    async def in_subshell(self, node: Command, *, tested: bool) -> int:
        """Run a command as the whole of a subshell."""
        if isinstance(node, Redirected) and isinstance(node.command, Subshell):
            redirections = Redirections(self.state, self.expander)
            if not await self._redirect(redirections, node.redirects):
                return 2
            redirections.keep()
            node = node.command
        inner = node.body if isinstance(node, Subshell) else node
        return await self.evaluate(inner, tested=tested, last=True)

    async def _fork(self, node: Command, *, tested: bool, last: bool) -> int:
        if last and not self.state.traps:
            return await self.in_subshell(node, tested=tested)
        return await self.foreground(self._child(node, tested=tested))

    async def _subshell(self, node: Subshell, tested: bool, last: bool) -> int:
        return await self._fork(node, tested=tested, last=last)

    async def _pipeline(self, node: Pipeline, _tested: bool, _last: bool) -> int:
        children = self._start_pipeline(node)
        for child in children[:-1]:
            await self.process.wait(child)
        return await self.foreground(children[-1])

    def _start_pipeline(self, node: Pipeline) -> list[Process]:
        children: list[Process] = []
        reader: Stream | None = None
        held: list[Stream] = []
        for index, command in enumerate(node.commands):
            streams = dict(self.process.streams)
            if reader is not None:
                streams[0] = reader
            if index < len(node.commands) - 1:
                reader, writer = pipe()
                streams[1] = writer
                held += [reader.acquire(), writer.acquire()]
            children.append(self._child(command, streams))
        for stream in held:  # only the children hold the pipes now
            stream.release()
        return children

    async def _background(self, node: Background, _tested: bool, _last: bool) -> int:
        streams = dict(self.process.streams)
        streams[0] = self.process.system.opener.open("/dev/null", "r")
        child = self._child(node.command, streams)
        child.background = True
        child.ignored |= {Signal.INT, Signal.QUIT}
        self.state.last_background = child.pid
        self.state.jobs[child.pid] = child
        return 0

    async def _substitute(self, body: Command) -> str:
        reader, writer = pipe()
        child = self._child(body, {**self.process.streams, 1: writer})
        self.process.set_stream(_HIDDEN, reader)
        data = bytearray()
        try:
            while chunk := await self.process.read(PIPE_CAPACITY, _HIDDEN):
                data += chunk
                fit(len(data))
        finally:
            self.process.set_stream(_HIDDEN, None)
        self.state.substituted = await self.process.wait(child)
        return data.replace(b"\0", b"").decode(errors="surrogateescape")

    # -- simple commands

    async def _simple(self, node: Simple, _tested: bool, last: bool) -> int:
        await self.process.sleep(STEP_COST)
        if self.state.caught:
            await self.run_traps()
        self.state.substituted = None
        argv = await self.expander.fields(node.words)
        redirections = Redirections(self.state, self.expander)
        try:
            fine = await self._redirect(redirections, node.redirects)
            if not fine:
                if argv and argv[0] in SPECIAL_BUILTINS:
                    raise Exit(2)
                return 2
            values = [(name, await self.expander.text(word)) for name, word in node.assignments]
            if not argv:
                for name, value in values:
                    self.state.put(name, value)
                return self.state.substituted or 0
            return await self._run(argv, values, redirections, last=last)
        finally:
            redirections.undo()

    async def _run(
        self,
        argv: list[str],
        values: list[tuple[str, str]],
        redirections: Redirections,
        *,
        last: bool,
    ) -> int:
        name = argv[0]
        if name in SPECIAL_BUILTINS:
            for variable, value in values:
                self.state.put(variable, value)
            status = await self._builtin(argv)
            if name == "exec":
                redirections.keep()
            return status
        function = self.state.functions.get(name)
        if function is not None:
            return await self._with_variables(values, self._call(function, argv))
        if name in BUILTINS:
            return await self._with_variables(values, self._builtin(argv))
        return await self.external(argv, values, last=last)

    async def _with_variables(
        self, values: list[tuple[str, str]], body: Coroutine[Any, Any, int]
    ) -> int:
        """Run a builtin or function with variables that are set only meanwhile."""
        variables = self.state.variables
        before = {name: variables.get(name) for name, _ in values}
        exported = set(self.state.exported)
        try:
            for name, value in values:
                self.state.put(name, value)
                self.state.exported.add(name)
            return await body
        finally:
            body.close()
            if values:
                self.state.exported = exported
            for name, old in before.items():
                if old is None:
                    variables.pop(name, None)
                else:
                    variables[name] = old

    async def _builtin(self, argv: list[str]) -> int:
        outer, self.state.builtin = self.state.builtin, argv[0]
        try:
            return await BUILTINS[argv[0]](self, argv)
        except OutOfSpaceError:
            raise
        except ShellError as fault:
            self.state.complain(str(fault))
            if argv[0] in SPECIAL_BUILTINS:
                raise Exit(fault.status) from None
            return fault.status
        except FileError as error:
            self.state.complain(f"write error on stdout: {error}" if str(error) else "")
            return 2 if error.errno is not Errno.EBADF else 1
        finally:
            self.state.builtin = outer

    async def _call(self, body: Command, argv: Sequence[str]) -> int:
        state = self.state
        if state.depth >= _DEPTH:
            raise OutOfSpaceError
        outer = state.positional
        state.positional = list(argv[1:])
        state.depth += 1
        try:
            return await self.evaluate(body)
        except Return as end:
            return end.status
        finally:
            state.depth -= 1
            state.positional = outer


_HIDDEN = 90  # the descriptor that a command substitution is read from

_METHODS: dict[type, Any] = {
    Simple: Shell._simple,  # noqa: SLF001 - the table of this class's own methods
    Pipeline: Shell._pipeline,  # noqa: SLF001
    Not: Shell._not,  # noqa: SLF001
    AndOr: Shell._and_or,  # noqa: SLF001
    Commands: Shell._sequence,  # noqa: SLF001
    Background: Shell._background,  # noqa: SLF001
    Subshell: Shell._subshell,  # noqa: SLF001
    Redirected: Shell._redirected,  # noqa: SLF001
    If: Shell._if,  # noqa: SLF001
    Loop: Shell._loop,  # noqa: SLF001
    For: Shell._for,  # noqa: SLF001
    Case: Shell._case,  # noqa: SLF001
    Function: Shell._function,  # noqa: SLF001
}


async def shell_command(process: Process, text: str, arg0: str, args: Sequence[str]) -> int:
    """Run ``sh -c text arg0 args``."""
    state = State(process, arg0)
    state.positional = list(args)
    shell = Shell(state)
    return await shell.main(shell.run_text(text, last=True))
