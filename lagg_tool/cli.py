"""The command line: ``lagg-tool VERB …``.

A verb is a row of the table: the module is imported when the verb is used, so that help is
printed as fast as Python starts. A verb's module has ``add_arguments(parser)`` and a
function that takes the parsed options and returns the exit status; errors are exceptions
of errors.py, which know theirs.
"""

from __future__ import annotations

import sys

TYPE_CHECKING = False  # that of typing costs as much time as all of this module
if TYPE_CHECKING:
    import argparse

__all__ = ["VERBS", "main", "parser_of", "whole_parser"]

# verb: module, function, what it does
VERBS: dict[str, tuple[str, str, str]] = {
    "accept": ("lagg_tool.verbs.accept", "accept", "run the features against a NAS; the verdicts"),
    "faults": ("lagg_tool.verbs.faults", "run", "try the suite with each fault; what catches it"),
    "audit": ("lagg_tool.verbs.audit", "run", "compare a copy of the article with the claims"),
    "claims": ("lagg_tool.verbs.claims", "run", "begin a claim set with the sentences of a page"),
    "show": ("lagg_tool.verbs.show", "run", "a host's interfaces, LAGGs and pending change"),
    "parse": ("lagg_tool.verbs.parse", "run", "what ifconfig printed, without a target"),
    "plan": ("lagg_tool.verbs.plan", "run", "what apply would do; 1 if there is something"),
    "apply": ("lagg_tool.verbs.apply", "run", "make a LAGG, or remove one, with a guard"),
    "confirm": ("lagg_tool.verbs.confirm", "run", "keep a pending change"),
    "rollback": ("lagg_tool.verbs.rollback", "run", "undo a change, pending or confirmed"),
    "diff": ("lagg_tool.verbs.diff", "run", "what changed from one run to another"),
    "gate": ("lagg_tool.verbs.gate", "run", "whether a release ships: what got worse"),
    "export": ("lagg_tool.verbs.export", "run", "a run as JUnit, Cucumber, SARIF or a badge"),
    "docs": ("lagg_tool.verbs.docs", "run", "build, serve or publish the site"),
    "diagnose": ("lagg_tool.verbs.diagnose", "run", "why a LAGG does not come up"),
    "watch": ("lagg_tool.verbs.watch", "run", "follow a LAGG; which port is marginal, and when"),
    "frames": ("lagg_tool.verbs.frames", "run", "what a capture says about LACP, port by port"),
    "doctor": ("lagg_tool.verbs.doctor", "run", "what this machine has of what is needed"),
    "vm": ("lagg_tool.verbs.vm", "run", "boot a disk image as a NAS, look at it, end it"),
    "simulate": ("lagg_tool.verbs.simulate", "run", "run the simulated NAS in real time"),
    "cable": ("lagg_tool.verbs.cable", "run", "pull a cable of simulate, or put it back"),
    "completion": ("lagg_tool.verbs.completion", "run", "what a shell needs to complete words"),
    "manual": ("lagg_tool.verbs.manual", "run", "the manual page, for man(1)"),
}

# The others change something: that is their outcome, whether or not anybody can read of it.
OUTPUT_IS_PURPOSE = frozenset(
    [
        "audit",
        "completion",
        "diagnose",
        "diff",
        "doctor",
        "faults",
        "frames",
        "manual",
        "parse",
        "plan",
        "show",
    ]
)


def main(argv: list[str] | None = None) -> int:
    """Run a verb; return the exit status."""
    from lagg_tool.errors import INTERRUPTED  # noqa: PLC0415 - help is printed as fast as can be
    from lagg_tool.output import lossy_output  # noqa: PLC0415

    words = sys.argv[1:] if argv is None else argv
    with lossy_output() as loss:
        try:
            status = _answer(words)
        except SystemExit as ended:  # argparse has printed help, or what is wrong
            sys.stdout.flush()
            if loss.reason and not ended.code:
                print(f"lagg-tool: standard output: {loss.reason}", file=sys.stderr)
                raise SystemExit(1) from None
            raise
        except KeyboardInterrupt:  # while modules are loaded, too
            print("lagg-tool: interrupted", file=sys.stderr)
            return INTERRUPTED
        sys.stdout.flush()
        if loss.reason:
            print(f"lagg-tool: standard output: {loss.reason}", file=sys.stderr)
            changes = words[:1] and words[0] in VERBS and words[0] not in OUTPUT_IS_PURPOSE
            return status if changes else max(status, 1)
    return status


