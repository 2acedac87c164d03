"""Recordings against ``lagg-tool simulate``: another process, real time. Slow."""

import pytest

from tests.support.paths import RECORDINGS

from .comparison import compare
from .outside import UNPLAYABLE, OutsideStage
from .player import Partners, play
from .recording import load, names

pytestmark = pytest.mark.slow

# Commands and their errors, an address, a carrier, a partner: each a few seconds long.
SHORT = (
    *("cmd-create-names", "cmd-list-idle", "cmd-port-errors", "cmd-vlan-on-lagg"),
    *("wire-none", "wire-broadcast", "wire-failover", "wire-lacp-to-failover"),
)


@pytest.mark.parametrize("name", SHORT)
def test_a_nas_in_another_process_answers_as_the_recorded_host_did(name: str) -> None:
    recording = load(RECORDINGS / "freebsd-13.2" / f"{name}.json")
    partners = Partners()
    stage = OutsideStage(recording, partners)
    try:
        performance = play(recording, stage, partners)
    finally:
        status = stage.close()

    differences = compare(recording, performance)

    assert not differences, "\n".join(f"{d.where}\n  {d.text}" for d in differences)
    assert status == 0


def test_what_cannot_be_played_is_recorded_at_all() -> None:
    assert set(names("freebsd-13.2")) >= UNPLAYABLE
