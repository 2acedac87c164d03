"""The scheduler: fairness, ends, pipes, sessions."""

from __future__ import annotations

import threading

from lagg_tool.clock import SystemClock, VirtualClock
from lagg_tool.simulator.nas import SimulatedNas
from lagg_tool.simulator.system.streams import InputStream


def test_time_stands_still_while_a_session_waits_for_its_input() -> None:
    clock = VirtualClock()
    host = SimulatedNas(clock)
    stdin = InputStream(clock)
    out = bytearray()
    clock.call_at(clock.now() + 50.0, lambda: out.extend(b"TIMER"))
    statuses: list[int] = []

    def session() -> None:
        statuses.append(
            host.execute("read x; echo got $x", stdin, out.extend, out.extend, lambda: False)
        )

    thread = threading.Thread(target=session)
    thread.start()
    stdin.feed(b"wo")
    stdin.feed(b"rd\n")
    thread.join(60)

    assert statuses == [0]
    assert bytes(out) == b"got word\n"
    assert clock.now() < 1


def test_a_session_that_is_gone_loses_its_foreground_and_keeps_its_background() -> None:
    clock = VirtualClock()
    host = SimulatedNas(clock)
    stdin = InputStream(clock)
    gone = threading.Event()
    line = "(while :; do :; done) >/dev/null 2>&1 & echo $!; while :; do :; done"
    out = bytearray()

    def sink(data: bytes) -> None:
        out.extend(data)
        gone.set()

    host.execute(line, stdin, sink, sink, gone.is_set)

    alive = {process.pid for process in host.processes}
    assert int(out) in alive
    assert not any(
        process.argv[:2] == ("sh", "-c") and process.pid != int(out) for process in host.processes
    )


def test_in_real_time_a_command_ends_as_well() -> None:
    clock = SystemClock()
    host = SimulatedNas(clock)

    result = host.run("for i in 1 2 3; do echo $i; done | while read x; do echo $x; done")

    assert result.stdout == b"1\n2\n3\n"


def test_two_endless_processes_get_the_same_share() -> None:
    host = SimulatedNas(VirtualClock())

    result = host.run(
        "count() { i=0; while [ ! -e /tmp/stop ]; do i=$((i+1)); done; echo $i; }\n"
        "count & count & i=0; while [ $i -lt 100 ]; do i=$((i+1)); done; : >/tmp/stop; wait"
    )

    one, two = map(int, result.stdout.split())
    assert one > 20
    assert abs(one - two) <= 2


def test_a_reboot_deletes_the_files_below_var_run_and_keeps_its_directories() -> None:
    host = SimulatedNas(VirtualClock())
    host.run("echo a > /tmp/kept; echo b > /var/run/gone")
    host.run("mkdir -p /var/run/a/b; echo c > /var/run/a/b/gone")

    host.reboot()

    said = host.run("echo /tmp/k* /var/run/* /var/run/a/* /var/run/a/b/*; ls /etc/rc.conf").stdout
    assert said == (b"/tmp/kept /var/run/a /var/run/a/b /var/run/a/b/*\n/etc/rc.conf\n")