def _answer(words: list[str]) -> int:
    if not words:
        print(_help(), file=sys.stderr)
        return 2
    if words[0] in {"-h", "--help", "help"}:
        if words[1:2] and words[1] in VERBS:
            return _run(words[1], ["--help"])
        print(_help())
        return 0
    if words[0] in {"-V", "--version"}:
        from lagg_tool import __version__  # noqa: PLC0415

        print(f"lagg-tool {__version__}")
        return 0
    if words[0] not in VERBS:
        from difflib import get_close_matches  # noqa: PLC0415 - not needed for help

        close = get_close_matches(words[0], [*VERBS, "--help", "--version"], n=1)
        way = f"did you mean {close[0]}?" if close else f"there are {', '.join(VERBS)}"
        print(f"lagg-tool: no verb {words[0]!r}; {way}", file=sys.stderr)
        return 2
    return _run(words[0], words[1:])


def _run(verb: str, words: list[str]) -> int:
    import importlib  # noqa: PLC0415 - not needed for help

    from lagg_tool.errors import LaggToolError  # noqa: PLC0415
    from lagg_tool.output import be_quiet  # noqa: PLC0415
    from lagg_tool.signals import ending_as_ctrl_c  # noqa: PLC0415

    name, function, _ = VERBS[verb]
    module = importlib.import_module(name)
    options = parser_of(verb).parse_args(words)
    if options.quiet:
        be_quiet()
    try:
        with ending_as_ctrl_c():
            return int(getattr(module, function)(options))
    except LaggToolError as error:
        print(f"lagg-tool: {error}", file=sys.stderr)
        return error.exit_status
    except OSError as error:  # a full disk, a directory of another user
        where = error.filename or (verb if _is_somewhere() else "the working directory was removed")
        print(f"lagg-tool: {where}: {error.strerror or error}", file=sys.stderr)
        return 1


def _is_somewhere() -> bool:
    import os  # noqa: PLC0415 - not needed for help

    try:
        os.getcwd()  # noqa: PTH109 - nor is pathlib
    except OSError:
        return False
    return True


def parser_of(verb: str) -> argparse.ArgumentParser:
    """Return the parser of a verb."""
    import argparse  # noqa: PLC0415 - not needed for help

    parser = argparse.ArgumentParser(prog=f"lagg-tool {verb}")
    _set_up(parser, verb)
    return parser


def whole_parser() -> argparse.ArgumentParser:
    """Return one parser of all verbs, for the manual and for completion; it imports them all."""
    import argparse  # noqa: PLC0415 - not needed for help

    parser = argparse.ArgumentParser(
        prog="lagg-tool",
        description="Configure and inspect a link aggregation (LAGG) of FreeBSD, TrueNAS and "
        "Linux; check an article about it, and publish what was found.",
        epilog=_EXIT_STATUS,
    )
    _without_colours(parser)
    parser.add_argument("-V", "--version", action="store_true", help="print the version")
    verbs = parser.add_subparsers(dest="verb", metavar="VERB")
    for verb, (_, _, about) in VERBS.items():
        _set_up(verbs.add_parser(verb, help=about), verb)
    return parser


def _set_up(parser: argparse.ArgumentParser, verb: str) -> None:
    import importlib  # noqa: PLC0415 - not needed for help

    name, _, about = VERBS[verb]
    parser.description = f"{about}."
    _without_colours(parser)
    importlib.import_module(name).add_arguments(parser)
    parser.add_argument(
        "-q", "--quiet", action="store_true", help="print no progress: the outcome and errors only"
    )


def _without_colours(parser: argparse.ArgumentParser) -> None:
    """Keep Python 3.14 and later from colouring help: the manual page is made of it."""
    vars(parser)["color"] = False


_EXIT_STATUS = (
    "exit status: 0 done, 1 failed or different, 2 wrong usage, 3 target not reached,\n"
    "4 reverted, 5 outcome unknown or not in rc.conf yet (the message says what to do),\n"
    "130 interrupted"
)


def _help() -> str:
    rows = "\n".join(f"  {verb:10} {about}" for verb, (_, _, about) in VERBS.items())
    return (
        "usage: lagg-tool VERB [options]     (lagg-tool VERB --help lists its options)\n\n"
        f"{rows}\n\n"
        "  every verb takes -q: no progress, only the outcome and errors\n\n"
        f"{_EXIT_STATUS}"
    )
