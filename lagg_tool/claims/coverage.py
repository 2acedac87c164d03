"""Which sentences of the article a copy has, and what it has that is none of them.

A sentence is in a copy where its letters are, one after the other, whatever lines, lists, cells
and headings the copy has made of them.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from pathlib import PurePath

from lagg_tool.claims.article import Article
from lagg_tool.claims.claim import Claims
from lagg_tool.claims.known import Known, title_letters
from lagg_tool.claims.letters import Letters, digest, letters_of, words_of_text
from lagg_tool.claims.sentence import Sentence

# What copies put before a sentence or a title without saying anything: Note:, Step 3, 1.2, a).
_LABEL = re.compile(
    r"(?:note|tip|info|hint|important|caution|warning|attention|danger"
    r"|(?:(?:step|chapter|section) )?\(?(?:\d+(?:\.\d+)*|[a-z])[.)]?)[:.]?",
    re.IGNORECASE,
)
# What programs write in the place of a picture, a few words that forbid nothing, and above a page.
_ASIDE = re.compile(
    r"\[!?(?!.*\b(?:not|never|no|must|only)\b)[^\[\].!?]{0,80}\]"
    r"|last (?:modified|updated)\b[^.]{0,60}|\d+ min(?:ute)?s?(?: to)? read\.?",
    re.IGNORECASE,
)
# What the columns of a table are called.
_COLUMNS = ("setting", "field", "option", "name", "value", "description", "meaning")


@dataclass(frozen=True)
class Texts:
    """Sentences to look for: by the count of their letters and the hash of these, or by hash."""

    by_letters: Mapping[int, Mapping[str, Sequence[tuple[str, str]]]]
    hashes: AbstractSet[str]

    @classmethod
    def of(cls, claims: Claims, further: Mapping[str, Letters] | None = None) -> Texts:
        """Return the sentences of the claims, and others by their hashes."""
        found: dict[int, dict[str, list[tuple[str, str]]]] = {}
        for hash_, letters in {**(further or {}), **claims.letters}.items():
            alike = found.setdefault(letters.count, {}).setdefault(letters.hash, [])
            alike.append((hash_, letters.addresses))
        found.pop(0, None)
        return cls(found, {*claims.sketches, *(further or {})})

    def like(self, text: str) -> frozenset[str]:
        """Return the hashes of those that a whole normalised sentence is one of."""
        letters = letters_of(text)
        alike = self.by_letters.get(letters.count, {}).get(letters.hash, ())
        own = {digest(text)} & self.hashes
        return frozenset(own | {h for h, a in alike if _agree(a, letters.addresses)})


@dataclass(frozen=True)
class Coverage:
    """What of a copy is the article's, in the copy's order, and what is new in it."""

    found: Sequence[tuple[str, Sentence]]
    new: Sequence[Sentence]


class _Stream:
    """All words of a copy in their order, with the number of the sentence of each."""

    def __init__(self, copy: Article) -> None:
        each = [words_of_text(sentence.text) for sentence in copy.sentences]
        self.sentences = copy.sentences
        self.words = [*itertools.chain.from_iterable(each)]
        self.owners = [number for number, words in enumerate(each) for _ in words]
        self._first = next((n for n, word in enumerate(self.words) if word.letters), 0)
        self._spans = [*itertools.pairwise([0, *itertools.accumulate(map(len, each))])]

    def matches(self, texts: Texts) -> Mapping[tuple[int, int], set[str]]:
        """Return the words, from one up to another, that are sentences, with their hashes."""
        letters = "".join(word.letters for word in self.words)
        places = [0, *itertools.accumulate(len(word.letters) for word in self.words)]
        ends = {places[n + 1]: n + 1 for n, word in enumerate(self.words) if word.letters}
        found: dict[tuple[int, int], set[str]] = {}
        for begin, (word, place) in enumerate(zip(self.words, places, strict=False)):
            for count, alike in texts.by_letters.items() if word.letters else ():
                if end := ends.get(place + count):
                    known = alike.get(digest(letters[place : place + count]))
                    if known and (hashes := self._agreeing(known, begin, end)):
                        found.setdefault((begin, end), set()).update(hashes)
        for sentence, span in zip(self.sentences, self._spans, strict=True):
            if sentence.hash in texts.hashes:
                found.setdefault(span, set()).add(sentence.hash)
        return found

    def _agreeing(self, known: Iterable[tuple[str, str]], begin: int, end: int) -> set[str]:
        addresses = "".join(word.addresses for word in self.words[begin:end])
        own = addresses and digest(addresses)
        return {hash_ for hash_, those in known if _agree(those, own)}

    def new(self, taken: AbstractSet[int], titles: Titles) -> set[int]:
        """Return the numbers of the sentences that have words besides those taken and labels."""
        return {
            number
            for number, span in enumerate(self._spans)
            if not self._is_known(span[0], self.sentences[number], taken, titles)
        }

    def _is_known(
        self, begin: int, sentence: Sentence, taken: AbstractSet[int], titles: Titles
    ) -> bool:
        words = dict(enumerate(sentence.text.split(), begin))
        own = [n for n in words if self.words[n].letters]
        rest = [n for n in own if n not in taken]
        while rest:
            # A label is before what is taken, or all that is there.
            after = next((n for n in own if n > rest[0] and n in taken), None)
            run = [n for n in rest if after is None or n < after]
            if after is None and rest[0] != own[0]:
                return False
            label = " ".join(words[n] for n in run)
            if not (_is_label(label) or titles.has(label, first=run[0] == self._first)):
                return False
            rest = rest[len(run) :]
        return True


@dataclass(frozen=True)
class Titles:
    """The letters of titles, which say nothing new, and of those of pages, which begin one."""

    sections: re.Pattern[str]
    pages: AbstractSet[str]

    @classmethod
    def of(cls, known: Iterable[Known], title: str) -> Titles:
        """Return those of the article of that title. Hugo has a page's own in front matter."""
        sources = [k.source for k in known]
        sections = {title_letters(source.section) for source in sources}
        sections |= {*_COLUMNS, *(f"{column}s" for column in _COLUMNS)}
        pages = {title_letters(PurePath(source.page).stem) for source in sources}
        alternatives = sorted(map(re.escape, sections), key=len, reverse=True)
        return cls(
            re.compile(f"(?:{'|'.join(alternatives)})*"), frozenset({title_letters(title)} | pages)
        )

    def has(self, text: str, *, first: bool) -> bool:
        """Return whether a text is some of these; ``first`` says whether it begins a copy."""
        letters = title_letters(text)
        return bool(self.sections.fullmatch(letters)) or (first and letters in self.pages)


def coverage(copy: Article, texts: Texts, titles: Titles) -> Coverage:
    """Return which of the sentences a copy has, and what is no title in the rest."""
    stream = _Stream(copy)
    taken: set[int] = set()
    chosen: list[tuple[int, int, set[str]]] = []
    longest = sorted(stream.matches(texts).items(), key=lambda each: each[0][0] - each[0][1])
    for (begin, end), hashes in longest:
        if taken.isdisjoint(range(begin, end)):
            taken.update(range(begin, end))
            chosen.append((begin, end, hashes))
    new = stream.new(taken, titles)
    found = [
        (hash_, copy.sentences[stream.owners[begin]])
        for begin, end, hashes in sorted(chosen)
        if new.isdisjoint(stream.owners[begin:end])
        for hash_ in sorted(hashes)
    ]
    return Coverage(
        found, [one for number in sorted(new) if not (one := copy.sentences[number]).is_link]
    )


def _agree(known: str, own: str) -> bool:
    """Return whether addresses are the same, or one side has none of them."""
    return not known or not own or known == own


def _is_label(text: str) -> bool:
    return bool(_LABEL.fullmatch(text) or _ASIDE.fullmatch(text))
