import pytest
from hypothesis import given
from hypothesis import strategies as st

from lagg_tool.clock import SystemClock
from lagg_tool.errors import HostError
from lagg_tool.testbed.epair.tap import Tap
from lagg_tool.wire import pcap

INFO = b"tcpdump: 2 packets captured, %d packets received by filter, %d packets dropped by kernel\n"


def tap(now: float = 10.0) -> Tap:
    return Tap(SystemClock(), lambda: now)


@given(st.lists(st.binary(min_size=1, max_size=80), max_size=8), st.integers(1, 40))
def test_a_capture_that_comes_in_pieces_is_the_same_capture(frames: list[bytes], size: int) -> None:
    data = pcap.write((float(at), frame) for at, frame in enumerate(frames))
    seen = tap()

    for begin in range(0, len(data), size):
        seen.out(data[begin : begin + size])

    assert [frame for _, frame in seen.take()] == frames
    assert seen.decoded == len(frames)
    assert seen.take() == []


def test_the_difference_of_the_clocks_is_that_of_the_frame_that_was_here_soonest() -> None:
    now = [100.0]
    seen = Tap(SystemClock(), lambda: now[0])

    seen.out(pcap.write([(50.0, b"x" * 60)]))
    now[0] = 110.0
    seen.out(pcap.write([(70.0, b"x" * 60)])[24:])
    now[0] = 120.0
    seen.out(pcap.write([(75.0, b"x" * 60)])[24:])

    assert seen.difference == 40.0


def test_what_tcpdump_says_is_told_apart() -> None:
    seen = tap()

    seen.err(b"pid 12")
    seen.err(b"34\ntcpdump: listening on epair0b, link-type EN10MB\ntcpdump: odd\n")

    assert seen.pid == "1234"
    assert seen.listening
    assert seen.said == "tcpdump: odd"


def test_all_is_here_when_as_much_is_decoded_as_was_received_when_it_was_asked() -> None:
    seen = tap()
    data = pcap.write([(1.0, b"a" * 60), (2.0, b"b" * 60)])

    seen.err(INFO % (2, 0))
    seen.out(data[:-1])
    before = seen.complete(1)
    seen.out(data[-1:])

    assert not before
    assert seen.complete(1)
    assert not seen.complete(2)


def test_frames_that_the_kernel_lost_are_an_error() -> None:
    seen = tap()

    seen.err(INFO % (2, 1))

    with pytest.raises(HostError, match="lost 1 frames"):
        seen.complete(1)
