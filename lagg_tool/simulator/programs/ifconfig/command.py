"""ifconfig(8): options, interfaces, and the words in their order (sbin/ifconfig/ifconfig.c)."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from lagg_tool.simulator.kernel.errno import KernelError
from lagg_tool.simulator.kernel.flags import Kind
from lagg_tool.simulator.kernel.vnet import NAME_LENGTH, Vnet
from lagg_tool.simulator.programs.ifconfig import addresses, printing
from lagg_tool.simulator.programs.ifconfig.session import IfconfigError, Session
from lagg_tool.simulator.programs.ifconfig.word import Arguments, Word
from lagg_tool.simulator.programs.ifconfig.words import CLONE_WORDS, WORDS
from lagg_tool.simulator.programs.options import Options, fail, getopt
from lagg_tool.simulator.release import Behaviour
from lagg_tool.simulator.system.process import Process

_USAGE = """\
usage: ifconfig{j} [-f type:format] [-g groupname] [-C] [-L] interface address_family
                [address [dest_address]] [parameters]
       ifconfig{j} interface create
       ifconfig{j} -a [-g groupname] [-C] [-L] [-d] [-m] [-u] [-v] [address_family]
       ifconfig{j} -l [-d] [-u] [address_family]
       ifconfig{j} [-g groupname] [-C] [-L] [-d] [-m] [-u] [-v]
"""
_OPTIONS = "aCdf:g:lmnuv"


class _UsageError(Exception):
    """The options or arguments make no sense."""


async def ifconfig(process: Process) -> int:
    """Run ifconfig; return its exit status."""
    has_jail = Behaviour.IFCONFIG_JAIL_OPTION in process.kernel.release.behaviours
    usage = _USAGE.format(j=" [-j jail]" if has_jail else "")
    options = getopt(process, _OPTIONS + "j:" * has_jail, usage)
    try:
        return await _run(process, options)
    except _UsageError as wrong:
        fail(process, str(wrong), usage)
    except IfconfigError as error:
        process.err(f"ifconfig: {error}\n")
    return 1


async def _run(process: Process, options: Options) -> int:
    vnet, arguments = _stack(process, options), options.words
    if "C" in options:
        process.out(" ".join(process.kernel.release.cloners) + "\n")
        return 0
    listing = "a" in options or "l" in options
    if ("l" in options and ("a" in options or "m" in options)) or (
        "u" in options and "d" in options
    ):
        raise _UsageError
    if "g" in options and not listing and not arguments:
        for member in vnet.members(options.value("g")):
            process.out(member.name + "\n")
        return 0
    if listing or not arguments:
        _list(process, vnet, options)
        return 0
    return await _one(process, vnet, options)


def _stack(process: Process, options: Options) -> Vnet:
    if "j" not in options:
        return process.vnet
    jail = process.kernel.find_jail(options.value("j"))
    if jail is None:
        raise IfconfigError(f'jail "{options.value("j")}" not found')
    return jail.vnet


# -- showing


def _list(process: Process, vnet: Vnet, options: Options) -> None:
    if len(options.words) > 1:
        raise _UsageError
    family = None
    if options.words:
        family = addresses.FAMILIES.get(options.words[0])
        if family is None:
            raise _UsageError(f"Address family '{options.words[0]}' unknown.")
    chosen = [
        each
        for each in vnet
        if ("g" not in options or options.value("g") in each.groups)
        and ("u" not in options or each.up)
        and ("d" not in options or not each.up)
    ]
    if "l" in options:
        ether = options.words == ["ether"]  # a MAC address of six octets, which lo(4) has not
        names = [
            each.name
            for each in chosen
            if family is None
            or (printing.has_family(each, family) and not (ether and each.kind is Kind.LOOP))
        ]
        process.out(" ".join(names) + "\n")
        return
    for interface in chosen:
        process.out(printing.status(interface, _wanted(options, family)))


def _wanted(options: Options, family: str | None) -> printing.Wanted:
    formats = tuple(options.value("f").split(","))
    return printing.Wanted("v" in options, "m" in options, family, formats)


# -- changing


async def _one(process: Process, vnet: Vnet, options: Options) -> int:
    name, *words = options.words
    making = words[:1] == ["create"]
    fetching = words[:1] == ["-vnet"]
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
        process.out(printing.status(interface, _wanted(options, family)))
        return 0
    return await _configure(process, name, words, family, making=False)


async def _configure(
    process: Process, name: str, words: list[str], family: str | None, *, making: bool
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
