"""``lagg-tool accept`` as an installed tool runs it: outside a checkout, in its own process."""

import os
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from lagg_tool.evidence import Provenance, Results, Status
from lagg_tool.simulator.server.keys import generate_key
from tests.support.no_target import WORDS
from tests.support.paths import ROOT

NONE = "features/core/none.feature"


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Lay the package out as the wheel does, once, so that it is compiled once."""
    packages = tmp_path_factory.mktemp("installed")
    nothing = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "lagg_tool", packages / "lagg_tool", ignore=nothing)
    for name in ("features", "steps"):
        shutil.copytree(ROOT / name, assets(packages) / name, ignore=nothing)
    return packages


@pytest.fixture
def site_packages(tmp_path: Path, installed: Path) -> Path:
    """Return the installed package, in a directory of the test."""
    packages = tmp_path / "site-packages"
    packages.symlink_to(installed)
    return packages


@pytest.fixture
def own_packages(tmp_path: Path, installed: Path) -> Path:
    """Return a copy of the installed package that the test may change."""
    return Path(shutil.copytree(installed, tmp_path / "site-packages"))


def assets(packages: Path) -> Path:
    return packages / "lagg_tool" / "_assets"


def accept(
    packages: Path, *arguments: str, directory: Path | None = None
) -> subprocess.CompletedProcess[str]:
    directory = directory or packages.parent / "elsewhere"
    directory.mkdir(exist_ok=True)
    return subprocess.run(
        [sys.executable, "-m", "lagg_tool", "accept", "--results", "results.json", *arguments],
        cwd=directory,
        env={**os.environ, "PYTHONPATH": str(packages), "PYTEST_ADDOPTS": ""},
        capture_output=True,
        text=True,
        check=False,
    )


def results(packages: Path) -> Results:
    return Results.read(packages.parent / "elsewhere" / "results.json")


def statuses(packages: Path) -> dict[str, Status]:
    ended = (s for f in results(packages).features for s in f.scenarios if f.path == NONE)
    return {scenario.name: scenario.status for scenario in ended}


def test_an_installed_tool_brings_its_suite_along(site_packages: Path) -> None:
    done = accept(site_packages, NONE)

    found = results(site_packages)
    verdicts = {verdict.claim: verdict.verdict for verdict in found.verdicts}
    assert done.returncode == 0, done.stderr
    assert set(statuses(site_packages).values()) == {Status.PASSED}
    assert {target.provenance for target in found.targets} == {Provenance.SIMULATED}
    assert [target.release for target in found.targets] == ["freebsd-13.2", "truenas-13.3"]
    assert (verdicts["C-28"], verdicts["C-29"], verdicts["C-18"]) == (
        "confirmed",
        "confirmed",
        "not run",
    )
    assert "no evidence about a real host" in done.stdout
    assert re.search(rf"(?m)^sim: {NONE} +█+ \d+ passed\n", done.stderr)
    assert "✓ passed" not in done.stderr


def test_in_a_checkout_an_installed_tool_uses_its_features_and_says_so(
    site_packages: Path,
) -> None:
    checkout = site_packages.parent / "checkout"
    for name in ("features", "steps"):
        shutil.copytree(ROOT / name, checkout / name)
    for name in ("docs", "lagg_tool"):
        (checkout / name).mkdir()
    for name in ("mkdocs.yml", "lagg_tool/assets.py"):  # by which it is known
        shutil.copy(ROOT / name, checkout / name)
    own = "features/core/nothing.feature"
    text = (checkout / NONE).read_text(encoding="utf-8")
    (checkout / own).write_text(text.replace("Scenario: With the protocol", "Scenario: Under"))

    done = accept(site_packages, "-v", own, directory=checkout / "docs")
    elsewhere = accept(site_packages, own, "--target", "sim:")

    said = f"features: those of the checkout {checkout}"
    assert done.returncode == 0, done.stderr
    assert said in done.stderr.splitlines()[:2]
    assert done.stderr.count(said) == 1
    assert f"{own}::Under none, nothing leaves the NAS" in done.stderr
    assert elsewhere.returncode == 2
    assert "features: those of" not in elsewhere.stderr


def test_the_path_from_before_there_were_sets_still_works(site_packages: Path) -> None:
    done = accept(site_packages, "features/none.feature", "--target", "sim:")

    assert done.returncode == 0, done.stderr
    assert set(statuses(site_packages).values()) == {Status.PASSED}


def test_each_scenario_has_a_line_if_that_is_asked_for(site_packages: Path) -> None:
    done = accept(site_packages, "-v", "--target", "sim:", NONE)

    assert done.returncode == 0, done.stderr
    assert f"✓ passed    {NONE}::With the protocol none, nothing leaves the NAS" in done.stderr


@pytest.mark.parametrize("targets", [["--target", "sim:"], []], ids=["one", "several"])
def test_a_quiet_run_prints_the_verdicts_and_what_failed(
    site_packages: Path, targets: list[str]
) -> None:
    done = accept(site_packages, "--quiet", *targets, NONE)
    failed = accept(site_packages, "--quiet", "--target", "sim:?fault=none-sends", NONE)

    assert (done.returncode, done.stderr) == (0, "")
    assert "Verdicts on the article's claims" in done.stdout
    assert "✗ failed " in failed.stderr
    assert "█" not in failed.stderr


def test_a_run_that_skips_nearly_everything_says_why_in_a_few_lines(site_packages: Path) -> None:
    done = accept(site_packages, "--read-only", "--target", "sim:", "--workers", "2")

    said = done.stderr.splitlines()
    features = [line for line in said if line.startswith("features/")]
    assert len(features) == len(results(site_packages).features)
    assert re.search(r"\d+ skipped: .*the run is read-only", done.stderr)
    assert len(said) < len(features) + 10


def line_of(words: str) -> int:
    """Return the number of the first line of the feature file with these words."""
    lines = (ROOT / NONE).read_text(encoding="utf-8").splitlines()
    return next(number for number, line in enumerate(lines, 1) if words in line)


def test_a_nas_that_behaves_otherwise_turns_exactly_its_scenario_red(
    site_packages: Path,
) -> None:
    done = accept(site_packages, "--target", "sim:?fault=none-sends", NONE)

    red = {name for name, status in statuses(site_packages).items() if status is Status.FAILED}
    assert done.returncode == 1
    assert red == {"With the protocol none, nothing leaves the NAS"}
    line = line_of("And nothing leaves by any port")
    assert f"{NONE}:{line}: And nothing leaves by any port" in done.stderr
    assert re.search(r"changed \(1\) +C-28\n", done.stdout)


@pytest.mark.parametrize("workers", ["1", "2"])
def test_another_packages_steps_are_not_taken_for_ours(site_packages: Path, workers: str) -> None:
    foreign = site_packages.parent / "elsewhere" / "steps"  # in the current directory
    foreign.mkdir(parents=True)
    (foreign / "__init__.py").write_text("raise ImportError('of another project')")

    done = accept(site_packages, "--target", "sim:", "--workers", workers, NONE)

    assert done.returncode == 0, done.stderr
    assert set(statuses(site_packages).values()) == {Status.PASSED}


@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_failed_assertion_of_a_step_shows_its_values(own_packages: Path, workers: str) -> None:
    definitions = assets(own_packages) / "steps" / "appended_steps.py"
    definitions.write_text(
        "from pytest_bdd import then\n\n\n"
        "@then('it is not so')\ndef not_so(world):\n"
        "    seen = world.target.ports[0]\n    assert seen == 'what was expected'\n"
    )
    feature = assets(own_packages) / NONE
    feature.write_text(feature.read_text(encoding="utf-8") + "    And it is not so\n")

    accept(own_packages, "--target", "sim:", "--workers", workers, NONE)

    reasons = [s.reason for f in results(own_packages).features for s in f.scenarios if s.reason]
    assert any("assert 'vtnet1' == 'what was expected'" in reason for reason in reasons), reasons


def test_a_typing_error_in_a_feature_names_file_and_line(own_packages: Path) -> None:
    feature = assets(own_packages) / NONE
    text = feature.read_text(encoding="utf-8")
    feature.write_text(text.replace("Then no ping", "Thn no ping"), encoding="utf-8")

    done = accept(own_packages, "--target", "sim:", NONE)

    assert done.returncode == 2
    assert f"{NONE}:{line_of('Then no ping')}: " in done.stderr
    assert "Traceback" not in done.stderr


def test_a_feature_of_ones_own_is_told_what_it_lacks(own_packages: Path) -> None:
    path = "features/core/own.feature"
    text = "Feature: Own\n\n  Scenario: Mine\n    Given no such step\n    Then it is so\n"
    (assets(own_packages) / path).write_text(text, encoding="utf-8")

    done = accept(own_packages, "--target", "sim:", path)

    assert done.returncode == 1
    assert "'Mine' names no claim, requirement or defect; tag it, as in @confirms." in done.stderr
    assert "no step definition for: Given no such step; the site's page steps" in done.stderr
    assert "outside the NAS" not in done.stderr
    assert "own.feature    " in done.stderr.partition("lint: what is named above fails the run")[0]


def test_a_locale_without_unicode_breaks_no_scenario(
    site_packages: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Pytest puts the name of what runs into the environment, which such a locale cannot hold."""
    for name, value in (("LC_ALL", "C"), ("PYTHONUTF8", "0"), ("PYTHONCOERCECLOCALE", "0")):
        monkeypatch.setenv(name, value)

    done = accept(site_packages, "--target", "sim:", "features/core/description.feature")

    assert done.returncode == 0, done.stderr
    assert "4 passed" in done.stderr


