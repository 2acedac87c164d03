"""results.json is read back as it was written."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from lagg_tool.errors import DocumentError
from lagg_tool.evidence import Results
from tests.synthetic import synthetic_results


def test_results_are_read_back_as_they_were_written(tmp_path: Path) -> None:
    results = synthetic_results()
    path = tmp_path / "results.json"

    results.write(path)

    assert Results.read(path) == results


def test_results_of_another_version_are_refused_with_the_file_name(tmp_path: Path) -> None:
    path = tmp_path / "results.json"
    path.write_text(json.dumps({"version": 99}), encoding="utf-8")

    with pytest.raises(DocumentError, match=r"results\.json: results of version 99"):
        Results.read(path)


@pytest.mark.parametrize("text", ["", "[]", '{"version": 1}', '{"version": 1, "targets": 3}'])
def test_what_is_no_results_file_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "results.json"
    path.write_text(text, encoding="utf-8")

    with pytest.raises(DocumentError):
        Results.read(path)
