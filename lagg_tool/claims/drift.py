"""Drift: how a copy of the article differs from the one that the claims were written for."""

from __future__ import annotations

import bisect
import itertools
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from lagg_tool.claims.article import INTRODUCTION, Article
from lagg_tool.claims.claim import Claims
from lagg_tool.claims.coverage import Coverage, Texts, Titles, coverage
from lagg_tool.claims.known import Known, Place, claims_of, known_sentences, title_letters
from lagg_tool.claims.likeness import words_of
from lagg_tool.claims.pages import pages_of
from lagg_tool.claims.pairing import Beside, pairs_of
from lagg_tool.claims.patching import corrected_hashes, corrected_letters
from lagg_tool.claims.sentence import Sentence

# A copy of so many sentences is none, if less than this share and number are the article's,
# changed ones among them.
_LONG = 12
_FEW = 0.1
_MANY = 10


@dataclass(frozen=True)
class Changed:
    """A sentence whose words changed after its claims were written, and what was claimed there.

    If ``moved``, its words are the same, and it has changed places with another paragraph.
    """

    page: str
    line: int
    section: str
    text: str
    claims: tuple[str, ...]
    paraphrase: str
    moved: bool = False


@dataclass(frozen=True)
class Uncovered:
    """A sentence that no claim covers and that is not listed as claiming nothing."""

    page: str
    line: int
    section: str
    text: str


@dataclass(frozen=True)
class Gone:
    """A sentence that is no longer on its page, with what was claimed there."""

    page: str
    section: str
    paragraph: int | None
    claims: tuple[str, ...]
    paraphrase: str


@dataclass(frozen=True)
class NotGiven:
    """A page of the article that no copy is one of, and the claims that it makes alone."""

    page: str
    claims: tuple[str, ...]


@dataclass(frozen=True)
class Stranger:
    """A copy in which hardly anything of the article is found: how many of its sentences."""

    page: str
    found: int
    sentences: int


@dataclass(frozen=True)
class Drift:
    """All differences between a copy of the article and what the claims were written for.

    ``not_given`` is no difference: nobody looked at these pages. Of ``strangers`` nothing else
    is said.
    """

    changed: tuple[Changed, ...] = ()
    uncovered: tuple[Uncovered, ...] = ()
    gone: tuple[Gone, ...] = ()
    not_given: tuple[NotGiven, ...] = ()
    strangers: tuple[Stranger, ...] = ()

    def __bool__(self) -> bool:
        """Return whether there are any differences."""
        return bool(self.changed or self.uncovered or self.gone or self.strangers)


def audit(articles: Iterable[Article], claims: Claims) -> Drift:
    """Compare copies of the article's pages with the claims; pages not given are not missed.

    A sentence that was corrected as its claim suggests is no drift.
    """
    known = known_sentences(claims)
    texts = Texts.of(claims, corrected_letters(claims))
    titles = Titles.of(known, claims.header.title)
    every = [(copy, coverage(copy, texts, titles)) for copy in articles]
    strangers = {
        id(copy): one for copy, each in every if (one := _stranger(copy, each, known, claims))
    }
    every = [(copy, each) for copy, each in every if id(copy) not in strangers]
    pages = [pages_of(copy.page, {hash_ for hash_, _ in each.found}, known) for copy, each in every]
    given = frozenset(itertools.chain.from_iterable(pages))
    lost = _lost(every, known, given, claims, texts)
    new = [sentence for _, each in every for sentence in each.new]
    pairs = pairs_of(lost, new, claims.sketches, given, _beside(every, known))
    claimed: dict[int, list[Known]] = {}
    for k, s in pairs:
        claimed.setdefault(id(s), []).append(k)
    explained = {k.hash for k, _ in pairs}
    moved = [
        pair
        for (_, each), own in zip(every, pages, strict=True)
        for pair in _out_of_place(each, [k for k in known if k.source.page in own])
    ]
    return Drift(
        changed=(
            *(_changed(s, claimed[id(s)]) for s in new if id(s) in claimed),
            *(_changed(s, [k], moved=True) for k, s in moved),
        ),
        uncovered=tuple(
            Uncovered(s.page, s.line, s.section, s.text) for s in new if id(s) not in claimed
        ),
        gone=tuple(
            Gone(k.source.page, k.source.section, k.source.paragraph, k.claims, k.paraphrase)
            for k in lost
            if k.source.page in given and k.hash not in explained
        ),
        not_given=_not_given(known, given),
        strangers=tuple(strangers.values()),
    )


def _stranger(
    copy: Article, own: Coverage, known: Sequence[Known], claims: Claims
) -> Stranger | None:
    count, found = len(copy.sentences), {hash_ for hash_, _ in own.found}
    enough = min(_FEW * count, _MANY)
    if count < _LONG or len(found) >= enough:
        return None
    others = [k for k in known if k.hash not in found]
    changed = {s for _, s in pairs_of(others, own.new, claims.sketches, frozenset())}
    return Stranger(copy.page, len(found), count) if len(found | changed) < enough else None


def _changed(s: Sentence, known: Sequence[Known], *, moved: bool = False) -> Changed:
    words = "; ".join(dict.fromkeys(k.paraphrase for k in known))
    return Changed(s.page, s.line, s.section, s.text, claims_of(known), words, moved)


