"""Sentences of a page, normalised: markup, lines and typographic quotes are no change."""

from __future__ import annotations

import hashlib
import html
import re
import string
import unicodedata
from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit

from lagg_tool.claims.letters import digest
from lagg_tool.claims.web_page import is_own_site, without_unseen

# Tags within words, and a link; kbd is none of them: claims have been written with its blanks.
_INLINE = re.compile(
    r"</?(?:a|abbr|b|big|cite|code|dfn|em|font|i|ins|mark|q|samp|small|span|strong|sub|sup|tt|u|var"
    r"|wbr)\b[^<>]*>",
    re.I,
)
_STRUCK = re.compile(r"</?(?:del|s|strike)\b[^<>]*>", re.I)  # what Markdown has between ~~
_ANCHOR = re.compile(r"""<a\b[^<>]*?\bhref=["']([^"'<>]*)["'][^<>]*>([^<>]*)</a>""", re.I)
_FOOTNOTE = re.compile(r"\[\^[^\]\[\s]+\]:?")  # the sign of one
# Tags between words; an autolink <https://…> and a placeholder <name> are none.
_TAG = re.compile(
    r"</?(?:blockquote|br|center|div|figure|hr|iframe|img|kbd|li|ol|p|picture|pre|source|table|tbody|td|th|thead"
    r"|tr|ul|video)\b[^<>]*>",
    re.IGNORECASE,
)
_LINK = re.compile(r"\[([^\]\[]*)\]\(((?:[^()]|\([^()]*\))*)\)")
_IMAGE = re.compile(r"!\[[^\]]*\]\((?:[^()]|\([^()]*\))*\)")
_ARCHIVED = re.compile(r"(?:https?://web\.archive\.org)?/web/\d{4,14}[a-z_]*/(?=https?:)")
_SENTENCE_END = re.compile(r"[.!?][\"')\]]*\s+")
_ABBREVIATIONS = frozenset(["e.g.", "i.e.", "etc.", "vs.", "cf.", "approx.", "fig.", "no.", "dr."])
# One spelling of quotes, of hyphens and dashes within a word, and of what is between the steps
# of a path; nothing of what hyphenates a word.
_PLAIN = str.maketrans(
    dict(
        zip(
            "\u2018\u2019\u201c\u201d\u2010\u2011\u2012\u2013\u2192\u00bb\u203a",
            "''\"\"---->>>",
            strict=True,
        )
    )
    | dict.fromkeys("\u00ad\u200b\u200c\u200d\u2060\ufeff")
)


@dataclass(frozen=True)
class Sentence:
    """One normalised sentence and its place.

    ``paragraph`` counts from 1 in its section; 0 is the section's own title. ``is_link`` is one
    that is nothing but links, as a web page has them around its text.
    """

    page: str
    line: int
    section: str
    paragraph: int
    text: str
    is_link: bool = False

    @property
    def place(self) -> tuple[str, str, int]:
        """The paragraph that it is in."""
        return self.page, self.section, self.paragraph

    @property
    def hash(self) -> str:
        """The first 16 hexadecimal digits of the text's SHA-256."""
        return digest(self.text)

    @property
    def sketch(self) -> str:
        """A byte per word: enough to recognise a changed sentence, not enough to read it."""
        words = (word.strip(string.punctuation).casefold() for word in self.text.split())
        return "".join(hashlib.sha256(word.encode()).hexdigest()[:2] for word in words)


def normalise(markdown: str) -> str:
    """Return the words of a piece of Markdown, one blank between each; link addresses stay."""
    text = _FOOTNOTE.sub("", _IMAGE.sub(" ", _STRUCK.sub("~~", without_unseen(markdown))))
    text = _TAG.sub(" ", _INLINE.sub("", _ANCHOR.sub(r"[\2](\1)", text)))
    while (linked := _LINK.sub(_link_words, text)) != text:
        text = linked
    text = re.sub(r"[*`]+|(?<!\w)_+|_+(?!\w)", "", text)
    text = re.sub(r"\\([!-/:-@\[-`{-~])", r"\1", text)
    text = unicodedata.normalize("NFKC", html.unescape(text)).translate(_PLAIN)
    return " ".join(text.split())


def split_sentences(text: str) -> list[str]:
    """Split normalised text after full stops, question and exclamation marks."""
    sentences = []
    start = 0
    for end in _SENTENCE_END.finditer(text):
        last_word = text[start : end.end()].rsplit(maxsplit=1)[-1].lower()
        if last_word not in _ABBREVIATIONS:
            sentences.append(text[start : end.end()].strip())
            start = end.end()
    rest = text[start:].strip()
    return [sentence for sentence in (*sentences, rest) if sentence]


def _link_words(match: re.Match[str]) -> str:
    address = match[2].split(" ")[0].strip("<>")
    address = _ARCHIVED.sub("", address)
    if address.startswith("https://www.google.com/url?"):  # a link in an exported document
        address = parse_qs(urlsplit(address).query).get("q", [address])[0]
    outside = address.startswith(("http://", "https://")) and not is_own_site(address)
    return f"{match[1]} <{address}>" if outside else match[1]
