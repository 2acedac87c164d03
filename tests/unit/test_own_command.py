"""A command of this tool that is printed can be typed as it stands."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from lagg_tool import own_command as module
from lagg_tool.cli import parser_of
from lagg_tool.errors import UsageError
from lagg_tool.own_command import own_command, own_directory, with_bare_name
from lagg_tool.testbed.qemu.vm import find
from lagg_tool.verbs import failures
from lagg_tool.verbs.common import follow_up_command


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    tool = tmp_path / "a checkout" / "lagg-tool"
    tool.parent.mkdir()
    tool.write_text("#!/bin/sh\n", encoding="utf-8")
    tool.chmod(0o755)
    monkeypatch.setattr(module, "_OWN", tool)
    return tool


def test_it_has_the_path_where_a_shell_does_not_find_the_tool(
    own: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "/nowhere")

    assert own_command("show", "a b") == f"'{own}' show 'a b'"


def test_it_has_the_name_where_a_shell_finds_the_tool(
    own: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(own.parent))

    assert own_command("show") == "lagg-tool show"


def test_it_has_the_name_where_the_tool_has_no_file_of_its_own(
    own: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    own.unlink()

    assert own_command("show") == "lagg-tool show"
    assert own_directory() is None


def test_what_verbs_print_to_go_on_with_has_the_path(
    own: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    shown = parser_of("show").parse_args(["--target", "ssh://root@nas"])
    accepted = parser_of("accept").parse_args(["--agent"])

    said = [
        follow_up_command(shown, "rollback", "t-1"),
        failures.repeat("f.feature::0", "ssh://root@nas", accepted),
    ]

    assert [shlex.split(line)[:2] for line in said] == [
        [str(own), verb] for verb in ("rollback", "accept")
    ]
    with pytest.raises(UsageError, match=f"'{re.escape(str(own))}' vm up IMAGE"):
        find("another")


@pytest.mark.usefixtures("own")
def test_results_have_the_name_of_what_was_printed_with_the_path(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PATH", "/nowhere")

    assert with_bare_name(f"undo it: {own_command('show')}") == "undo it: lagg-tool show"
