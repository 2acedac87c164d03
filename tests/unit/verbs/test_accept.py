import dataclasses
import re
import shlex
from pathlib import Path

import pytest

from lagg_tool.claims import Level, load_claims
from lagg_tool.cli import main, parser_of
from lagg_tool.errors import CommandError, HostKeyError
from lagg_tool.evidence import CommandEvent, Provenance, Results, Status, VerdictResult, WaitEvent
from lagg_tool.evidence.merging import merge
from lagg_tool.site.page import slug
from lagg_tool.site.scenario_links import page_of
from lagg_tool.suite.exit_status import TARGET_EXIT, exit_code
from lagg_tool.verbs import failures
from lagg_tool.verbs.accept import in_words, spent, summary
from tests.support.paths import ROOT
from tests.support.synthetic import synthetic_results


def on_target(results: Results, name: str, provenance: Provenance) -> Results:
    """Return the results as those of one other target."""
    [target] = results.targets[:1]
    return dataclasses.replace(
        results,
        targets=(dataclasses.replace(target, id=name, url=name, provenance=provenance),),
        features=tuple(
            dataclasses.replace(
                feature,
                scenarios=tuple(dataclasses.replace(s, target=name) for s in feature.scenarios),
            )
            for feature in results.features
        ),
        verdicts=tuple(dataclasses.replace(v, target=name) for v in results.verdicts),
    )


def test_runs_on_several_targets_become_one() -> None:
    run = synthetic_results()
    one, two = on_target(run, "a", Provenance.SIMULATED), on_target(run, "b", Provenance.OBSERVED)

    merged = merge([one, two])

    assert [target.id for target in merged.targets] == ["a", "b"]
    assert len(merged.verdicts) == 2 * len(run.verdicts)
    for before, after in zip(run.features, merged.features, strict=True):
        assert len(after.scenarios) == 2 * len(before.scenarios)
    assert Results.from_json(merged.to_json()) == merged


def test_the_summary_counts_confirmed_claims_and_names_all_others_once() -> None:
    run = on_target(synthetic_results(), "a", Provenance.OBSERVED)

    text = summary(run)

    named = re.findall(r"\b[A-Z]-\d\d[a-z]?\b", text)
    others = [v.claim for v in run.verdicts if v.verdict != "confirmed"]
    assert sorted(named) == sorted(others)
    assert f"confirmed ({len(run.verdicts) - len(others)})" in text
    assert len(text.splitlines()) < 20
    assert all(len(line) <= 100 for line in text.splitlines())


def test_the_verdicts_that_matter_most_are_in_words() -> None:
    claims = load_claims(ROOT / "features" / "core" / "article.toml")
    ordinary = [c for c in claims.claims if c.level is not Level.EDITORIAL][:5]
    words = ["confirmed", "imprecise", "contradicted", "imprecise", "changed"]
    run = synthetic_results()
    verdicts = tuple(
        VerdictResult(claim.id, "a", word, f"because of {claim.id}", ())
        for claim, word in zip(ordinary, words, strict=True)
    )

    lines = in_words(dataclasses.replace(run, verdicts=verdicts), claims)

    heads = [line.split(":")[0] for line in lines[1::2]]
    assert heads == [f"{ordinary[n].id} {words[n]}" for n in (4, 2, 1)]
    assert ordinary[4].paraphrase[:40] in lines[1]
    assert lines[2].strip() == f"because of {ordinary[4].id}"


def test_a_run_of_both_simulations_ends_in_thirty_lines() -> None:
    claims = load_claims(ROOT / "features" / "core" / "article.toml")
    run = synthetic_results()
    verdicts = tuple(
        VerdictResult(claim.id, target, claim.expected, claim.why, ())
        for target in ("a", "b")
        for claim in claims.claims
    )
    two = merge([on_target(run, name, Provenance.SIMULATED) for name in ("a", "b")])

    text = summary(dataclasses.replace(two, verdicts=verdicts), claims)

    assert text.count("no evidence about a real host") == 2
    assert len(text.splitlines()) < 30  # and a line says where the site is
    assert all(len(line) <= 100 for line in text.splitlines())


