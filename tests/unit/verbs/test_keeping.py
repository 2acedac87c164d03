"""Where the results of a run go when their file cannot be written."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest

from lagg_tool.verbs.keeping import keep
from tests.support.synthetic import synthetic_features, synthetic_results


def test_results_are_kept_though_there_is_no_working_directory_and_none_for_such_files(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    results = synthetic_results(synthetic_features(tmp_path / "features"))
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", None)
    monkeypatch.setattr(tempfile, "_candidate_tempdir_list", lambda: [str(tmp_path / "missing")])
    (tmp_path / "file").touch()

    kept = keep(results, tmp_path / "file" / "results.json")

    assert kept is not None
    assert kept.parent == tmp_path
    assert kept.is_file()
    assert f"the results are in {kept}" in capsys.readouterr().err
