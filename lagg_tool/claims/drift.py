"""Drift: how a copy of the article differs from the one that the claims were written for."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from pathlib import PurePath

from lagg_tool.claims.article import Article, Sentence
from lagg_tool.claims.claim import Claims, Source
from lagg_tool.claims.likeness import SIMILARITY, Weights, is_much, words_of
from lagg_tool.claims.patching import corrected_hashes
from lagg_tool.claims.sets import ClaimSet
from lagg_tool.errors import UsageError

_LONGEST_LABEL = 8  # words
_LABEL = re.compile(
    r"(?:note|tip|info|hint|important|caution|warning|attention|danger|(?:step )?\d+)", re.I
)
# A page is given where a copy has so many of its sentences, though it has another name.
_SHARED = 2


@dataclass(frozen=True)
class Changed:
    """A sentence whose words changed after its claims were written, and what was claimed there."""

    page: str
    line: int
    section: str
    text: str
    claims: tuple[str, ...]
    paraphrase: str


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
class Drift:
    """All differences between a copy of the article and what the claims were written for.

    ``not_given`` is no difference: nobody looked at these pages.
    """

    changed: tuple[Changed, ...] = ()
    uncovered: tuple[Uncovered, ...] = ()
    gone: tuple[Gone, ...] = ()
    not_given: tuple[NotGiven, ...] = ()

    def __bool__(self) -> bool:
        """Return whether there are any differences."""
        return bool(self.changed or self.uncovered or self.gone)


@dataclass(frozen=True)
class _Known:
    """A sentence that the claims know: where it was, and what was claimed there."""

    source: Source
    hash: str
    claims: tuple[str, ...]
    paraphrase: str


def audit(articles: Iterable[Article], claims: Claims) -> Drift:
    """Compare copies of the article's pages with the claims; pages not given are not missed.

    A sentence that was corrected as its claim suggests is no drift.
    """
    copies = list(articles)
    known = _known_sentences(claims)
    given = _given(copies, known)
    lost, new = _lost_and_new(copies, known, claims)
    new = _without_titles(new, copies, known, claims.header.title)
    pairs = _pairs(lost, new, claims.sketches, given)
    claimed: dict[int, list[_Known]] = {}
    for k, s in pairs:
        claimed.setdefault(id(s), []).append(k)
    explained = {k.hash for k, _ in pairs}
    return Drift(
        changed=tuple(
            Changed(
                s.page,
                s.line,
                s.section,
                s.text,
                _claims_of(claimed[id(s)]),
                "; ".join(dict.fromkeys(k.paraphrase for k in claimed[id(s)])),
            )
            for s in new
            if id(s) in claimed
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
    )


def _without_titles(
    new: Sequence[Sentence], copies: Iterable[Article], known: Iterable[_Known], title: str
) -> list[Sentence]:
    """Leave out the title of a page that begins a copy of its text; Hugo has it in front matter."""
    titles = {_letters(PurePath(k.source.page).stem) for k in known} | {_letters(title)}
    first = {id(copy.sentences[0]) for copy in copies if copy.sentences}
    return [s for s in new if not (id(s) in first and _letters(s.text) in titles)]


def paired(articles: Iterable[Article], claims: Claims) -> tuple[tuple[str, Sentence], ...]:
    """Return the sentences that changed: the hash that the claims have, and what it is now."""
    copies, known = list(articles), _known_sentences(claims)
    lost, new = _lost_and_new(copies, known, claims)
    pairs = _pairs(lost, new, claims.sketches, _given(copies, known))
    return tuple((k.hash, sentence) for k, sentence in pairs)


def _given(copies: Iterable[Article], known: Sequence[_Known]) -> frozenset[str]:
    return frozenset(page for copy in copies for page in pages_of(copy, known))


def _lost_and_new(
    copies: Sequence[Article], known: Sequence[_Known], claims: Claims
) -> tuple[list[_Known], list[Sentence]]:
    """Return the known sentences that no copy has, and what copies have that is not known."""
    fixed = corrected_hashes(claims)
    every_hash = {s.hash for s in known} | {hash_ for new in fixed.values() for hash_ in new}
    titles = {_letters(k.source.section) for k in known} | {""}
    each = [(s, _spellings(s, every_hash, titles)) for copy in copies for s in copy.sentences]
    present = {hash_ for _, hashes in each for hash_ in hashes}
    # The first cell of a row names the section of the others, and is no sentence of its own.
    present |= {_hash(s.section) for s, _ in each}
    present |= {old for old, new in fixed.items() if present.issuperset(new)}
    lost = [k for k in known if k.hash not in present and not _is_mark(k, claims.sketches)]
    titles -= {_letters(k.source.section) for k in lost if k.source.paragraph == 0}
    # A copy may have a sentence twice, and say the same of it twice.
    new = [s for s, own in each if every_hash.isdisjoint(own) and _letters(s.text) not in titles]
    return lost, new


def _is_mark(k: _Known, sketches: Mapping[str, str]) -> bool:
    """Return whether it is a word that claims nothing, such as the letter of a list's item."""
    return not k.claims and len(words_of(sketches[k.hash])) == 1


