"""What runs of several targets print, side by side."""

from __future__ import annotations

import subprocess
import sys

import pytest

from lagg_tool.suite.parallel import pass_on


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
    said = "import sys; sys.stderr.write('ERROR: not found\\n\\n')"
    last: list[str] = []

    with subprocess.Popen(
        [sys.executable, "-c", said], stderr=subprocess.PIPE, text=True
    ) as process:
        pass_on(process, url, last)

    assert capsys.readouterr().err == expected
    assert last == ["ERROR: not found"]
