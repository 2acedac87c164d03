"""Reference pages made from the code: exit statuses, commands, results.json, article.toml."""

from __future__ import annotations

import argparse
import dataclasses
import importlib
import importlib.util
import inspect
import re
import types
import typing
from collections.abc import Iterator

from lagg_tool import errors, evidence
from lagg_tool.claims import Claim, Level, Silence, Source, Verdict
from lagg_tool.evidence.document import RESULTS_VERSION
from lagg_tool.site.page import Page
from lagg_tool.site.render import render

_FIXED_STATUSES = (
    (0, "success", "Everything passed, or there was nothing to do."),
    (1, "found", "A scenario failed, or a difference was found."),
    (130, "interrupted", "The command was interrupted with Ctrl-C."),
)


@dataclasses.dataclass(frozen=True)
class Type:
    """A dataclass in the terms of its JSON or TOML; ``fields`` are (name, type, default)."""

    name: str
    text: str
    fields: tuple[tuple[str, str, str], ...]


@dataclasses.dataclass(frozen=True)
class ErrorClass:
    """A class of errors; ``depth`` is its distance from the root of the hierarchy."""

    name: str
    text: str
    status: int
    depth: int


def reference_pages() -> Iterator[Page]:
    """Make every reference page."""
    values: dict[str, object] = {"errors": tuple(_errors(errors.LaggToolError, 0))}
    values["fixed"] = _FIXED_STATUSES
    codes = "exit code, return code, status code, error code"
    yield _page("exit-statuses", "Exit statuses of lagg-tool", values, codes)
    verbs: dict[str, object] = {"verbs": tuple(_verbs())}
    called = "commands, verbs, options, flags, arguments, usage, capture file, pcap, manual, help"
    yield _page("command-line", "The command line of lagg-tool", verbs, called)
    kinds = (
        evidence.Results,
        evidence.TargetResult,
        evidence.FeatureResult,
        evidence.ScenarioResult,
        evidence.ClaimLink,
        evidence.StepResult,
        evidence.CommandEvent,
        evidence.BatchPart,
        evidence.FrameEvent,
        evidence.LinkEvent,
        evidence.WaitEvent,
        evidence.NoteEvent,
        evidence.VerdictResult,
    )
    words = {
        "statuses": [str(status) for status in evidence.Status],
        "provenances": [str(provenance) for provenance in evidence.Provenance],
    }
    values = {"types": [_type(kind) for kind in kinds], "version": RESULTS_VERSION}
    keywords = "results, json output, output format, schema, machine readable"
    yield _page("results", "The file results.json", {**values, **words}, keywords)
    values = {
        "types": [_type(kind) for kind in (Claim, Source, Silence)],
        "levels": [str(level) for level in Level],
        "verdicts": [str(verdict) for verdict in Verdict],
    }
    yield _page("article", "The file article.toml", values, "claims file, format of claims")


@dataclasses.dataclass(frozen=True)
class Verb:
    """A verb of the command line; ``options`` are (option with its value, help)."""

    name: str
    about: str
    usage: str
    options: tuple[tuple[str, str], ...]

    @property
    def words(self) -> tuple[str, ...]:
        """The usage in parts that are not wrapped."""
        return tuple(re.findall(r"\[[^\]]*\]+|\S+", self.usage))


def _verbs() -> Iterator[Verb]:
    """Yield the verbs of cli.py with their options.

    cli.py is a layer above this package, so it is imported by its name.
    """
    if importlib.util.find_spec("lagg_tool.cli") is None:
        return
    for name, (module, _, about) in importlib.import_module("lagg_tool.cli").VERBS.items():
        parser = argparse.ArgumentParser(prog=f"lagg-tool {name}", add_help=False)
        importlib.import_module(module).add_arguments(parser)
        usage = " ".join(parser.format_usage().split()).removeprefix("usage: ")
        yield Verb(name, about, usage, tuple(_options(parser)))


def _options(parser: argparse.ArgumentParser) -> Iterator[tuple[str, str]]:
    """Yield (option with its value, help)."""
    for action in parser._actions:  # noqa: SLF001 - argparse offers no other way to list them
        words = ", ".join(action.option_strings) or str(action.metavar or action.dest)
        if action.option_strings and action.nargs != 0:
            value = action.metavar or "|".join(map(str, action.choices or [action.dest.upper()]))
            words = f"{words} {value}"
        text = (action.help or "") % {**vars(action), "prog": parser.prog}
        if action.default not in (None, False, argparse.SUPPRESS, [], "") and "default" not in text:
            text = f"{text} (default: {action.default})".strip()
        yield words, text


def _page(name: str, title: str, values: dict[str, object], keywords: str = "") -> Page:
    url = f"reference/{name}.html"
    html = render(f"reference-{name}.html", url, values)
    return Page(f"reference/{name}", title, html, "reference", keywords=keywords)


def _errors(kind: type[errors.LaggToolError], depth: int) -> Iterator[ErrorClass]:
    text = (inspect.getdoc(kind) or "").split("\n", 1)[0]
    yield ErrorClass(kind.__name__, text, kind.exit_status, depth)
    for child in kind.__subclasses__():
        if child.__module__ == errors.__name__:
            yield from _errors(child, depth + 1)


def _type(kind: type[object]) -> Type:
    hints = typing.get_type_hints(kind)
    fields = []
    for field in dataclasses.fields(typing.cast("typing.Any", kind)):
        default = (
            ""
            if field.default is dataclasses.MISSING
            else repr(field.default).replace("None", "null")
        )
        fields.append((field.name, _type_name(hints[field.name]), default.strip("'")))
    return Type(kind.__name__, inspect.getdoc(kind) or "", tuple(fields))


def _type_name(hint: object) -> str:
    """Return the name of a type in JSON."""
    origin, args = typing.get_origin(hint), typing.get_args(hint)
    if origin is tuple:
        return f"list of {_type_name(args[0])}"
    if origin in (types.UnionType, typing.Union):
        names = dict.fromkeys(_type_name(arg) for arg in args)
        return " or ".join("null" if name == "NoneType" else name for name in names)
    if origin is not None:
        return "object"
    names = {"str": "text", "int": "integer", "float": "number", "bool": "true or false"}
    name = str(getattr(hint, "__name__", hint))
    return str(names.get(name, name))
