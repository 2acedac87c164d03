"""``lagg-tool accept``: run the suite, print the verdicts, write results.json, build the site."""

from __future__ import annotations

import argparse
import dataclasses
import json
import os
import shlex
import sys
import tempfile
import textwrap
from collections import Counter
from collections.abc import Collection, Sequence
from pathlib import Path

from lagg_tool import assets, numbers
from lagg_tool.claims import Claims, Level, Verdict
from lagg_tool.claims.sets import ClaimSet, claims_of
from lagg_tool.errors import UsageError
from lagg_tool.evidence import (
    CommandEvent,
    Provenance,
    Results,
    Status,
    TargetResult,
    VerdictResult,
    WaitEvent,
)
from lagg_tool.evidence.merging import merge, not_run
from lagg_tool.evidence.redaction import redacted
from lagg_tool.evidence.release_notes import defect_states
from lagg_tool.evidence.renames import load_renames
from lagg_tool.output import progress
from lagg_tool.suite.inventory import Entry, read_inventory, unique
from lagg_tool.suite.options import add_run_options
from lagg_tool.suite.parallel import PART, Job, run_all
from lagg_tool.testbed.memory import MemoryTestbed
from lagg_tool.user import check_open_files
from lagg_tool.verbs import claim_sets, consent, failures, keeping
from lagg_tool.verbs.claim_sets import add_claims
from lagg_tool.verbs.common import add_take_over
from lagg_tool.verbs.reports import add_report_options, check_reports, write_reports
from lagg_tool.whole_file import check_writable

# Options that the plugin takes as they are.
_PASSED_ON = (
    *("become", "ssh_config", "host_key_policy", "host_key", "ports", "wire_base", "qmp", "bench"),
    *("image_checksum", "memory", "boot_deadline", "wait_for_nas"),
)
_SIMULATION = "sim:"
_LINE_WIDTH = 88
_IN_WORDS = 3


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``accept``."""
    add = parser.add_argument
    add("scenarios", nargs="*", metavar="SCENARIO", help="features/SET/X.feature[::NAME]; else all")
    add("--target", action="append", metavar="URL", help="sim:, ssh://user@host, qemu:IMAGE")
    add("--inventory", type=Path, metavar="FILE", help="TOML: targets, each with its options")
    add("--workers", type=numbers.count, metavar="N", help="processes for sim:; one per CPU")
    add("--deadline", type=numbers.seconds, metavar="SECONDS", help="for each target; then it ends")
    add_run_options(add)
    parser.set_defaults(host_key_policy=None)  # an inventory's counts, where none was given
    add(
        "--results",
        type=Path,
        metavar="FILE",
        default=Path("build/results.json"),
        help="write them here; %(default)s",
    )
    add(
        "--site",
        type=Path,
        metavar="DIRECTORY",
        help="build the site here: a new directory, an empty one, or an earlier site",
    )
    add("--tags", metavar="EXPRESSION", help="as in '@failover and not @confirms.C-05'")
    add_claims(parser)
    add("--yes", action="store_true", help="change a real NAS as the run says, without a question")
    add_take_over(parser)
    add("--json", action="store_true", help="print the verdicts as JSON")
    add("-v", "--each-scenario", action="store_true", help="a line for each, not per feature")
    add_report_options(parser)
    parser.epilog = "example: lagg-tool accept features/core/lacp.feature --site build/site"


def accept(options: argparse.Namespace) -> int:
    """Run the features of the chosen sets against every target. Returns the exit status.

    Raises UsageError.
    """
    from lagg_tool.suite.tags import below_root, check_scenarios, check_tags  # noqa: PLC0415 - pytest is heavy

    renames = load_renames(assets.features() / "renames.toml")
    options.scenarios = [renames.present(below_root(each)) for each in options.scenarios]
    chosen = claim_sets.chosen(options)
    check_scenarios(options.scenarios, chosen)
    if options.tags is not None:
        check_tags(options.tags, options.scenarios, chosen)
    entries = unique(
        tuple(Entry(url) for url in options.target or ())
        + (read_inventory(options.inventory) if options.inventory else ())
    ) or tuple(Entry(url) for url in default_targets(chosen, named=bool(options.claims)))
    for entry in entries:
        _check_sets(options, entry.url)
        _worker_count(options, entry)
    check_open_files()
    check_writable("--results", options.results)
    check_reports(options, options.results)
    if options.site is not None:
        _check_site(options)  # now: a run may take minutes
    if assets.in_checkout() and PART not in os.environ:
        progress(f"features: those of the checkout {assets.root()}")
    agreed = consent.ask(options, {entry.url: _given(options, entry) for entry in entries})
    if len(entries) == 1 and entries[0].deadline is None and options.deadline is None:
        status, runs = _run_here(options, entries[0])
    else:
        with tempfile.TemporaryDirectory(prefix="lagg-accept-") as directory:
            status, runs = _run_all(options, entries, Path(directory), agreed)
    if not runs:
        return status or 1
    whole = dataclasses.replace(
        merge([run for _, run in runs]), command=_command_line(options), commit=assets.commit()
    )
    results = redacted(whole)  # the command line names hosts and users as well
    print(
        results_json(results) if options.json else summary(results, claims_of(chosen)),
        flush=True,
    )
    wanted = options.results
    kept = keeping.keep(results, wanted)  # after the verdicts: its disk may be full
    options.results = kept or wanted
    try:
        written = write_reports(options, results)
        if options.site is not None and kept is not None:
            from lagg_tool.site import build  # noqa: PLC0415 - mkdocs is heavy

            build(options.site, [kept], claims=options.claims)
    finally:  # a site that cannot be built takes back nothing
        for line in failures.lines(runs, options):
            print(line, file=sys.stderr)
    if options.site is not None and kept is not None:
        progress(f"site: {options.site / 'index.html'}")
    return status if written and kept == wanted else max(status, 1)


def default_targets(sets: Sequence[ClaimSet], *, named: bool) -> tuple[str, ...]:
    """Return what sets run on without ``--target``: simulations, unless they were ``named``.

    Prints how to run the others.
    """
    found = dict.fromkeys(url for one in sets for url in one.header.targets)
    if named:
        return tuple(found) or (_SIMULATION,)
    for one in sets:
        if one.header.targets and not any(map(_is_simulated, one.header.targets)):
            progress(f"not run: {one.title}; --claims {one.name} runs it")
    return tuple(url for url in found if _is_simulated(url)) or (_SIMULATION,)


def _is_simulated(url: str) -> bool:
    return url.startswith(_SIMULATION)


def _check_sets(options: argparse.Namespace, url: str) -> None:
    """Raise UsageError where nothing that was chosen is about the system of a target."""
    from lagg_tool.suite.selection import select  # noqa: PLC0415 - pytest is heavy

    selection = select(assets.features(), options.claims, url)
    about = selection.concerned()
    if not about:
        names = ", ".join(one.name for one in selection.chosen)
        raise UsageError(
            f"{url} is {selection.product}, which no set of {names} is about; "
            "--claims chooses others"
        )
    for scenario in options.scenarios:
        owner = selection.owner(scenario)
        if owner is not None and owner not in about:
            raise UsageError(
                f"{scenario} is of the set {owner.name!r}, which is not run on {url}; leave it out"
            )


def _check_site(options: argparse.Namespace) -> None:
    """Raise RefusedError if the site would delete something of the user's."""
    from lagg_tool.site import Layout, check_site_directory  # noqa: PLC0415 - mkdocs is heavy

    files = [options.results, options.inventory, *options.identity]
    inputs = [Path(file) for file in files if file is not None]
    check_site_directory(options.site, [*Layout.of(assets.root()).inputs, *inputs])


