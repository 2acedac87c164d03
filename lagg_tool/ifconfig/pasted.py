"""The output of ifconfig as people hand it on, made what ifconfig printed.

Terminals copy blanks for tabs, mail quotes with ``> `` and breaks long lines, Windows ends
them with CR LF, web pages drop ``<…>`` or write ``&lt;``, and a paste has prompts and the
output of other commands around it. ``restore`` undoes all of these; it is applied only to a
text that ``is_pasted``.
"""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from lagg_tool.ifconfig import bit_names
from lagg_tool.ifconfig.detail_lines import DETAILS
from lagg_tool.pasted_text import plain

# What ifconfig never prints, and a blank at the end of a line, which only some releases do.
_NEVER_PRINTED = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f\x85\xa0\u2000-\u200f\u2028-\u202f\u3000\ufeff\udca0]"
    r"|&[lg]t;|\[/?(?i:code|quote)|<pre|[<,](?:…|\.\.)| mtu \d+ *\\|<[A-Z][A-Z0-9_]*, "
    r"|^(?!\tdescription: ).*\s(?:<-|#\s|//\s)"
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
_PROMPT = re.compile(
    r"(?:\[?[\w.-]+@[\w.-]+[^#$%>]*[#$%>]|[\w.-]*[#$%>](?=[ \t]|$))[ \t]*(.*)", re.ASCII
)
_TRAILING = re.compile(r"[^\s>|][ \t]+\r?$")
_PRINTED_BLANK = re.compile(r"\b(?:groups:|inet|inet6) ")
_FENCE = re.compile(r"(?:```|~~~)\w*")
# iocage names the host's end of a jail's link vnet0:38, for its nic 0 and the jail's number.
_NAME = r"(?![`\"'+*|.-])(?:vnet\d+:\d+|[^\s:<>()\[\]]{1,31})"
# "lagg options: flags=10<LACP_STRICT>" is no header, though a page may have it in one line.
BEGIN = rf"(?!options:){_NAME}: flags=[0-9a-fA-Fx]+(?=[ <(\[{{\\&A-Z])"
# An arrow at what somebody wants to be seen, or a comment.
_REMARK = re.compile(r"\s(?:<[-=]|<<|←|(?:#|//)\s)")
_COMMENT = re.compile(r"#|//")
_LOOSE = re.compile(r"=[0-9a-f]+<[A-Z][A-Z0-9_]*, [A-Z]")  # some pages put a blank behind a comma
_DOUBLED = re.compile(r"\S: {2,}flags=\S+ +metric |: flags=\S+ {2,}metric ")
# Mail breaks a long header behind the name; the options of a LAGG have flags without a metric.
_BROKEN_NAME = re.compile(
    r"(?<=[\w.]:)[ \t]*\n[>| \t]*(?=flags=[0-9a-f]+[^\s\[]*\s[\s>|]*metric\s)", re.ASCII
)
_BLANKS = re.compile(r"(?<=\S) {2,}(?=\S)")
_TIGHT = re.compile(r"^(laggport|member|groups|media|status|lag id|carp|vlan):(?=\S)")
_HEADER_START = re.compile(rf"({_NAME}): flags=", re.ASCII)
_HEADER = re.compile(rf"({_NAME}): flags=\S+(?: \S+)? metric \d+ mtu \d+(.*)", re.ASCII)
_HALF_HEADER = re.compile(
    rf"{_NAME}: flags=(?:[0-9a-f]+<[A-Z0-9_,]*|[^<]*|[^<]*<[^>]*>(?: metric(?: \d+)?(?: mtu)?)?)",
    re.ASCII,
)
_HEX4 = "[0-9A-Fa-f]{4}"
_PEER = rf"\({_HEX4},[^(),]*,{_HEX4},{_HEX4},{_HEX4}\)"
_TWO_PEERS = re.compile(rf"((?:lag id: )?\[{_PEER}),\s*({_PEER}\])")

