"""``lagg-tool completion SHELL``: what a shell needs to complete the tool's words."""

from __future__ import annotations

import argparse
import importlib
from pathlib import Path
from typing import Any

import shtab

_EPILOG = """\
examples, for the present session; put the line into the shell's startup file to keep it:
  bash:  source <(lagg-tool completion bash)
  zsh:   lagg-tool completion zsh > ~/.zfunc/_lagg-tool   (with ~/.zfunc in fpath, before compinit)
  tcsh:  lagg-tool completion tcsh > ~/.lagg-tool.csh; source ~/.lagg-tool.csh
  fish:  lagg-tool completion fish | source"""
SHELLS = ("bash", "zsh", "tcsh", "fish")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the argument of ``completion``."""
    parser.epilog = _EPILOG
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("shell", choices=SHELLS, help="the shell")


def run(options: argparse.Namespace) -> int:
    """Print the script. Returns 0."""
    # cli.py is a layer above the verbs, so it is imported by its name.
    parser: argparse.ArgumentParser = importlib.import_module("lagg_tool.cli").whole_parser()
    _mark_files(parser)
    print(shtab.complete(parser, shell=options.shell))
    return 0


def _mark_files(parser: argparse.ArgumentParser) -> None:
    """Have files completed where the parser takes a path, and directories where it wants one."""
    for action in parser._actions:  # noqa: SLF001 - argparse offers no other way to list them
        if isinstance(action, argparse._SubParsersAction):  # noqa: SLF001 - the same
            for each in set(action.choices.values()):
                _mark_files(each)
        elif action.type is Path or action.metavar in {"FILE", "FILE.toml"}:
            kind = shtab.DIRECTORY if action.metavar == "DIRECTORY" else shtab.FILE
            _complete(action, kind)


def _complete(action: argparse.Action, kind: dict[str, Any]) -> None:
    action.complete = kind  # type: ignore[attr-defined] # where shtab looks for it
