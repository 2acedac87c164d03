"""What has no end ends a program that keeps it, and lets a client that leaves end the rest."""

from __future__ import annotations

import pytest

from lagg_tool.clock import VirtualClock
from lagg_tool.simulator.nas import SimulatedNas


@pytest.mark.parametrize(
    ("line", "status", "words"),
    [
        ("sh </dev/zero", 2, "sh: Out of space"),
        ("sh -i </dev/zero", 2, "sh: Out of space"),
        ("cat /dev/zero | sh", 2, "sh: Out of space"),
        ("wc /dev/zero", 2, "wc: Cannot allocate memory"),
        ("timeout 0.1 cat /dev/zero >/dev/null", 124, ""),
        ("timeout 0.1 tr a b </dev/zero >/dev/null", 124, ""),
        ("timeout 0.1 seq 1 100000000000 >/dev/null", 124, ""),
    ],
)
def test_a_program_with_endless_input_ends_by_its_memory_or_its_time(
    line: str, status: int, words: str
) -> None:
    done = SimulatedNas(VirtualClock()).run(line)

    assert done.status == status
    assert words in done.stderr.decode()


def test_a_last_line_without_its_end_is_run() -> None:
    done = SimulatedNas(VirtualClock()).run(r'printf "echo hi\necho ho" | sh')

    assert done.stdout == b"hi\nho\n"