# How far ifconfig indents a line, by its beginning; the rest of what it prints has one tab.
_DEEP: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"flags=|\[\(|media \w\S*(?: mode \S+)?(?: mediaopt |$)"), "\t\t"),
    (re.compile(r"(?:flowid_shift|rr_limit|active ports|flapping|use_flowid): "), "\t\t"),
    (re.compile(rf"\({_HEX4},"), "\t\t "),
    *((begin, indent) for begin, _, indent in DETAILS),
)
_SHALLOW = re.compile(
    r"(?:options|capabilities|nd6 options)=|(?:ether|hwaddr|lladdr|inet|inet6|laggproto) "
    r"|(?:description|laggport|member|groups|vlan|media|status|lag id|lagg options"
    r"|lagg statistics|supported media|carp|vrrp|drivername|fib|tunnelfib|plugged|vendor"
    r"|module temperature|nominal bitrate|compliance level|class|RX|TX|lane \d+|maclabel"
    r"|parent interface|grekey|reqid|pfsync|syncok|syncpeer|vxlan config|laggdev|lagg):(?: |$)"
)
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
    rf"|(?!options:){_NAME}: flags=)|(?<=lagg options:)[ \t]+(?=flags=))",
    re.ASCII,
)

_NAMED_BITS: tuple[tuple[re.Pattern[str], Mapping[int, str]], ...] = (
    (re.compile(rf"{_NAME}: flags="), bit_names.INTERFACE),
    (re.compile(r"laggport: \S+ flags="), bit_names.LAGG_PORT),
    (re.compile(r"laggport: .* state="), bit_names.LACP_STATE),
    (re.compile(r"member: \S+ flags="), bit_names.BRIDGE_MEMBER),
    (re.compile(r"flags="), bit_names.LAGG_OPTIONS),
    (re.compile(r"(?:options|capabilities)="), bit_names.CAPABILITIES),
    (re.compile(r"nd6 options="), bit_names.ND6),
)
# A number with the names that follow it, whatever became of the brackets around them.
_BITS = re.compile(
    r"(?:0x)?(?:([0-9A-F]+(?=[ <(\[{\\]|$))|([0-9a-f]+))\\?"
    r"(?:<([^<>]*)>|[(\[{]([A-Z0-9_,]*)[)\]}]|<?( ?[A-Z][A-Z0-9_]*(?:,[A-Z0-9_]+)*)>?(?= |$))?"
)


_WLAN = ("ssid ", "meshid ", "regdomain ", "country ", "authmode ")


def restore(text: str) -> Restored:
    """Return what ifconfig printed, and what else the text has; no line is made up."""
    found: list[str] = []
    outside: list[str] = []
    inside = wlan = False
    margin = ""
    pieces = list(_joined(_cleaned(text)))
    for place, (indented, line) in enumerate(pieces):
        indent = indented.removeprefix(margin)
        if _FENCE.fullmatch(line):
            inside = False
            continue
        if _HEADER_START.match(line):
            header = _HEADER.fullmatch(_with_names(line))
            inside = header is not None
            margin = indented
            (found if header else outside).append(_with_names(line))
            continue
        if line.startswith(_WLAN) or _SHALLOW.match(line):
            wlan = line.startswith(_WLAN)
        canonical = _canonical(line, indent or "\t" * wlan) if inside else None
        if canonical is not None:
            found.append(canonical)
        else:
            outside.append(line)
            wlan = False
            inside = inside and (
                not _PROMPT.fullmatch(line) or _is_comment(line, pieces[place + 1 : place + 4])
            )
    return Restored(tuple(found), tuple(outside))


