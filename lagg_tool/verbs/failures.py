"""What to do about scenarios that failed: how to repeat one, and where its evidence is."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence

from lagg_tool.evidence import Results, ScenarioResult, Status
from lagg_tool.own_command import own_command
from lagg_tool.verbs.claim_sets import chosen

_SHOWN = 5
# Those of a target, which a repetition needs as well.
_OPTIONS = (
    *("become", "ssh_config", "host_key", "host_key_policy"),
    *("ports", "wire_base", "bench", "qmp"),
)


def lines(runs: Sequence[tuple[str, Results]], options: argparse.Namespace) -> Iterator[str]:
    """Yield a few lines for each scenario that did not pass and was not skipped.

    The runs come with their targets' URLs: in the results these are redacted.
    """
    failed = [
        (url, scenario)
        for url, results in runs
        for scenario in results.scenarios
        if scenario.status in (Status.FAILED, Status.BROKEN, Status.UNDEFINED)
    ]
    for url, scenario in failed[:_SHOWN]:
        yield f"{scenario.status.value}: {scenario.id}"
        yield f"  repeat it: {repeat(scenario.id, url, options)}"
        yield f"  evidence:  {_evidence(scenario, options)}"
    if failed[_SHOWN:]:
        yield f"and {len(failed) - _SHOWN} more; {options.results} has all of them"


def repeat(identifier: str, url: str, options: argparse.Namespace) -> str:
    """Return the command that runs one scenario alone, on the same target."""
    words = ["accept", identifier, "--target", url]
    for file in options.identity:
        words += ["--identity", str(file)]
    words += [word for name in options.claims for word in ("--claims", name)]
    for name in _OPTIONS:
        if value := getattr(options, name):
            words += [f"--{name.replace('_', '-')}", str(value)]
    return own_command(*words, *(["--agent"] if options.agent else []))


def _evidence(scenario: ScenarioResult, options: argparse.Namespace) -> str:
    if options.site is None:
        return f"{options.results}, and as a page with --site DIRECTORY"
    from lagg_tool.site.page import slug  # noqa: PLC0415 - the site is heavy
    from lagg_tool.site.scenario_links import page_of  # noqa: PLC0415 - the site is heavy

    page = options.site / page_of(scenario.id.partition("::")[0], chosen(options))
    return f"{page}#{slug(scenario.name)}"
