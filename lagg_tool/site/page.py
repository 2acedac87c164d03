"""A generated page: HTML with its URL, and the check that its links lead somewhere."""

from __future__ import annotations

import functools
import posixpath
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

_ID = re.compile(r'\sid="([^"]+)"')
# A reason as pytest leaves it behind; a command or a sentence of an article may begin so.
_ASSERT = re.compile(
    r'<(?:p class="reason"|dd|span class="meta")>(?:[^<]*: )?(assert(?:ion)? ?[^<]{0,30})', re.I
)
_LINK = re.compile(r'\shref="([^"]+)"')


@dataclass(frozen=True)
class Page:
    """One generated page; ``path`` is its URL below the site's root, without ``.html``.

    ``title`` is read alone, in a tab or among what a search found; ``menu`` is shorter, where
    the page is listed among others. ``keywords`` are what people search it by, in their own
    words.
    """

    path: str
    title: str
    html: str
    section: str = ""
    description: str = ""
    menu: str = ""
    keywords: str = ""

    @property
    def url(self) -> str:
        """Its URL relative to the root of the site."""
        return f"{self.path}.html"

    @functools.cached_property
    def anchors(self) -> frozenset[str]:
        """The identifiers on the page that a link can point at."""
        return frozenset(_ID.findall(self.html))


@dataclass(frozen=True)
class Attachment:
    """A generated file that is not a page, such as a capture."""

    path: str
    content: bytes


def slug(text: str) -> str:
    """Return ``text`` as a part of a URL: lower case, digits, hyphens."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-") or "x"


def relative(source: str, target: str) -> str:
    """Return the link from page ``source`` to ``target``, both URLs below the root."""
    return posixpath.relpath(target, posixpath.dirname(source) or ".")


def broken_links(
    pages: Iterable[Page], others: Mapping[str, frozenset[str] | None]
) -> tuple[str, ...]:
    """Return a message for every link on ``pages`` that leads nowhere.

    ``others`` are the other URLs that pages may point at, each with its anchors, or with None
    where MkDocs checks the anchors.
    """
    pages = tuple(pages)
    known: dict[str, frozenset[str] | None] = dict(others)
    known.update({page.url: page.anchors for page in pages})
    messages = []
    for page in pages:
        for link in dict.fromkeys(_LINK.findall(page.html)):
            if "://" in link or link.startswith("mailto:"):
                continue
            path, _, anchor = link.partition("#")
            path = path.partition("?")[0]
            base = posixpath.dirname(page.url)
            target = posixpath.normpath(posixpath.join(base, path)) if path else page.url
            if target not in known:
                messages.append(f"{page.url}: links to {target}, which does not exist")
                continue
            anchors = known[target]
            if anchor and anchors is not None and anchor not in anchors:
                messages.append(f"{page.url}: links to {target}#{anchor}, which does not exist")
    return tuple(messages)


def untold_reasons(pages: Iterable[Page]) -> tuple[str, ...]:
    """Return a message for every page that tells a failure in the words of the test runner."""
    return tuple(
        f"{page.url}: a reason begins with {found[1]!r}; say what was expected and observed"
        for page in pages
        for found in _ASSERT.finditer(page.html)
    )
