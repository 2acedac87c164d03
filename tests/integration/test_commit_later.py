"""What later sessions do with a change: confirm and roll back, cut, repeated, after a reboot."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from lagg_tool.command import Command, Completed
from lagg_tool.errors import DisconnectedError, LaggToolError, RefusedError, RevertedError
from lagg_tool.nas.commit import PendingChange
from lagg_tool.nas.contract import Session
from lagg_tool.nas.freebsd.observation import observe
from lagg_tool.nas.freebsd.plan import make_plan, removal_plan
from lagg_tool.nas.states import ChangeState
from tests.support.commit_rig import CommitRig, Direct, apply, spec, wants
from tests.support.freebsd_commit import ConfirmedCommit, pending_change
from tests.support.rig import Rig, rig


def settle(bench: CommitRig) -> None:
    """Let the NAS come up by its rc.conf, so that a later boot is compared with a boot."""
    bench.nas.reboot()


def test_a_confirmed_change_can_be_rolled_back_after_a_reboot() -> None:
    bench = CommitRig()
    settle(bench)
    before = bench.said()
    outcome = bench.apply(spec())
    bench.nas.reboot()

    bench.changes().rollback(outcome.token)

    assert bench.said() == before
    assert bench.nas.run("ls /var/db/lagg_tool").status != 0
    bench.nas.reboot()
    assert bench.said() == before


def test_after_a_reboot_the_last_change_is_known_without_its_token() -> None:
    bench = CommitRig()
    settle(bench)
    bench.apply(spec())
    kept = bench.said()
    bench.apply(spec(description="other words"))
    bench.nas.reboot()

    bench.changes().rollback()

    assert bench.said()[1] == kept[1]
    assert make_plan(spec(), bench.state()).empty


def test_a_removal_can_be_rolled_back_after_a_reboot() -> None:
    bench = CommitRig()
    settle(bench)
    bench.apply(spec())
    plan = removal_plan("lagg0", bench.state())
    bench.tool().apply(plan, lambda host: removal_plan("lagg0", host), hold=False)
    bench.nas.reboot()

    bench.changes().rollback()

    assert make_plan(spec(), bench.state()).empty
    assert not removal_plan("lagg0", bench.state()).empty


def test_the_next_change_is_not_disturbed_by_the_dhclient_of_an_undone_one() -> None:
    bench = CommitRig()
    bench.apply(spec(dhcp=True, addresses=[]))
    bench.changes().rollback()

    assert bench.nas.run("pgrep dhclient").stdout == b""
    assert bench.apply(spec()).state is ChangeState.CONFIRMED


def test_a_script_that_is_left_to_do_is_named_by_its_reason() -> None:
    bench = CommitRig()
    bench.nas.run("ifconfig lagg0 create; daemon -f dhclient lagg0")
    plan = make_plan(spec(), bench.state())
    assert any("\n" in step.command.text for step in plan.steps)

    with pytest.raises(RevertedError, match="still to do") as reverted:
        bench.tool().apply(plan, lambda _: plan, hold=False)

    assert "\n" not in str(reverted.value)


def test_an_older_change_is_refused_after_a_reboot() -> None:
    bench = CommitRig()
    first = bench.apply(spec())
    bench.apply(spec(description="other words"))
    bench.nas.reboot()
    between = bench.said()

    with pytest.raises(RefusedError, match=r"only the last confirmed.*nothing was touched"):
        bench.changes().rollback(first.token)

    assert bench.said() == between


def test_who_is_late_without_a_token_is_told_of_the_change_that_lapsed() -> None:
    bench = CommitRig()
    bench.apply(spec())
    kept = bench.said()
    token = bench.apply(spec(description="other words"), hold=True).token
    bench.clock.sleep(100)

    assert bench.changes().rollback().token == token
    with pytest.raises(RevertedError, match=f"{token} was not confirmed in time"):
        bench.changes().confirm()

    assert bench.said() == kept


@pytest.mark.parametrize("seconds", [0.0, 0.2, 0.5, 1.0])
def test_a_reboot_while_confirming_leaves_one_configuration_and_true_words(seconds: float) -> None:
    bench = CommitRig()
    settle(bench)
    before = bench.said()

    class Rebooting(Direct):
        """The host reboots some time after the first question that follows the decision."""

        def run(self, command: Command, deadline: float = 30.0) -> Completed:
            done = super().run(command, deadline)
            if command.argv[-1] == "confirm":
                bench.clock.sleep(seconds)
                self.nas.reboot()
            return done

    bench.runner = Rebooting(bench.nas)
    try:
        words, status = bench.apply(spec()).state.name, 0
    except LaggToolError as error:
        words, status = str(error), error.exit_status
    bench.runner = Direct(bench.nas)

    if status == 0:
        assert make_plan(spec(), bench.state()).empty
    else:
        assert (status, "REVERTED" in words) == (4, True)
        assert bench.said() == before


# ---- the connection is cut at a message of confirm and of rollback ----

Verb = Callable[[PendingChange, str], object]


def confirm(changes: PendingChange, token: str) -> object:
    return changes.confirm(token)


def rollback(changes: PendingChange, token: str) -> object:
    return changes.rollback(token)


# The verb, whether the change is confirmed before, and the seconds that it may take to know.
VERBS: dict[str, tuple[Verb, bool]] = {
    "confirm": (confirm, False),
    "roll back a pending change": (rollback, False),
    "roll back a confirmed change": (rollback, True),
}


def use(made: Rig, connect: Callable[[], Session], verb: Verb, token: str) -> tuple[str, int]:
    """Use the verb, and return the words and the exit status."""
    changes = pending_change(connect, made.clock)
    try:
        verb(changes, token)
    except LaggToolError as error:
        return str(error), error.exit_status
    finally:
        changes.close()
    return "done", 0


def hold(made: Rig, *, confirmed: bool) -> str:
    """Make a change that is pending, or confirmed; return its token."""
    wish = wants()
    tool_words, status = "", 0
    if confirmed:
        tool_words, status = apply(made, lambda: Direct(made.nas), wish)
        assert (tool_words, status) == ("CONFIRMED", 0)
        return pending_change(lambda: Direct(made.nas), made.clock).status().last
    tool = ConfirmedCommit(lambda: Direct(made.nas), made.clock, observe=observe, within=60)
    plan = wish(observe(Direct(made.nas)).host)
    return tool.apply(plan, wish, hold=True).token


def cut(name: str, place: int, *, before: bool) -> int:
    """Cut the verb at a message; judge the NAS and the words, and return the exit status."""
    verb, confirmed = VERBS[name]
    with rig() as made:
        old = made.said()
        token = hold(made, confirmed=confirmed)
        new = made.said()[0]
        made.wire.before, made.wire.cut_at = before, place
        start = made.clock.now()

        words, status = use(made, made.connect, verb, token)

        assert made.clock.now() - start < 30, words
        pending = pending_change(lambda: Direct(made.nas), made.clock).status().pending
        if "is still pending" in words:
            assert pending == token
        if status == 3:
            assert "nothing was touched" in words
        made.clock.sleep(200)
        after = made.said()
        kept = wants()(observe(Direct(made.nas)).host).empty and after[0] == new
        assert after == old or kept, words
        match status:
            case 0:
                assert kept == (verb is confirm)
            case 4:
                assert "REVERTED" in words
                assert after == old
            case _:
                assert status == 3, words
                assert kept == confirmed
        return status


@pytest.mark.parametrize("name", VERBS)
def test_a_verb_over_ssh_is_done_when_nothing_is_cut(name: str) -> None:
    assert cut(name, 0, before=True) == 0


@pytest.mark.parametrize("before", [True, False])
@pytest.mark.parametrize("place", [3, 17, 19, 21, 23, 26])
@pytest.mark.parametrize("name", VERBS)
def test_a_cut_verb_leaves_one_configuration_and_true_words(
    name: str, place: int, *, before: bool
) -> None:
    cut(name, place, before=before)


@pytest.mark.slow
@pytest.mark.parametrize("before", [True, False])
@pytest.mark.parametrize("place", range(1, 46))
@pytest.mark.parametrize("name", VERBS)
def test_a_verb_is_cut_at_every_message(name: str, place: int, *, before: bool) -> None:
    cut(name, place, before=before)


@pytest.mark.parametrize(("verb", "sent"), [(confirm, "confirm"), (rollback, "rollback")])
def test_a_verb_that_never_reached_the_host_says_so_within_seconds(verb: Verb, sent: str) -> None:
    bench = CommitRig()
    token = bench.apply(spec(), hold=True).token

    class Losing(Direct):
        def run(self, command: Command, deadline: float = 30.0) -> Completed:
            if command.argv[-1] == sent:
                raise DisconnectedError("the connection was lost")
            return super().run(command, deadline)

    start = bench.clock.now()

    with pytest.raises(DisconnectedError, match=r"did not reach.*nothing was touched.*pending"):
        verb(pending_change(lambda: Losing(bench.nas), bench.clock), token)

    assert bench.clock.now() - start < 15
    assert bench.changes().confirm(token).state is ChangeState.CONFIRMED
