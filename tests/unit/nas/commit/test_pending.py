"""What a later session makes of each answer of the host about a change."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from lagg_tool.errors import (
    DisconnectedError,
    HostError,
    LaggToolError,
    OutcomeUnknownError,
    PersistFailedError,
    RefusedError,
    RevertedError,
)
from lagg_tool.nas.commit.pending import GRACE, PendingChange
from lagg_tool.nas.contract import Outcome
from lagg_tool.nas.states import ChangeState
from tests.support.answering_host import HOST, LOST, Answer, AnsweringHost

WAITS = "now 100\ntoken t-1\nthere yes\nguard alive\nwhen 90\nseconds 60\nstarted yes\napply.rc 0\n"
UNGUARDED = WAITS.replace("guard alive\n", "")
KEPT = f"{WAITS}last t-1\ndecided confirm\nconfirm.rc 0\npersist.rc 0\n"
NOT_KEPT = KEPT.replace("persist.rc 0", "persist.rc 1\npersist.log read-only")
BACK = f"{WAITS}decided guard\nrevert.rc 0\n"
STALLED = f"{WAITS}decided confirm\nstalled yes\n"
REBOOTED = "token t-1\nrebooted yes\n"
CONFIRMED = Outcome(ChangeState.CONFIRMED, "t-1")
REVERTED = Outcome(ChangeState.REVERTED, "t-1")


class Later:
    """A change of a host that answers, in a later session."""

    def __init__(self, **answers: Sequence[Answer]) -> None:
        self.host = AnsweringHost(**answers)
        self.told: list[str] = []
        self.change = PendingChange(self.host.connect, self.host.clock, HOST, tell=self.told.append)

    def fails(self, verb: str, error: type[LaggToolError], *words: str, token: str = "") -> None:
        with pytest.raises(error) as raised:
            getattr(self.change, verb)(token)
        for each in words:
            assert each in str(raised.value)


@pytest.mark.parametrize(
    ("statuses", "asked"),
    [
        ([WAITS, KEPT], ["status", "confirm", "status"]),
        ([WAITS, f"{WAITS}decided confirm\nconfirming yes\n", KEPT], ["status", "confirm"]),
        ([KEPT], ["status", "status"]),  # it is confirmed already
        ([UNGUARDED, KEPT], ["status", "confirm", "status"]),
    ],
)
def test_a_pending_change_is_confirmed_once(
    statuses: Sequence[Answer], asked: Sequence[str]
) -> None:
    later = Later(status=statuses)

    assert later.change.confirm() == CONFIRMED

    assert later.host.asked[: len(asked)] == asked
    assert later.host.asked.count("confirm") == asked.count("confirm")


@pytest.mark.parametrize(
    ("statuses", "asked"),
    [
        ([WAITS, BACK], ["status", "rollback", "status"]),
        ([BACK], ["status", "status"]),  # the guard was faster
        ([KEPT, f"{KEPT}undone yes\nundo.rc 0\n"], ["status", "undo", "status"]),
        (
            [KEPT, f"{KEPT}undone yes\n", f"{KEPT}undone yes\nundo.rc 0\n"],
            ["status", "undo", "status", "status"],
        ),
        ([WAITS, KEPT, KEPT, f"{KEPT}undo.rc 0\n"], ["status", "rollback", "status", "status"]),
    ],
)
def test_a_change_is_rolled_back_once(statuses: Sequence[Answer], asked: Sequence[str]) -> None:
    later = Later(status=statuses)

    assert later.change.rollback("t-1") == REVERTED

    assert later.host.asked[: len(asked)] == asked
    assert later.host.asked.count("rollback") <= 1
    assert later.host.tokens == ["t-1"] * len(later.host.asked)


@pytest.mark.parametrize("verb", ["confirm", "rollback"])
@pytest.mark.parametrize(
    ("status", "token", "words"),
    [
        (
            "now 1\n",
            "",
            "nothing is pending, and no confirmed change is kept; to return to an older state",
        ),
        ("now 1\nlast t-2\n", "t-9", "knows no change t-9"),
        ("now 1\nlast t-2\n", "t-9", "only the last confirmed change (which is t-2) is kept"),
        (
            "now 1\n",
            "t-9",
            "only the last confirmed change is kept; to return to an older state",
        ),
        (
            f"user uid=1001(jdoe)\n{WAITS}",
            "",
            "this needs root on the host, and the session is that of jdoe",
        ),
    ],
)
def test_what_is_no_change_of_the_host_is_refused(
    verb: str, status: str, token: str, words: str
) -> None:
    later = Later(status=[status])

    later.fails(verb, RefusedError, words, "nothing was touched", token=token)

    assert set(later.host.asked) == {"status"}


@pytest.mark.parametrize("word", ["lapsed", "interrupted", "last"])
def test_without_a_token_the_change_that_just_ended_is_meant(word: str) -> None:
    later = Later(status=[f"now 1\n{word} t-1\n", BACK])

    later.fails("confirm", RevertedError, "REVERTED: t-1 was not confirmed in time, or was rolled")

    assert later.host.tokens == ["t-1", "t-1"]


def test_a_change_that_a_reboot_ended_is_reverted_and_nothing_is_sent() -> None:
    confirming, rolling = Later(status=[REBOOTED]), Later(status=[REBOOTED])

    confirming.fails("confirm", RevertedError, "its boot.d, which is the old one; nothing was")
    assert rolling.change.rollback() == REVERTED

    assert confirming.host.asked == rolling.host.asked == ["status"]
    assert "before t-1 was confirmed" in rolling.told[0]


def test_a_host_that_is_not_reached_is_not_touched() -> None:
    Later(status=[LOST]).fails(
        "confirm", DisconnectedError, "the connection was lost; nothing was touched"
    )
    Later(status=[(1, "no sh")]).fails("rollback", HostError, "the host cannot tell: no sh")


@pytest.mark.parametrize(
    ("answer", "error", "words"),
    [
        (
            79,
            RefusedError,
            "a run of lagg-tool accept has the NAS; wait until it ends; nothing was touched",
        ),
        ((1, "no space"), HostError, "could not be begun: no space; nothing was touched"),
        (3, HostError, "could not be begun: exit status 3; nothing was touched"),
    ],
)
@pytest.mark.parametrize("verb", ["confirm", "rollback"])
def test_a_decision_that_the_host_refuses_is_not_repeated(
    verb: str, answer: Answer, error: type[LaggToolError], words: str
) -> None:
    later = Later(status=[WAITS], **{verb: [answer]})

    later.fails(verb, error, words)

    assert later.host.asked == ["status", verb]


@pytest.mark.parametrize(
    ("verb", "part", "status", "words"),
    [
        ("confirm", "confirm", WAITS, "the change is still pending and reverts in 50 s"),
        ("rollback", "rollback", UNGUARDED, "its guard is gone: lagg-tool rollback t-1, or a"),
        ("rollback", "undo", KEPT, "the change is confirmed as before"),
        ("confirm", "keep", NOT_KEPT, "the change is confirmed as before"),
        ("confirm", "resume", STALLED, "the change is confirmed as before"),
    ],
)
def test_a_command_that_did_not_arrive_is_known_after_some_seconds(
    verb: str, part: str, status: str, words: str
) -> None:
    later = Later(status=[status], **{part: [LOST]})

    later.fails(
        verb, DisconnectedError, "did not reach the host", words, "repeat this", token="t-1"
    )

    assert later.host.asked.count(part) == 1
    assert later.host.tokens == ["t-1"] * len(later.host.asked)
    assert later.host.clock.now() == GRACE


def test_a_command_has_its_seconds_to_begin_once_the_host_answers_again() -> None:
    begun = f"{WAITS}confirming yes\n"
    silent = [LOST] * 2 * int(GRACE)
    later = Later(status=[WAITS, *silent, WAITS, begun, KEPT], confirm=[LOST])

    assert later.change.confirm() == CONFIRMED


@pytest.mark.parametrize(
    ("part", "first", "begun", "done"),
    [
        ("confirm", WAITS, f"{WAITS}confirming yes\n", KEPT),
        ("keep", NOT_KEPT, f"{NOT_KEPT}keeping yes\n", f"{KEPT}keep.rc 0\n"),
        ("rollback", WAITS, f"{WAITS}decided rollback\n", BACK),
        ("undo", KEPT, f"{KEPT}undone yes\n", f"{KEPT}undone yes\nundo.rc 0\n"),
    ],
)
def test_a_command_that_began_is_waited_for_although_the_connection_was_lost(
    part: str, first: str, begun: str, done: str
) -> None:
    waiting = [begun] * 30  # longer than the time that it has to begin
    later = Later(status=[first, *waiting, done], **{part: [LOST]})
    confirms = part in ("confirm", "keep")

    outcome = later.change.confirm() if confirms else later.change.rollback()

    assert outcome == (CONFIRMED if confirms else REVERTED)
    assert later.host.clock.now() > GRACE


@pytest.mark.parametrize(
    ("answers", "words"),
    [
        ({"status": [WAITS]}, "t-1 does not finish; look again with lagg-tool show"),
        ({"status": [WAITS, LOST]}, "the connection was lost; look again with lagg-tool show"),
    ],
)
def test_a_host_that_does_not_tell_makes_the_outcome_unknown(
    answers: dict[str, Sequence[Answer]], words: str
) -> None:
    Later(**answers).fails("confirm", OutcomeUnknownError, f"OUTCOME UNKNOWN: {words}")


@pytest.mark.parametrize("gone", ["now 1\n", f"now 1\n{REBOOTED}"])
def test_a_host_that_was_rebooted_meanwhile_has_the_old_configuration(gone: str) -> None:
    later = Later(status=[WAITS, gone])

    later.fails("confirm", RevertedError, "REVERTED: the host was rebooted", "its boot.d, which is")


@pytest.mark.parametrize(
    ("log", "words"),
    [("confirm.log no space\n", "no space"), ("", "the boot.d cannot be written")],
)
def test_a_change_that_cannot_be_kept_stays_pending(log: str, words: str) -> None:
    later = Later(status=[WAITS, f"{WAITS}confirm.rc 1\n{log}"])

    later.fails("confirm", HostError, f"t-1 cannot be kept: {words}", "still pending and reverts")


def test_a_change_that_the_boot_did_not_take_is_written_again() -> None:
    again = Later(status=[NOT_KEPT, f"{NOT_KEPT}keep.rc 1\n"])

    again.fails("confirm", PersistFailedError, "NOT IN THE BOOT.D", "read-only")

    assert again.host.asked == ["status", "keep", "status"]


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ("pending t-2\n", "pending (t-2); confirm it or roll it back first; nothing was touched"),
        (
            "last t-2\n",
            "t-1 is not the last change that was confirmed (t-2); apply the file of the older",
        ),
        ("last \n", "t-1 is not the last change that was confirmed (which is undone)"),
    ],
)
@pytest.mark.parametrize("verb", ["confirm", "rollback"])
def test_a_change_that_others_came_after_is_left_alone(verb: str, more: str, words: str) -> None:
    later = Later(status=[NOT_KEPT + more])

    later.fails(verb, RefusedError, words, "nothing was touched")

    assert later.host.asked == ["status"]


def test_a_newer_change_that_came_while_the_boot_was_written_is_named() -> None:
    later = Later(status=[NOT_KEPT, f"{NOT_KEPT}keep.rc 75\n", f"{NOT_KEPT}pending t-2\n"])

    later.fails("confirm", RefusedError, "another change is pending (t-2)", token="t-1")

    assert later.host.tokens == ["t-1"] * len(later.host.asked)


def test_a_change_that_was_undone_is_not_kept() -> None:
    later = Later(status=[f"{NOT_KEPT}undone yes\n"])

    later.fails("confirm", RevertedError, "t-1 was not confirmed in time, or was rolled back")

    assert later.host.asked == ["status"]


def test_an_undoing_that_was_done_already_is_not_repeated() -> None:
    later = Later(status=[f"{KEPT}last \nundone yes\nundo.rc 0\n"])

    assert later.change.rollback() == REVERTED

    assert "undo" not in later.host.asked


@pytest.mark.parametrize(
    ("after", "error", "words"),
    [
        (f"{KEPT}undone yes\nundo.rc 1\nrestore.log busy\n", HostError, "as a whole: busy; remove"),
        (f"{KEPT}stored yes\n", HostError, "t-1 was not undone: the host was rebooted meanwhile"),
    ],
)
def test_an_undoing_that_failed_may_be_tried_again(
    after: str, error: type[LaggToolError], words: str
) -> None:
    later = Later(status=[KEPT, after])

    later.fails("rollback", error, words, "lagg-tool rollback t-1 tries again")

    assert later.host.asked.count("undo") == 1


def test_a_reboot_may_undo_a_change_before_the_rollback_does() -> None:
    later = Later(status=[KEPT, f"{KEPT}{REBOOTED}undone yes\n"])

    assert later.change.rollback() == REVERTED
    assert later.told == ["t-1 was undone before the host was rebooted"]


def test_a_decision_whose_process_was_ended_is_resumed_first() -> None:
    later = Later(status=[STALLED, KEPT, KEPT])

    assert later.change.confirm("t-1") == CONFIRMED

    assert later.host.tokens == ["t-1"] * len(later.host.asked)
    assert later.host.asked[:2] == ["status", "resume"]


def test_a_status_that_cannot_be_had_is_an_error_and_a_session_ends() -> None:
    later = Later(status=[WAITS])

    assert later.change.status().left == 50
    later.change.close()

    assert (later.host.opened, later.host.closed) == (1, 1)
