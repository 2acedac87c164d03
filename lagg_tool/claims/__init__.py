"""The claims of the article, the verdicts on them, and drift from a copy of the article.

article.toml holds every claim in our own words, and of the article's sentences only a hash
and a sketch (a byte per word): enough to see that a sentence changed, not enough to read
it. Other files define what else scenarios name: requirements and defects.
Everything here is pure but for the functions ``load_…``, which read one file each.
"""

from lagg_tool.claims.claim import Claim, Claims, Level, Relation, Silence, Source, Verdict
from lagg_tool.claims.defects import load_defects, parse_defects
from lagg_tool.claims.document import load_claims, parse_claims
from lagg_tool.claims.drift import Drift, audit
from lagg_tool.claims.requirements import Requirements, load_requirements, parse_requirements
from lagg_tool.claims.verdict import Outcome, judge

__all__ = [
    "Claim",
    "Claims",
    "Drift",
    "Level",
    "Outcome",
    "Relation",
    "Requirements",
    "Silence",
    "Source",
    "Verdict",
    "audit",
    "judge",
    "load_claims",
    "load_defects",
    "load_requirements",
    "parse_claims",
    "parse_defects",
    "parse_requirements",
]
