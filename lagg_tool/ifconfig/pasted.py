"""The output of ifconfig as people hand it on, made what ifconfig printed.

Terminals copy blanks for tabs, mail quotes with ``> `` and breaks long lines, Windows ends
them with CR LF, web pages drop ``<…>`` or write ``&lt;``, and a paste has prompts and the
output of other commands around it. ``restore`` undoes all of these; it is applied only to a
text that ``is_pasted``.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass

from lagg_tool.ifconfig.beginnings import (
    BEGIN,
    DEEP,
    HEADER,
    HEADER_START,
    NAME,
    PEER,
    PROMPT,
    SHALLOW,
    WLAN,
    begins,
)
from lagg_tool.ifconfig.bit_names import with_names
from lagg_tool.ifconfig.broken_lines import joined
from lagg_tool.pasted_text import plain

# What ifconfig never prints, and a blank at the end of a line, which only some releases do.
_NEVER_PRINTED = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f\x85\xa0\u2000-\u200f\u2018-\u201f\u2028-\u202f\u3000\ufeff\udca0]"
    r"|&[lg]t;|\[/?(?i:code|quote)|<pre|[<,](?:…|\.\.)| mtu \d+ *\\|<[A-Z][A-Z0-9_]*, "
    r"|^\*\*\w|^(?!\tdescription: ).*\s(?:<-|#\s|//\s)"
    # Capitals and small letters the other way round, as some programs and keyboards write them.
    r"|=[0-9a-f]+<[^<>\n]*[a-z]|^\t(?:ether|hwaddr|lladdr|id|root id) (?=\S*[A-F-])"
    # A line that a page has put behind its header.
    r"|^[^\t\n]+: flags=[^\t\n]*(?:\t| mtu \d+ +(?:[a-z6 ]+[:=]|(?:ether|inet6?|tunnel|id|ssid) ))"
    r"|^\t(?:Ether|Hwaddr|Inet6?|Laggproto|Laggport|Groups|Media|Status|Options|Nd6|Lag)\b",
    re.MULTILINE,
)
_BLANK_AT_END = re.compile(r"^(?!\t(?:groups|description): )[^\n]*[ \t]$", re.MULTILINE)


def is_pasted(text: str) -> bool:
    """Return whether characters of the text are not as ifconfig prints them.

    What else was done to a text shows in lines that the parser does not understand.
    """
    if _NEVER_PRINTED.search(text):
        return True
    blanks = " \n" in text or "\t\n" in text or text.endswith((" ", "\t"))
    return blanks and _BLANK_AT_END.search(text) is not None


@dataclass(frozen=True, slots=True)
class Restored:
    """The lines as ifconfig prints them, and those around them that it did not print."""

    lines: tuple[str, ...]
    outside: tuple[str, ...]


_QUOTE = re.compile(r"[ \t]{0,3}(?:[>|](?!\))[ \t]?)+")
_TRAILING = re.compile(r"[^\s>|][ \t]+\r?$")
_PRINTED_BLANK = re.compile(r"\b(?:groups:|inet|inet6) ")
_FENCE = re.compile(r"(?:```|~~~)\w*")
# An arrow at what somebody wants to be seen, or a comment.
_REMARK = re.compile(r"\s(?:<[-=](?!\d)|<<|←|(?:#|//)\s)")
_COMMENT = re.compile(r"#|//")
_LOOSE = re.compile(r"=[0-9a-f]+<[A-Z][A-Z0-9_]*, [A-Z]")  # some pages put a blank behind a comma
_DOUBLED = re.compile(r"\S: {2,}flags=\S+ +metric |: flags=\S+ {2,}metric ")
# Mail breaks a long header behind the name; the options of a LAGG have flags without a metric.
_BROKEN_NAME = re.compile(
    r"(?<=[\w.]:)[ \t]*\n[>| \t]*(?=flags=[0-9a-f]+[^\s\[]*\s[\s>|]*metric\s)", re.ASCII
)
_BLANKS = re.compile(r"(?<=\S) {2,}(?=\S)")
_TIGHT = re.compile(r"^(laggport|member|groups|media|status|lag id|carp|vlan):(?=\S)")
_TWO_PEERS = re.compile(rf"((?:lag id: )?\[{PEER}),\s*({PEER}\])")

# Where a line began that a page without <pre> has put behind the one before it.
_RUN_ON = re.compile(
    r"(?<![ \t])(?:(?<!tunnel)(?<!root)(?<!supported)[ \t]+(?="
    r"(?:options|capabilities|nd6 options)=|(?:ether|hwaddr|lladdr|inet6?|laggproto) "
    r"|(?:description|laggport|member|groups|vlan|media|status|lag id|lagg options"
    r"|lagg statistics|supported media|carp|drivername|fib|tunnelfib|plugged|vendor"
    r"|module temperature|nominal bitrate|compliance level|class|lane \d+|flowid_shift|rr_limit"
    r"|active ports|flapping|parent interface): ?|media (?:autoselect|none|\d)|\[\("
    r"|id [0-9a-f:]{17} priority |maxage \d|root id |bridge flags=|ifmaxaddr \d"
    r"|peer [0-9a-f.:]+ peer6 |(?:ssid|meshid|regdomain) \S|tunnel inet|Opened by PID \d"
    rf"|(?!options:){NAME}: flags=)|(?<=lagg options:)[ \t]+(?=flags=))",
    re.ASCII,
)


def restore(text: str) -> Restored:
    """Return what ifconfig printed, and what else the text has; no line is made up."""
    found: list[str] = []
    outside: list[str] = []
    inside = whole = wlan = False
    margin = ""
    pieces = [(at, each) for at, line in joined(_cleaned(text)) for each in _peers_of(line)]
    for place, (indented, line) in enumerate(pieces):
        indent = indented.removeprefix(margin)
        if _FENCE.fullmatch(line):
            inside = False
            continue
        if HEADER_START.match(line):
            header = HEADER.fullmatch(with_names(line))
            inside = whole = header is not None
            margin = indented
            (found if header else outside).append(with_names(line) if header else line)
            continue
        if line.startswith(WLAN) or SHALLOW.match(line):
            wlan = line.startswith(WLAN)
        # Behind a line of something else, what is indented may be of that.
        canonical = _canonical(line, indent * whole or "\t" * wlan) if inside else None
        if canonical is not None:
            found.append(canonical)
        else:
            outside.append(line)
            whole = wlan = False
            inside = inside and (
                not PROMPT.fullmatch(line) or _is_comment(line, pieces[place + 1 : place + 4])
            )
    return Restored(tuple(found), tuple(outside))


def _is_comment(line: str, following: list[tuple[str, str]]) -> bool:
    """Return whether somebody wrote a line into a block, which is no prompt: the block goes on."""
    return _COMMENT.match(line) is not None and any(
        SHALLOW.match(after) or any(begin.match(after) for begin, _ in DEEP)
        for _, after in itertools.takewhile(
            lambda piece: not HEADER_START.match(piece[1]), following
        )
    )


def _cleaned(text: str) -> Iterator[tuple[str, str]]:
    """Yield each line's indentation, and the line without what other programs added."""
    if _DOUBLED.search(text):
        text = _BLANKS.sub(" ", text)
    text = plain(_BROKEN_NAME.sub(" ", text), BEGIN)
    # Up to FreeBSD 12 a blank follows the last group, and an address; it means that only where
    # no other line has one.
    printed_blank = not any(
        _TRAILING.search(line) and not _PRINTED_BLANK.search(line) for line in text.split("\n")
    )
    loose = _LOOSE.search(text) is not None
    spaced = 3 * len(re.findall(r"^[>| \t]*$", text, re.MULTILINE)) > text.count("\n")
    line = ""
    for quoted in text.split("\n"):
        quote = _QUOTE.match(quoted)
        new = not line.strip() and not spaced  # ifconfig prints no empty line
        line = quoted[quote.end() :] if quote else quoted
        words = _TIGHT.sub(r"\1: ", line.strip(), count=1) if line.strip() else ""
        if words[:1].isupper() and not begins(words) and begins(_small(words)):
            words = _small(words)
        if words.endswith("\u201d") and "\u201c" not in words:  # it began before the first line
            words = words[:-1].rstrip()
        if loose and not words.startswith("description:") and begins(words):
            words = words.replace(", ", ",")
        # A prompt has a # too, and so may what somebody has named.
        named = words.startswith(("description:", "ssid ", *"#$%")) or PROMPT.match(words)
        remark = None if named else _REMARK.search(words)
        if remark:
            words = words[: remark.start()].rstrip()
        if printed_blank and line.endswith(" ") and words.startswith("groups: "):
            words += " "
        if words:
            indent = "" if new and not begins(words) else line[: len(line) - len(line.lstrip())]
            yield from ((indent, piece) for piece in _pieces(words))
        if remark:
            yield "", line[line.index(remark[0]) :].strip()