def _lost(
    every: Sequence[tuple[Article, Coverage]],
    known: Sequence[Known],
    given: AbstractSet[str],
    claims: Claims,
    texts: Texts,
) -> list[Known]:
    """Return the known sentences that no copy has, or has in fewer places than these pages."""
    found = [pair for _, each in every for pair in each.found]
    times = Counter(hash_ for hash_, _ in found)
    sections = {(hash_, title_letters(s.section)) for hash_, s in found}
    places = Counter(k.hash for k in known if k.source.page in given)
    # The first cell of a row names the section of the others, and is no sentence of its own.
    sentences = [s for copy, _ in every for s in copy.sentences]
    cells = {s.section for s in sentences}
    titles = {title_letters(one) for one in (*cells, *(s.text for s in sentences))}
    present = times.keys() | {hash_ for cell in cells for hash_ in texts.like(cell)}
    present |= {old for old, new in corrected_hashes(claims).items() if present >= {*new}}
    lost: list[Known] = []
    for k in known:
        section = k.source.section
        is_title = title_letters(section) in titles and k.hash in texts.like(section)
        absent = not (k.hash in present or is_title or _is_mark(k, claims.sketches))
        fewer = k.source.page in given and 0 < times[k.hash] < places[k.hash]
        if absent or (fewer and (k.hash, title_letters(k.source.section)) not in sections):
            places[k.hash] -= 1
            lost.append(k)
    return lost


def _beside(every: Sequence[tuple[Article, Coverage]], known: Iterable[Known]) -> Beside:
    """Return for each paragraph of the article where what a copy still has of it is."""
    places: dict[str, list[Place]] = {}
    for k in known:
        places.setdefault(k.hash, []).append(k.place)
    beside: dict[Place, set[Place]] = {}
    for hash_, s in itertools.chain.from_iterable(each.found for _, each in every):
        for place in places.get(hash_, ()):
            beside.setdefault(place, set()).add(s.place)
    return beside


def _is_mark(k: Known, sketches: Mapping[str, str]) -> bool:
    """Return whether it is a word that claims nothing, such as the letter of a list's item."""
    return not k.claims and len(words_of(sketches[k.hash])) == 1


def _out_of_place(copy: Coverage, known: Sequence[Known]) -> list[tuple[Known, Sentence]]:
    """Return what stands before what it stood behind, or has changed places below headings."""
    pairs = {k.hash: (k, s) for k, s in _moved(copy, known)}
    return [*({k.hash: (k, s) for k, s in _exchanged(copy, known)} | pairs).values()]


def _exchanged(copy: Coverage, known: Sequence[Known]) -> Iterator[tuple[Known, Sentence]]:
    """Yield what stands below the heading of something that, at last, stands below its own.

    One way is not enough: a copy without the ends of blocks has what follows in the last one.
    What is above all headings says nothing of one.
    """
    times = Counter(hash_ for hash_, _ in copy.found)
    times.update(k.hash for k in known)
    sentences = dict(copy.found)
    moves = [
        (title_letters(k.source.section), title_letters(sentences[k.hash].section), k)
        for k in known
        if times[k.hash] == 2 and k.hash in sentences  # once there, once here
        if INTRODUCTION not in {k.source.section, sentences[k.hash].section}
    ]
    nexts: dict[str, set[str]] = {}
    for before, after, _ in moves:
        nexts.setdefault(before, set()).add(after)
    for before, after, k in moves:
        reached = {after} if after != before else set()
        while further := {to for at in reached for to in nexts.get(at, ())} - reached:
            reached |= further
        if before in reached:
            yield k, sentences[k.hash]


def _moved(copy: Coverage, known: Iterable[Known]) -> Iterator[tuple[Known, Sentence]]:
    """Yield what stands before a paragraph of its section that it stood behind: a step, say."""
    times = Counter(hash_ for hash_, _ in copy.found)
    sentences = {hash_: s for hash_, s in copy.found if times[hash_] == 1}
    places = {hash_: number for number, hash_ in enumerate(sentences)}
    rows: dict[tuple[str, str, str], list[tuple[Known, Sentence]]] = {}
    for k in known:
        if k.order and (s := sentences.get(k.hash)):
            rows.setdefault((k.source.page, k.source.section, s.section), []).append((k, s))
    for row in rows.values():
        row.sort(key=lambda pair: places[pair[0].hash])
        kept = _longest_in_order([k.order for k, _ in row])
        yield from (pair for number, pair in enumerate(row) if number not in kept)


def _longest_in_order(numbers: Sequence[int]) -> set[int]:
    """Return the places of the longest row of numbers none of which is below one before it."""
    ends: list[int] = []  # the last number of the best row of each length
    lengths = []
    for number in numbers:
        length = bisect.bisect_right(ends, number)
        ends[length : length + 1] = [number]
        lengths.append(length)
    kept: set[int] = set()
    wanted, bound = len(ends) - 1, max(numbers, default=0)
    for place in range(len(numbers) - 1, -1, -1):
        if lengths[place] == wanted and numbers[place] <= bound:
            kept.add(place)
            wanted, bound = wanted - 1, numbers[place]
    return kept


def _not_given(known: Sequence[Known], given: AbstractSet[str]) -> tuple[NotGiven, ...]:
    """Return the pages that nobody looked at; a manual page has no sentences here."""
    seen = set(claims_of(k for k in known if k.source.page in given))
    others: dict[str, list[Known]] = {}
    for k in known:
        if k.source.page not in given:
            others.setdefault(k.source.page, []).append(k)
    return tuple(
        NotGiven(page, tuple(c for c in claims_of(those) if c not in seen))
        for page, those in others.items()
    )
