"""The audit page: the outline of the article, with the verdict on every claim."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from lagg_tool.claims import Claims, audit
from lagg_tool.claims.article import Article
from lagg_tool.site.combined_verdict import CombinedVerdict, count_words
from lagg_tool.site.page import Page
from lagg_tool.site.render import render


@dataclass(frozen=True)
class Passage:
    """A sentence, or a paragraph where no copy is given, with the verdicts on its claims.

    Each verdict comes with whether this is the first passage of its claim.
    """

    sentence: str
    verdicts: tuple[tuple[CombinedVerdict, bool], ...]
    silence: str = ""
    uncovered: bool = False


@dataclass(frozen=True)
class Section:
    """A heading of a page with its passages."""

    name: str
    passages: tuple[Passage, ...]


@dataclass(frozen=True)
class Outline:
    """A page of the article with its sections, in the article's order if a copy is given."""

    name: str
    sections: tuple[Section, ...]

    @property
    def title(self) -> str:
        """The file name of the page in words (its title is part of the article)."""
        if not self.is_file:
            return f"{self.name} manual page"
        words = self.name.removesuffix(".md").replace("-", " ").replace("_", " ")
        return words[:1].upper() + words[1:]

    @property
    def is_file(self) -> bool:
        """Whether this is a file of the article, not a manual page that it relies on."""
        return self.name.endswith(".md")


def audit_page(
    claims: Claims, verdicts: Sequence[CombinedVerdict], articles: Sequence[Article]
) -> Page:
    """Make the audit page; it shows sentences only from ``articles``."""
    url = "audit.html"
    by_id = {verdict.claim.id: verdict for verdict in verdicts}
    seen: set[str] = set()
    given = {article.page: article for article in articles}
    pages = dict.fromkeys(source.page for claim in claims.claims for source in claim.sources)
    outline = [
        Outline(
            page,
            tuple(
                _with_sentences(given[page], claims, by_id, seen)
                if page in given
                else _without_sentences(page, claims, by_id, seen)
            ),
        )
        for page in pages
    ]
    values = {
        "outline": outline,
        "counts": count_words(verdicts),
        "given": bool(articles),
        "drift": tuple(_drift(claims, articles)) if articles else (),
    }
    html = render("audit.html", url, values)
    return Page("audit", "The article, claim by claim", html, "article")


def _without_sentences(
    page: str, claims: Claims, by_id: dict[str, CombinedVerdict], seen: set[str]
) -> Iterator[Section]:
    places: dict[str, dict[int, list[str]]] = {}
    for claim in claims.claims:
        for source in claim.sources:
            if source.page == page:
                paragraphs = places.setdefault(source.section, {})
                found = paragraphs.setdefault(source.paragraph or 0, [])
                if claim.id not in found:
                    found.append(claim.id)
    for section, paragraphs in places.items():
        passages = tuple(
            Passage("", _first(ids, by_id, seen)) for _, ids in sorted(paragraphs.items())
        )
        yield Section(section, passages)


def _with_sentences(
    article: Article, claims: Claims, by_id: dict[str, CombinedVerdict], seen: set[str]
) -> Iterator[Section]:
    claimed: dict[str, list[str]] = {}
    for claim in claims.claims:
        for source in claim.sources:
            for sentence_hash in source.hashes:
                claimed.setdefault(sentence_hash, []).append(claim.id)
    silent = {h: silence.reason for silence in claims.silent for h in silence.source.hashes}
    sections: dict[str, list[Passage]] = {}
    for sentence in article.sentences:
        ids = [i for i in dict.fromkeys(claimed.get(sentence.hash, ())) if i in by_id]
        silence = "" if ids else silent.get(sentence.hash, "")
        sections.setdefault(sentence.section, []).append(
            Passage(sentence.text, _first(ids, by_id, seen), silence, not ids and not silence)
        )
    for name, passages in sections.items():
        yield Section(name, tuple(passages))
    gone = [
        claim.id
        for claim in claims.claims
        if claim.id not in seen and any(source.page == article.page for source in claim.sources)
    ]
    if gone:
        yield Section("Not in this copy", (Passage("", _first(gone, by_id, seen)),))


def _first(
    ids: Sequence[str], by_id: dict[str, CombinedVerdict], seen: set[str]
) -> tuple[tuple[CombinedVerdict, bool], ...]:
    made = []
    for identifier in ids:
        made.append((by_id[identifier], identifier not in seen))
        seen.add(identifier)
    return tuple(made)


def _drift(claims: Claims, articles: Sequence[Article]) -> Iterator[str]:
    found = audit(articles, claims)
    for changed in found.changed:
        yield f"{changed.page}, line {changed.line}: changed: {changed.text}"
    for uncovered in found.uncovered:
        yield f"{uncovered.page}, line {uncovered.line}: no claim covers: {uncovered.text}"
    for gone in found.gone:
        yield f"{gone.page}, {gone.section}: the sentence of {', '.join(gone.claims)} is gone"
