"""The verdict on a claim, combined from all targets, in words that keep its provenance."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from lagg_tool import releases
from lagg_tool.claims import Claim, Claims, Level, Verdict
from lagg_tool.claims.header import Header
from lagg_tool.evidence import ScenarioResult, Status, VerdictResult
from lagg_tool.evidence.reasons import what_failed
from lagg_tool.site.target_runs import TargetRuns

# The most severe first: it decides where targets differ.
_SEVERITY = ("changed", "contradicted", "imprecise", "confirmed", "not testable", "not covered")
_UNJUDGED = {"not covered", "not run", "not testable"}
_LEVELS = (Level.WIRE, Level.API, Level.HOST, Level.EDITORIAL)


@dataclass(frozen=True)
class Seen:
    """A scenario that no longer holds on a target: what it expected, and what it observed."""

    target: TargetRuns
    result: ScenarioResult
    expected: str
    observed: str


@dataclass(frozen=True)
class CombinedVerdict:
    """A verdict with its provenance: observed, simulated, by reading, or no run.

    ``word`` is the verdict, ``label`` what a page shows: the verdict and its provenance.
    """

    claim: Claim
    word: str
    label: str
    provenance: str
    by_target: tuple[tuple[TargetRuns, VerdictResult], ...]

    @property
    def reason(self) -> str:
        """The reason that a run gave for this verdict, else the one that the claim gives."""
        reasons = (v.reason for _, v in self.by_target if v.reason and v.verdict == self.word)
        return next(reasons, self.claim.why)

    @property
    def seen(self) -> tuple[Seen, ...]:
        """What was seen instead of what the claim's scenarios expect, where it has changed."""
        found = []
        for target, verdict in self.by_target if self.word == "changed" else ():
            if verdict.verdict != self.word:
                continue
            for identifier in dict.fromkeys(verdict.scenarios):
                result = target.by_id.get(identifier)
                words = what_failed(result) if result is not None else None
                if result is not None and words is not None:
                    found.append(Seen(target, result, *words))
        return tuple(found)

    @property
    def on_targets(self) -> str:
        """Which target has which verdict, in one sentence."""
        found: dict[str, list[str]] = {}
        for target, verdict in self.by_target:
            found.setdefault(verdict.verdict, []).append(target.label)
        if len(found) == 1 and len(self.by_target) > 2:
            return f"{next(iter(found))} on all {len(self.by_target)} targets.".capitalize()
        parts = (f"{word} on {', '.join(labels)}" for word, labels in found.items())
        text = "; ".join(parts)
        return f"{text[:1].upper()}{text[1:]}." if text else ""

    @property
    def scenarios(self) -> tuple[str, ...]:
        """The results that the verdicts rest on, each once."""
        return tuple(dict.fromkeys(s for _, verdict in self.by_target for s in verdict.scenarios))

    @property
    def needs_correction(self) -> bool:
        """Whether the article should be changed."""
        return self.word in {"contradicted", "imprecise"}


def combined_verdicts(claims: Claims, targets: Sequence[TargetRuns]) -> tuple[CombinedVerdict, ...]:
    """Return the combined verdict on every claim, in the order of article.toml."""
    return tuple(combined_verdict(claim, targets) for claim in claims.claims)


def combined_verdict(claim: Claim, targets: Sequence[TargetRuns]) -> CombinedVerdict:
    """Combine the verdicts on one claim; results of real hosts outrank those of a model."""
    found = tuple((t, t.verdicts[claim.id]) for t in targets if claim.id in t.verdicts)
    judged = tuple((t, v) for t, v in found if v.verdict not in _UNJUDGED)
    observed = _without_trouble(tuple((t, v) for t, v in judged if t.observed))
    if claim.level is Level.EDITORIAL:
        word = _most_severe(found) or str(claim.expected)
        return CombinedVerdict(claim, word, f"{word}, by reading", "by reading", found)
    if observed:
        word = _most_severe(observed)
        label = f"{word}, observed{_differences(observed)}"
        return CombinedVerdict(claim, word, label, "observed", found)
    if judged:
        word = _most_severe(judged)
        return CombinedVerdict(claim, word, f"{word} on the simulated NAS only", "simulated", found)
    if claim.expected is Verdict.NOT_TESTABLE:
        return CombinedVerdict(claim, "not testable", "not testable", "by reading", found)
    if any(v.verdict == "not covered" for _, v in found):
        return CombinedVerdict(claim, "not covered", "not covered by a run", "no run", found)
    label = f"not run, {claim.expected} expected"
    return CombinedVerdict(claim, "not run", label, "no run", found)


def key_findings(
    verdicts: Sequence[CombinedVerdict], header: Header | None = None
) -> tuple[CombinedVerdict, ...]:
    """Return the three strongest findings against the article that have evidence.

    Contradictions come before imprecision, and frames before commands: what anybody can see
    on a cable is harder to dispute than what a program prints.
    """
    words = {"changed", "contradicted", "imprecise"}
    findings = [v for v in verdicts if v.scenarios and v.word in words]
    findings.sort(  # stable: claims of one rank keep the order of article.toml
        key=lambda verdict: (
            _SEVERITY.index(verdict.word),
            not is_own(verdict.claim, header),  # the article before the pages that it includes
            _LEVELS.index(verdict.claim.level),
        )
    )
    return tuple(findings[:3])


def is_own(claim: Claim, header: Header | None) -> bool:
    """Return whether the article itself makes a claim, and no page that it includes or links."""
    own = header.article if header else ()
    return not own or any(source.page in own for source in claim.sources)


def count_words(verdicts: Sequence[CombinedVerdict]) -> tuple[tuple[str, int], ...]:
    """Return (verdict, number of claims), the most severe first."""
    counted = Counter(verdict.word for verdict in verdicts)
    return tuple((word, counted[word]) for word in (*_SEVERITY, "not run") if counted[word])


def _without_trouble(
    observed: tuple[tuple[TargetRuns, VerdictResult], ...],
) -> tuple[tuple[TargetRuns, VerdictResult], ...]:
    """Leave out a *changed* of a release whose other testbed passed the same scenarios.

    The release then behaves as described, and what failed is a matter of that testbed. The
    pages of its scenarios show it, and so does the gate.
    """

    def passed_elsewhere(target: TargetRuns, verdict: VerdictResult) -> bool:
        failed = {s for s in verdict.scenarios if target.statuses.get(s) is Status.FAILED}
        return bool(failed) and any(
            other is not target
            and not releases.differ(other.result.release, target.result.release)
            and all(other.statuses.get(scenario) is Status.PASSED for scenario in failed)
            for other, _ in observed
        )

    return tuple(
        (target, verdict)
        for target, verdict in observed
        if not (verdict.verdict == "changed" and passed_elsewhere(target, verdict))
    )


def _most_severe(verdicts: Sequence[tuple[TargetRuns, VerdictResult]]) -> str:
    words = {verdict.verdict for _, verdict in verdicts}
    return next((word for word in _SEVERITY if word in words), "")


def _differences(observed: Sequence[tuple[TargetRuns, VerdictResult]]) -> str:
    """Return which target has which verdict, or nothing where all agree."""
    if len({verdict.verdict for _, verdict in observed}) < 2:
        return ""
    parts = (f"{verdict.verdict} on {target.label}" for target, verdict in observed)
    return f" ({'; '.join(parts)})"
