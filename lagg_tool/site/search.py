"""The search index: claims, requirements, defects, scenarios, commands, options and pages.

It is scripts that set a variable, not JSON: a page opened from a file may load a script but may
not fetch. Each is of a size that a slow line bears; the first says how many there are. The script
of the theme makes the index of them in the browser.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from lagg_tool.claims.reader import read_text
from lagg_tool.errors import DocumentError
from lagg_tool.evidence import CommandEvent
from lagg_tool.site.combined_verdict import CombinedVerdict
from lagg_tool.site.identifiers import Identifiers
from lagg_tool.site.page import Attachment, Page
from lagg_tool.site.part import Part
from lagg_tool.site.scenario_links import scenario_href
from lagg_tool.toml_text import parse_toml

PATH = "search-index.js"
SYNONYMS = "site/synonyms.toml"  # in the directory of a set
_HEADING = re.compile(r'<h[23] id="([^"]+)"[^>]*>(.*?)</h[23]>', re.DOTALL)
_OPTION = re.compile(r'<tr id="([^"]+)"><td><code>(.*?)</code></td><td>(.*?)</td>', re.DOTALL)
_MARKUP = re.compile(r"<a class=\"permalink\".*?</a>|<[^>]+>", re.DOTALL)
_PROSE = re.compile(r"<p[^>]*>(.*?)</p>", re.DOTALL)
_LONGEST = {"scenario": 160, "page": 600, "how-to": 2500, "protocol": 900}
# What a hand-written page has that nobody searches for. The "<(" of a shell is no markup.
_NO_PROSE = re.compile(r"<[!/a-zA-Z][^>]*>|```.*?```|\{\{.*?\}\}|[`*|\[]|\]\([^)]*\)", re.DOTALL)
_WORD = re.compile(r"\w{3,}")
_COMMANDS = 60
_PART = 120_000  # characters
# Their headings are the scenarios, claims and defects, which are entries of their own.
_LISTS = re.compile(
    "^index$|(^|/)(features/|verdicts|audit|defects|requirements|releases/|matrix|faults|steps|promises"
    "|protocols/)"
)
_VERBS = "reference/command-line"
_PROTOCOL = re.compile("(^|/)protocols/")
# An entry is [kind, title, URL, text, the page that it is on], and for some the keywords of it.
Entry = list[str]


@dataclass(frozen=True)
class Written:
    """A hand-written page: its words, and the keywords that its head gives it."""

    url: str
    title: str
    text: str
    keywords: str = ""


def prose(markdown: str) -> str:
    """Return the words of a hand-written page, without its commands and markup."""
    return _NO_PROSE.sub(" ", markdown)


def search_index(
    parts: Sequence[Part],
    identifiers: Identifiers,
    pages: Sequence[Page],
    written: Iterable[Written],
) -> Iterator[Attachment]:
    """Yield the parts; ``written`` are the hand-written pages."""
    entries = [
        *(_written(page) for page in written),
        *(entry for page in pages if page.section or page.path == "index" for entry in _page(page)),
        *(entry for part in parts for entry in _claims(part.verdicts, identifiers)),
        *_named(identifiers),
        *(entry for part in parts for entry in _scenarios(part)),
    ]
    pieces = list(_parts(_each_once(entries)))
    words = json.dumps(_synonyms(parts), ensure_ascii=False, separators=(",", ":"))
    for number, piece in enumerate(pieces, start=1):
        head = f"window.SITE_SYNONYMS={words};window.SITE_INDEX_PARTS={len(pieces)};"
        script = f"{head if number == 1 else ''}(window.SITE_INDEX||=[]).push(\n{piece});\n"
        yield Attachment(part_path(number), script.encode())


def _synonyms(parts: Sequence[Part]) -> dict[str, list[str]]:
    """Return words that people type for those that an article uses, of all articles."""
    found: dict[str, list[str]] = {}
    for part in parts:
        path = part.one.directory / SYNONYMS
        for word, others in parse_toml(str(path), read_text(path)).items() if path.exists() else ():
            if not isinstance(others, list) or not all(isinstance(one, str) for one in others):
                raise DocumentError(
                    str(path), None, f'{word} must be a list of words; write {word} = ["…", "…"]'
                )
            found.setdefault(word, []).extend(others)
    return found


def part_path(number: int) -> str:
    """Return the URL of a part; the first is 1."""
    return PATH if number == 1 else PATH.replace(".js", f"-{number}.js")


def _each_once(entries: Iterable[Entry]) -> Iterator[Entry]:
    """Leave out an option that several commands have: the first one tells enough."""
    seen: set[tuple[str, str]] = set()
    for entry in entries:
        kind, title, _, text, *_ = entry
        if kind != "option" or (title, text) not in seen:
            seen.add((title, text))
            yield entry


def _parts(entries: Iterable[Entry]) -> Iterator[str]:
    """Yield the entries as JSON, as many together as a part may hold."""
    part: list[str] = []
    size = 0
    for entry in entries:
        text = json.dumps(entry, ensure_ascii=False, separators=(",", ":"))
        if size + len(text) > _PART and part:
            yield ",\n".join(part)
            part, size = [], 0
        part.append(text)
        size += len(text) + 2
    yield ",\n".join(part)


def _written(page: Written) -> Entry:
    kind = "how-to" if page.url.startswith(("howto/", "tutorial")) else "page"
    text = re.sub(r"^# .*$", "", page.text, count=1, flags=re.MULTILINE)
    entry = [kind, page.title, page.url, _all_words(text, kind), ""]
    return [*entry, page.keywords] if page.keywords else entry


def _page(page: Page) -> Iterator[Entry]:
    kind = "protocol" if page.section == "protocols" and _PROTOCOL.search(page.path) else "page"
    prose = " ".join(_plain(found) for found in _PROSE.findall(page.html)[:12])
    entry = [kind, page.title, page.url, _words(f"{page.description} {prose}", kind), ""]
    yield [*entry, page.keywords] if page.keywords else entry
    if _LISTS.search(page.path):
        return
    program = "lagg-tool " if page.path == _VERBS else ""  # its headings are the verbs
    for anchor, heading in _HEADING.findall(page.html):
        yield ["page", f"{program}{_plain(heading)}", f"{page.url}#{anchor}", "", page.title]
    for anchor, option, text in _OPTION.findall(page.html):
        yield ["option", _plain(option), f"{page.url}#{anchor}", _plain(text), page.title]


def _claims(verdicts: Sequence[CombinedVerdict], identifiers: Identifiers) -> Iterator[Entry]:
    for verdict in verdicts:
        claim = verdict.claim
        text = f"{verdict.word}. {claim.why} {claim.instruction}"
        title = f"{claim.id} {claim.paraphrase}"
        yield ["claim", title, identifiers.href("index.html", claim.id), text, "Verdicts"]


def _named(identifiers: Identifiers) -> Iterator[Entry]:
    for identifier, named in identifiers.named.items():
        if named.kind != "claim":  # they are there, with their verdicts
            url = identifiers.href("index.html", identifier)
            yield [named.kind, f"{identifier} {named.title}", url, named.text, ""]


def _scenarios(part: Part) -> Iterator[Entry]:
    survey = part.survey
    commands: dict[str, str] = {}
    for scenario in survey.scenarios:
        link = part.address + scenario_href("index.html", scenario)
        steps = " ".join(step.text for step in (*scenario.background, *scenario.steps))
        # The words are only searched: each once, and none that the title has.
        words = dict.fromkeys(f"{' '.join(scenario.tags)} {scenario.rule} {steps}".split())
        feature = survey.by_path[scenario.path].name
        text = _words(" ".join(words), "scenario")
        yield ["scenario", scenario.name, link, text, feature]
        for target in survey.targets:
            for result in survey.status(scenario, target).results:
                for event in result.events:
                    if isinstance(event, CommandEvent):
                        commands.setdefault(event.command.split("\n", 1)[0][:80], link)
    for command, link in list(commands.items())[:_COMMANDS]:
        yield ["command", command, link, "", ""]


def _plain(markup: str) -> str:
    """Return the words of a piece of HTML."""
    text = _MARKUP.sub(" ", markup)
    text = html.unescape(text)
    return " ".join(text.split())


def _all_words(text: str, kind: str) -> str:
    """Return the beginning of a text, and then each word that it has beyond."""
    begun = _words(text, kind)
    known = set(_WORD.findall(begun.lower()))
    rest = (word for word in _WORD.findall(text.lower()) if word not in known)
    return " ".join((begun, *dict.fromkeys(rest)))


def _words(text: str, kind: str) -> str:
    """Return as much of a text as the index has room for."""
    return " ".join(text.split())[: _LONGEST.get(kind, 600)]
