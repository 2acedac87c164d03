"""The verdict on a claim, from the outcomes of its scenarios."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from lagg_tool.claims.claim import Claim, Level, Relation, Verdict

# The first of these relations that a scenario passed with decides.
_VERDICTS = {
    Relation.CONTRADICTS: Verdict.CONTRADICTED,
    Relation.REFINES: Verdict.IMPRECISE,
    Relation.CONFIRMS: Verdict.CONFIRMED,
}


@dataclass(frozen=True)
class Outcome:
    """How one scenario ended for a claim: ``passed`` is None when it did not finish.

    ``open`` is set if another run may end it: it was not chosen, or an error ended it. What was
    skipped cannot run on this target.
    """

    scenario: str
    relation: Relation
    passed: bool | None
    reason: str = ""
    open: bool = False


@dataclass(frozen=True)
class Judgement:
    """A verdict on one claim on one target, with a sentence that says why."""

    verdict: Verdict
    reason: str


def judge(claim: Claim, outcomes: Sequence[Outcome]) -> Judgement:
    """Return the verdict on a claim from the scenarios that name it.

    Simulated and observed results have the same words; a page that shows a verdict adds the
    provenance of the target. Only a failed scenario makes a verdict "changed": what did
    not run, or was ended by an error, changes none.
    """
    failed = [outcome for outcome in outcomes if outcome.passed is False]
    passed = [outcome for outcome in outcomes if outcome.passed]
    if failed:
        names = ", ".join(outcome.scenario for outcome in failed)
        return Judgement(Verdict.CHANGED, f"the host no longer behaves as described: {names}")
    if claim.level is Level.EDITORIAL or claim.expected is Verdict.NOT_TESTABLE:
        return Judgement(claim.expected, claim.why)
    to_run = [outcome for outcome in outcomes if outcome.open]
    if not passed:
        word = Verdict.NOT_RUN if to_run else Verdict.NOT_COVERED
        why = f"its scenarios did not run here: {_reasons(outcomes)}"
        nothing = f"no scenario checks it; expected: {claim.expected}"
        return Judgement(word, why if outcomes else nothing)
    relations = {outcome.relation for outcome in passed}
    verdict = next(verdict for relation, verdict in _VERDICTS.items() if relation in relations)
    if verdict is claim.expected:
        return Judgement(verdict, claim.why)
    if claim.expected in {_VERDICTS[outcome.relation] for outcome in to_run}:
        return Judgement(Verdict.NOT_RUN, f"what decides did not run: {_reasons(to_run)}")
    return Judgement(verdict, f"expected was {claim.expected}: {claim.why}")


def _reasons(outcomes: Sequence[Outcome]) -> str:
    return "; ".join(sorted({outcome.reason or "did not run" for outcome in outcomes}))
