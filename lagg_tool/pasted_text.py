"""Text as people hand it on, without what terminals, web pages and mail have added to it.

``decoded`` makes text of a file's bytes, and ``encoded`` the same bytes again.
``plain`` knows nothing of what was printed but how it begins: what stands before a beginning,
and before other lines too, was added. What a program printed is never changed by it.
"""

from __future__ import annotations

import html
import quopri
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from lagg_tool.errors import UnreadableError

# Unicode's blanks; 0xA0 of Latin-1, which is not UTF-8; and what becomes of it when read as such.
_BLANK = re.compile("\u00c2?[\u00a0\udca0]|[\u1680\u2000-\u200a\u202f\u205f\u3000]")
_UNSEEN = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060\ufeff]")
_TERMINAL = re.compile(
    r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b\n]*(?:\x07|\x1b\\)|\x1b[ -/]+[0-~]|\x1b[0-~]"
)
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_LINE_END = re.compile(r"\r*\n|\r|[\x85\u2028\u2029]")
# A page may have all its lines in one.
_BREAK = re.compile(r"(?:<br ?/?>|</(?:p|div|li|tr|pre)>)\n?", re.IGNORECASE)
# A bracket behind a number, as in flags=43<UP>, holds the names of its bits.
_TAG = re.compile(
    r"(?P<bits>=[0-9a-fx]+<(?!/)[^<>\n]*>)"
    r"|</?(?:pre|code|p|div|span|b|strong|em|i|tt|font|kbd|samp|blockquote|details|summary|a|ol|ul"
    r"|li|table|tbody|tr|td|th|h[1-6]|html|body|textarea)\b[^<>\n]*>"
    r"|\[/?(?:i?code|quote|spoiler|pre|font|size|color|list|b|i|u)\b[^\[\]\n]*\]",
    re.IGNORECASE,
)
_ENTITY = re.compile(r"&(?:[lg]t|nbsp|quot|amp|apos|#\d+|#x[0-9a-f]+);", re.IGNORECASE)
_WITHIN_ONE_ANOTHER = 4  # a numbered listing in a quote in a page in a mail
_LONGEST_PREFIX = 120
_ESCAPED_TWICE = 3  # a page that quotes a page that quotes another
_BOLD = re.compile(r"(?<![\w*:-])\*\*(?=\w)|(?<=[\w>)\]])(?<!-)\*\*(?:(?![\w*:-])|(?=: flags=))")
_BACKSLASH = re.compile(r"\\([<>_*\[\]])")  # Markdown's
# The end of a line that goes on, of a shell, a macro or a document: no line of a host has it.
_GOES_ON = re.compile(r"(?<![ \t])[ \t]*\\[ \t]*$", re.MULTILINE)
# Strings of a program's source, one for each line, or one over all of them.
_ESCAPED_TABS = re.compile(r"""^([ \t>|]*["']?)((?:\\t)+)""", re.MULTILINE)
_ESCAPED_END = re.compile(r"""(?:\\r)?\\n(?=["'][ \t]*[,)+;\\]*[ \t]*$)""", re.MULTILINE)
_ESCAPED = re.compile(r'\\([nrt"\\])')
_MEANT = {"n": "\n", "r": "", "t": "\t"}
_STRING = re.compile(r'^[ \t>|]*".*"[ \t]*,?[ \t]*$', re.MULTILINE)
_STRING_END = re.compile(r'"[ \t]*[}\]][}\], \t]*$', re.MULTILINE)
_BRACKETS = str.maketrans("\u2039\u203a\uff1c\uff1e", "<><>")
# "=3D" is "=" in quoted-printable; ifconfig prints the number of a header in small letters. "=" at
# the end breaks a long line, as each header of iproute2 is.
_QUOTED_PRINTABLE = re.compile(
    r": flags=3D[0-9a-f]|: <[A-Z][A-Z0-9_,-]*(?:> mtu [^\n]{1,60})?=\r?$", re.MULTILINE
)