def _is_comment(line: str, following: list[tuple[str, str]]) -> bool:
    """Return whether somebody wrote a line into a block, which is no prompt: the block goes on."""
    return _COMMENT.match(line) is not None and any(
        _SHALLOW.match(after) or any(begin.match(after) for begin, _ in _DEEP)
        for _, after in itertools.takewhile(
            lambda piece: not _HEADER_START.match(piece[1]), following
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
    for quoted in text.split("\n"):
        quote = _QUOTE.match(quoted)
        line = quoted[quote.end() :] if quote else quoted
        words = _TIGHT.sub(r"\1: ", line.strip(), count=1) if line.strip() else ""
        if words[:1].isupper() and not begins(words) and begins(_small(words)):
            words = _small(words)
        if loose and not words.startswith("description:") and begins(words):
            words = words.replace(", ", ",")
        # A prompt has a # too, and so may what somebody has named.
        named = words.startswith(("description:", "ssid ", *"#$%")) or _PROMPT.match(words)
        remark = None if named else _REMARK.search(words)
        if remark:
            words = words[: remark.start()].rstrip()
        if printed_blank and line.endswith(" ") and words.startswith("groups: "):
            words += " "
        if words:
            indent = line[: len(line) - len(line.lstrip())]
            yield from ((indent, piece) for piece in _pieces(words))
        if remark:
            yield "", line[line.index(remark[0]) :].strip()


def _small(line: str) -> str:
    return line[0].lower() + line[1:]


def _pieces(line: str) -> list[str]:
    """Take apart what was copied as one line."""
    if _HEADER_START.match(line) and _RUN_ON.search(line):
        parts = _RUN_ON.split(line)
        return [piece for part in parts for piece in _pieces_of_peers(part)]
    return _pieces_of_peers(line)


def _pieces_of_peers(line: str) -> list[str]:
    two = _TWO_PEERS.fullmatch(line)
    return [f"{two[1]},", two[2]] if two else [line]


def _joined(lines: Iterable[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    """Put together the lines that mail, or the width of a terminal, has broken."""
    pieces = list(lines)
    full = _full_width(pieces)
    margin = min((len(indent) for indent, _ in pieces), default=0)
    held: tuple[str, str] | None = None
    width = 0  # of the last piece
    for before, line in pieces:
        indent = before[margin:]
        glue = _glue(held[1], line) if held else None
        if held and glue is None and width == full and len(indent) < 2 and _is_cut(held[1], line):
            glue = " " if indent else ""
        if held and glue is None and held[0][margin:] and not indent and _is_wlan(held[1], line):
            glue = " "
        if held and glue is not None:
            held = (held[0], f"{held[1]}{glue}{line}")
        else:
            if held:
                yield held
            held = (before, line)
        width = _width(before, line)
    if held:
        yield held


def _width(indent: str, line: str) -> int:
    return len(f"{indent}{line}".expandtabs())


def _full_width(pieces: list[tuple[str, str]]) -> int | None:
    """Return the width of the terminal that a text was cut at: several lines are as long."""
    widths = Counter(_width(*piece) for piece in pieces)
    widest = max(widths, default=0)
    return widest if widths[widest] > 1 else None


def _is_cut(before: str, line: str) -> bool:
    """Return whether a line goes on with the one before it, which fills a terminal's width."""
    if before.endswith((">", ")", "]")) or begins(line):
        return False
    whole = _HEADER.fullmatch(_with_names(before)) is not None
    return not whole or re.match(r"\d{1,4}(?: |$)", line) is not None


def _is_wlan(before: str, line: str) -> bool:
    return before.startswith(_WLAN) and not begins(line)


def begins(line: str) -> bool:
    """Return whether a line, without its indentation, begins as ifconfig or a prompt begins one."""
    return bool(
        _HEADER_START.match(line)
        or _SHALLOW.match(line)
        or _PROMPT.fullmatch(line)
        or any(begin.match(line) for begin, _ in _DEEP)
    )


# A line that mail has broken: how it ends there, how the next one begins, and what was between.
_BROKEN: tuple[tuple[re.Pattern[str], re.Pattern[str], str], ...] = (
    (
        re.compile(r".*=[0-9A-Fa-f]+(?:[<(]?[A-Z0-9_,]*,|<[A-Z0-9_,]*)"),
        re.compile(r"[A-Z0-9_,]+[>)]?(?: |$)"),
        "",
    ),
    (
        re.compile(rf"{_NAME}: flags=\S+(?: \S+)? metric \d+ mtu \d{{1,4}}", re.ASCII),
        re.compile(r"\d{1,4}$"),
        "",
    ),
    (_HALF_HEADER, re.compile(r"metric |mtu |\d+$|\d+ mtu "), " "),
    (re.compile(r"media: .*\([^)]*,"), re.compile(r".*\)$"), ""),
    (re.compile(r"media: .*\([^)]*>"), re.compile(r"\)$"), ""),
    (re.compile(r"media: .*\([^)<]*"), re.compile(r"<.*\)$"), " "),
    (re.compile(r"media: [^(]*"), re.compile(r"\([0-9A-Za-z].*\)$"), " "),
    (re.compile(r"media: Ethernet"), re.compile(r"autoselect|\d+G?base", re.IGNORECASE), " "),
    (re.compile(r"(?:laggport|member): \S+"), re.compile(r"flags="), " "),
    (re.compile(r"nd6"), re.compile(r"options="), " "),
    (re.compile(r"lag id:"), re.compile(r"\[\("), " "),
    (
        re.compile(r"(?:ifmaxaddr|maxage|(?:root )?id) \S.*"),
        re.compile(
            r"(?:\d+|(?:port|path|cost|priority|ifcost|hellotime|fwddelay|holdcnt|proto|maxaddr"
            r"|timeout) \S+)(?: |$)"
        ),
        " ",
    ),
    (re.compile(r"laggport: .*"), re.compile(r"state="), " "),
    (
        re.compile(r"vlan: (?!.*parent interface:).*"),
        re.compile(r"vlanproto: |vlanpcp: |parent interface: "),
        " ",
    ),
    (re.compile(r"inet6 .* 0x"), re.compile(r"[0-9a-f]+(?: |$)"), ""),
    (
        re.compile(r"inet6? .*"),
        re.compile(r"(?:netmask|broadcast|prefixlen|scopeid|-->|vhid|0x[0-9a-f]+|[0-9.]+)(?: |$)"),
        " ",
    ),
)


def _glue(before: str, line: str) -> str | None:
    """Return what a line is joined with to the one before it; None if it begins by itself."""
    continues = _HEADER_START.match(line) is None and (
        _SHALLOW.match(line) is None or line.startswith("parent interface:") or before == "nd6"
    )
    for end, begin, between in _BROKEN if continues else ():
        if end.fullmatch(before) and begin.match(line):
            return between
    return None


_MAC_LINE = re.compile(
    r"^((?:ether|hwaddr|lladdr|id|root id) )((?:[0-9A-Fa-f]{2}[:-]){5}[0-9A-Fa-f]{2})(?= |$)"
)
_PEER_IN_LINE = re.compile(rf"(?<!\S){_PEER}|(?<=\[){_PEER}")


def _canonical(line: str, indented: str) -> str | None:
    """Return the line as ifconfig indents it; None for one that it did not print."""
    if _COMMENT.match(line):
        return None
    line = _MAC_LINE.sub(lambda found: f"{found[1]}{found[2].lower().replace('-', ':')}", line)
    line = _PEER_IN_LINE.sub(lambda found: found[0].upper().replace(":", "-"), line)
    named = _with_names(line)
    for begin, indent in _DEEP:
        if begin.match(line):
            return indent + named
    if _SHALLOW.match(line):
        return "\t" + (named if named != "groups:" else "groups: ")
    if not indented:
        return None
    return ("\t\t" if indented.count("\t") > 1 else "\t") + line


def _with_names(line: str) -> str:
    """Write the bits of a line as ifconfig does: the number, and the names in brackets."""
    for begin, table in _NAMED_BITS:
        found = begin.match(line)
        if found:
            line = (
                line[: found.end()]
                + _BITS.sub(
                    lambda bits, table=table: _printed(bits, table),  # type: ignore[misc]
                    line[found.end() :],
                    count=1,
                )
            )
    return line


def _printed(bits: re.Match[str], table: Mapping[int, str]) -> str:
    number = (bits[1] or bits[2]).lower()
    printed = next((group for group in bits.groups()[2:] if group is not None), None)
    value = int(number[:16], 16)
    if printed is None and value == 0 and table in (bit_names.CAPABILITIES, bit_names.ND6):
        return "0"
    shortened = printed is None or "…" in printed or ".." in printed
    words = (
        bit_names.names(table, value)
        if printed is None or shortened
        else "".join(printed.upper().split())
    )
    return f"{value:x}<{words}>"


# Other texts, by what only they have.
_ELSEWHERE = (
    (
        re.compile(
            r"flags=\d+<[^>]*> {2}mtu|txqueuelen|Link encap:|^\s*link/ether |> mtu \d+ qdisc ", re.M
        ),
        "ifconfig of Linux",
    ),
    (
        re.compile(r"flags=(?:0x)?[0-9a-f]+<[^>]*> (?:rdomain \d+ )?mtu|trunkproto"),
        "ifconfig of another BSD or macOS",
    ),
    (re.compile(r"^\s*(?:ifconfig_\w+|cloned_interfaces)=", re.M), "rc.conf (--rc-conf FILE)"),
    (re.compile(r": link state changed to (?:UP|DOWN)"), "the kernel's log (--dmesg FILE)"),
    (
        re.compile(r"^(?!.*flags=)(?=.*\b(?:lagg|bond|em|igb|ix|ixl|re|bge|mlx|cxl)\d)", re.S),
        "somebody's description, of which only the printed lines themselves can be read",
    ),
)


def what_else(text: str) -> str:
    """Return what a text without an interface seems to be: "; this is …", or nothing."""
    if not text.strip():
        return "; the text is empty"
    for sign, system in _ELSEWHERE:
        if sign.search(text):
            return f"; this looks like {system}"
    return ""
