"""A sentence by its letters: what copies that say the same have in common, however they are set.

Blanks and line ends, hyphens, quotes, the signs of markup differ from copy to copy, and some copies
have lost the addresses of their links. So words that are joined or split are no difference, but
numbers and options are. Of a sentence the claims keep how many letters it has, their
hash, a hash of its addresses if it has any, and the number of its paragraph on each of its pages.
"""

from __future__ import annotations

import hashlib
import itertools
import re
from dataclasses import dataclass
from urllib.parse import unquote

STORED = re.compile(r"(\d+)\.([0-9a-f]{16})(?:\.([0-9a-f]{16}))?(?:@(\d+(?:/\d+)*))?")

_ADDRESS = re.compile(r"[(\[<]*https?://(.*)")
# Signs that tell one value from another: 1-32, 802.3ad, <1500, 50%, !x, -x and --x; ~~ is struck.
_SIGNS = re.compile(
    r"""[^\W_]|[≤≥≠±]|~~|(?<=\d)[^\w\s]+(?=\d)|(?<![^(\["'])--?(?=\w)"""
    r"|[<>=~$€!]+(?=\d)|(?<=\d)[%°+]|^[%°]|!(?=[\w=])"
)
_COMPARED = re.compile(r"[<>=~!]+")  # before a number, with a blank
# One spelling of what is said in full, too: doesn't, can't, it's.
_CONTRACTED = (
    (re.compile(r"(?<=ca)n't\b"), "nnot"),
    (re.compile(r"(?<=[a-z])n't\b"), "not"),
    (re.compile(r"(?<=[a-z])'re\b"), "are"),
    (re.compile(r"(?<=[a-z])'ll\b"), "will"),
    (re.compile(r"\b([Ii]t|[Tt]hat|[Tt]here)'s\b"), r"\1is"),
)
_DASHES = str.maketrans("\u2014\u2212", "--")


@dataclass(frozen=True)
class Word:
    """The letters of a word, and those of the address of its link."""

    letters: str
    addresses: str = ""


@dataclass(frozen=True)
class Letters:
    """How many letters a sentence has, their hash, and that of its addresses or "".

    ``paragraphs`` are the numbers of its paragraph on its pages, by their names; 0 is several.
    """

    count: int
    hash: str
    addresses: str = ""
    paragraphs: tuple[int, ...] = ()

    def __str__(self) -> str:
        """Return what a claim set keeps, which ``stored`` reads."""
        letters = ".".join(filter(None, (str(self.count), self.hash, self.addresses)))
        return f"{letters}@{'/'.join(map(str, self.paragraphs))}" if self.paragraphs else letters


NO_LETTERS = Letters(0, "")  # of a sentence of which only the hash is known


def stored(text: str) -> Letters | None:
    """Return what a claim set has kept; None if it is nothing of that."""
    found = STORED.fullmatch(text)
    if found is None:
        return None
    paragraphs = tuple(int(number) for number in (found[4] or "").split("/") if number)
    return Letters(int(found[1]), found[2], found[3] or "", paragraphs)


def letters_of(text: str) -> Letters:
    """Return the letters of a normalised sentence."""
    words = words_of_text(text)
    letters, addresses = ("".join(w.letters for w in words), "".join(w.addresses for w in words))
    return Letters(len(letters), digest(letters), digest(addresses) if addresses else "")


def words_of_text(text: str) -> list[Word]:
    """Return the words of a normalised sentence; a number that is broken at its dash goes on.

    An address belongs to the word before it, or to the first one.
    """
    words = [_word(one, after) for one, after in itertools.pairwise([*text.split(), ""])]
    addresses = [""] * len(words)
    owner = next((number for number, word in enumerate(words) if word.letters), 0)
    for number, word in enumerate(words):
        owner = number if word.letters else owner
        addresses[owner] += word.addresses
    return [Word(word.letters, own) for word, own in zip(words, addresses, strict=True)]


def _word(text: str, following: str) -> Word:
    if address := _ADDRESS.match(text):
        return Word("", "".join(filter(str.isalnum, unquote(address[1]))).casefold())
    plain = text.translate(_DASHES)
    for contracted, full in _CONTRACTED if "'" in plain else ():
        plain = contracted.sub(full, plain)
    to_number = _COMPARED.fullmatch(plain) and following[:1].isdigit()
    letters = plain if to_number else "".join(_SIGNS.findall(plain))
    # Two numbers side by side are not one.
    end = re.search(r"\d(-?)$", text) if following[:1].isdigit() else None
    return Word(f"{letters}{end[1] or ' '}" if end else letters)


def digest(text: str) -> str:
    """Return the first 16 hexadecimal digits of the SHA-256."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]
