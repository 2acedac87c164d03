"""``lagg-tool manual``: the manual page, made from the parsers."""

from __future__ import annotations

import argparse
import datetime as dt
import importlib
import os
from collections.abc import Iterator, Mapping

from lagg_tool import __version__

_INTRODUCTION = (
    "Configures and inspects a link aggregation (LAGG) of FreeBSD, TrueNAS and Linux. "
    "Changes are made under a guard on the NAS, which reverts what nobody confirms. "
    "Checks an article about LAGGs on a NAS, real or simulated, and publishes what was found."
)
_ENVIRONMENT = {
    "LAGG_TOOL_TARGET": "the target of verbs that are given none, such as ssh://root@nas",
    "LAGG_TOOL_SSH_CONFIG": "what --ssh-config is where it is not given",
    "LAGG_TOOL_ARTICLE": "for tests: the directory with a copy of the article",
    "SSH_AUTH_SOCK": "the SSH agent, whose keys are used to log in",
    "NO_COLOR": "respected: no verb prints colours in any case",
}
_FILES = {
    "~/.ssh/known_hosts": "the host keys that are trusted",
    "build/results.json": "what accept writes, unless --results names another file",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add nothing: ``manual`` has no options of its own."""
    parser.epilog = "example: lagg-tool manual | man -l -"


def run(_: argparse.Namespace) -> int:
    """Print the page. Returns 0."""
    # cli.py is a layer above the verbs, so it is imported by its name.
    parser = importlib.import_module("lagg_tool.cli").whole_parser()
    print("\n".join(page(parser, _date())))
    return 0


def _date() -> dt.date:
    """Return the date of the page, by the convention for builds that can be repeated."""
    given = os.environ.get("SOURCE_DATE_EPOCH")
    now = dt.datetime.now(tz=dt.UTC)
    return (dt.datetime.fromtimestamp(int(given), tz=dt.UTC) if given else now).date()


def page(parser: argparse.ArgumentParser, date: dt.date) -> Iterator[str]:
    """Yield the lines of the page, in the macros of man(7)."""
    yield f'.TH LAGG\\-TOOL 1 "{date}" "lagg\\-tool {__version__}"'
    yield from (".SH NAME", "lagg\\-tool \\- link aggregation on FreeBSD, TrueNAS and Linux")
    yield from (".SH SYNOPSIS", ".B lagg\\-tool", ".I verb", "[options]")
    yield from (".SH DESCRIPTION", *_text(_INTRODUCTION), ".SH VERBS")
    for verb, each in _verbs(parser).items():
        yield f".SS {_escaped(verb)}"
        yield from _text((each.description or "")[:1].upper() + (each.description or "")[1:])
        yield from (".PP", ".nf", *_lines(each.format_usage()), ".fi")
        yield from _options(each)
        if each.epilog:
            yield from (".PP", ".nf", *_lines(each.epilog), ".fi")
    yield from (".SH ENVIRONMENT", *_terms(_ENVIRONMENT), ".SH FILES", *_terms(_FILES))
    yield from (".SH EXIT STATUS", ".nf", *_lines(parser.epilog or ""), ".fi")
    yield from (".SH SEE ALSO", ".BR ifconfig (8),", ".BR lagg (4),", ".BR rc.conf (5)")


def _verbs(parser: argparse.ArgumentParser) -> Mapping[str, argparse.ArgumentParser]:
    """Return the parsers below a parser, each once, by name; none if there are none."""
    for action in parser._actions:  # noqa: SLF001 - argparse offers no other way to list them
        if isinstance(action, argparse._SubParsersAction):  # noqa: SLF001 - the same
            return dict(action.choices)
    return {}


def _options(parser: argparse.ArgumentParser) -> Iterator[str]:
    formatter = parser._get_formatter()  # noqa: SLF001 - it knows how help shows an option
    for action in parser._actions:  # noqa: SLF001 - argparse offers no other way to list them
        if action.dest in {"help", "quiet"} or isinstance(action, argparse._SubParsersAction):  # noqa: SLF001
            continue
        yield from (".TP", f".B {_escaped(formatter._format_action_invocation(action))}")  # noqa: SLF001
        yield from _text(formatter._expand_help(action) if action.help else "see above")  # noqa: SLF001
    for name, each in _verbs(parser).items():  # the actions of vm
        yield from (".TP", f".B {_escaped(name)}", *_text(each.format_usage()))
        yield from (".RS", *_options(each), ".RE")


def _terms(terms: Mapping[str, str]) -> Iterator[str]:
    for term, text in terms.items():
        yield from (".TP", f".B {_escaped(term)}", *_text(text))


def _text(text: str) -> list[str]:
    """Return running text: the formatter fills its lines."""
    return _lines(" ".join(text.split()))


def _lines(text: str) -> list[str]:
    return [_escaped(line) for line in text.rstrip().splitlines()]


def _escaped(text: str) -> str:
    """Return text that has no request and no escape in it."""
    escaped = text.replace("\\", "\\e").replace("-", "\\-")
    return f"\\&{escaped}" if escaped.startswith((".", "'")) else escaped
