"""What a confirmed commit does to rc.conf, and how that is undone. Run by this machine's sh."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from lagg_tool.clock import SystemClock
from lagg_tool.errors import (
    HostError,
    PersistFailedError,
    RefusedError,
    RevertedError,
)
from lagg_tool.nas.freebsd.commit import requests
from lagg_tool.nas.freebsd.commit.data import data_of
from lagg_tool.nas.states import ChangeState
from tests.support.commit_machine import (
    RC_CONF,
    Machine,
    commit,
    nothing_left,
    plan_of,
    wait_for,
)
from tests.support.freebsd_commit import pending_change
from tests.support.host_machine import running

# The plan has not seen this clone.
CHANGED_MEANWHILE = f'{RC_CONF}cloned_interfaces="bridge0"\n'


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Machine]:
    with running(Machine(tmp_path)) as made:
        yield made


def test_a_rollback_after_the_confirmation_restores_rc_conf_byte_for_byte(
    machine: Machine,
) -> None:
    plan = plan_of("create-everything")
    outcome = commit(machine).apply(plan, nothing_left, hold=False)

    undone = pending_change(lambda: machine, SystemClock()).rollback(outcome.token)

    assert undone.state is ChangeState.REVERTED
    assert machine.text("etc/rc.conf") == RC_CONF
    assert machine.log[len(plan.steps)] == "lagg3 destroy"
    assert not (machine.here / "db").exists()


def test_a_rollback_leaves_alone_what_others_wrote_meanwhile(machine: Machine) -> None:
    outcome = commit(machine).apply(plan_of("create-13.2"), nothing_left, hold=False)
    machine.write("etc/rc.conf", machine.text("etc/rc.conf") + 'other="YES"\n')

    pending_change(lambda: machine, SystemClock()).rollback(outcome.token)

    assert machine.text("etc/rc.conf") == RC_CONF + 'other="YES"\n'


@pytest.mark.parametrize("name", ["create-13.2", "create-everything"])
def test_sysrc_is_not_asked_where_rc_conf_is_as_the_plan_saw_it(
    machine: Machine, name: str
) -> None:
    machine.write("bin/sysrc", "#!/bin/sh\necho sysrc was asked >&2\nexit 1\n")

    outcome = commit(machine).apply(plan_of(name), nothing_left, hold=False)

    assert outcome.state is ChangeState.CONFIRMED
    assert 'cloned_interfaces="lagg' in machine.text("etc/rc.conf")


def test_the_values_are_looked_at_before_and_after_the_lines() -> None:
    lines = data_of(plan_of("create-13.2"))["lines"]

    assert lines.startswith("expect '' ")
    assert lines.rindex("\nexpect 'lagg0\n") > lines.rindex("\nswap ")


def test_words_that_another_program_wrote_meanwhile_are_kept(machine: Machine) -> None:
    machine.write("etc/rc.conf", CHANGED_MEANWHILE)

    commit(machine).apply(plan_of("create-13.2"), nothing_left, hold=False)

    assert 'cloned_interfaces="bridge0 lagg0"\n' in machine.text("etc/rc.conf")


def test_an_rc_conf_that_cannot_be_written_has_everything_undone(machine: Machine) -> None:
    machine.write("bin/sysrc", "#!/bin/sh\necho no room >&2\nexit 1\n")
    machine.write("etc/rc.conf", CHANGED_MEANWHILE)

    with pytest.raises(RevertedError, match="cannot be kept: no room"):
        commit(machine).apply(plan_of("create-13.2"), nothing_left, hold=False)

    assert "lagg0 destroy" in machine.log
    assert machine.text("etc/rc.conf") == CHANGED_MEANWHILE
    assert not (machine.here / "etc/rc.conf.lagg_tool").exists()


def unsaved(machine: Machine) -> str:
    """Confirm a change while rc.conf cannot be replaced; return its token."""
    machine.write(
        "bin/mv",
        '#!/bin/sh\n[ ! -e HERE/full ] || { echo full >&2; exit 1; }\nexec /bin/mv "$@"\n'.replace(
            "HERE", str(machine.here)
        ),
    )
    machine.write("full", "")
    tool = commit(machine)

    with pytest.raises(PersistFailedError) as failed:
        tool.apply(plan_of("create-13.2"), nothing_left, hold=False)

    assert failed.value.exit_status == 5
    assert tool.state is ChangeState.NOT_PERSISTED
    said = str(failed.value)
    assert "rc.conf has the old one (full): a reboot would bring the old one back" in said
    assert f"lagg-tool confirm {tool.token} tries again" in said
    assert machine.text("etc/rc.conf") == RC_CONF
    assert "lagg0 destroy" not in machine.log
    return tool.token


def test_a_change_that_rc_conf_did_not_take_is_kept_by_confirming_it_again(
    machine: Machine,
) -> None:
    token = unsaved(machine)
    changes = pending_change(lambda: machine, SystemClock())

    with pytest.raises(PersistFailedError, match="tries again"):
        changes.confirm(token)
    (machine.here / "full").unlink()
    outcome = changes.confirm(token)

    assert outcome.state is ChangeState.CONFIRMED
    assert 'cloned_interfaces="lagg0"' in machine.text("etc/rc.conf")
    assert sorted(each.name for each in (machine.here / "db").iterdir()) == ["lagg0", token]


def test_a_change_that_rc_conf_did_not_take_is_not_kept_over_a_newer_one(
    machine: Machine,
) -> None:
    old = unsaved(machine)
    (machine.here / "full").unlink()
    new = commit(machine).apply(plan_of("create-everything"), nothing_left, hold=False).token
    before = machine.text("etc/rc.conf")
    done = len(machine.log)

    with pytest.raises(RefusedError) as refused:
        pending_change(lambda: machine, SystemClock()).confirm(old)

    assert str(refused.value) == (
        f"{old} is not the last change that was confirmed ({new}); "
        "apply the file of the older state; nothing was touched"
    )
    assert machine.text("etc/rc.conf") == before
    assert len(machine.log) == done


def test_the_host_keeps_no_older_change_whoever_asks(machine: Machine) -> None:
    old = unsaved(machine)
    (machine.here / "full").unlink()
    commit(machine).apply(plan_of("create-everything"), nothing_left, hold=False)
    before = machine.text("etc/rc.conf")

    machine.run(requests.decide(old, "keep"))

    assert wait_for(machine, old, "keep").code("keep") == 75
    assert machine.text("etc/rc.conf") == before


def test_a_change_that_rc_conf_did_not_take_waits_for_a_pending_one(machine: Machine) -> None:
    old = unsaved(machine)
    (machine.here / "full").unlink()
    held = commit(machine).apply(plan_of("create-everything"), nothing_left, hold=True).token

    with pytest.raises(RefusedError, match=rf"another change is pending \({held}\)"):
        pending_change(lambda: machine, SystemClock()).confirm(old)

    assert machine.text("etc/rc.conf") == RC_CONF


def test_a_change_that_rc_conf_did_not_take_can_be_rolled_back(machine: Machine) -> None:
    token = unsaved(machine)
    (machine.here / "full").unlink()

    pending_change(lambda: machine, SystemClock()).rollback(token)

    assert "lagg0 destroy" in machine.log
    assert machine.text("etc/rc.conf") == RC_CONF
    assert not (machine.here / "db").exists()


def test_a_rollback_that_failed_may_be_tried_again(machine: Machine) -> None:
    token = commit(machine).apply(plan_of("create-13.2"), nothing_left, hold=False).token
    machine.write("bin/cp", "#!/bin/sh\necho full >&2\nexit 1\n")
    changes = pending_change(lambda: machine, SystemClock())

    with pytest.raises(HostError, match=r"not undone as a whole: full.*tries again"):
        changes.rollback(token)
    (machine.here / "bin/cp").unlink()
    changes.rollback(token)

    assert machine.text("etc/rc.conf") == RC_CONF
