"""The fixtures of the suite: the target of the run, and a clean NAS for every scenario."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterator
from typing import NoReturn

import pytest

from lagg_tool import releases
from lagg_tool.errors import HostError, LaggToolError, TargetError, UsageError
from lagg_tool.nas.networks import taken_in
from lagg_tool.output import printable
from lagg_tool.own_command import own_command
from lagg_tool.suite import restoring, sharing
from lagg_tool.suite.collector import SELECTION, ScenarioItem
from lagg_tool.suite.exit_status import NoWayError, exit_code
from lagg_tool.suite.interruption import Interruption
from lagg_tool.suite.lock import RunLock
from lagg_tool.suite.options import WAIT_SECONDS, target_options
from lagg_tool.suite.outage import OUTAGE, Outage
from lagg_tool.target import Target, is_own, open_target
from steps.world import World


@pytest.fixture(scope="session")
def target(request: pytest.FixtureRequest) -> Iterator[Target]:
    """Open the target; end the run where there is no way to it."""
    url = request.config.getoption("target")
    if hasattr(request.config, "workerinput") and not is_own(url):
        _give_up(request, UsageError(f"{url} is one NAS: run it without -n"))
    try:
        opened = open_target(url, target_options(request.config))
    except LaggToolError as error:
        _give_up(request, error)
    with opened:
        yield opened


def _give_up(request: pytest.FixtureRequest, error: LaggToolError) -> NoReturn:
    """End the run before its first scenario, with the words and the status of an error.

    A worker may not exit: pytest-xdist takes that for a crash of its own. What it raises is
    reported, and the process that leads ends the run.
    """
    if hasattr(request.config, "workerinput"):
        raise NoWayError(error)
    pytest.exit(str(error), returncode=exit_code(error))


@pytest.fixture(scope="session")
def interruption(target: Target, request: pytest.FixtureRequest) -> Iterator[Interruption]:
    """End the run on a signal, with the NAS restored."""
    found = Interruption(lambda text: show(request.config, text))
    found.patient = target.simulated is not None
    with found.watching():
        yield found


@pytest.fixture(scope="session")
def hold(
    target: Target, interruption: Interruption, request: pytest.FixtureRequest
) -> Iterator[RunLock | None]:
    """Keep other runs off the NAS; a read-only run may run beside another."""
    if request.config.getoption("read_only"):
        yield None
        return

    lock = RunLock(
        target,
        lambda text: show(request.config, text),
        _pause_of(target, interruption),
        force=request.config.getoption("take_over"),
    )
    yield lock
    lock.let_go()


@pytest.fixture(scope="session")
def outage(target: Target, interruption: Interruption, request: pytest.FixtureRequest) -> Outage:
    """Wait for a NAS that is lost, once; hooks of the plugin ask it as well."""
    seconds = request.config.getoption("wait_for_nas") or WAIT_SECONDS
    found = Outage(
        target,
        lambda text: show(request.config, text),
        _pause_of(target, interruption),
        seconds,
    )
    request.config.stash[OUTAGE] = found
    return found


def _pause_of(target: Target, interruption: Interruption) -> Callable[[float], None]:
    """Return what sleeps on the target's clock, and may be interrupted."""

    def pause(seconds: float) -> None:
        with interruption.exposed():
            target.clock.sleep(seconds)

    return pause


@pytest.fixture(scope="session")
def untouched(
    target: Target,
    hold: RunLock | None,
    interruption: Interruption,
    stored: restoring.Rows | None,
    outage: Outage,
    *,
    request: pytest.FixtureRequest,
) -> Iterator[restoring.Snapshot]:
    """Return the state of the NAS before the first scenario; restore it after the last."""
    if hold is None:
        yield restoring.take(target)
        return
    said = restoring.answer(target)
    hold.keep(said, stored)
    before = restoring.understand(said, restoring.kind_of(target))
    yield before
    interruption.over = True

    restored = restoring.Restored()

    def set_back() -> None:
        nonlocal restored
        restored += restoring.restore_rows(target, stored, hold.made)
        restored += restoring.restore(target, before, hold.made)
        if target.testbed is not None and target.testbed.run_name:
            target.testbed.close()  # its guard would take away what the next run makes
        hold.end()

    try:
        outage.retried(set_back)
        _show_restored(request, restored)
    except AssertionError as error:
        _left(request, str(error))
    except (TargetError, HostError) as error:
        commands = restoring.manual_restore_commands(target, before, stored)
        lines = "\n  ".join(command.text for command in commands)
        _left(request, f"{error}\nto set it back, log in and run\n  {lines}")


