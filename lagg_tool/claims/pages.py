"""Which pages of an article a copy has, and which article it is a copy of."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from pathlib import PurePath

from lagg_tool.claims.article import Article
from lagg_tool.claims.claim import Claims
from lagg_tool.claims.coverage import Texts
from lagg_tool.claims.known import Known, known_sentences
from lagg_tool.claims.sets import ClaimSet
from lagg_tool.errors import UsageError

# A page is given where a copy has so many of its sentences, though it has another name.
_SHARED = 2


def pages_of(name: str, found: AbstractSet[str], known: Iterable[Known]) -> frozenset[str]:
    """Return the pages that a copy has: by its name, and those that it has sentences of.

    A saved page holds what the original includes from other pages. What a page has in common
    with one that is among them says nothing of it, and of two wordings a copy is one.
    """
    pages = _hashes(known)
    given = {file_name(name)} & set(pages)
    most = max(_counts(pages, found).values(), default=0)
    enough = _SHARED if given else max(1, min(_SHARED, most))
    while True:
        seen = frozenset(hash_ for page in given for hash_ in pages[page])
        others = {page: own for page, own in pages.items() if _is_other(own, found, seen)}
        further = _counts(others, found - seen)
        best = max(further, key=lambda page: further[page], default="")
        if further.get(best, 0) < enough:
            return frozenset(given)
        given.add(best)


def _is_other(page: AbstractSet[str], found: AbstractSet[str], seen: AbstractSet[str]) -> bool:
    """Return whether a page is no other wording of those seen: a copy has most of its own."""
    return len(page & seen) < _SHARED or 2 * len(page & found - seen) > len(page - seen)


def _counts(pages: Mapping[str, AbstractSet[str]], found: AbstractSet[str]) -> dict[str, int]:
    """Return how many of the sentences each page has."""
    return {page: len(hashes & found) for page, hashes in pages.items()}


def is_part_of_article(article: Article, claims: Claims) -> bool:
    """Return whether a page has enough of the article's sentences to be a copy of a page."""
    return any(count >= _SHARED for count in _shared(article, claims).values())


def main_page(article: Article, claims: Claims) -> str:
    """Return the page that a copy is one of: that of its name, or the one it has most of."""
    shared = _shared(article, claims)
    name = file_name(article.page)
    if name in shared:
        return name
    most = max(shared, key=lambda page: shared[page], default="")
    return most if shared.get(most, 0) >= _SHARED else article.page


def owner_of(article: Article, sets: Sequence[ClaimSet]) -> ClaimSet:
    """Return the set whose sentences a copy has most of; a page of the same name breaks ties.

    Raises UsageError where there is no set.
    """
    if not sets:
        raise UsageError("there is no claim set; write one")

    def likeness(one: ClaimSet) -> tuple[int, bool, int]:
        pages = _hashes(known_sentences(one.claims))
        present = _whole_sentences(article, one.claims) & frozenset().union(*pages.values())
        return len(present), file_name(article.page) in pages, one.header.order

    return max(sets, key=likeness)


def file_name(page: str) -> str:
    """Return the name of a page's file; a copy may be named with its directories."""
    return PurePath(page).name


def _shared(article: Article, claims: Claims) -> dict[str, int]:
    """Return how many sentences of each page of the article a copy has, whole and alone."""
    return _counts(_hashes(known_sentences(claims)), _whole_sentences(article, claims))


def _whole_sentences(article: Article, claims: Claims) -> frozenset[str]:
    texts = Texts.of(claims)
    return frozenset(hash_ for sentence in article.sentences for hash_ in texts.like(sentence.text))


def _hashes(known: Iterable[Known]) -> dict[str, set[str]]:
    """Return the sentences of each page of the article, in the order of article.toml."""
    found: dict[str, set[str]] = {}
    for k in known:
        found.setdefault(k.source.page, set()).add(k.hash)
    return found
