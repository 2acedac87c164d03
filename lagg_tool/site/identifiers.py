"""Links to what identifiers name: claims, requirements, deviations and defects."""

from __future__ import annotations

import dataclasses
import posixpath
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

from lagg_tool.claims import Claim
from lagg_tool.claims.defects import Defect
from lagg_tool.claims.reader import IDENTIFIER
from lagg_tool.claims.requirements import Requirements
from lagg_tool.claims.sets import ClaimSet
from lagg_tool.site.page import relative, slug

NO_REQUIREMENTS = Requirements({}, {})
CLAIMS_URL, REQUIREMENTS_URL, DEFECTS_URL = "verdicts.html", "requirements.html", "defects.html"
# An identifier, or a tag that ends with one.
_IDENTIFIER = re.compile(rf"\b([a-z0-9-]+\.)?{IDENTIFIER.pattern}\b")


@dataclass(frozen=True)
class Named:
    """What an identifier names, and the page that shows it; ``text`` is for the search."""

    kind: str
    page: str
    title: str
    text: str = ""


@dataclass(frozen=True)
class Identifiers:
    """Everything that has an identifier."""

    named: Mapping[str, Named]

    @classmethod
    def of(
        cls, claims: Sequence[Claim], requirements: Requirements, defects: Mapping[str, Defect]
    ) -> Identifiers:
        """Return the identifiers of all claims, requirements, deviations and defects."""
        found = {claim.id: Named("claim", CLAIMS_URL, claim.paraphrase) for claim in claims}
        for one in requirements.requirements.values():
            found[one.id] = Named("requirement", REQUIREMENTS_URL, one.title, one.must)
        for deviation in requirements.deviations.values():
            title, text = f"Deviation from {deviation.clause}", deviation.does
            found[deviation.id] = Named("deviation", REQUIREMENTS_URL, title, text)
        for defect in defects.values():
            text = f"{defect.effect} {defect.workaround}"
            found[defect.id] = Named("defect", DEFECTS_URL, defect.title, text)
        return cls(found)

    @classmethod
    def of_sets(cls, sets: Sequence[ClaimSet], here: ClaimSet | None = None) -> Identifiers:
        """Return the identifiers of sets; pages are relative to those of ``here``, or the root."""
        found: dict[str, Named] = {}
        for one in sets:
            address = "" if here is None else posixpath.relpath("/", f"/{here.header.address}")
            to_root = f"{address}/" if address not in ("", ".") else ""
            prefix = "" if one is here else f"{to_root}{one.header.address}"
            for requirements in (*one.requirements.values(), NO_REQUIREMENTS):
                known = cls.of(one.claims.claims, requirements, one.defects)
                found |= {
                    name: dataclasses.replace(named, page=f"{prefix}{named.page}")
                    for name, named in known.named.items()
                }
        return cls(found)

    def title(self, identifier: str) -> str:
        """Return the title of what an identifier names, or "" if nothing is defined."""
        return self.named[identifier].title if identifier in self.named else ""

    def href(self, url: str, name: str) -> str:
        """Return the link from the page at ``url``, or "" if nothing is defined.

        ``name`` is an identifier or a tag that ends with one, such as ``defect.ID``.
        """
        identifier = name.rpartition(".")[2]
        if identifier not in self.named:
            return ""
        return f"{relative(url, self.named[identifier].page)}#{slug(identifier)}"

    def linked(self, url: str, text: str) -> Markup:
        """Return ``text`` as HTML, with links at the identifiers and tags that are defined."""
        parts, end = [], 0
        for match in _IDENTIFIER.finditer(text):
            if href := self.href(url, match[0]):
                parts.append(escape(text[end : match.start()]))
                parts.append(Markup('<a href="{}">{}</a>').format(href, match[0]))
                end = match.end()
        return Markup().join([*parts, escape(text[end:])])