def test_a_read_only_run_skips_what_would_change_the_nas(site_packages: Path) -> None:
    done = accept(site_packages, "--read-only", "--target", "sim:", NONE)

    assert done.returncode == 0, done.stderr
    assert set(statuses(site_packages).values()) == {Status.SKIPPED}
    assert "the run is read-only" in done.stderr


@pytest.mark.parametrize("target", ["sim:", "sim:?os=truenas-13.3"])
def test_a_read_only_run_shows_what_can_be_seen_without_a_change(
    site_packages: Path, target: str
) -> None:
    files = ["features/core/naming.feature", "features/core/truenas"]

    done = accept(site_packages, "--read-only", "--target", target, *files)

    found = results(site_packages)
    ran = [s for f in found.features for s in f.scenarios if f.path.startswith(tuple(files))]
    passed = {scenario.name for scenario in ran if scenario.status is Status.PASSED}
    assert done.returncode == 0, done.stderr
    assert "The driver lagg(4) is in the kernel" in passed
    assert ("The table has a row for every network card" in passed) == ("truenas" in target)
    assert {scenario.status for scenario in ran} == {Status.PASSED, Status.SKIPPED}


@pytest.mark.parametrize(
    ("target", "status", "words"),
    [
        ("sim:?fault=unheard-of", 2, "unheard-of"),
        ("ssh://root@127.0.0.1:1", 3, "lagg-tool: ssh://root@127.0.0.1:1: no connection"),
        ("telnet://nas", 2, "no such kind of target"),
        ("sim:?os=windows", 2, "os is one of"),
    ],
)
def test_a_target_that_cannot_be_used_ends_the_run_with_its_status(
    site_packages: Path, target: str, status: int, words: str
) -> None:
    identity = site_packages.parent / "id_ed25519"
    identity.touch(mode=0o600)
    identity.write_text(generate_key())

    done = accept(site_packages, "--target", target, "--identity", str(identity), NONE)

    assert done.returncode == status
    assert words in done.stderr


