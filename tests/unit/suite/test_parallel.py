"""What runs of several targets print, side by side."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from lagg_tool.suite.parallel import Job, pass_on, run_all


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("sim:", "sim: ERROR: not found\n"),
        ("ssh://root@nas", "ssh://root@nas: ERROR: not found\n"),
    ],
)
def test_a_line_has_its_target_in_front_and_an_empty_one_is_left_out(
    url: str, expected: str, capsys: pytest.CaptureFixture[str]
) -> None:
    said = "import sys; sys.stderr.write('lagg-tool: ERROR: not found\\n\\n')"
    last: list[str] = []

    with subprocess.Popen(
        [sys.executable, "-c", said], stderr=subprocess.PIPE, text=True
    ) as process:
        pass_on(process, url, last)

    assert capsys.readouterr().err == expected
    assert last == ["ERROR: not found"]


def test_a_reason_names_the_tool_as_everybody_calls_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = tmp_path / "lagg-tool"
    tool = tmp_path / "python"
    tool.write_text(f"#!/bin/sh\necho 'no machine; {own} vm up IMAGE starts one' >&2\nexit 3\n")
    tool.chmod(0o755)
    monkeypatch.setattr("lagg_tool.own_command._OWN", own)
    monkeypatch.setattr(sys, "executable", str(tool))

    [result] = run_all([Job("qemu:linux", ())], tmp_path)

    assert (result.status, result.reason) == (3, "no machine; lagg-tool vm up IMAGE starts one")
