"""Which sentence of the article a new one of a copy was: by its words, then by its place."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from types import MappingProxyType

from lagg_tool.claims.known import Known, Place, same_heading, title_letters
from lagg_tool.claims.likeness import SIMILARITY, Index, Weights, is_much, words_of
from lagg_tool.claims.pages import file_name
from lagg_tool.claims.sentence import Sentence

# Of each paragraph of the article, where its sentences are in the copies.
Beside = Mapping[Place, AbstractSet[Place]]
_Old = tuple[Known, list[str]]  # with the words of its sketch
_New = tuple[Sentence, list[str]]


def pairs_of(
    lost: Sequence[Known],
    new: Sequence[Sentence],
    sketches: Mapping[str, str],
    given: AbstractSet[str],
    beside: Beside = MappingProxyType({}),
) -> list[tuple[Known, Sentence]]:
    """Pair lost sentences with new ones, those of the pages that were given before others.

    ``beside`` are the paragraphs of the copy that have other sentences of a known paragraph.
    """
    own = [k for k in lost if k.source.page in given]
    pairs = _pairs_of(own, new, sketches, beside)
    hashes, found = {k.hash for k in own}, {id(s) for _, s in pairs}
    others = [k for k in lost if k.hash not in hashes]
    return [*pairs, *_pairs_of(others, [s for s in new if id(s) not in found], sketches, None)]


def _pairs_of(
    lost: Sequence[Known],
    new: Sequence[Sentence],
    sketches: Mapping[str, str],
    beside: Beside | None,
) -> list[tuple[Known, Sentence]]:
    """Pair lost sentences with new ones, the most similar ones first; a heading breaks ties.

    What is left over then is a part of a sentence of the other side, or is not paired.
    """
    olds = [(k, words_of(sketches[k.hash])) for k in lost]
    news = [(s, words_of(s.sketch)) for s in new]
    weights = Weights.of([*map(words_of, sketches.values()), *(words for _, words in news)])
    index = Index(weights, [words for _, words in news])
    scored = [
        (
            weights.likeness(one, other),
            same_heading(k.source.section, s.section),
            k.source.page == file_name(s.page),
            k,
            s,
        )
        for k, one in olds
        for s, other in (news[number] for number in index.alike(one))
    ]
    scored = [each for each in scored if each[0] >= SIMILARITY]
    scored.sort(key=lambda each: each[:3], reverse=True)
    pairs = _Pairs()
    for *_, k, s in scored:
        if not pairs.has(s) and (not pairs.has(k) or pairs.same_text(k, s)):
            pairs.add(k, s)
    for k, one in olds:
        parts = index.parts(one)
        for number, (s, other) in enumerate(news):
            if pairs.has(k) != pairs.has(s):
                near = pairs.near(k, s)
                smaller = other if pairs.has(k) else one
                if (near or number in parts) and weights.is_part(smaller, one, other, near=near):
                    pairs.add(k, s)
    if beside is not None:
        _add_in_place(pairs, olds, news, beside)
    return pairs.found


def _add_in_place(
    pairs: _Pairs, olds: Iterable[_Old], news: Iterable[_New], beside: Beside
) -> None:
    """Pair each short sentence, still left over, with what stands where it stood."""
    places: dict[Place, list[_New]] = {}
    for s, other in news:
        by_name = file_name(s.page), title_letters(s.section), s.paragraph
        for place in {by_name, s.place}:
            places.setdefault(place, []).append((s, other))
    for k, one in olds:
        page, section, paragraph = k.place
        here = (page, title_letters(section), paragraph), *beside.get(k.place, ())
        for s, other in (each for place in here for each in places.get(place, ())):
            if not (pairs.has(k) and pairs.has(s)) and is_much(one, other):
                pairs.add(k, s)


class _Pairs:
    """The pairs that were found, and what is in them."""

    def __init__(self) -> None:
        self.found: list[tuple[Known, Sentence]] = []
        self._taken: set[object] = set()

    def add(self, k: Known, s: Sentence) -> None:
        self.found.append((k, s))
        self._taken |= {k.hash, id(s), (k.place, id(s)), (k.hash, s.place), (k.hash, s.hash)}

    def has(self, one: Known | Sentence) -> bool:
        return (one.hash if isinstance(one, Known) else id(one)) in self._taken

    def near(self, k: Known, s: Sentence) -> bool:
        """Return whether one of two is paired with what is in the paragraph of the other."""
        return not self._taken.isdisjoint({(k.place, id(s)), (k.hash, s.place)})

    def same_text(self, k: Known, s: Sentence) -> bool:
        """Return whether the sentence was paired already, in another place or copy."""
        return (k.hash, s.hash) in self._taken
