"""The confirmed commit of a bond: who decides, what is undone, and which files it writes.

Run by this machine's shells, dash and busybox, with a stand-in for ip.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from lagg_tool.clock import SystemClock
from lagg_tool.errors import HostError, PersistFailedError, RefusedError, RevertedError
from lagg_tool.nas.linux.commit import data_of
from lagg_tool.nas.linux.plan import FileEdit, Plan
from lagg_tool.nas.states import ChangeState
from tests.support.host_machine import running
from tests.support.linux_machine import LinuxMachine
from tests.unit.nas.linux.test_plan import FAILOVER, commands, host, plan

SHELLS = {"dash": ("dash",), "busybox": ("busybox", "sh"), "sh": ("/bin/sh",)}
OURS = "network/interfaces.d/lagg_tool-bond0"


@pytest.fixture(params=SHELLS)
def machine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[LinuxMachine]:
    shell = SHELLS[request.param]
    if shutil.which(shell[0]) is None:
        pytest.skip(f"{shell[0]} is missing (Debian: apt install {shell[0]})")
    with running(LinuxMachine(tmp_path, shell)) as made:
        yield made


def bond(extra: str = "") -> Plan:
    return plan(FAILOVER + 'description = "it\'s 50% $HOME; `id` | cat"\n' + extra, host())


def test_a_confirmed_change_is_made_and_its_file_written(machine: LinuxMachine) -> None:
    made = bond()

    outcome = machine.commit().make("bond0", data_of(made), lambda _: [], hold=False)

    assert outcome.state is ChangeState.CONFIRMED
    assert len(machine.log) == len(made.steps)
    assert machine.log[1] == "link set dev bond0 alias it's 50% $HOME; `id` | cat"
    assert machine.files == [OURS]
    assert machine.text(f"etc/{OURS}") == made.files[0].after
    assert not (machine.here / "run/lagg_tool/pending").exists()


def test_nothing_is_written_before_the_confirmation(machine: LinuxMachine) -> None:
    machine.make(bond(), hold=True)

    assert machine.status().guard
    assert machine.files == []


def test_the_guard_reverts_what_nobody_confirms(machine: LinuxMachine) -> None:
    token = machine.make(bond(), hold=True)

    machine.let_time_run_out(token)

    with pytest.raises(RevertedError, match="was not confirmed in time"):
        _wait_for_revert(machine, token)

    assert machine.log[-1] == "link del dev bond0"
    assert machine.files == []


def _wait_for_revert(machine: LinuxMachine, token: str) -> None:
    clock = SystemClock()

    def reverted() -> bool:
        clock.call_at(clock.now() + 0.1, lambda: None)  # look again soon
        return machine.status(token).code("revert") is not None

    clock.wait_until(reverted, clock.now() + 60)
    machine.later.confirm(token)


def test_a_command_that_fails_has_everything_undone(machine: LinuxMachine) -> None:
    machine.write("fail", "set dev eth2 master")

    with pytest.raises(RevertedError, match="failed: ip link set dev eth2 master bond0"):
        machine.make(bond())

    assert machine.log[-1] == "link del dev bond0"
    assert machine.files == []


def test_a_host_that_is_not_as_planned_is_reverted(machine: LinuxMachine) -> None:
    made = bond()

    with pytest.raises(RevertedError, match="still to do: ip link"):
        machine.commit().make("bond0", data_of(made), lambda _: ["ip link …"], hold=False)

    assert machine.log[-1] == "link del dev bond0"


def test_a_reboot_before_the_confirmation_brings_the_old_configuration_back(
    machine: LinuxMachine,
) -> None:
    token = machine.make(bond(), hold=True)

    machine.reboot()

    assert machine.files == []
    with pytest.raises(RefusedError, match=f"the host knows no change {token}"):
        machine.later.confirm(token)
    machine.make(bond())  # nothing is in the way of the next


def test_a_confirmed_change_is_rolled_back_after_a_reboot(machine: LinuxMachine) -> None:
    token = machine.make(bond())
    machine.reboot()

    outcome = machine.later.rollback()

    assert (outcome.state, outcome.token) == (ChangeState.REVERTED, token)
    assert machine.log[-1] == "link del dev bond0"
    assert machine.files == []
    assert not (machine.here / "var/lagg_tool").exists() or not list(
        (machine.here / "var/lagg_tool").iterdir()
    )


def test_a_second_change_replaces_the_file_and_its_rollback_brings_the_first_back(
    machine: LinuxMachine,
) -> None:
    first = bond()
    machine.make(first)
    text = first.files[0].after
    after = bond("mtu = 9000\n")
    edit = FileEdit(OURS, text, after.files[0].after)
    second = Plan("bond0", None, after.after, steps=after.steps[:1], files=(edit,))

    token = machine.make(second)
    changed = machine.text(f"etc/{OURS}")
    machine.later.rollback(token)

    assert "mtu 9000" in changed
    assert machine.text(f"etc/{OURS}") == text


def test_a_change_whose_file_was_not_written_is_not_kept_over_a_newer_one(
    machine: LinuxMachine,
) -> None:
    machine.write("bin/mv", f'#!/bin/sh\n[ ! -e {machine.here}/full ] && exec /bin/mv "$@"\n')
    machine.write("full", "")
    tool = machine.commit()
    with pytest.raises(PersistFailedError):
        tool.make("bond0", data_of(bond()), lambda _: [], hold=False)
    (machine.here / "full").unlink()
    old = tool.token
    new = machine.make(Plan("bond0", None, bond().after, steps=bond().steps[:1]))

    with pytest.raises(RefusedError, match=f"{old} is not the last .* was confirmed .{new}.;"):
        machine.later.confirm(old)

    assert OURS not in machine.files


def test_a_file_that_was_changed_meanwhile_keeps_the_change_from_being_kept(
    machine: LinuxMachine,
) -> None:
    token = machine.make(bond(), hold=True)
    machine.write(f"etc/{OURS}", "auto bond7\n")

    with pytest.raises(HostError, match=r"not as it was when the change was planned"):
        machine.later.confirm(token)

    assert machine.text(f"etc/{OURS}") == "auto bond7\n"
    machine.later.rollback(token)
    assert machine.files == [OURS]


def test_a_file_that_was_changed_since_is_not_overwritten_by_a_rollback(
    machine: LinuxMachine,
) -> None:
    token = machine.make(bond())
    machine.write(f"etc/{OURS}", "auto bond7\n")
    before = machine.log

    with pytest.raises(HostError, match="was changed since; put it right by hand"):
        machine.later.rollback(token)

    assert machine.text(f"etc/{OURS}") == "auto bond7\n"
    assert machine.log == before


def test_a_removal_takes_the_file_away_and_its_rollback_writes_it_again(
    machine: LinuxMachine,
) -> None:
    made = bond()
    machine.make(made)
    text = made.files[0].after
    removal = Plan(
        "bond0",
        made.after,
        None,
        steps=made.inverse,
        inverse=made.steps,
        files=(FileEdit(OURS, text, None),),
    )

    token = machine.make(removal)
    gone = machine.files
    machine.later.rollback(token)

    assert gone == []
    assert machine.text(f"etc/{OURS}") == text
    assert machine.log[-1] == commands(made)[-1]


def test_a_second_client_waits_for_the_first(machine: LinuxMachine) -> None:
    machine.make(bond(), hold=True)

    with pytest.raises(RefusedError, match=r"by tester, of bond0 is pending"):
        machine.make(bond())


def test_without_root_nothing_is_touched(machine: LinuxMachine) -> None:
    machine.write("bin/id", "#!/bin/sh\necho 1001\n")
    machine.write("run/lagg_tool", "it takes root to make a directory here")

    with pytest.raises(HostError, match=r"root.*nothing was touched"):
        machine.make(bond())

    assert machine.log == []


def test_no_guard_no_change(tmp_path: Path) -> None:
    # Not busybox, whose shell runs its own setsid.
    with running(LinuxMachine(tmp_path)) as machine:
        machine.write("bin/setsid", "#!/bin/sh\nexit 1\n")

        with pytest.raises(HostError, match=r"guard did not start; nothing was touched"):
            machine.make(bond())

        assert machine.log == []
