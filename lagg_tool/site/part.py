"""What the site has of one claim set: its survey, its verdicts and its pages."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from lagg_tool.claims.sets import ClaimSet
from lagg_tool.site.combined_verdict import CombinedVerdict
from lagg_tool.site.gates import Decision, Shown
from lagg_tool.site.identifiers import Identifiers
from lagg_tool.site.page import Attachment, Page
from lagg_tool.site.survey import Survey

# A link on a page that is not to an anchor on it, and not to another host.
_LINK = re.compile(r'(\s(?:href|data-href)=")(?![a-z]+:|#)')


@dataclass(frozen=True)
class Part:
    """One article on the site.

    The pages of a part lie below its address, and their links are relative: each part is made
    as if it were alone. ``decided`` are its gates, with links from the front page of a site
    that has no other part.
    """

    one: ClaimSet
    survey: Survey
    verdicts: tuple[CombinedVerdict, ...]
    identifiers: Identifiers
    decided: Sequence[tuple[Decision, Sequence[Shown]]] = ()
    pages: tuple[Page, ...] = ()
    attachments: tuple[Attachment, ...] = field(default=(), repr=False)

    @property
    def address(self) -> str:
        """The folder of its pages on the site, with a slash at its end; "" is the root."""
        return self.one.header.address

    @property
    def wrong(self) -> int:
        """How many of its claims call for a correction."""
        return sum(
            verdict.needs_correction or verdict.word == "changed" for verdict in self.verdicts
        )

    @property
    def green(self) -> bool:
        """Whether every gate passes."""
        return all(decision.gate.passes for decision, _ in self.decided)

    def decided_from_root(self) -> Iterator[tuple[Decision, Sequence[Shown]]]:
        """Yield its gates with links from the root of the site."""
        for decision, findings in self.decided:
            yield (
                decision,
                tuple(
                    dataclasses.replace(one, href=self.address + one.href) if one.href else one
                    for one in findings
                ),
            )

    def placed(self) -> Part:
        """Return the part with its pages and attachments at their places on the site.

        Outside the menu, pages of a part below the root are named with what it is about.
        """
        if not self.address:
            return self
        about = self.one.header.about
        return dataclasses.replace(
            self,
            pages=tuple(
                dataclasses.replace(
                    page,
                    path=self.address + page.path,
                    title=f"{page.title} ({about})" if page.section else page.title,
                    menu=page.menu or page.title,
                    description=page.description and f"{about}: {page.description}",
                )
                for page in self.pages
            ),
            attachments=tuple(
                dataclasses.replace(one, path=self.address + one.path) for one in self.attachments
            ),
        )

    def from_root(self, html: str) -> str:
        """Return HTML that was made for the root of the part for the root of the site."""
        # Python 3.11 escapes what it inserts into a Markup.
        return _LINK.sub(rf"\g<1>{self.address}", str(html)) if self.address else html