def _small(line: str) -> str:
    return line[0].lower() + line[1:]


def _pieces(line: str) -> list[str]:
    """Take apart what was copied as one line."""
    return _RUN_ON.split(line) if HEADER_START.match(line) else [line]


def _peers_of(line: str) -> list[str]:
    two = _TWO_PEERS.fullmatch(line)
    return [f"{two[1]},", two[2]] if two else [line]


_MAC_LINE = re.compile(
    r"^((?:ether|hwaddr|lladdr|id|root id) )((?:[0-9A-Fa-f]{2}[:-]){5}[0-9A-Fa-f]{2})(?= |$)"
)
_PRINTED_PEER = str.maketrans({":": "-", " ": None})
_PEER_IN_LINE = re.compile(rf"(?<!\S){PEER}|(?<=\[){PEER}")


def _canonical(line: str, indented: str) -> str | None:
    """Return the line as ifconfig indents it; None for one that it did not print."""
    if _COMMENT.match(line) or not re.search(r"\w", line):
        return None
    line = _MAC_LINE.sub(lambda found: f"{found[1]}{found[2].lower().replace('-', ':')}", line)
    line = _PEER_IN_LINE.sub(lambda found: found[0].upper().translate(_PRINTED_PEER), line)
    named = with_names(line)
    for begin, indent in DEEP:
        if begin.match(line):
            return indent + named
    if SHALLOW.match(line):
        return "\t" + (named if named != "groups:" else "groups: ")
    if not indented:
        return None
    return ("\t\t" if indented.count("\t") > 1 else "\t") + line
