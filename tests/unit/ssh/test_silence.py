from lagg_tool.clock import VirtualClock
from lagg_tool.ssh.silence import SHORTEST, Silence


def test_the_longest_silence_since_a_time_counts_and_a_short_one_does_not() -> None:
    clock = VirtualClock()
    silence = Silence(clock.now)
    for seconds in (1.0, 20.0, 1.0, SHORTEST, 1.0):
        clock.sleep(seconds)
        silence.end()

    found = [silence.longest(since) for since in (0.0, 21.0, 21.5, 25.0, 26.0)]

    assert found == [20.0, 20.0, SHORTEST, SHORTEST, 0.0]
