"""ifconfig(8): options, interfaces, and the words in their order (sbin/ifconfig/ifconfig.c)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from lagg_tool.simulator.kernel.errno import KernelError
from lagg_tool.simulator.kernel.vnet import NAME_LENGTH, Vnet
from lagg_tool.simulator.programs.ifconfig import addresses, printing
from lagg_tool.simulator.programs.ifconfig.session import Caller, IfconfigError, Session
from lagg_tool.simulator.programs.ifconfig.word import Arguments, Word
from lagg_tool.simulator.programs.ifconfig.words import CLONE_WORDS, WORDS
from lagg_tool.simulator.release import Behaviour

_USAGE = """\
usage: ifconfig{j} [-f type:format] [-g groupname] [-C] [-L] interface address_family
                [address [dest_address]] [parameters]
       ifconfig{j} interface create
       ifconfig{j} -a [-g groupname] [-C] [-L] [-d] [-m] [-u] [-v] [address_family]
       ifconfig{j} -l [-d] [-u] [address_family]
       ifconfig{j} [-g groupname] [-C] [-L] [-d] [-m] [-u] [-v]
"""
_WITH_ARGUMENT = "fgj"
_WITHOUT_ARGUMENT = "aClmnv"


class _UsageError(Exception):
    """The options or arguments make no sense."""


@dataclass
class _Options:
    """The leading options."""

    every: bool = False
    names: bool = False
    media: bool = False
    verbose: bool = False
    cloners: bool = False
    group: str | None = None
    jail: str | None = None


async def ifconfig(process: Caller) -> int:
    """Run ifconfig; return its exit status."""
    try:
        return await _run(process)
    except _UsageError as usage:
        process.err(f"{usage}")
        has_jail = Behaviour.IFCONFIG_JAIL_OPTION in process.kernel.release.behaviours
        process.err(_USAGE.format(j=" [-j jail]" if has_jail else ""))
    except IfconfigError as error:
        process.err(f"ifconfig: {error}\n")
    return 1


async def _run(process: Caller) -> int:
    options, arguments = _parse_options(process)
    vnet = _stack(process, options)
    if options.cloners:
        process.out(" ".join(process.kernel.release.cloners) + "\n")
        return 0
    listing = options.every or options.names
    if options.names and (options.every or options.media):
        raise _UsageError
    if options.group is not None and not listing and not arguments:
        for member in vnet.members(options.group):
            process.out(member.name + "\n")
        return 0
    if listing or not arguments:
        _list(process, vnet, options, arguments)
        return 0
    return await _one(process, vnet, options, arguments)


def _parse_options(process: Caller) -> tuple[_Options, list[str]]:
    """Take the options off, as getopt(3) does."""
    known = _WITH_ARGUMENT
    if Behaviour.IFCONFIG_JAIL_OPTION not in process.kernel.release.behaviours:
        known = known.replace("j", "")
    options, arguments = _Options(), list(process.argv[1:])
    while arguments and arguments[0].startswith("-") and arguments[0] != "-":
        cluster = arguments.pop(0)[1:]
        if cluster == "-":
            break
        while cluster:
            letter, cluster = cluster[0], cluster[1:]
            if letter in known:
                if not cluster and not arguments:
                    raise _UsageError(f"ifconfig: option requires an argument -- {letter}\n")
                value = cluster or arguments.pop(0)
                cluster = ""
                _note_argument(options, letter, value)
            elif letter in _WITHOUT_ARGUMENT:
                _note(options, letter)
            else:
                raise _UsageError(f"ifconfig: illegal option -- {letter}\n")
    return options, arguments


def _note(options: _Options, letter: str) -> None:
    names = {
        "a": "every",
        "C": "cloners",
        "l": "names",
        "m": "media",
        "v": "verbose",
    }
    if letter in names:
        setattr(options, names[letter], True)


def _note_argument(options: _Options, letter: str, value: str) -> None:
    match letter:
        case "g":
            options.group = value
        case "j":
            options.jail = value
        case _:
            return  # -f: only the default format is modelled


def _stack(process: Caller, options: _Options) -> Vnet:
    if options.jail is None:
        return process.vnet
    jail = process.kernel.find_jail(options.jail)
    if jail is None:
        raise IfconfigError(f'jail "{options.jail}" not found')
    return jail.vnet


# -- showing


def _list(process: Caller, vnet: Vnet, options: _Options, arguments: list[str]) -> None:
    if len(arguments) > 1:
        raise _UsageError
    family = None
    if arguments:
        family = addresses.FAMILIES.get(arguments[0])
        if family is None:
            raise _UsageError(f"ifconfig: Address family '{arguments[0]}' unknown.\n")
    group = options.group
    chosen = [each for each in vnet if group is None or group in each.groups]
    if options.names:
        names = [i.name for i in chosen if family is None or printing.has_family(i, family)]
        process.out(" ".join(names) + "\n")
        return
    wanted = printing.Wanted(options.verbose, options.media, family)
    for interface in chosen:
        process.out(printing.status(interface, wanted))


# -- changing


async def _one(process: Caller, vnet: Vnet, options: _Options, arguments: list[str]) -> int:
    name, words = arguments[0], arguments[1:]
    making = bool(words) and words[0] == "create"
    fetching = bool(words) and words[0] == "-vnet"
    interface = vnet.find(name)
    if interface is None:
        if not making and not fetching:
            raise IfconfigError(f"interface {name} does not exist")
        if len(name) >= NAME_LENGTH:
            what = "cloning name" if making else "interface name"
            raise IfconfigError(f"{name}: {what} too long")
        return await _configure(process, name, words, None, making=making)
    if making:
        if len(words) == 1:
            raise IfconfigError(f"interface {name} already exists")
        words = words[1:]
    family = addresses.FAMILIES.get(words[0]) if words else None
    if family is not None:
        words = words[1:]
    if not words:
        wanted = printing.Wanted(options.verbose, options.media, family)
        process.out(printing.status(interface, wanted))
        return 0
    return await _configure(process, name, words, family, making=False)


async def _configure(
    process: Caller, name: str, words: list[str], family: str | None, *, making: bool
) -> int:
    session = Session(process, name, family or "inet")
    try:
        await _work(session, words, making=making)
    finally:
        if session.print_name:
            process.out(session.name + "\n")
    return session.exit_status


async def _work(session: Session, words: list[str], *, making: bool) -> None:
    """Go through the words in their order, then do what was put off (ifconfig())."""
    words = list(words)
    while words:
        word = (CLONE_WORDS if making else WORDS).get(words[0])
        if word is None and making:
            _call(session, session.callbacks.pop(0))
            making = False
            family = addresses.FAMILIES.get(words[0])
            if family is not None:
                session.family = family
                words.pop(0)
            continue
        given = words.pop(0)
        if word is None:
            addresses.take(session, given)
            continue
        argument = _argument(word, given, words)
        _call(session, partial(word.handler, session, argument))
        await session.finish_call()
    for callback in session.callbacks:
        _call(session, callback)
    _call(session, partial(addresses.apply, session))
    await session.finish_call()


def _argument(word: Word, given: str, words: list[str]) -> str:
    match word.arguments:
        case Arguments.NONE:
            return given
        case Arguments.ONE if not words:
            raise IfconfigError(f"'{given}' requires argument")
        case _:
            return words.pop(0) if words else ""


def _call(session: Session, action: Callable[[], None]) -> None:
    """Do something with the interface, which may have gone meanwhile."""
    try:
        action()
    except KernelError as error:
        raise IfconfigError(f"{session.name}: {error.errno.text}") from error
