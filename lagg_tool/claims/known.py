"""The sentences that the claims know: where each was, and what was claimed there."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from lagg_tool.claims.claim import Claims, Source

Place = tuple[str, str, int | None]  # page, section and number of a paragraph


@dataclass(frozen=True)
class Known:
    """A sentence in one section of a page, and what was claimed there."""

    source: Source
    hash: str
    claims: tuple[str, ...]
    paraphrase: str
    order: int = 0  # of its paragraph on the page; 0 if that is not known

    @property
    def place(self) -> Place:
        """The paragraph that it was in."""
        return self.source.page, self.source.section, self.source.paragraph


def known_sentences(claims: Claims) -> list[Known]:
    """Return one entry per page, section and hash, in the order of article.toml."""
    found: dict[tuple[str, str, str], Known] = {}
    entries = [
        *((s, claim.id, claim.paraphrase) for claim in claims.claims for s in claim.sources),
        *((silence.source, "", silence.reason) for silence in claims.silent),
    ]
    for source, claim_id, words in entries:
        for hash_ in source.hashes:
            place = source.page, source.section, hash_
            before = found.get(place)
            ids = (*(before.claims if before else ()), *([claim_id] if claim_id else []))
            found[place] = Known(
                before.source if before else source,
                hash_,
                ids,
                f"{before.paraphrase}; {words}" if before else words,
            )
    pages: dict[str, set[str]] = {}
    for page, _, hash_ in found:
        pages.setdefault(hash_, set()).add(page)
    return [replace(k, order=_order(k, pages[k.hash], claims)) for k in found.values()]


def _order(known: Known, pages: Iterable[str], claims: Claims) -> int:
    letters = claims.letters.get(known.hash)
    if letters is None or not letters.paragraphs:
        return known.source.paragraph or 0
    return dict(zip(sorted(pages), letters.paragraphs, strict=False)).get(known.source.page, 0)


def claims_of(known: Iterable[Known]) -> tuple[str, ...]:
    """Return the identifiers of what was claimed in any of these sentences, each once."""
    return tuple(dict.fromkeys(claim for each in known for claim in each.claims))


def same_heading(one: str, other: str) -> bool:
    """Return whether two headings are spellings of one, such as Load Balance."""
    return title_letters(one) == title_letters(other)


def title_letters(heading: str) -> str:
    """Return what the spellings of a heading have in common."""
    return "".join(filter(str.isalnum, heading)).casefold()
