"""What these verbs share: the options that name a target, and those that name a LAGG."""

from __future__ import annotations

import argparse
import contextlib
import functools
import os
import signal
from collections.abc import Iterator
from typing import Any

from lagg_tool.command import Effect, script
from lagg_tool.errors import TargetError, UnreadableError, UsageError
from lagg_tool.evidence import Provenance, TargetResult
from lagg_tool.lagg import check_name, parse_specs
from lagg_tool.nas.contract import Nas, Request
from lagg_tool.nas.opening import open_nas, run_lock_of
from lagg_tool.output import progress
from lagg_tool.own_command import own_command
from lagg_tool.pasted_text import decoded
from lagg_tool.ssh.options import add_login_options
from lagg_tool.target import Target, open_target
from lagg_tool.target.options import login_options
from lagg_tool.user import check_open_files, local_user
from lagg_tool.verbs.inputs import read_bytes
from lagg_tool.verbs.interruption import interruptible

TARGET_VARIABLE = "LAGG_TOOL_TARGET"
NO_TARGET = (
    f"no target: name the NAS, as in --target ssh://root@nas, or set {TARGET_VARIABLE}; "
    "--target sim: is a simulated NAS, to try it"
)


def add_target_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options that name a target and the way to it."""
    add = parser.add_argument
    add(
        "--target",
        default=os.environ.get(TARGET_VARIABLE) or None,
        metavar="URL",
        help=f"ssh://user@host[:port], or sim: for a simulated NAS; else ${TARGET_VARIABLE}",
    )
    add_login_options(add)


def add_lagg_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options that name the LAGG to configure, or the one to remove."""
    parser.add_argument(
        "file", nargs="?", metavar="FILE.toml", help="the LAGG that is wanted, or several"
    )
    parser.add_argument("--remove", metavar="NAME", help="remove this LAGG instead")


def _open_from(options: argparse.Namespace, *, read_only: bool) -> Target:
    if options.target is None:
        raise UsageError(NO_TARGET)
    check_open_files()
    return open_target(options.target, login_options(vars(options), read_only=read_only))


@contextlib.contextmanager
def nas_of(options: argparse.Namespace, *, read_only: bool) -> Iterator[Nas[Any, Any]]:
    """Give the NAS that the options name, and close its target.

    Print first that a NAS is simulated, unless the output is JSON, which has ``provenance``.
    SIGTERM and SIGHUP end a verb as Ctrl-C does: with a word on what is pending, or the summary
    of a watch; after nohup(1) SIGHUP does not.
    Raises UsageError and TargetError.
    """
    signals = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    with _open_from(options, read_only=read_only) as target, interruptible(signals):
        options.provenance = target.result.provenance
        options.simulated = simulated_text(target.result)
        if not getattr(options, "json", False):
            print(options.simulated, end="", flush=True)
        if not read_only:
            _keep_out_of_runs(target, force=options.take_over)
        yield open_nas(
            target,
            who=local_user(),
            tell=progress,
            follow_up_command=functools.partial(follow_up_command, options),
        )


def _keep_out_of_runs(target: Target, *, force: bool) -> None:
    """Raise RefusedError while a run has the NAS; take away what a dead one left on it."""
    directory = run_lock_of(target.result.facts)
    if target.run(script('[ -d "$1" ]', directory, effect=Effect.READ)).status == 0:
        from lagg_tool.suite.lock import RunLock  # noqa: PLC0415 - rarely needed

        lock = RunLock(target, progress, force=force)
        try:
            lock.release_dead()
        except TargetError:
            lock.let_go()
            raise


def add_take_over(parser: argparse.ArgumentParser) -> None:
    """Add the option of those verbs that change a NAS."""
    parser.add_argument(
        "--take-over",
        action="store_true",
        help="the run that has the NAS is dead: take away what it made, and go on",
    )


def simulated_text(target: TargetResult) -> str:
    """Return the line that comes before what a simulated NAS answers; nothing for a real one."""
    if target.provenance is Provenance.OBSERVED:
        return ""
    return f"SIMULATED: {target.url} is a model of {target.os}, not a real host\n"


def follow_up_command(options: argparse.Namespace, verb: str, token: str) -> str:
    """Return the command for a verb and a token, for the same target as this one.

    Messages show it for people to copy: with a token alone, the default target would be
    searched.
    """
    words = [verb, *([token] if token else []), "--target", options.target]
    for identity in options.identity:
        words += ["--identity", str(identity)]
    if options.agent:
        words.append("--agent")
    if options.become:
        words += ["--become", options.become]
    if options.ssh_config:
        words += ["--ssh-config", str(options.ssh_config)]
    if options.host_key:
        words += ["--host-key", options.host_key]
    if options.host_key_policy != "strict":
        words += ["--host-key-policy", options.host_key_policy]
    return own_command(*words)


def request_of(options: argparse.Namespace) -> Request:
    """Return the LAGG to configure or to remove. Raises UsageError."""
    if (options.file is None) == (options.remove is None):
        raise UsageError("name one: the file of a LAGG, or --remove and the name of one")
    if options.remove is not None:
        return Request(check_name(options.remove))
    spec, *others = parse_specs(read_text(options.file), options.file)
    return Request(spec.name, spec, tuple(others))


def read_text(path: str) -> str:
    """Return the text of a file, or standard input for ``-``. Raises UsageError."""
    return read_encoded(path)[0]


def read_encoded(path: str) -> tuple[str, str]:
    """Return what ``read_text`` returns, and its encoding. Raises UsageError."""
    try:
        return decoded(read_bytes(path))
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror}; name a file that can be read") from None
    except UnreadableError as error:
        raise UsageError(f"{path}: {error}") from None
