"""What a capture says beside its frames: the port, the direction, the time, where it is from."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from lagg_tool.wire.packet import Direction, Packet
from lagg_tool.wire.pcapng import read, write
from tests.support.capture_blocks import blocks, options, packets_of

FRAMES = (
    Packet(0.0, bytes(range(61)), 61, "vtnet2", Direction.OUT),
    Packet(2.016, bytes(60), 60, "vtnet1", Direction.IN),
)


def test_packets_have_their_port_time_and_direction() -> None:
    assert packets_of(write(FRAMES, "from a test", "lagg-tool")) == [
        ("vtnet2", 0.0, 2, bytes(range(61))),
        ("vtnet1", 2.016, 1, bytes(60)),
    ]


def test_what_is_written_is_read_again() -> None:
    assert tuple(read(write(FRAMES, "from a test", "lagg-tool"))) == FRAMES


def test_the_section_says_where_the_capture_is_from() -> None:
    kind, body = next(iter(blocks(write(FRAMES, "on FreeBSD 13.2, observed", "lagg-tool"))))

    assert kind == 0x0A0D0D0A
    assert options(body[16:])[1] == b"on FreeBSD 13.2, observed"


@pytest.mark.skipif(shutil.which("tcpdump") is None, reason="no tcpdump")
def test_tcpdump_reads_it(tmp_path: Path) -> None:
    path = tmp_path / "c.pcapng"
    path.write_bytes(write(FRAMES, "from a test", "lagg-tool"))

    done = subprocess.run(["tcpdump", "-nr", str(path)], capture_output=True, text=True, check=True)

    assert len(done.stdout.splitlines()) >= 2