# What stands before each line, but for a blank, and what then stands behind it.
_Frames = tuple[tuple[str, str], ...]
_FRAMES: _Frames = (
    (r"[ \t]*[│┃║|]", r"[ \t]*[│┃║|][ \t]*$"),
    (r"[ \t]*>(?:[ \t]?>)*", ""),
    # Not the first octet of a MAC address.
    (r"[ \t]*\d{1,5}(?:[ \t]?\||[:.)](?![0-9a-f]{2}:)|(?=[ \t]))", r"[ \t]*\|[ \t]*$"),
    (r"[ \t]*[*•+;-]", ""),
    (r"[ \t]*`{1,3}", r"`{1,3}$"),
    (r"[ \t]*[\"']", r"[\"'][ \t]*[,)+;\\]*[ \t]*$"),
    (r"[ \t]*[\u2018-\u201f]", r"[\u2018-\u201f][ \t]*$"),
    (r"[ \t]*(?:<\d+>)?[A-Z][a-z]{2} [ 0-3]\d \d\d:\d\d:\d\d \S+ \S+:", ""),
    (r"[ \t]*\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d\S*(?: \S+ \S+:)?", ""),
    (r"[ \t]*\[[0-9:. T-]+\]", ""),
)
# What a program printed may stand in comments; what a shell is to read is no variable then. Behind
# the # of a prompt are commands.
_SHELL_COMMENT = re.compile(r"^[ \t]*#(?!.*\b(?:echo|printf|sysrc)\b).*$", re.MULTILINE)
_BEHIND_A_VALUE = re.compile(
    r"""^([^#\n"']*=(?:"[^"\n]*"|'[^'\n]*'|[^\s"'#]+))[ \t]+#.*$""", re.MULTILINE
)
_FRAMES_OF_OUTPUT = (*_FRAMES, (r"[ \t]*(?:#|//)", ""))

# What compressed files begin with, and what unpacks them: newsyslog(8) compresses old logs.
_COMPRESSED = {
    b"\x1f\x8b": "gunzip",
    b"BZh": "bunzip2",
    b"\xfd7zXZ": "unxz",
    b"\x28\xb5\x2f\xfd": "unzstd",
    b"PK\x03\x04": "unzip",
}


def refuse_compressed(data: bytes) -> None:
    """Raise UnreadableError for a compressed file, with the program that unpacks it."""
    for magic, program in _COMPRESSED.items():
        if data.startswith(magic):
            raise UnreadableError(f"this file is compressed; unpack it with {program} first")


def decoded(data: bytes) -> tuple[str, str]:
    """Return the text of a file and its encoding: UTF-8, or Windows' UTF-16.

    Raises UnreadableError for a compressed file.
    """
    refuse_compressed(data)
    for encoding, first in (("utf-16-le", 0), ("utf-16-be", 1)):
        high = data[1 - first : 400 : 2]
        if data.startswith("\ufeff".encode(encoding)) or 2 * high.count(0) > len(high):
            try:
                return data.decode(encoding, "surrogatepass"), encoding
            except UnicodeDecodeError:
                break
    return data.decode("utf-8", "surrogateescape"), "utf-8"


_NO_TEXT = re.compile("[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f-\x9f\ud800-\udfff]")


def is_text(text: str) -> bool:
    """Return whether what ``decoded`` made is text: it has no control character but ESC."""
    return not _NO_TEXT.search(text)


def encoded(text: str, encoding: str) -> bytes:
    """Return the bytes that ``decoded`` made the text of."""
    return text.encode(encoding, "surrogateescape" if encoding == "utf-8" else "surrogatepass")


def plain(text: str, begin: str, *, comments: bool = True) -> str:
    """Return the text as it was printed, as far as can be told; ``begin`` is how that begins.

    With ``comments``, the lines may be those of comments; without, these are left out.
    """
    frames = _FRAMES_OF_OUTPUT if comments else _FRAMES
    for _ in range(_WITHIN_ONE_ANOTHER):
        before = text
        text = _without_frames(cleaned(text), begin, frames)
        if text == before:
            break
    return text


def put_together(text: str, begin: str, begins: Callable[[str], bool]) -> Iterator[str]:
    """Yield the text with its broken lines put together, in each way that it may have been broken.

    Of these, ``plain`` may make more than of the text itself: a terminal or a mail broke lines
    that had something before or behind them. What is no better is a wrong guess. ``begin`` is
    how what was printed begins, and ``begins`` tells of a line whether it is a new one.
    """
    text = _UNSEEN.sub("", _BLANK.sub(" ", _LINE_END.sub("\n", _TERMINAL.sub("", text))))
    yield _continued(text, begin)
    yield _uncut(text, begins)
    yield _unwrapped(_unquoted(text), begins)


# What a line of a page begins with, which ``cleaned`` takes away.
_TAGS = r"[ \t]*(?:<(?:li|p|tr|td|div|span|code)\b[^<>\n]*>)+"