def _claims_of(known: Iterable[_Known]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(claim for each in known for claim in each.claims))


def _not_given(known: Sequence[_Known], given: AbstractSet[str]) -> tuple[NotGiven, ...]:
    """Return the pages that nobody looked at; a manual page has no sentences here."""
    seen = set(_claims_of(k for k in known if k.source.page in given))
    pages = dict.fromkeys(k.source.page for k in known if k.source.page not in given)
    return tuple(
        NotGiven(
            page,
            tuple(
                c for c in _claims_of(k for k in known if k.source.page == page) if c not in seen
            ),
        )
        for page in pages
    )


def _known_sentences(claims: Claims) -> list[_Known]:
    """Return one entry per page and hash, in the order of article.toml."""
    found: dict[tuple[str, str], _Known] = {}
    entries = [
        *((s, claim.id, claim.paraphrase) for claim in claims.claims for s in claim.sources),
        *((silence.source, "", silence.reason) for silence in claims.silent),
    ]
    for source, claim_id, words in entries:
        for hash_ in source.hashes:
            before = found.get((source.page, hash_))
            ids = (*(before.claims if before else ()), *([claim_id] if claim_id else []))
            found[source.page, hash_] = _Known(
                source, hash_, ids, f"{before.paraphrase}; {words}" if before else words
            )
    return list(found.values())


def is_part_of_article(article: Article, claims: Claims) -> bool:
    """Return whether a page has enough of the article's sentences to be a copy of a page."""
    return any(count >= _SHARED for count in _shared(article, _known_sentences(claims)).values())


def pages_of(article: Article, known: Sequence[_Known]) -> frozenset[str]:
    """Return the pages that a copy has: by its name, and those that it has sentences of.

    A saved page holds what the original includes from other pages. What a page has in common
    with one that was found says nothing of it, and of two wordings a copy is one.
    """
    own, name = _hashes(known), _name(article.page)
    present = {sentence.hash for sentence in article.sentences}
    most = max((len(one & present) for one in own.values()), default=0)
    few = _SHARED if name in own else max(1, min(_SHARED, most))
    found = {name} & set(own)
    while True:
        seen = {hash_ for page in found for hash_ in own[page]}
        further = {
            page: len((hashes & present) - seen)
            for page, hashes in own.items()
            if len(hashes & seen) < _SHARED or 2 * len(hashes & present - seen) > len(hashes - seen)
        }
        best = max(further, key=lambda page: further[page], default="")
        if further.get(best, 0) < few:
            return frozenset(found)
        found.add(best)


def main_page(article: Article, claims: Claims) -> str:
    """Return the page that a copy is one of: that of its name, or the one it has most of."""
    shared = _shared(article, _known_sentences(claims))
    name = _name(article.page)
    if name in shared:
        return name
    most = max(shared, key=lambda page: shared[page], default="")
    return most if shared.get(most, 0) >= _SHARED else article.page


def _name(page: str) -> str:
    """Return the name of a page's file; a copy may be named with its directories."""
    return PurePath(page).name


def owner_of(article: Article, sets: Sequence[ClaimSet]) -> ClaimSet:
    """Return the set whose sentences a copy has most of; a page of the same name breaks ties.

    Raises UsageError where there is no set.
    """
    if not sets:
        raise UsageError("there is no claim set; write one")

    def likeness(one: ClaimSet) -> tuple[int, bool, int]:
        known = _known_sentences(one.claims)
        shared = _shared(article, known)
        present = {sentence.hash for sentence in article.sentences}
        return (
            len(present & {k.hash for k in known}),
            _name(article.page) in shared,
            one.header.order,
        )

    return max(sets, key=likeness)


def _shared(article: Article, known: Sequence[_Known]) -> dict[str, int]:
    """Return how many sentences of each page of the article a copy has."""
    present = {sentence.hash for sentence in article.sentences}
    return {page: len(hashes & present) for page, hashes in _hashes(known).items()}


def _hashes(known: Iterable[_Known]) -> dict[str, set[str]]:
    """Return the sentences of each page of the article, in the order of article.toml."""
    found: dict[str, set[str]] = {}
    for k in known:
        found.setdefault(k.source.page, set()).add(k.hash)
    return found


