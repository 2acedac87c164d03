"""Drift: how a copy of the article differs from the one that the claims were written for."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from lagg_tool.claims.article import Article, Sentence
from lagg_tool.claims.claim import Claims, Source
from lagg_tool.claims.patching import corrected_hashes

# Below this share of common words, in order, a new sentence is no longer the old one changed.
SIMILARITY = 0.25


@dataclass(frozen=True)
class Changed:
    """A sentence whose words changed after its claims were written."""

    page: str
    line: int
    section: str
    text: str
    claims: tuple[str, ...]


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
class Drift:
    """All differences between a copy of the article and what the claims were written for."""

    changed: tuple[Changed, ...] = ()
    uncovered: tuple[Uncovered, ...] = ()
    gone: tuple[Gone, ...] = ()

    def __bool__(self) -> bool:
        """Return whether there are any."""
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
    known = _known_sentences(claims)
    fixed = corrected_hashes(claims)
    every_hash = {s.hash for s in known} | {hash_ for new in fixed.values() for hash_ in new}
    changed: list[Changed] = []
    uncovered: list[Uncovered] = []
    gone: list[Gone] = []
    for article in articles:
        page = _page_of(article, known)
        present = {sentence.hash for sentence in article.sentences}
        present |= {old for old, new in fixed.items() if present.issuperset(new)}
        lost = [k for k in known if k.source.page == page and k.hash not in present]
        new = [s for s in article.sentences if s.hash not in every_hash]
        pairs = _changed_pairs(lost, new, claims.sketches)
        changed += [Changed(s.page, s.line, s.section, s.text, k.claims) for k, s in pairs]
        paired = {id(part) for pair in pairs for part in pair}
        uncovered += [
            Uncovered(s.page, s.line, s.section, s.text) for s in new if id(s) not in paired
        ]
        gone += [
            Gone(page, k.source.section, k.source.paragraph, k.claims, k.paraphrase)
            for k in lost
            if id(k) not in paired
        ]
    return Drift(tuple(changed), tuple(uncovered), tuple(gone))


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


def _page_of(article: Article, known: Sequence[_Known]) -> str:
    """Return the page that a copy is one of: by its name, else by the sentences it shares."""
    pages = {sentence.source.page for sentence in known}
    if article.page in pages:
        return article.page
    present = {sentence.hash for sentence in article.sentences}
    shared = {
        page: sum(k.source.page == page and k.hash in present for k in known) for page in pages
    }
    best = max(sorted(shared), key=lambda page: shared[page], default=article.page)
    return best if shared.get(best) else article.page


def _changed_pairs(
    lost: Sequence[_Known], new: Sequence[Sentence], sketches: Mapping[str, str]
) -> list[tuple[_Known, Sentence]]:
    """Pair lost sentences with new ones of the same section, the most similar ones first."""
    candidates = [
        (_likeness(sketches[k.hash], s.sketch), k, s)
        for k in lost
        for s in new
        if k.source.section == s.section
    ]
    candidates.sort(key=lambda candidate: -candidate[0])
    pairs: list[tuple[_Known, Sentence]] = []
    taken: set[int] = set()
    for likeness, k, s in candidates:
        if likeness >= SIMILARITY and not {id(k), id(s)} & taken:
            taken |= {id(k), id(s)}
            pairs.append((k, s))
    return sorted(pairs, key=lambda pair: pair[1].line)


def _likeness(one: str, other: str) -> float:
    """Return the share (0 to 1) of words that two sketches have in common, in order."""
    matcher = difflib.SequenceMatcher(None, _bytes(one), _bytes(other), autojunk=False)
    return float(matcher.ratio())


def _bytes(sketch: str) -> list[str]:
    return [sketch[i : i + 2] for i in range(0, len(sketch), 2)]