def test_results_do_not_name_the_user_of_a_host_that_was_never_reached(
    site_packages: Path,
) -> None:
    """Its address, on the command line, is all that is known of it."""
    accept(site_packages, "--target", "sim:", "--target", "ssh://jdoe@127.0.0.1:1", NONE)

    found = results(site_packages)
    assert "ssh://" in found.command
    assert [target.url.partition(":")[0] for target in found.targets] == ["sim", "ssh"]
    assert "jdoe" not in found.to_json()


def test_processes_that_share_a_run_find_what_one_finds(site_packages: Path) -> None:
    chosen = [NONE, "features/core/naming.feature", "features/core/description.feature"]
    found = []
    for workers in ("1", "2"):
        done = accept(site_packages, "--target", "sim:", "--workers", workers, *chosen)
        assert done.returncode == 0, done.stderr
        found.append(results(site_packages))
        (site_packages.parent / "elsewhere" / "results.json").unlink()
        (site_packages.parent / "elsewhere").rmdir()

    one, two = ([(s.id, s.status) for f in run.features for s in f.scenarios] for run in found)
    assert one == two
    assert found[0].verdicts == found[1].verdicts


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--target", "sim:?fault=unheard-of", "--workers", "2"), "unheard-of"),
        (("--target", "ssh://root@127.0.0.1:1", "--workers", "2"), "is one NAS"),
        (("--workers", "0"), "--workers"),
    ],
)
def test_processes_that_cannot_share_a_run_are_a_usage_error(
    site_packages: Path, words: tuple[str, ...], said: str
) -> None:
    done = accept(site_packages, *words, NONE)

    assert done.returncode == 2
    assert said in done.stderr


