"""The scripts that run on a NAS: files of plain POSIX sh that say how they are called."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from lagg_tool.nas.freebsd.commit import requests
from lagg_tool.testbed.epair import scripts
from tests.support.paths import ROOT

FILES = sorted((ROOT / "lagg_tool").rglob("*.sh"))
needs_shellcheck = pytest.mark.skipif(
    shutil.which("shellcheck") is None,
    reason="shellcheck is missing (Debian: apt install shellcheck)",
)


def name(path: Path) -> str:
    return str(path.relative_to(ROOT / "lagg_tool"))


def header(path: Path) -> str:
    lines = path.read_text(encoding="utf-8").splitlines()
    count = next(number for number, line in enumerate(lines) if not line.startswith("#"))
    return "\n".join(lines[:count])


@needs_shellcheck
def test_shellcheck_finds_nothing() -> None:
    done = subprocess.run(
        ["shellcheck", "-s", "sh", *FILES], capture_output=True, text=True, check=False
    )

    assert len(FILES) > 15
    assert done.stdout == ""


@pytest.mark.parametrize("path", FILES, ids=name)
def test_every_script_says_what_it_does_and_how_it_ends(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    said = header(path)

    assert said
    if re.search(r"\$\{?[1-9]", re.sub(r"(?ms)^\w+\(\) \{.*?^\}", "", text)):
        assert f"# {path.name} " in said, "its parameters are not in its header"
        assert re.search(r"[Ee]xit status|In the \.rc files", said), "its exit statuses are not"


def test_a_change_has_one_script_and_every_request_its_own() -> None:
    made = [
        requests.arm("t-1", "5", "tester", "lagg0", {"steps": "step ifconfig lagg0 create\n"}),
        requests.start("t-1"),
        requests.decide("t-1", "confirm"),
        requests.status("t-1"),
    ]

    texts = [command.argv[2] for command in made]

    assert len(set(texts)) == len(made)
    assert all("t-1" not in text and "/var/" not in text for text in texts)
    assert made[0].argv[-4:] == (
        "change.sh",
        requests.change,
        "steps",
        "step ifconfig lagg0 create\n",
    )


@pytest.mark.parametrize(
    "text",
    [requests.change, scripts.GUARD, scripts.BEGIN, scripts.END, scripts.HOSTS],
    ids=["change", "guard", "begin", "end", "hosts"],
)
def test_sh_accepts_what_is_put_together(text: str) -> None:
    done = subprocess.run(
        ["sh", "-n"], input=text, capture_output=True, text=True, check=False
    )  # a function file and a script, in one

    assert done.stderr == ""