def _continued(text: str, begin: str) -> str:
    """Put each line that lacks what all others begin with behind the one before it."""
    begins = [frame.before for frame in _outer_frames(text, begin)]
    if re.search(f"^{_TAGS}{begin}", text, re.MULTILINE):
        begins.append(_TAGS)
    if not begins:
        return text
    whole = re.compile("|".join(begins))
    lines = text.split("\n")
    framed = [whole.match(line) is not None for line in lines]
    inside = range(framed.index(True) + 1, len(lines) - framed[::-1].index(True))
    broken = {len(lines[n - 1].expandtabs()) for n in inside if framed[n - 1] > framed[n]}
    between = "" if len(broken) == 1 else " "
    found = lines[: inside.start]
    for n in inside:
        if framed[n]:
            found.append(lines[n])
        else:
            found[-1] += between + lines[n]
    return "\n".join([*found, *lines[inside.stop :]])


def _uncut(text: str, begins: Callable[[str], bool]) -> str:
    """Put together what was cut at a terminal's width, which several lines fill."""
    lines = text.split("\n")
    widths = [len(line.expandtabs()) for line in lines]
    full = max(widths)
    if widths.count(full) < 2:
        return text
    found = lines[:1]
    for width, line in zip(widths, lines[1:], strict=False):
        if width == full and not _begins(line, begins):
            found[-1] += line
        else:
            found.append(line)
    return "\n".join(found)


def _unwrapped(text: str, begins: Callable[[str], bool]) -> str:
    """Put together what was broken at a blank, where the next word did not fit."""
    lines = text.split("\n")
    widths = [len(line.expandtabs()) for line in lines]
    full = max((len(line.expandtabs()) for line in lines if " " in line.strip()), default=0)
    found = lines[:1]
    for width, line in zip(widths, lines[1:], strict=False):
        word = line.split(" ")[0]
        if width and word and width + len(word) >= full and not _begins(line, begins):
            inside = width == full and len(found[-1].split(" ")[-1] + word) > full
            found[-1] += line if inside else f" {line}"
        else:
            found.append(line)
    once = len(lines) - len(found) < 2  # a line by chance, before what somebody wrote
    return text if once else "\n".join(found)


def _unquoted(text: str) -> str:
    return re.sub(r"(?m)^[ \t]{0,3}(?:[>|] ?)+", "", text)


_LONGEST_FILLED = 200


def unfilled(text: str, begins: Callable[[str], bool]) -> str:
    """Put together paragraphs that were wrapped again: lines begin within most of their lines.

    A guess, which puts whatever else was said behind what was printed.
    """
    text = _unquoted(cleaned(text))
    lines = [line for line in text.split("\n") if 0 < len(line.strip()) < _LONGEST_FILLED]
    within = sum(
        any(begins(line[blank.end() :]) for blank in re.finditer(r"\S +(?=\S)", line))
        for line in lines
    )
    if 2 * within < len(lines):
        return text
    return re.sub(r"(?<=\S)[ \t]*\n[ \t]*(?=\S)", " ", text)


def _begins(line: str, begins: Callable[[str], bool]) -> bool:
    """Return whether a line begins by itself, whatever stands before what was printed."""
    line = cleaned(line)
    frame: _Frame | None = _Frame("")
    while frame is not None:
        if line[:2].isspace() or line[:1] == "\t" or begins(line.strip()):
            return True
        frame, line = _frame_of(line)
    return False


def _tabs(found: re.Match[str]) -> str:
    return found[1] + "\t" * found[2].count("t")


def _bits(found: re.Match[str]) -> str:
    return found["bits"] or ""


def cleaned(text: str) -> str:
    """Return the text without what is no part of any program's lines."""
    if _QUOTED_PRINTABLE.search(text):
        data = quopri.decodestring(text.encode("utf-8", "surrogateescape"))
        text = data.decode("utf-8", "surrogateescape")
    text = _LINE_END.sub("\n", _TERMINAL.sub("", text))
    text = _CONTROL.sub("", _BREAK.sub("\n", _rubbed_out(text)))
    if 2 * len(_GOES_ON.findall(text)) > sum(1 for line in text.split("\n") if line.strip()):
        text = _GOES_ON.sub("", text)
    for _ in range(_ESCAPED_TWICE):
        if _ENTITY.search(text):
            text = html.unescape(text)
    text = _UNSEEN.sub("", _BLANK.sub(" ", text)).translate(_BRACKETS)
    if text.count("\\n") > text.count("\n"):  # a string of JSON, as Ansible and APIs print it
        text = _STRING_END.sub("", _ESCAPED.sub(lambda found: _MEANT.get(found[1], found[1]), text))
    text = _STRING.sub(lambda line: line[0].replace('\\"', '"'), text)
    text = _ESCAPED_TABS.sub(_tabs, _ESCAPED_END.sub("", text))
    return _BOLD.sub("", _BACKSLASH.sub(r"\1", _TAG.sub(_bits, text)))