def test_a_target_that_no_process_can_open_ends_a_shared_run_with_its_status(
    tmp_path: Path,
) -> None:
    results = tmp_path / "results.json"
    results.write_text("those of the run before", "utf-8")
    words = ["accept", "--target", "sim:", "--workers", "2", "--results", str(results), NONE]

    done = subprocess.run(
        [sys.executable, "-m", "lagg_tool", *words],
        env={
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "PYTEST_ADDOPTS": "-p tests.support.no_target",
        },
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 3, done.stderr
    lines = [line for line in done.stderr.splitlines() if not line.startswith("features: ")]
    assert lines == [f"lagg-tool: {WORDS}"]
    assert results.read_text("utf-8") == "those of the run before"


def test_what_a_library_leaves_open_breaks_no_scenario(tmp_path: Path) -> None:
    words = ["accept", "--target", "sim:", "--results", str(tmp_path / "results.json"), NONE]

    done = subprocess.run(
        [sys.executable, "-m", "lagg_tool", *words],
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTEST_ADDOPTS": "-p tests.support.left_open"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    assert "broken" not in done.stdout + done.stderr


@pytest.mark.parametrize(("number", "to_all"), [(signal.SIGINT, True), (signal.SIGTERM, False)])
def test_a_shared_run_ends_when_it_is_told_to(
    tmp_path: Path, number: signal.Signals, to_all: bool
) -> None:
    command = ["accept", "--target", "sim:", "--workers", "2", "--results", str(tmp_path / "r")]
    with subprocess.Popen(
        [sys.executable, "-m", "lagg_tool", *command],
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTEST_ADDOPTS": ""},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        assert process.stderr is not None
        said: list[str] = []
        while not said or " passed" not in said[-1]:
            said.append(process.stderr.readline())
            assert said[-1]
        (os.killpg if to_all else os.kill)(process.pid, number)
        said += process.stderr

    statuses = {s.status for f in Results.read(tmp_path / "r").features for s in f.scenarios}
    assert process.returncode == 130, "".join(said)
    assert Status.NOT_RUN in statuses
    assert "Traceback" not in "".join(said)
