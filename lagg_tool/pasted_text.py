"""Text as people hand it on, without what terminals, web pages and mail have added to it.

``decoded`` makes text of a file's bytes, and ``encoded`` the same bytes again.
``plain`` knows nothing of what was printed but how it begins: what stands before a beginning,
and before other lines too, was added. What a program printed is never changed by it.
"""

from __future__ import annotations

import html
import quopri
import re

from lagg_tool.errors import UnreadableError

# Unicode's blanks; 0xA0 of Latin-1, which is not UTF-8; and what becomes of it when read as such.
_BLANK = re.compile("\u00c2?[\u00a0\udca0]|[\u1680\u2000-\u200a\u202f\u205f\u3000]")
_UNSEEN = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060\ufeff]")
_TERMINAL = re.compile(
    r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b\n]*(?:\x07|\x1b\\)|\x1b[ -/]+[0-~]|\x1b[0-~]"
)
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_LINE_END = re.compile(r"\r*\n|\r|[\x85\u2028\u2029]")
_BREAK = re.compile(r"<br ?/?>\n?", re.IGNORECASE)
# A bracket behind a number, as in flags=43<UP>, holds the names of its bits.
_TAG = re.compile(
    r"(?P<bits>=[0-9a-fx]+<(?!/)[^<>\n]*>)"
    r"|</?(?:pre|code|p|div|span|b|strong|em|i|tt|font|kbd|samp|blockquote|details|summary|a|ol|ul"
    r"|li|table|tbody|tr|td|th|h[1-6]|html|body)\b[^<>\n]*>"
    r"|\[/?(?:i?code|quote|spoiler|pre|font|size|color|list|b|i|u)\b[^\[\]\n]*\]",
    re.IGNORECASE,
)
_ENTITY = re.compile(r"&(?:[lg]t|nbsp|quot|amp|apos|#\d+|#x[0-9a-f]+);", re.IGNORECASE)
_ESCAPED_TWICE = 3  # a page that quotes a page that quotes another
_BOLD = re.compile(r"(?<![\w*:-])\*\*(?=\w)|(?<=[\w>)\]])(?<!-)\*\*(?![\w*:-])")
_BACKSLASH = re.compile(r"\\([<>_*\[\]])")  # Markdown's
# Strings of a program's source, one for each line, or one over all of them.
_ESCAPED_TABS = re.compile(r"""^([ \t>|]*["']?)((?:\\t)+)""", re.MULTILINE)
_ESCAPED_END = re.compile(r"""(?:\\r)?\\n(?=["'][ \t]*[,)+;\\]*[ \t]*$)""", re.MULTILINE)
_BRACKETS = str.maketrans("\u2039\u203a\uff1c\uff1e", "<><>")
# "=3D" is "=" in quoted-printable; ifconfig prints the number of a header in small letters.
_QUOTED_PRINTABLE = re.compile(r": flags=3D[0-9a-f]")

# What stands before each line, and what then stands behind it.
_FRAMES: tuple[tuple[str, str], ...] = (
    (r"[ \t]{0,3}(?:[>|][ \t]?)+", ""),
    (r"[ \t]*[│┃║|][ \t]?", r"[ \t]*[│┃║|][ \t]*$"),
    (r"[ \t]*\d{1,5}(?:[ \t]?[|:.)][ \t]?|[ \t])", ""),
    (r"[ \t]*[*•+-][ \t]?", ""),
    (r"`{1,3}", r"`{1,3}$"),
    (r"[ \t]*[\"']", r"[\"'][ \t]*[,)+;\\]*[ \t]*$"),
    (r"[ \t]*(?:<\d+>)?[A-Z][a-z]{2} [ 0-3]\d \d\d:\d\d:\d\d \S+ \S+: ", ""),
    (r"[ \t]*\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d\S*(?: \S+ \S+:)?[ \t]", ""),
    (r"[ \t]*\[[0-9:. T-]+\][ \t]?", ""),
)


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


def encoded(text: str, encoding: str) -> bytes:
    """Return the bytes that ``decoded`` made the text of."""
    return text.encode(encoding, "surrogateescape" if encoding == "utf-8" else "surrogatepass")


def plain(text: str, begin: str) -> str:
    """Return the text as it was printed, as far as can be told; ``begin`` is how that begins."""
    return _without_frames(cleaned(text), begin)


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
    for _ in range(_ESCAPED_TWICE):
        if _ENTITY.search(text):
            text = html.unescape(text)
    text = _UNSEEN.sub("", _BLANK.sub(" ", text)).translate(_BRACKETS)
    if text.count("\\n") > text.count("\n"):  # a string of JSON, as Ansible and APIs print it
        text = text.replace("\\r\\n", "\n").replace("\\n", "\n").replace("\\t", "\t")
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


def _without_frames(text: str, begin: str) -> str:
    text = _newer(text, begin)
    # One may stand within another: "> 12: …".
    inner = "|".join(before for before, _ in _FRAMES)
    for before, behind in _FRAMES * 2:
        if re.search(f"^{before}(?:{inner})?{begin}", text, re.MULTILINE):
            text = re.sub(f"^{before}", "", text, flags=re.MULTILINE)
            text = re.sub(behind, "", text, flags=re.MULTILINE) if behind else text
    # A prompt, or somebody's words, may stand before the first line.
    return re.sub(rf"(?<=[^\s\"'])[ \t\"']+(?={begin})", "\n", text)
