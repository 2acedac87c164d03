"""The manual page: made from the parsers, free of mistakes, and part of the wheel."""

from __future__ import annotations

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from lagg_tool.cli import VERBS
from tests.support.paths import ROOT


@pytest.fixture
def page(tmp_path: Path) -> Path:
    words = [sys.executable, "-m", "lagg_tool", "manual"]
    made = subprocess.run(words, cwd=ROOT, capture_output=True, check=True)
    file = tmp_path / "lagg-tool.1"
    file.write_bytes(made.stdout)
    return file


@pytest.mark.parametrize(
    ("program", "words"),
    [
        ("mandoc", ["-Tlint", "-Wwarning"]),
        ("groff", ["-ww", "-k", "-man", "-Tutf8", "-z"]),
    ],
)
def test_a_formatter_warns_of_nothing(program: str, words: list[str], page: Path) -> None:
    if shutil.which(program) is None:
        pytest.skip(f"{program} is not installed; on Debian: apt install {program}")

    done = subprocess.run([program, *words, page], capture_output=True, text=True, check=False)

    assert (done.returncode, done.stdout + done.stderr) == (0, "")


def test_the_page_has_every_verb_with_its_example(page: Path) -> None:
    text = page.read_text(encoding="utf-8").replace("\\-", "-")

    assert [verb for verb in VERBS if f"\n.SS {verb}\n" not in text] == []
    assert text.count("xample") >= len(VERBS)


def test_the_wheel_has_the_manual_page(tmp_path: Path) -> None:
    words = ["wheel", "-q", "--no-deps", "--no-build-isolation", "-w", str(tmp_path), "."]

    subprocess.run([sys.executable, "-m", "pip", *words], cwd=ROOT, check=True)

    [wheel] = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as files:
        [name] = [name for name in files.namelist() if name.endswith("share/man/man1/lagg-tool.1")]
        assert b".SS accept" in files.read(name)
