"""What a client makes of each answer of the host: never more than the host has said."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from lagg_tool.command import Runner
from lagg_tool.errors import (
    DisconnectedError,
    HostError,
    LaggToolError,
    OutcomeUnknownError,
    PersistFailedError,
    RefusedError,
    RevertedError,
)
from lagg_tool.nas.commit.confirmed import REVERT_SECONDS, ConfirmedCommit
from lagg_tool.nas.contract import Outcome
from lagg_tool.nas.states import ChangeState
from tests.support.answering_host import ARMED, HOST, LOST, Answer, AnsweringHost

BEGUN = f"{ARMED}started yes\n"
APPLIED = f"{BEGUN}apply.rc 0\n"
CONFIRMED = f"{APPLIED}decided confirm\nconfirm.rc 0\npersist.rc 0\n"
REVERTED = f"{BEGUN}decided rollback\nrevert.rc 0\n"
GONE = "now 100\n"
REBOOTED = "rebooted yes\ntoken t-1\n"


class Made:
    """A change of a host that answers, and what was told about it."""

    def __init__(self, within: float = 60.0, /, **answers: Sequence[Answer]) -> None:
        given: dict[str, Sequence[Answer]] = {"start": [APPLIED], "confirm": [CONFIRMED]}
        self.host = AnsweringHost(**(given | answers))
        self.told: list[str] = []
        self.probed: list[tuple[Runner, int]] = []  # what looked, over which connection
        self.commit = ConfirmedCommit(
            self.host.connect, self.host.clock, HOST, within=within, tell=self.told.append
        )

    def make(self, left: Sequence[str] | LaggToolError = (), *, hold: bool = False) -> Outcome:
        def left_to_do(runner: Runner) -> Sequence[str]:
            self.probed.append((runner, self.host.opened))
            if isinstance(left, LaggToolError):
                raise left
            return left

        return self.commit.make("lagg0", {}, left_to_do, hold=hold)

    def fails(self, error: type[LaggToolError], *words: str, left: Sequence[str] = ()) -> None:
        with pytest.raises(error) as raised:
            self.make(left)
        for each in words:
            assert each in str(raised.value)


def test_a_change_that_holds_is_confirmed_over_a_fresh_connection() -> None:
    made = Made()

    outcome = made.make()

    assert outcome == Outcome(ChangeState.CONFIRMED, made.commit.token)
    assert made.host.asked == ["arm", "start", "confirm"]
    assert (made.host.opened, made.host.closed) == (2, 1)
    assert made.probed == [(made.host, 2)]
    assert set(made.host.tokens) == {made.commit.token}
    assert made.told[0] == f"armed: {made.commit.token}, reverts in 60 s unless it is confirmed"
    assert made.commit.if_left_alone() == f"{made.commit.token}: {ChangeState.CONFIRMED.value}"


def test_the_host_waits_for_what_ends_each_part_so_that_nobody_asks_again() -> None:
    kept, undone = Made(), Made(status=[REVERTED])

    kept.make()
    undone.fails(RevertedError, left=["a"])

    for made, ends in (
        (kept, {"start": "apply.rc", "confirm": "persist.rc"}),
        (undone, {"start": "apply.rc", "status": "revert.rc"}),
    ):
        files = dict(zip(made.host.asked, made.host.awaited, strict=True))
        assert all(end in files[kind] for kind, end in ends.items())


@pytest.mark.parametrize("part", ["start", "confirm"])
def test_an_answer_may_tell_of_a_reboot(part: str) -> None:
    made = Made(**{part: [REBOOTED]})

    made.fails(RevertedError, "REVERTED: ", "came up with the configuration of its boot.d")


def test_a_held_change_is_left_to_a_later_session() -> None:
    made = Made(start=[BEGUN], status=[BEGUN, APPLIED])

    outcome = made.make(hold=True)

    took = made.host.clock.now()
    assert took > 0
    assert outcome == Outcome(ChangeState.PROBING, made.commit.token, 60.0 - took)
    assert made.host.asked == ["arm", "start", "status", "status"]
    assert "the host reverts it by itself" in made.commit.if_left_alone()
    assert f"confirm {made.commit.token} keeps it" in made.commit.if_left_alone()
    assert f"rollback {made.commit.token} undoes it at once" in made.commit.if_left_alone()


@pytest.mark.parametrize(("within", "seconds"), [(60.0, 60), (59.6, 60), (1.0, 5)])
def test_the_guard_gets_whole_seconds_and_five_at_least(within: float, seconds: int) -> None:
    made = Made(within)

    made.make()

    assert f"reverts in {seconds} s" in made.told[0]


def test_the_host_learns_who_changes_what_how_and_for_how_long() -> None:
    made = Made()

    made.commit.make("lagg0", {"steps": "true\n"}, lambda _: (), hold=False)

    assert made.host.armed[1:5] == (made.commit.token, "60", "somebody", "lagg0")
    files = dict(zip(made.host.armed[5::2], made.host.armed[6::2], strict=True))
    assert files["steps"] == "true\n"
    assert HOST.change in files["change.sh"]


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (65, "its /bin/sh does not take the scripts"),
        (73, "its disk is full"),
        (77, "it takes root to do that"),
        (78, "the guard did not start"),
        (1, "exit status 1"),
    ],
)
@pytest.mark.parametrize("said", ["", "sh: no"])
def test_without_a_guard_nothing_begins(status: int, words: str, said: str) -> None:
    made = Made(arm=[(status, said)])

    made.fails(HostError, words + (": sh: no" if said else "") + "; nothing was touched")

    assert made.host.asked == ["arm"]
    assert made.commit.state is ChangeState.DRAFT
    assert made.commit.if_left_alone() == "nothing was touched; nothing will be"


def test_a_run_of_the_suite_keeps_changes_out() -> None:
    Made(arm=[79]).fails(
        RefusedError,
        "a run of lagg-tool accept has the NAS; wait until it ends; nothing was touched",
    )


WAYS = "\n  keep it: lagg-tool confirm t-1\n  undo it: lagg-tool rollback t-1"
BUSY = {
    f"{ARMED}": ("by tester, of lagg0 is pending, 50 s left", WAYS),
    "there yes\nwho x\nname lagg1\nstalled yes\n": ("by x, of lagg1 was decided, and", WAYS),
    "there yes\nwho x\nname lagg1\ndecided guard\n": ("is just being decided (t-1)",),
    "there yes\nwho x\nname lagg1\n": ("nor reverted, and its guard is gone", WAYS),
    GONE: ("a change by somebody",),
}


@pytest.mark.parametrize("text", BUSY)
def test_a_change_of_somebody_else_is_explained_and_left_alone(text: str) -> None:
    made = Made(arm=[(75, "t-1\n")], status=[text])

    made.fails(RefusedError, "nothing was touched", *BUSY[text])

    assert made.host.asked == ["arm", "status"]
    assert made.host.tokens[1:] == ["t-1"]


def test_a_change_of_somebody_else_is_named_if_no_more_is_known() -> None:
    made = Made(arm=[(75, "t-1\n")], status=[LOST])

    made.fails(RefusedError, "another change is pending (t-1); nothing was touched")


@pytest.mark.parametrize("rollback", ["", LOST])
def test_a_connection_lost_while_arming_leaves_nothing_to_do(rollback: Answer) -> None:
    made = Made(arm=[LOST], rollback=[rollback])

    made.fails(DisconnectedError, "the connection was lost; nothing was touched")

    assert made.host.asked == ["arm", "rollback"]
    assert made.commit.state is ChangeState.DRAFT


def test_a_start_that_was_lost_may_have_begun() -> None:
    made = Made(start=[LOST], status=[BEGUN, BEGUN, APPLIED])

    assert made.make().state is ChangeState.CONFIRMED

    assert made.host.asked == ["arm", "start", "status", "status", "status", "confirm"]


@pytest.mark.parametrize(
    ("answers", "words"),
    [
        ({"start": [LOST], "status": [ARMED, GONE]}, "the connection was lost; nothing was"),
        ({"start": [(1, "no guard")], "status": [GONE]}, "could not be begun, no guard; nothing"),
        ({"start": [(1, "busy")], "rollback": [LOST], "status": [GONE]}, "busy; nothing was"),
        ({"start": [(1, "")], "status": [f"{ARMED}revert.rc 0"]}, "its guard is gone; nothing was"),
    ],
)
def test_a_change_that_did_not_begin_is_called_off(
    answers: dict[str, Sequence[Answer]], words: str
) -> None:
    made = Made(**answers)

    made.fails((DisconnectedError if "lost" in words else HostError), words)

    assert "rollback" in made.host.asked
    assert "confirm" not in made.host.asked
    assert made.commit.state is ChangeState.DRAFT


def test_a_change_that_began_after_all_is_reverted() -> None:
    made = Made(start=[(1, "busy")], status=[BEGUN, BEGUN, REVERTED])

    made.fails(RevertedError, "REVERTED: the change could not be begun, busy")

    assert made.commit.state is ChangeState.REVERTED


@pytest.mark.parametrize(
    ("log", "words"),
    [("apply.log no such port\n", "no such port"), ("", "did not finish")],
)
def test_a_command_that_fails_has_the_change_undone(log: str, words: str) -> None:
    made = Made(start=[f"{BEGUN}apply.rc 1\n{log}"], status=[REVERTED])

    made.fails(RevertedError, f"REVERTED: {words}" if log else words, "the old configuration holds")

    assert made.host.asked == ["arm", "start", "rollback", "status"]
    assert any(line.startswith("reverting: ") for line in made.told)


def test_a_host_that_is_not_as_planned_is_reverted_with_the_reasons() -> None:
    made = Made(status=[REVERTED])

    made.fails(RevertedError, "still to do: a; b; c; the old", left=["a", "b", "c", "d"])

    assert "confirm" not in made.host.asked


def test_a_probe_that_is_lost_has_the_change_undone() -> None:
    made = Made(status=[REVERTED])

    with pytest.raises(RevertedError, match="the probe failed: the connection was lost"):
        made.make(LOST)

    assert made.host.asked == ["arm", "start", "rollback", "status"]


def test_a_host_that_was_rebooted_instead_of_an_undo_says_so() -> None:
    made = Made(status=[REBOOTED])

    made.fails(RevertedError, "rebooted before t-1 was confirmed", left=["a"])


def test_a_change_that_another_session_keeps_is_not_said_to_be_as_planned() -> None:
    made = Made(status=[CONFIRMED])

    assert made.make(["a"]).state is ChangeState.CONFIRMED

    assert not any(line.startswith("probed") for line in made.told)


def test_a_host_that_is_not_reached_again_is_left_to_its_guard() -> None:
    class Cut(AnsweringHost):
        def connect(self) -> AnsweringHost:
            if self.opened:
                raise LOST
            return super().connect()

    host = Cut(start=[APPLIED])
    commit = ConfirmedCommit(host.connect, host.clock, HOST)

    with pytest.raises(OutcomeUnknownError, match="OUTCOME UNKNOWN: the connection was lost"):
        commit.make("lagg0", {}, lambda _: (), hold=False)

    assert host.asked == ["arm", "start"]
    assert commit.state is ChangeState.UNKNOWN
    assert host.clock.now() == 60.0


# Longer than the deadline, and not as long as the guard may take to revert.
SILENT = [LOST] * 100


@pytest.mark.parametrize(
    ("answers", "left", "error"),
    [
        ({"start": [LOST], "status": [*SILENT, APPLIED]}, [], None),
        ({"start": [BEGUN], "status": [*SILENT, APPLIED]}, [], None),
        ({"start": [1], "status": [*SILENT, GONE]}, [], HostError),
        ({"status": [*SILENT, REVERTED]}, ["a"], RevertedError),
        ({"confirm": [LOST], "status": [*SILENT, CONFIRMED]}, [], None),
    ],
)
def test_a_silent_host_is_asked_until_its_guard_must_have_reverted(
    answers: dict[str, Sequence[Answer]], left: Sequence[str], error: type[LaggToolError] | None
) -> None:
    made = Made(**answers)

    if error:
        made.fails(error, left=left)
    else:
        assert made.make(left).state is ChangeState.CONFIRMED

    assert 60.0 < made.host.clock.now() < 60.0 + REVERT_SECONDS
    assert made.host.tokens == [made.commit.token] * len(made.host.asked)


def test_a_rollback_that_is_lost_is_left_to_the_guard() -> None:
    made = Made(rollback=[LOST], status=[BEGUN, REVERTED])

    made.fails(RevertedError, left=["a"])

    assert "the connection was lost; the guard reverts at its deadline" in made.told


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (f"{BEGUN}decided rollback\nrevert.rc 0\n", "REVERTED: rollback decided so"),
        (f"{BEGUN}decided \nrevert.rc 0\n", "the guard decided so"),
        (REBOOTED, "rebooted before t-1 was confirmed, and came up with the configuration of"),
        (REBOOTED, "its boot.d"),
        (GONE, "came up with the configuration of its boot.d, which is the old one"),
    ],
)
def test_a_change_that_others_ended_is_reverted(status: str, words: str) -> None:
    made = Made(start=[BEGUN], status=[status])

    made.fails(RevertedError, "REVERTED: ", words)

    assert made.commit.state is ChangeState.REVERTED
    assert made.host.asked[:2] == ["arm", "start"]
    assert "confirm" not in made.host.asked


@pytest.mark.parametrize(
    ("answers", "left", "words"),
    [
        ({"start": [BEGUN], "status": [BEGUN]}, [], "the change does not finish"),
        ({"start": [BEGUN], "status": [LOST]}, [], "the connection was lost"),
        ({"status": [BEGUN]}, ["a"], "the revert does not finish"),
        ({"start": [LOST], "status": [ARMED]}, [], "the connection was lost"),
    ],
)
def test_a_host_that_does_not_tell_makes_the_outcome_unknown_after_the_guard_must_have_reverted(
    answers: dict[str, Sequence[Answer]], left: Sequence[str], words: str
) -> None:
    made = Made(**answers)

    made.fails(
        OutcomeUnknownError,
        f"OUTCOME UNKNOWN: {words}",
        f"Look again in 90 s: lagg-tool rollback {made.commit.token} brings",
        "lagg-tool show shows which",
        left=left,
    )

    assert made.commit.state is ChangeState.UNKNOWN
    assert 60 + REVERT_SECONDS <= made.host.clock.now() <= 62 + REVERT_SECONDS


def test_a_confirmation_that_was_lost_is_looked_for() -> None:
    made = Made(confirm=[LOST], status=[APPLIED, f"{APPLIED}decided confirm\npersist.rc 0\n"])

    assert made.make().state is ChangeState.CONFIRMED

    assert made.host.asked == ["arm", "start", "confirm", "status", "status"]
    assert "the connection was lost while confirming; asking what was decided" in made.told


def test_a_confirmation_that_the_host_refuses_is_asked_for() -> None:
    made = Made(confirm=[1], status=[CONFIRMED])

    assert made.make().state is ChangeState.CONFIRMED


@pytest.mark.parametrize(
    ("log", "words"),
    [("confirm.log no space\n", "no space"), ("", "the boot.d cannot be written")],
)
def test_a_change_that_cannot_be_kept_is_undone(log: str, words: str) -> None:
    made = Made(confirm=[f"{APPLIED}confirm.rc 1\n{log}"], status=[REVERTED])

    made.fails(RevertedError, f"it cannot be kept: {words}")

    assert made.host.asked == ["arm", "start", "confirm", "rollback", "status"]


@pytest.mark.parametrize(
    ("log", "words"), [("persist.log read-only\n", "read-only"), ("", "it could not be replaced")]
)
def test_a_change_that_holds_until_the_next_boot_only_says_so(log: str, words: str) -> None:
    made = Made(confirm=[f"{APPLIED}decided confirm\nconfirm.rc 0\npersist.rc 1\n{log}"])

    made.fails(
        PersistFailedError,
        "NOT IN THE BOOT.D",
        f"({words})",
        "lagg-tool confirm T tries again; lagg-tool rollback T undoes the change instead",
    )

    assert made.commit.state is ChangeState.NOT_PERSISTED


def test_a_client_without_a_name_is_somebody_and_a_name_is_one_line() -> None:
    told = []

    for who in ("", " a\n b "):
        host = AnsweringHost(start=[APPLIED], confirm=[CONFIRMED])
        commit = ConfirmedCommit(host.connect, host.clock, HOST, who=who)
        commit.make("lagg0", {}, lambda _: (), hold=False)
        commit.close()
        told.append(host.armed[3])
        assert host.opened == host.closed

    assert told == ["somebody", "a b"]
