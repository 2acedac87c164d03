"""``lagg-tool docs``: wrong words are refused before anything is built."""

from __future__ import annotations

from pathlib import Path
from typing import NoReturn

import pytest

from lagg_tool.cli import main
from lagg_tool.verbs import docs


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["publish"], "docs publish DIRECTORY: name where the versions are kept"),
        (["publish", "public"], "--site-url https://host/path/ says where readers find it"),
        (["build", "public"], "docs build: only publish has a directory and a version"),
        (["serve", "--version", "1.0"], "docs serve: only publish has a directory and a version"),
        (["serve", "--address", "nas:80"], "--address 'nas:80': write localhost or an IP address"),
        (["serve", "--address", "[::1]:0"], "--address '[::1]:0': write HOST:PORT with a port"),
        (["build", "--article", "empty"], "empty: there is no page (*.md) in this directory"),
        (["build", "--article", "none.md"], "none.md: there is no such file; "),
        (["build", "--results", "none.json"], "none.json: there is no such file; "),
    ],
)
def test_wrong_words_are_refused(
    words: list[str],
    message: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def begun(*_: object, **__: object) -> NoReturn:
        raise AssertionError("something was begun")

    for work in ("build", "publish", "serve"):
        monkeypatch.setattr(docs, work, begun)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty").mkdir()

    assert main(["docs", *words]) == 2

    assert message in capsys.readouterr().err
    assert [each.name for each in tmp_path.iterdir()] == ["empty"]