def _pairs(
    lost: Sequence[_Known],
    new: Sequence[Sentence],
    sketches: Mapping[str, str],
    given: AbstractSet[str],
) -> list[tuple[_Known, Sentence]]:
    """Pair lost sentences with new ones, those of the pages that were given before others."""
    own = [k for k in lost if k.source.page in given]
    pairs = _pairs_of(own, new, sketches)
    hashes, found = {k.hash for k in own}, {id(s) for _, s in pairs}
    others = [k for k in lost if k.hash not in hashes]
    return [*pairs, *_pairs_of(others, [s for s in new if id(s) not in found], sketches)]


def _pairs_of(
    lost: Sequence[_Known], new: Sequence[Sentence], sketches: Mapping[str, str]
) -> list[tuple[_Known, Sentence]]:
    """Pair lost sentences with new ones, the most similar ones first; a heading breaks ties.

    What is left over then is a part of a sentence of the other side, or is not paired.
    """
    olds = [(k, words_of(sketches[k.hash])) for k in lost]
    news = [(s, words_of(s.sketch)) for s in new]
    weights = Weights.of([*map(words_of, sketches.values()), *(words for _, words in news)])
    scored = [
        (
            weights.likeness(one, other),
            _letters(k.source.section) == _letters(s.section),
            k.source.page == _name(s.page),
            k,
            s,
        )
        for k, one in olds
        for s, other in news
        if len(one) and len(other)
    ]
    scored = [each for each in scored if each[0] >= SIMILARITY]
    scored.sort(key=lambda each: each[:3], reverse=True)
    pairs: list[tuple[_Known, Sentence]] = []
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
                    _place(k) == _place(old) if new is s else old.hash == k.hash and _near(new, s)
                    for old, new in pairs
                )
                if weights.is_part(smaller, one, other, near=near):
                    pairs.append((k, s))
                    taken |= {k.hash, id(s)}
    return [*pairs, *_pairs_in_place(olds, news, taken)]


def _pairs_in_place(
    olds: Iterable[tuple[_Known, list[str]]],
    news: Sequence[tuple[Sentence, list[str]]],
    taken: AbstractSet[object],
) -> Iterator[tuple[_Known, Sentence]]:
    """Yield each short sentence, still left over, with what stands where it stood."""
    done = set(taken)
    for k, one in olds:
        for s, other in news:
            if not {k.hash, id(s)} <= done and _in_place(k, s) and is_much(one, other):
                yield k, s
                done |= {k.hash, id(s)}


def _in_place(k: _Known, s: Sentence) -> bool:
    """Return whether a sentence stands where the known one stood; not every copy has that."""
    source = k.source
    return (source.page, _letters(source.section), source.paragraph) == (
        _name(s.page),
        _letters(s.section),
        s.paragraph,
    )


def _place(known: _Known) -> tuple[str, str, int | None]:
    return known.source.page, known.source.section, known.source.paragraph


def _near(one: Sentence, other: Sentence) -> bool:
    """Return whether two sentences of a copy are in the same paragraph."""
    return (one.page, one.section, one.paragraph) == (other.page, other.section, other.paragraph)


def _same_text(pairs: Iterable[tuple[_Known, Sentence]], k: _Known, s: Sentence) -> bool:
    """Return whether the sentence is one that was paired already, in another place or copy."""
    return any(k.hash == other.hash and s.hash == paired.hash for other, paired in pairs)


def _letters(heading: str) -> str:
    """Return what two spellings of a heading have in common, such as Load Balance."""
    return "".join(filter(str.isalnum, heading)).casefold()


def _spellings(
    sentence: Sentence, known: AbstractSet[str], titles: AbstractSet[str]
) -> frozenset[str]:
    """Return the hash of a sentence, or those of a known one and the label before it.

    A label is a title of the article, or a word such as Note: the first cell of a row, a title
    on the line of its text, the number of a step.
    """
    words = sentence.text.split()
    found = {sentence.hash, _hash(re.sub(r"(?<=\w)\.$", " .", sentence.text))}
    for count in range(1, min(_LONGEST_LABEL, len(words) - 1) + 1):
        label, rest = " ".join(words[:count]).rstrip(":.- \u2014"), _hash(" ".join(words[count:]))
        if rest in known and (_letters(label) in titles or _LABEL.fullmatch(label)):
            found |= {_hash(label), rest}
    return frozenset(found)


def _hash(text: str) -> str:
    return Sentence("", 0, "", 0, text).hash
