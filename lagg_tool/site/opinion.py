"""What is to be thought of a claim, over all targets, in words that hide no provenance."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from lagg_tool.claims import Claim, Claims, Level, Verdict
from lagg_tool.evidence import VerdictResult
from lagg_tool.site.survey import Column

# The gravest first: one word for several targets that differ.
_GRAVITY = ("changed", "contradicted", "imprecise", "confirmed", "not testable", "not covered")
_LEVELS = (Level.WIRE, Level.API, Level.HOST, Level.EDITORIAL)


@dataclass(frozen=True)
class Opinion:
    """A verdict with its provenance: observed, simulated, by reading, or no run.

    ``words`` is what a reader sees wherever the verdict is named.
    """

    claim: Claim
    word: str
    words: str
    provenance: str
    verdicts: tuple[tuple[Column, VerdictResult], ...]

    @property
    def reason(self) -> str:
        """Why, from the run if there is one, else why it is expected."""
        return next((v.reason for _, v in self.verdicts if v.reason), self.claim.why)

    @property
    def scenarios(self) -> tuple[str, ...]:
        """The results that the verdicts rest on, each once."""
        return tuple(dict.fromkeys(s for _, verdict in self.verdicts for s in verdict.scenarios))

    @property
    def needs_correction(self) -> bool:
        """Whether the article should be changed."""
        return self.word in {"contradicted", "imprecise"}


def opinions(claims: Claims, columns: Sequence[Column]) -> tuple[Opinion, ...]:
    """Return an opinion on every claim, in the order of article.toml."""
    return tuple(opinion(claim, columns) for claim in claims.claims)


def opinion(claim: Claim, columns: Sequence[Column]) -> Opinion:
    """Judge one claim: what real hosts showed counts before what the model shows."""
    found = tuple((c, c.verdicts[claim.id]) for c in columns if claim.id in c.verdicts)
    if claim.level is Level.EDITORIAL:
        word = _gravest([v.verdict for _, v in found]) or str(claim.expected)
        return Opinion(claim, word, f"{word}, by reading", "by reading", found)
    observed = tuple((c, v) for c, v in found if c.observed and _said(v))
    if observed:
        word = _gravest([v.verdict for _, v in observed])
        return Opinion(claim, word, f"{word}, observed{_where(observed)}", "observed", found)
    if any(_said(v) for _, v in found):
        word = _gravest([v.verdict for _, v in found if _said(v)])
        return Opinion(claim, word, f"{word} on the simulated NAS only", "simulated", found)
    if claim.expected is Verdict.NOT_TESTABLE:
        return Opinion(claim, "not testable", "not testable", "by reading", found)
    if found:
        return Opinion(claim, "not covered", "not covered by a run", "no run", found)
    words = f"not run, {claim.expected} expected"
    return Opinion(claim, "not run", words, "no run", ())


def surprises(opinions: Sequence[Opinion], count: int = 3) -> tuple[Opinion, ...]:
    """Return the findings that say most against the article and have evidence.

    Contradictions before imprecision, frames before commands: what somebody can see on a
    cable is harder to argue with than what a program prints.
    """
    told = [o for o in opinions if o.scenarios and o.word in {"changed", "contradicted"}]
    told += [o for o in opinions if o.scenarios and o.word == "imprecise"]
    order = {id(o): place for place, o in enumerate(opinions)}
    told.sort(
        key=lambda o: (
            _GRAVITY.index(o.word),
            o.claim.id[0] != "C",  # the article itself before the pages that it includes
            _LEVELS.index(o.claim.level),
            order[id(o)],
        )
    )
    return tuple(told[:count])


def count_words(opinions: Sequence[Opinion]) -> tuple[tuple[str, int], ...]:
    """Return how many claims have which verdict, the gravest first."""
    counted = Counter(opinion.word for opinion in opinions)
    return tuple((word, counted[word]) for word in (*_GRAVITY, "not run") if counted[word])


def _said(verdict: VerdictResult) -> bool:
    return verdict.verdict not in {"not covered", "not testable"}


def _gravest(words: Sequence[str]) -> str:
    return next((word for word in _GRAVITY if word in words), "")


def _where(observed: Sequence[tuple[Column, VerdictResult]]) -> str:
    words = dict.fromkeys(v.verdict for _, v in observed)
    if len(words) < 2:
        return ""
    said = (f"{word} on {column.label}" for column, word in ((c, v.verdict) for c, v in observed))
    return f" ({'; '.join(said)})"
