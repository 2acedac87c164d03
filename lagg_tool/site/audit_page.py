"""The audit page: the outline of the article, with the verdict on every claim."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from lagg_tool.claims import Claim, Claims, Drift, audit
from lagg_tool.claims.article import Article, article_of, read_page
from lagg_tool.claims.pages import owner_of
from lagg_tool.claims.patching import corrected_hashes, corrections, patch
from lagg_tool.claims.sentence import normalise
from lagg_tool.claims.sets import ClaimSet
from lagg_tool.site.combined_verdict import CombinedVerdict, count_words
from lagg_tool.site.page import Attachment, Page
from lagg_tool.site.render import render

PATCH_URL = "corrections.patch"


@dataclass(frozen=True)
class Copy:
    """A page of the article that was given: its sentences, and its Markdown."""

    article: Article
    markdown: str

    @classmethod
    def read(cls, path: Path) -> Copy:
        """Read a page. Raises DocumentError."""
        data = read_page(path)
        return cls(article_of(str(path), data, path.name), data.decode("utf-8", "replace"))


@dataclass(frozen=True)
class Fix:
    """What to paste instead of a sentence; ``was`` is empty where no copy is given."""

    was: str
    now: str
    claims: str


@dataclass(frozen=True)
class Passage:
    """A sentence, or a paragraph where no copy is given, with the verdicts on its claims.

    Each verdict comes with whether this is the first passage of its claim.
    """

    sentence: str
    verdicts: tuple[tuple[CombinedVerdict, bool], ...]
    silence: str = ""
    uncovered: bool = False
    fixes: tuple[Fix, ...] = ()


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


def audit_page(claims: Claims, verdicts: Sequence[CombinedVerdict], copies: Sequence[Copy]) -> Page:
    """Make the audit page; it shows sentences only from ``copies``."""
    url = "audit.html"
    articles = [copy.article for copy in copies]
    drift = audit(articles, claims)
    changed = {(one.page, one.line, one.text) for one in drift.changed}
    fixes = {copy.article.page: _fixes(copy, claims) for copy in copies}
    by_id = {verdict.claim.id: verdict for verdict in verdicts}
    seen: set[str] = set()
    given = {article.page: article for article in articles}
    pages = dict.fromkeys(source.page for claim in claims.claims for source in claim.sources)
    outline = [
        Outline(
            page,
            tuple(
                _with_sentences(given[page], fixes[page], changed, claims, by_id=by_id, seen=seen)
                if page in given
                else _without_sentences(page, claims, by_id, seen)
            ),
        )
        for page in pages
    ]
    values = {
        "outline": outline,
        "article_url": claims.header.published,
        "counts": count_words(verdicts),
        "given": bool(articles),
        "missing": [page.name for page in outline if page.is_file and page.name not in given],
        "patch": PATCH_URL if any(fixes.values()) else "",
        "drift": tuple(_drift(drift)) if articles else (),
        "slips": claims.slips,
    }
    html = render("audit.html", url, values)
    keywords = "wrong sentences, corrections, errors in the article, text to paste"
    return Page("audit", "The article, claim by claim", html, "article", keywords=keywords)


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
            Passage("", _first(ids, by_id, seen), fixes=_texts(page, section, ids, claims))
            for _, ids in sorted(paragraphs.items())
        )
        yield Section(section, passages)


def patch_of(copies: Sequence[Copy], claims: Claims) -> Attachment | None:
    """Return the corrections of all copies as one patch; None without any."""
    text = "".join(patch(copy.article.page, copy.markdown, claims) for copy in copies)
    return Attachment(PATCH_URL, text.encode()) if text else None


def copies_of(copies: Sequence[Copy], sets: Sequence[ClaimSet]) -> Mapping[str, Sequence[Copy]]:
    """Return the copies of each article, by the name of its set: it shares most sentences."""
    found: dict[str, list[Copy]] = {}
    for copy in copies:
        found.setdefault(owner_of(copy.article, sets).name, []).append(copy)
    return found


def _fixes(copy: Copy, claims: Claims) -> dict[int, list[Fix]]:
    """Return the fixes of a copy by the line of their sentence."""
    found: dict[int, list[Fix]] = {}
    for one in corrections(copy.article.page, copy.markdown, claims):
        found.setdefault(one.line, []).append(Fix(one.old, one.new, ", ".join(one.claims)))
    return found


def _texts(page: str, section: str, ids: Sequence[str], claims: Claims) -> tuple[Fix, ...]:
    """Return the texts to paste in one place, each once, where no copy says what was there."""
    found: dict[str, list[str]] = {}
    for claim in (claims[identifier] for identifier in ids):
        for source in claim.sources:
            if (source.page, source.section) == (page, section):
                for hash_ in source.hashes or ("",):
                    if hash_ in claim.text:
                        found.setdefault(claim.text[hash_], []).append(claim.id)
    return tuple(Fix("", text, ", ".join(names)) for text, names in found.items())


def _with_sentences(
    article: Article,
    fixes: Mapping[int, Sequence[Fix]],
    changed: set[tuple[str, int, str]],
    claims: Claims,
    *,
    by_id: dict[str, CombinedVerdict],
    seen: set[str],
) -> Iterator[Section]:
    """Yield the sections of a copy; ``fixes`` are those of its sentences, by line."""
    claimed: dict[str, list[str]] = {}
    for claim in claims.claims:
        for source in claim.sources:
            for sentence_hash in source.hashes:
                claimed.setdefault(sentence_hash, []).append(claim.id)
    fixed = {hash_ for new in corrected_hashes(claims).values() for hash_ in new}
    silent = {h: silence.reason for silence in claims.silent for h in silence.source.hashes}
    sections: dict[str, list[Passage]] = {}
    for sentence in article.sentences:
        ids = [i for i in dict.fromkeys(claimed.get(sentence.hash, ())) if i in by_id]
        silence = "" if ids else silent.get(sentence.hash, "")
        is_changed = (article.page, sentence.line, sentence.text) in changed
        is_fixed = sentence.hash in fixed
        known = ids or silence or is_changed or is_fixed
        own = [f for f in fixes.get(sentence.line, ()) if normalise(f.was) == sentence.text]
        note = "Corrected as suggested." if is_fixed and not ids else silence
        sections.setdefault(sentence.section, []).append(
            Passage(sentence.text, _first(ids, by_id, seen), note, not known, tuple(own))
        )
    for name, passages in sections.items():
        yield Section(name, tuple(passages))
    gone = [
        claim.id
        for claim in claims.claims
        if claim.id not in seen
        and any(source.page == article.page for source in claim.sources)
        and not _is_corrected(claim, article, claims)
    ]
    if gone:
        yield Section("Not in this copy", (Passage("", _first(gone, by_id, seen)),))


def _is_corrected(claim: Claim, article: Article, claims: Claims) -> bool:
    """Return whether a copy has all that replaces a claim's sentences on its page."""
    present = {sentence.hash for sentence in article.sentences}
    new = corrected_hashes(claims)
    hashes = [h for s in claim.sources if s.page == article.page for h in s.hashes]
    return bool(hashes) and all(h in new and present.issuperset(new[h]) for h in hashes)


def _first(
    ids: Sequence[str], by_id: dict[str, CombinedVerdict], seen: set[str]
) -> tuple[tuple[CombinedVerdict, bool], ...]:
    made = []
    for identifier in ids:
        made.append((by_id[identifier], identifier not in seen))
        seen.add(identifier)
    return tuple(made)


def _drift(found: Drift) -> Iterator[str]:
    for one in found.strangers:
        yield f"{one.page}: hardly anything of the article is in it"
    for changed in found.changed:
        how = "in another order" if changed.moved else "changed"
        yield f"{changed.page}, line {changed.line}: {how}: {changed.text}"
    for uncovered in found.uncovered:
        yield f"{uncovered.page}, line {uncovered.line}: no claim covers: {uncovered.text}"
    for gone in found.gone:
        yield f"{gone.page}, {gone.section}: the sentence of {', '.join(gone.claims)} is gone"
