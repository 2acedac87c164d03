"""The userland of the simulated NAS: what its programs print and how they end."""

from __future__ import annotations

import re

import pytest

from lagg_tool.clock import VirtualClock
from lagg_tool.simulator.nas import SimulatedNas


def nas() -> SimulatedNas:
    return SimulatedNas(VirtualClock())


def test_a_guard_outlives_its_session_and_fires() -> None:
    host = nas()
    armed = host.run(
        "umask 077; mkdir -p /var/run/t && daemon -f -p /var/run/t/pid -o /var/run/t/log "
        "/bin/sh -c 'sleep 2; echo said; mkdir /var/run/t/decided'; kill -0 $(cat /var/run/t/pid) "
        "&& echo alive"
    )

    before = host.run("ls /var/run/t; ls -ld /var/run/t")
    host.clock.sleep(3)
    after = host.run("ls /var/run/t; cat /var/run/t/log")

    assert armed.stdout == b"alive\n"
    assert before.stdout.startswith(b"log\npid\ndrwx------  2 root wheel 512 Nov 22 ")
    assert after.stdout == b"decided\nlog\nsaid\n"


def test_a_second_daemon_finds_the_pidfile_locked() -> None:
    host = nas()

    result = host.run(
        "daemon -f -p /tmp/p sleep 60; daemon -f -p /tmp/p sleep 60; echo $?; "
        "kill $(cat /tmp/p); sleep 1; ls /tmp/p"
    )

    assert result.stdout == b"3\n"
    assert re.fullmatch(
        rb"daemon: process already running, pid: \d+\nls: /tmp/p: No such file or directory\n",
        result.stderr,
    )


SYSRC = [
    (
        "sysrc a_b=1 a_b+=2 a_b+=1 a_b-=1",
        "a_b:  -> 1\na_b: 1 -> 1 2\na_b: 1 2 -> 1 2\na_b: 1 2 -> 2\n",
    ),
    (
        "sysrc x=y >/dev/null; sysrc x x; sysrc -n x; sysrc -c x=y && sysrc -x x; sysrc -i x",
        "x: y\nx: y\ny\n",
    ),
    (
        "sysrc x='a b' >/dev/null; sysrc -e x; tail -1 /etc/rc.conf",
        'x="a b"\nx="a b"\n',
    ),
    ("sysrc -n cloned_interfaces; sysrc -n sshd_enable", "\nYES\n"),
    (
        "cp -p /etc/rc.conf /tmp/c; sysrc -f /tmp/c foo='a \"b\" $c'; tail -1 /tmp/c",
        'foo:  -> a b \nfoo="a "b" $c"\n',
    ),
    (
        "sysrc hostname=other; grep -n hostname /etc/rc.conf; ls -l /etc/rc.conf | cut -c1-10",
        'hostname: nas.test -> other\n1:hostname="other"\n-rw-r--r--\n',
    ),
]


@pytest.mark.parametrize(("line", "stdout"), SYSRC)
def test_sysrc(line: str, stdout: str) -> None:
    assert nas().run(line).stdout.decode() == stdout


@pytest.mark.parametrize(
    ("line", "complaint"),
    [("sysrc -z", "Illegal option -z\n"), ("sysrc -f", "No arg for -f option\n"), ("sysrc", "")],
)
def test_sysrc_complains_as_getopts_of_the_shell_does(line: str, complaint: str) -> None:
    result = nas().run(line)

    before, usage, _ = result.stderr.decode().partition("Usage: sysrc ")
    assert (result.status, before, bool(usage)) == (1, complaint, True)


UTILITIES = [
    ("echo 'x=1;y=2' | tr ';' '\\n' | cut -d= -f2", "1\n2\n"),
    ("printf 'x\\ny\\n' | grep -v x; echo FOO | grep -ci foo", "y\n1\n"),
    ("echo 'ab12' | grep -cE '[0-9]+'; echo a | grep -q b || echo none", "1\nnone\n"),
    ("head -c 10 /dev/zero | wc -c; head -c 3 /dev/random | wc -c", "      10\n       3\n"),
    ("timeout 1 sleep 5; echo $?; timeout 5 sleep 1; echo $?", "124\n0\n"),
    ("dd if=/dev/zero bs=100 count=3 2>/dev/null | wc -c", "     300\n"),
    ("dd if=/dev/zero bs=1m count=2 2>/dev/null | wc -c", " 2097152\n"),
    ("dd if=/dev/random bs=1m count=1 2>/dev/null | wc -c", " 1048576\n"),
    ("id -un; hostname; uname -srm", "root\nnas.test\nFreeBSD 13.2-RELEASE amd64\n"),
    ("date +%Y", "2026\n"),
    ("su -m nobody -c 'id -u; echo x > /etc/rc.conf; echo $?' 2>/dev/null", "65534\n2\n"),
    ("ps -axo pid,ppid,command | grep -c sshd", "4\n"),
    ("seq 3 | tail -1; seq 3 1 | head -1; seq 1 2 5 | wc -l", "3\n3\n       3\n"),
    ("cd /tmp; mkdir d; touch d/a d/.b; ls d; ls -a d", "a\n.\n..\n.b\na\n"),
    ("cd /tmp; echo hi >a; cp a b; mv b c; cat c; rm a; ls", "hi\nc\n"),
    ("echo 'a-c' | tr a-c x-z; echo abc | tr -d b", "x-z\nac\n"),
]


@pytest.mark.parametrize(("line", "stdout"), UTILITIES)
def test_utilities(line: str, stdout: str) -> None:
    assert nas().run(line).stdout.decode() == stdout


ERRORS = [
    ("rm /no", 1, "rm: /no: No such file or directory\n"),
    ("mkdir /etc", 1, "mkdir: /etc: File exists\n"),
    ("rmdir /etc", 1, "rmdir: /etc: Directory not empty\n"),
    ("cp /no /tmp", 1, "cp: /no: No such file or directory\n"),
    ("rm /etc", 1, "rm: /etc: is a directory\n"),
    ("cat /etc", 1, "cat: /etc: Is a directory\n"),
    ("grep '[' /etc/rc.conf", 2, "grep: brackets ([ ]) not balanced\n"),
    (
        "service nosuch start",
        1,
        (
            "nosuch does not exist in /etc/rc.d or the local startup\n"
            "directories (/usr/local/etc/rc.d), or is not executable\n"
        ),
    ),
    ("su nosuch", 1, "su: unknown login: nosuch\n"),
    ("timeout 1 nosuch", 127, "timeout: nosuch: No such file or directory\n"),
]


@pytest.mark.parametrize(("line", "status", "stderr"), ERRORS)
def test_errors(line: str, status: int, stderr: str) -> None:
    result = nas().run(line)

    assert (result.status, result.stderr.decode()) == (status, stderr)


def test_a_reboot_ends_what_runs_and_keeps_its_files() -> None:
    host = nas()
    host.run("daemon -f sh -c 'sleep 100; echo late > /tmp/late'; reboot")

    host.clock.sleep(120)

    assert host.run("ls /tmp").stdout == b""
    assert host.run("ps -axo command | grep -c '[s]leep 100'").stdout == b"0\n"
