from __future__ import annotations

import argparse
import importlib
import statistics
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from lagg_tool import __version__
from lagg_tool.cli import VERBS, main, parser_of, whole_parser


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_has_help(verb: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main([verb, "--help"])

    assert ended.value.code == 0
    assert f"lagg-tool {verb}" in capsys.readouterr().out


@pytest.mark.parametrize("verb", VERBS)
def test_the_help_of_every_verb_has_an_example(verb: str) -> None:
    epilog = parser_of(verb).epilog or ""

    before, example, after = epilog.partition(f"lagg-tool {verb} ")

    assert example, f"no example in {epilog!r}"
    assert "example" in before
    assert after.strip()


@pytest.mark.parametrize("verb", VERBS)
def test_the_lines_at_the_end_of_help_are_not_run_together(verb: str) -> None:
    parser = parser_of(verb)

    assert "\n" not in str(parser.epilog) or str(parser.epilog) in parser.format_help()


@pytest.mark.parametrize("verb", VERBS)
def test_every_row_of_the_table_leads_to_a_function(verb: str) -> None:
    name, function, about = VERBS[verb]

    assert callable(getattr(importlib.import_module(name), function))
    assert about


def test_help_names_every_verb(capsys: pytest.CaptureFixture[str]) -> None:
    status = main(["--help"])

    assert status == 0
    out = capsys.readouterr().out
    assert all(f"\n  {verb} " in out for verb in VERBS)


def test_the_version_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"lagg-tool {__version__}\n"


def test_one_parser_has_all_verbs_with_their_options() -> None:
    parsed = whole_parser().parse_args(["diagnose", "lagg0", "--dmesg", "dmesg.txt", "-q"])

    assert (parsed.verb, parsed.dmesg, parsed.quiet) == ("diagnose", ["dmesg.txt"], True)


@pytest.mark.parametrize("verb", VERBS)
def test_every_option_has_its_help(verb: str) -> None:
    assert [action.dest for action in actions(parser_of(verb)) if not action.help] == []


def actions(parser: argparse.ArgumentParser) -> Iterator[argparse.Action]:
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for each in action.choices.values():
                yield from actions(each)
        else:
            yield action


@pytest.mark.parametrize("words", [[], ["fly"]])
def test_wrong_words_are_usage_errors(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    status = main(words)

    assert status == 2
    assert "simulate" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("word", "meant"),
    [("diagnoze", "diagnose"), ("--verson", "--version"), ("roll-back", "rollback")],
)
def test_a_misspelt_verb_is_answered_with_the_one_that_was_meant(
    word: str, meant: str, capsys: pytest.CaptureFixture[str]
) -> None:
    status = main([word])

    assert status == 2
    assert f"lagg-tool: no verb {word!r}; did you mean {meant}?" in capsys.readouterr().err


def test_help_of_a_verb_may_be_asked_for_in_two_words(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["help", "diagnose"])

    assert ended.value.code == 0
    assert capsys.readouterr().out.startswith("usage: lagg-tool diagnose")


def test_an_error_is_a_message_and_its_status(capsys: pytest.CaptureFixture[str]) -> None:
    status = main(["simulate", "--wire-base", "1"])

    assert status == 2
    assert capsys.readouterr().err.startswith("lagg-tool: --wire-base '1': write A:B")


def test_a_working_directory_that_was_removed_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "gone").mkdir()
    monkeypatch.chdir(tmp_path / "gone")
    (tmp_path / "gone").rmdir()

    status = main(["claims", "init", "page.md", "--set", "bridge"])

    assert status == 1
    assert "the working directory was removed: No such file" in capsys.readouterr().err


def test_help_loads_nothing_heavy() -> None:
    code = "import sys; from lagg_tool.cli import main; main(['--help']); print(*sys.modules)"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)

    loaded = set(ran.stdout.decode().splitlines()[-1].split())
    assert not loaded & {"paramiko", "argparse", "jinja2", "pytest", "dataclasses", "typing"}


@pytest.mark.slow
def test_help_is_as_fast_as_python_starts() -> None:
    def seconds(*words: str) -> float:
        script = (
            "import subprocess, sys, time; t = time.perf_counter(); "
            "subprocess.run([sys.executable, *sys.argv[1:]], stdout=subprocess.DEVNULL); "
            "print(time.perf_counter() - t)"
        )
        took = subprocess.run(
            [sys.executable, "-c", script, *words], capture_output=True, check=True
        )
        return float(took.stdout)

    bare = statistics.median(seconds("-c", "pass") for _ in range(15))
    ours = statistics.median(seconds("-m", "lagg_tool", "--help") for _ in range(15))

    assert ours < 1.5 * bare