def _worker_count(options: argparse.Namespace, entry: Entry) -> int:
    """Return how many processes share the run on a target. Raises UsageError."""
    from lagg_tool.suite.running import worker_count  # noqa: PLC0415 - pytest is heavy

    return worker_count(entry.url, options.workers, partial=_is_partial(options, entry))


def _run_here(options: argparse.Namespace, entry: Entry) -> tuple[int, list[tuple[str, Results]]]:
    """Run the one target in this process."""
    from lagg_tool.suite import running  # noqa: PLC0415 - pytest is heavy
    from lagg_tool.suite.selection import select  # noqa: PLC0415

    workers = _worker_count(options, entry)
    words = _words(options, entry)
    selection = select(assets.features(), options.claims, entry.url)
    status, results = running.run_suite(entry.url, words, options.scenarios, workers, selection)
    if results is None or not results.targets:
        return status, []  # nothing is known that would be worth the results of the run before
    if any(scenario.status is not Status.NOT_RUN for scenario in results.scenarios):
        progress(spent(results))  # else the last word is why nothing ran
    return status, [(entry.url, results)]


def _run_all(
    options: argparse.Namespace,
    entries: Sequence[Entry],
    directory: Path,
    agreed: Collection[str],
) -> tuple[int, list[tuple[str, Results]]]:
    """Run several targets at once. The worst of their statuses is ours."""
    workers = options.workers or max(1, (os.cpu_count() or 1) // len(entries))
    jobs = []
    for entry in entries:
        words = [*_words(options, entry), *options.scenarios]
        words += ["--yes"] if entry.url in agreed else []
        words += ["--quiet"] if options.quiet else []
        if entry.url.startswith("sim:"):
            words.append(f"--workers={workers}")
        jobs.append(Job(entry.url, tuple(words), entry.deadline or options.deadline))
    ends = run_all(jobs, directory)
    example = next((end.results for end in ends if end.results is not None), None)
    runs = []
    for end in ends:
        if end.results is not None:
            runs.append((end.job.url, end.results))
        elif example is not None:
            runs.append((end.job.url, not_run(example, end.job.url, end.reason)))
    return max(end.status for end in ends), runs


def _given(options: argparse.Namespace, entry: Entry) -> dict[str, str]:
    """Return the options for one target that the plugin takes as they are."""
    given = {name: getattr(options, name) for name in _PASSED_ON} | dict(entry.options)
    return {name: str(value) for name, value in given.items() if value is not None}


def _is_partial(options: argparse.Namespace, entry: Entry) -> bool:
    """Whether the run is so short, or so special, that more processes would not help it."""
    login = options.identity or options.agent
    return bool(options.scenarios or login or _given(options, entry))


def _words(options: argparse.Namespace, entry: Entry) -> list[str]:
    """Return the options for one target as words of the command line, for plugin and process."""
    given = _given(options, entry) | ({"tags": options.tags} if options.tags else {})
    words = [f"--{name.replace('_', '-')}={value}" for name, value in given.items()]
    if "identity" not in given:
        words += [f"--identity={file}" for file in options.identity]
    words += ["--agent"] if options.agent else []
    words += [f"--claims={name}" for name in options.claims]
    words += ["--read-only"] if options.read_only else []
    words += ["--take-over"] if options.take_over else []
    return [*words, "--each-scenario"] if options.each_scenario else words


def summary(results: Results, claims: Claims | None = None) -> str:
    """Return the verdicts in a few lines, per target; with ``claims`` some of them in words.

    Confirmed claims are counted, all others are named.
    """
    parts = []
    for target in results.targets:
        parts.append(_heading(results, target))
        for verdict in Verdict:
            found = [
                v.claim for v in results.verdicts if v.target == target.id and v.verdict == verdict
            ]
            if found:
                head = f"{verdict.value} ({len(found)})"
                parts.append(_line(head, () if verdict is Verdict.CONFIRMED else found))
        states = defect_states(s for s in results.scenarios if s.target == target.id)
        for state in ("present", "gone"):
            count = sum(found == state for found in states.values())
            if count:
                parts.append(f"  defects {state} ({count})")
    if claims is not None:
        parts += in_words(results, claims)
    return "\n".join(parts)


def in_words(results: Results, claims: Claims) -> list[str]:
    """Return the verdicts that matter most: changed ones, then what a NAS has contradicted."""
    order = [Verdict.CHANGED, Verdict.CONTRADICTED, Verdict.IMPRECISE]
    known = {claim.id: claim for claim in claims.claims}
    found: dict[str, VerdictResult] = {}
    for wanted in order:
        for verdict in results.verdicts:
            claim = known.get(verdict.claim)
            if verdict.verdict == wanted and claim and claim.level is not Level.EDITORIAL:
                found.setdefault(claim.id, verdict)
    lines = []
    for name, verdict in list(found.items())[:_IN_WORDS]:
        said = f"  {name} {verdict.verdict}: {known[name].paraphrase}"
        lines.append(textwrap.shorten(said[2:], _LINE_WIDTH, placeholder=" …"))
        why = " ".join(verdict.reason.split())
        lines.append("    " + textwrap.shorten(why, _LINE_WIDTH - 4, placeholder=" …"))
    return ["The verdicts that matter most:", *lines] if lines else []


def _heading(results: Results, target: TargetResult) -> str:
    scenarios = [s for s in results.scenarios if s.target == target.id]
    counts = Counter(scenario.status.value for scenario in scenarios)
    ended = ", ".join(f"{count} {status}" for status, count in counts.items())
    if target.provenance is Provenance.SIMULATED:
        what = f"{target.url} is a simulated {target.os}: no evidence about a real host"
    else:
        what = f"{target.url} is {target.os}"
    return f"{what}\n{len(scenarios)} scenarios: {ended}\nVerdicts on the article's claims:"


def spent(run: Results) -> str:
    """Say how long a run waited for the protocols, and how long for itself.

    On a virtual clock waiting costs nothing, so that only the sum is the run's own time.
    """
    events = [event for scenario in run.scenarios for event in scenario.events]
    waited = sum(event.seconds for event in events if isinstance(event, WaitEvent))
    ran = sum(event.measured for event in events if isinstance(event, CommandEvent))
    if any(target.testbed == MemoryTestbed.kind for target in run.targets):
        return f"time: {run.seconds:.0f} s; the NAS's clock went {waited + ran:.0f} s further"
    own = max(0.0, run.seconds - waited - ran)
    return (
        f"time: {run.seconds:.0f} s: {waited:.0f} s waiting for protocol timers, "
        f"{ran:.0f} s for the NAS's commands, {own:.0f} s for itself"
    )


def _line(head: str, claims: Sequence[str]) -> str:
    lines = [f"  {head:20}"]
    for claim in claims:
        if len(lines[-1]) + 1 + len(claim) > _LINE_WIDTH:
            lines.append(" " * 22)
        lines[-1] += f" {claim}"
    return "\n".join(lines).rstrip()


def results_json(results: Results) -> str:
    """Return the verdicts as JSON."""
    return json.dumps({"verdicts": [dataclasses.asdict(v) for v in results.verdicts]}, indent=1)


def _command_line(options: argparse.Namespace) -> str:
    """Return the command, which results.json keeps, without the paths of keys."""
    words = sys.argv[1:]
    for file in options.identity:
        words = [word.replace(str(file), "KEY") for word in words]
    return shlex.join(["lagg-tool", *words])