def test_the_summary_says_of_a_simulated_target_that_it_is_no_evidence() -> None:
    run = synthetic_results()

    simulated = summary(on_target(run, "a", Provenance.SIMULATED))
    observed = summary(on_target(run, "a", Provenance.OBSERVED))

    assert "no evidence about a real host" in simulated
    assert "no evidence" not in observed


def test_the_summary_counts_how_the_scenarios_ended() -> None:
    run = on_target(synthetic_results(), "a", Provenance.OBSERVED)
    ended = [s.status for f in run.features for s in f.scenarios]

    text = summary(run)

    assert f"{len(ended)} scenarios: " in text
    assert f"{ended.count(Status.PASSED)} passed" in text


def with_time(results: Results, bench: str) -> Results:
    """Return a run of 100 s in which one step waited for 60 s and ran a command for 15 s."""
    [target] = results.targets[:1]
    events = (WaitEvent(0.0, 60.0, "silence"), CommandEvent(60.0, "ping", 0, "", "", 15.0))
    feature = results.features[0]
    scenario = feature.scenarios[0]
    step = dataclasses.replace(scenario.steps[0], evidence=events)
    return dataclasses.replace(
        results,
        seconds=100.0,
        targets=(dataclasses.replace(target, testbed=bench),),
        features=(
            dataclasses.replace(feature, scenarios=(dataclasses.replace(scenario, steps=(step,)),)),
        ),
    )


def test_a_run_says_how_long_it_waited_and_how_long_it_took_itself() -> None:
    run = with_time(synthetic_results(), "UDP")

    assert spent(run) == (
        "time: 100 s: 60 s waiting for protocol timers, 15 s for the NAS's commands, "
        "25 s for itself"
    )


def test_waiting_on_a_virtual_clock_is_not_counted_as_time() -> None:
    run = with_time(synthetic_results(), "memory")

    assert spent(run) == "time: 100 s; the NAS's clock went 75 s further"


def test_a_target_that_cannot_be_used_has_an_exit_status_of_its_own() -> None:
    assert exit_code(HostKeyError("unknown")) == TARGET_EXIT + 3
    assert exit_code(CommandError("x", 1, "")) == TARGET_EXIT + 1


@pytest.mark.parametrize(
    "more", [[], ["--target", "sim:"], ["--target", "sim:", "--workers", "2"], ["--read-only"]]
)
@pytest.mark.parametrize("tags", ["@typo", "and (", "@FAILOVER", "@confirms.C-99", ""])
def test_tags_that_select_nothing_are_a_sentence_on_every_path(
    tags: str, more: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["accept", "--tags", tags, *more]) == 2

    [line] = capsys.readouterr().err.splitlines()
    assert line.startswith(f"lagg-tool: --tags {tags!r}: ")


def failed_run(count: int) -> Results:
    run = synthetic_results()
    feature = run.features[0]
    scenarios = tuple(
        dataclasses.replace(feature.scenarios[0], id=f"{feature.path}::{n}", status=Status.FAILED)
        for n in range(count)
    )
    return dataclasses.replace(run, features=(dataclasses.replace(feature, scenarios=scenarios),))


def test_a_failure_comes_with_the_command_to_repeat_it_and_the_place_of_its_evidence(
    tmp_path: Path,
) -> None:
    words = ["--host-key", "SHA256:abc", "--identity", "my key", "--site", str(tmp_path)]
    options = parser_of("accept").parse_args(words)
    run = failed_run(1)

    said = list(failures.lines([("ssh://root@nas", run)], options))

    path, name = run.features[0].path, run.features[0].scenarios[0].name
    assert said[0] == f"failed: {path}::0"
    assert said[1] == (
        f"  repeat it: lagg-tool accept {path}::0 --target ssh://root@nas"
        " --identity 'my key' --host-key SHA256:abc"
    )
    assert said[2] == f"  evidence:  {tmp_path}/{page_of(path, ())}#{slug(name)}"
    assert parser_of("accept").parse_args(shlex.split(said[1])[3:]).host_key == "SHA256:abc"


def test_of_many_failures_the_first_are_listed_and_the_rest_counted() -> None:
    options = parser_of("accept").parse_args([])

    said = list(failures.lines([("sim:", failed_run(30))], options))

    assert len(said) < 20
    assert said[-1] == "and 25 more; build/results.json has all of them"