def show(config: pytest.Config, text: str) -> None:
    """Print a message at once, although pytest captures what fixtures print."""
    capture = config.pluginmanager.getplugin("capturemanager")
    with capture.global_and_fixture_disabled() if capture else contextlib.nullcontext():
        print(printable(text), file=sys.stderr, flush=True)


def _show_restored(request: pytest.FixtureRequest, restored: restoring.Restored) -> None:
    """List what was taken away, and what was left because others made it."""
    for line in restored.lines:
        show(request.config, f"{request.config.getoption('target')}: {line}")


def _left(request: pytest.FixtureRequest, words: str) -> None:
    """Report that the NAS is not as it was, and let the run fail."""
    url = request.config.getoption("target")
    show(request.config, f"{url} is not as it was before the run: {words}")
    request.session.testsfailed += 1


@pytest.fixture(scope="session")
def stored(
    target: Target,
    hold: RunLock | None,
    interruption: Interruption,  # noqa: ARG001 - Ctrl-C may end the wait for another run
    request: pytest.FixtureRequest,
) -> restoring.Rows | None:
    """Lock the NAS; return what TrueNAS's middleware has before the first scenario.

    In this order: another run may be changing it, or have died while it did.
    """
    try:
        if hold is not None:
            hold.take(lambda verb, token: own_command(verb, token, "--target", target.result.url))
        return restoring.take_rows(target)
    except LaggToolError as error:
        _give_up(request, error)


@pytest.fixture
def world(
    target: Target,
    untouched: restoring.Snapshot,
    stored: restoring.Rows | None,
    hold: RunLock | None,
    *,
    interruption: Interruption,
    outage: Outage,
    request: pytest.FixtureRequest,
) -> Iterator[World]:
    """Return what the steps of a scenario work with; restore the NAS after it."""
    interruption.check()
    _skip_elsewhere(request, target)
    texts = _texts(request.node)
    _skip_taken(texts, restoring.kind_of(target).aggregate, untouched)
    if stored is not None and stored.pending:
        pytest.skip("network changes of another user are pending on the NAS")
    ports = ((number, untouched.ether(name)) for number, name in enumerate(target.ports, 1))
    own = {ether: number for number, ether in ports if ether}
    if hold is not None:
        hold.renew()
        hold.add(texts)
    target.journal.take()  # of observing and restoring, which are no scenario's evidence
    kept = sharing.kept_world(request.node)
    made = kept or World(target, own, untouched.networks)
    if kept is None and any("the kernel" in text for text in texts):
        made.put_log_aside()  # else its Background has done so
    yield made
    if sharing.keep(request.node, made):
        return
    made.end_capture()
    if hold is None:  # read-only: it changed nothing, and must not
        restoring.restore_cables(target)
        return

    restored = restoring.Restored()

    def clean_up() -> None:
        nonlocal restored
        if made.afterwards:
            target.run_batch(made.afterwards)
        restored += restoring.restore_rows(target, stored, hold.made)
        restored += restoring.restore(target, untouched, hold.made)

    if not outage.over:  # else the end of the run says what is left
        outage.retried(clean_up)
    if interruption.happened:
        _show_restored(request, restored)


def _skip_elsewhere(request: pytest.FixtureRequest, target: Target) -> None:
    """Skip a scenario of an article about another system than the NAS turned out to be."""
    if not isinstance(request.node, ScenarioItem):
        return
    one = request.config.stash[SELECTION].owner(request.node.document.path)
    if one is not None and not one.concerns(releases.system(target.result.release)):
        pytest.skip(f"{one.title} is not about {releases.title(target.result.release)}")


def _skip_taken(texts: list[str], aggregate: str, untouched: restoring.Snapshot) -> None:
    """Skip a scenario whose interfaces or networks the NAS has of its own."""
    named = {aggregate, *restoring.names_in(texts)}
    if theirs := sorted(named.intersection(untouched.names)):
        pytest.skip(f"the NAS has a {' and a '.join(theirs)} of its own, which is not touched")
    if taken := taken_in(texts, untouched.networks):
        pytest.skip(f"the NAS has {' and '.join(taken)} of its own, which the scenario uses")


def _texts(item: pytest.Item) -> list[str]:
    """Return all that the steps of a scenario say."""
    steps = item.pickle.steps if isinstance(item, ScenarioItem) else ()
    return [text for step in steps for text in (step.text, *(c for row in step.table for c in row))]