# What syslogd(8) writes in place of a message that it has just written.
_REPEATED = re.compile(r"last message (?:\S+ )*?repeated (\d{1,9}) times?")
_MOST_REPEATED = 1000


def messages(text: str) -> list[str]:
    """Return the lines of a log, each as often as it was said (within reason)."""
    said: list[str] = []
    for line in cleaned(text).split("\n"):
        repeated = _REPEATED.search(line)
        if repeated:
            said += said[-1:] * min(int(repeated[1]), _MOST_REPEATED)
        else:
            said.append(line)
    return said


def _rubbed_out(text: str) -> str:
    """Take away what a backspace has rubbed out, and the backspace."""
    if "\b" not in text:
        return text
    kept: list[str] = []
    for character in text:
        if character != "\b":
            kept.append(character)
        elif kept and kept[-1] != "\n":
            kept.pop()
    return "".join(kept)


def _newer(text: str, begin: str) -> str:
    """Return the newer text of a unified diff."""
    if not re.search(f"^[ +]{begin}", text, re.MULTILINE):
        return text
    if {"+", "-"} <= set(re.findall(r"^[+-]", text, re.MULTILINE)):
        return re.sub(r"^(?:-.*|\+\+\+ .*|@@ .*|[ +])", "", text, flags=re.MULTILINE)
    return text


@dataclass(frozen=True)
class _Frame:
    """What stands before the lines, and behind them."""

    before: str
    behind: str = ""


def _frame_of(prefix: str, frames: _Frames = _FRAMES_OF_OUTPUT) -> tuple[_Frame | None, str]:
    """Return the frame that a line begins with, with the blank after it, and what follows."""
    for before, behind in frames:
        found = re.match(before, prefix)
        if found:
            rest = prefix[found.end() :]
            blank = rest[:1] if rest[:1] in (" ", "\t") else ""
            return _Frame(f"{before}{blank and f'{blank}?'}", behind), rest.removeprefix(blank)
    return None, prefix


# A host before each line, as pdsh and others write it, or a file and a line, as grep does.
_NAMED = r"[ \t]*[\w.@/~-]+(?::\d+(?=:)| (?=\|))?[:|][ \t]?"


def _outer_frame(prefix: str, frames: _Frames) -> _Frame | None:
    """Return the frame that begins a line's prefix; None if the prefix has more than frames."""
    outer, rest = frame, _ = _frame_of(prefix, frames)
    while frame is not None and rest.strip():
        frame, rest = _frame_of(rest, frames)
    return outer if not rest.strip() or re.fullmatch(_NAMED, rest) else None


def _outer_frames(text: str, begin: str, frames: _Frames = _FRAMES_OF_OUTPUT) -> list[_Frame]:
    """Return the frames that stand before what begins in a text, each once."""
    lines = re.finditer(rf"^([^\n]{{1,{_LONGEST_PREFIX}}}?){begin}", text, re.MULTILINE)
    outer = (_outer_frame(found[1], frames) for found in lines)
    return list(dict.fromkeys(frame for frame in outer if frame is not None))


def _without_names(text: str, begin: str) -> str:
    """Take away a name that stands before most of the lines."""
    for name in set(re.findall(rf"^({_NAMED})(?={begin})", text, re.MULTILINE)):
        before = re.compile("^" + re.sub(r":\d+(?=:)", r":\\d+", re.escape(name)), re.MULTILINE)
        if 2 * len(before.findall(text)) > len(re.findall(r"^.*\S", text, re.MULTILINE)):
            return before.sub("", text)
    return text


def _without_frames(text: str, begin: str, frames: _Frames) -> str:
    text = _without_names(_newer(text, begin), begin)
    for _ in range(_WITHIN_ONE_ANOTHER):
        outer = _outer_frames(text, begin, frames)
        for frame in outer:
            text = re.sub(f"^{frame.before}", "", text, flags=re.MULTILINE)
            if frame.behind:
                text = re.sub(frame.behind, "", text, flags=re.MULTILINE)
        if not outer:
            break
    if frames is _FRAMES:
        text = _BEHIND_A_VALUE.sub(r"\1", _SHELL_COMMENT.sub("", text))
    # A prompt, or somebody's words, may stand before the first line.
    return re.sub(rf"(?<=[^\s\"'`])[ \t\"'`\u2018-\u201f]+(?={begin})", "\n", text)
