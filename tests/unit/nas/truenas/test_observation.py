"""What TrueNAS keeps of the last change, and what its version means."""

import contextlib
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lagg_tool.clock import VirtualClock
from lagg_tool.command import Batch, Command, Completed
from lagg_tool.errors import HostError, UnreadableError
from lagg_tool.nas.truenas.observation import observe
from lagg_tool.nas.truenas.state import ChangeRecord, read_record
from lagg_tool.simulator.nas import SimulatedNas
from lagg_tool.simulator.release import FREEBSD_13_2, TRUENAS_13_3, Release

RECORDS = st.builds(
    ChangeRecord,
    token=st.text(),
    name=st.text(),
    who=st.text(),
    confirmed=st.booleans(),
    before=st.dictionaries(st.text(), st.dictionaries(st.text(), st.text())),
)


class Direct:
    """A simulated NAS without SSH in between."""

    def __init__(self, release: Release) -> None:
        self.nas = SimulatedNas(VirtualClock(), release)

    def run(self, command: Command, deadline: float = 30.0) -> Completed:
        return self.run_batch([command], deadline)[0]

    def run_batch(self, commands: Sequence[Command], deadline: float = 60.0) -> list[Completed]:
        assert deadline > 0
        batch = Batch.of(commands)
        done = self.nas.run(batch.text)
        return batch.split(done.stdout.decode(), done.stderr.decode())


@given(RECORDS)
def test_a_record_comes_back_as_it_was_written(record: ChangeRecord) -> None:
    assert read_record(record.text) == record


@given(st.text())
def test_whatever_stands_in_the_record_is_read_or_refused(text: str) -> None:
    with contextlib.suppress(UnreadableError):
        read_record(text)


def test_both_sides_are_seen_in_one_look() -> None:
    state = observe(Direct(TRUENAS_13_3))

    found = state.answers
    assert found.items["vtnet0"]["aliases"][0]["address"] == "10.0.2.15"
    assert "vtnet0" in state.host.interfaces
    assert (found.pending, found.waiting, found.record) == (False, None, None)


def test_a_host_without_a_middleware_is_refused() -> None:
    with pytest.raises(HostError, match="not TrueNAS CORE 12"):
        observe(Direct(FREEBSD_13_2))
