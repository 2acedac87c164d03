import json
from pathlib import Path

import pytest

from lagg_tool.cli import main
from lagg_tool.verbs.doctor import PACKAGES, Check, checks, sources
from tests.support.paths import ROOT


def test_every_declared_dependency_is_looked_at() -> None:
    text = (ROOT / "pyproject.toml").read_text()
    declared = text.partition("dependencies = [")[2].partition("\n]")[0]

    assert sorted(PACKAGES) == sorted(line.split(">")[0] for line in declared.split('"')[1::2])


def test_what_is_required_is_there_where_the_tests_run() -> None:
    assert all(check.found for check in checks() if check.required)


def test_the_source_that_won_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)

    named = {setting.name: setting for setting in sources()}

    machines, images = named["virtual machines"], named["unpacked images"]
    assert (machines.value, machines.source) == (f"{tmp_path}/lagg_tool/vm", "XDG_STATE_HOME")
    assert images.source == "default"


def test_what_is_missing_has_a_way_out_and_a_status(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.setattr("lagg_tool.verbs.doctor.PACKAGES", ("no-such-package",))

    status = main(["doctor", "--json"])

    data = json.loads(capsys.readouterr().out)
    missing = {check["name"]: Check(**check) for check in data["checks"] if not check["found"]}
    assert status == 1
    assert missing["no-such-package"].remedy == "make environment"
    assert missing["qemu-system-x86_64"].remedy == "apt-get install qemu-system-x86"
    assert all(check.remedy for check in missing.values())


def test_people_read_lines(capsys: pytest.CaptureFixture[str]) -> None:
    status = main(["doctor"])

    out = capsys.readouterr().out
    assert status == 0
    assert out.startswith("ok       Python: 3.")
    assert "target: sim: (default; --target wins)" in out
