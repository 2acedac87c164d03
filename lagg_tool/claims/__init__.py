"""The claims of the article, the verdicts on them, and drift from a copy of the article.

article.toml holds every claim in our own words, and of the article's sentences only a hash
and a sketch (a byte per word): enough to see that a sentence changed, not enough to read
it. Everything here is pure but for ``load_claims``, which reads that one file.
"""

from lagg_tool.claims.claim import Claim, Claims, Level, Relation, Silence, Source, Verdict
from lagg_tool.claims.document import load_claims, parse_claims
from lagg_tool.claims.drift import Changed, Drift, Gone, Uncovered, audit
from lagg_tool.claims.verdict import Judgement, Outcome, judge

__all__ = [
    "Changed",
    "Claim",
    "Claims",
    "Drift",
    "Gone",
    "Judgement",
    "Level",
    "Outcome",
    "Relation",
    "Silence",
    "Source",
    "Uncovered",
    "Verdict",
    "audit",
    "judge",
    "load_claims",
    "parse_claims",
]
