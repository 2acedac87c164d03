"""Which sentence of the article a new one of a copy was: by its words, then by its place."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet

from lagg_tool.claims.known import Known, same_heading
from lagg_tool.claims.likeness import SIMILARITY, Weights, is_much, words_of
from lagg_tool.claims.pages import file_name
from lagg_tool.claims.sentence import Sentence


def pairs_of(
    lost: Sequence[Known],
    new: Sequence[Sentence],
    sketches: Mapping[str, str],
    given: AbstractSet[str],
) -> list[tuple[Known, Sentence]]:
    """Pair lost sentences with new ones, those of the pages that were given before others."""
    own = [k for k in lost if k.source.page in given]
    pairs = _pairs_of(own, new, sketches)
    hashes, found = {k.hash for k in own}, {id(s) for _, s in pairs}
    others = [k for k in lost if k.hash not in hashes]
    return [*pairs, *_pairs_of(others, [s for s in new if id(s) not in found], sketches)]


def _pairs_of(
    lost: Sequence[Known], new: Sequence[Sentence], sketches: Mapping[str, str]
) -> list[tuple[Known, Sentence]]:
    """Pair lost sentences with new ones, the most similar ones first; a heading breaks ties.

    What is left over then is a part of a sentence of the other side, or is not paired.
    """
    olds = [(k, words_of(sketches[k.hash])) for k in lost]
    news = [(s, words_of(s.sketch)) for s in new]
    weights = Weights.of([*map(words_of, sketches.values()), *(words for _, words in news)])
    scored = [
        (
            weights.likeness(one, other),
            same_heading(k.source.section, s.section),
            k.source.page == file_name(s.page),
            k,
            s,
        )
        for k, one in olds
        for s, other in news
        if len(one) and len(other)
    ]
    scored = [each for each in scored if each[0] >= SIMILARITY]
    scored.sort(key=lambda each: each[:3], reverse=True)
    pairs: list[tuple[Known, Sentence]] = []
    taken: set[object] = set()
    for *_, k, s in scored:
        if k.hash not in taken and id(s) not in taken:
            pairs.append((k, s))
            taken |= {k.hash, id(s)}
        elif k.hash in taken and id(s) not in taken and _same_text(pairs, k, s):
            pairs.append((k, s))
            taken.add(id(s))
    for k, one in olds:
        for s, other in news:
            if (k.hash in taken) != (id(s) in taken):
                smaller = one if k.hash not in taken else other
                near = any(
                    k.place == old.place if new is s else old.hash == k.hash and _near(new, s)
                    for old, new in pairs
                )
                if weights.is_part(smaller, one, other, near=near):
                    pairs.append((k, s))
                    taken |= {k.hash, id(s)}
    return [*pairs, *_pairs_in_place(olds, news, taken)]


def _pairs_in_place(
    olds: Iterable[tuple[Known, list[str]]],
    news: Sequence[tuple[Sentence, list[str]]],
    taken: AbstractSet[object],
) -> Iterator[tuple[Known, Sentence]]:
    """Yield each short sentence, still left over, with what stands where it stood."""
    done = set(taken)
    for k, one in olds:
        for s, other in news:
            if not {k.hash, id(s)} <= done and _in_place(k, s) and is_much(one, other):
                yield k, s
                done |= {k.hash, id(s)}


def _in_place(k: Known, s: Sentence) -> bool:
    """Return whether a sentence stands where the known one stood; not every copy has that."""
    return (
        k.source.page == file_name(s.page)
        and same_heading(k.source.section, s.section)
        and k.source.paragraph == s.paragraph
    )


def _near(one: Sentence, other: Sentence) -> bool:
    """Return whether two sentences of a copy are in the same paragraph."""
    return (one.page, one.section, one.paragraph) == (other.page, other.section, other.paragraph)


def _same_text(pairs: Iterable[tuple[Known, Sentence]], k: Known, s: Sentence) -> bool:
    """Return whether the sentence is one that was paired already, in another place or copy."""
    return any(k.hash == other.hash and s.hash == paired.hash for other, paired in pairs)
