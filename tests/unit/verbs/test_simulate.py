"""The lines that ``simulate`` prints for people can be typed where they are read."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest

from lagg_tool import own_command
from lagg_tool.verbs import simulate

SAID = {
    "os": "freebsd-13.2",
    "url": "ssh://root@127.0.0.1:2022",
    "ssh": {"host_key": "SHA256:0", "identity": "/run/key"},
    "qmp": "/run/monitor",
    "wire": {"base": "5100:5200"},
}


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    tool = tmp_path / "a checkout" / "lagg-tool"
    tool.parent.mkdir()
    tool.write_text("#!/bin/sh\n", encoding="utf-8")
    tool.chmod(0o755)
    monkeypatch.setattr(own_command, "_OWN", tool)
    return tool


def programs() -> list[str]:
    text = simulate.instructions(SAID, Path("/run/ssh_config"), Path("/run/environment"), None)
    return [shlex.split(line)[0] for line in text.splitlines() if line.startswith("  ")]


def test_the_tool_is_named_by_its_path_where_a_shell_does_not_find_it(
    own: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "/nowhere")

    assert programs() == [str(own), "ssh", str(own), "."]
