"""A FreeBSD host that is a directory of this machine: its /bin/sh, and stand-in programs.

What the host's programs do is played by small files: every interface is a line in a log of
the arguments it was given, and sysrc edits the file it is told.
"""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

from lagg_tool.clock import SystemClock
from lagg_tool.command import Runner
from lagg_tool.ifconfig import Listing, parse
from lagg_tool.lagg import HostState, LaggSpec, Management, spec_from_data
from lagg_tool.nas.commit.status import Status, read_status
from lagg_tool.nas.freebsd.commit import requests
from lagg_tool.nas.freebsd.commit.data import data_of
from lagg_tool.nas.freebsd.commit.layout import RC_CONF as RC_CONF_PATH
from lagg_tool.nas.freebsd.commit.layout import RECORDS, ROOT
from lagg_tool.nas.freebsd.observation import read_interfaces
from lagg_tool.nas.freebsd.plan import Plan, make_plan
from lagg_tool.nas.freebsd.state import FreeBSDState
from tests.support.freebsd_commit import ConfirmedCommit
from tests.support.host_machine import HostMachine
from tests.support.paths import TESTS

CASES = TESTS / "unit" / "nas" / "freebsd" / "plans"

DAEMON = """#!/bin/sh
shift; pidfile=
if [ "$1" = -p ]; then pidfile=$2; shift 2; fi
setsid "$@" </dev/null >/dev/null 2>&1 &
[ -z "$pidfile" ] || echo $! > "$pidfile"
"""
IFCONFIG = """#!/bin/sh
[ "$2" != refuse ] || exit 1
[ ! -e HERE/fail ] || { case "$*" in *"$(cat HERE/fail)"*) exit 1 ;; esac; }
echo "$*" >> HERE/log
while [ -e HERE/slow ]; do sleep 0.05; done
"""
SYSRC = """#!/usr/bin/env python3
import re, sys
args = sys.argv[1:]
path, args = args[1], args[2:]
text = open(path).read()
get = lambda name: (re.findall(rf'^{name}="(.*)"$', text, re.M) or [""])[-1]
unescape = lambda value: re.sub(r'\\\\\\\\(.)', r'\\\\1', value)
if args[0] == "-n":
    print("\\n".join(unescape(get(name)) for name in args[1:])); sys.exit()
if args[0] == "-x":
    for name in args[1:]:
        text = re.sub(rf'^{name}=.*\\n', '', text, flags=re.M)
else:
    for each in args:
        name, value = each.split("=", 1)
        words = get(name.rstrip("+-")).split()
        if name.endswith("+"):
            value = " ".join([*words, value])
        elif name.endswith("-"):
            value = " ".join(word for word in words if word != value)
        name = name.rstrip("+-")
        line = f'{name}="{value}"'
        if re.search(rf'^{name}=', text, re.M):
            text = re.sub(rf'^{name}=.*$', lambda _: line, text, flags=re.M)
        else:
            text += line + "\\n"
open(path, "w").write(text)
"""
# Seconds in which a change is decided, here in real time: more than a busy machine takes.
WITHIN = 600.0
RC_CONF = 'hostname="nas.test"\nifconfig_vtnet0="inet 10.0.2.15/24"\n'


class Machine(HostMachine):
    """A directory that stands for a FreeBSD host."""

    def __init__(self, here: Path) -> None:
        places = {ROOT: "run/lagg_tool", RECORDS: "db", RC_CONF_PATH: "etc/rc.conf"}
        super().__init__(here, places)
        self.write("bin/daemon", DAEMON)
        self.write("bin/ifconfig", IFCONFIG.replace("HERE", str(here)))
        self.write("bin/sysrc", SYSRC.replace("\\\\\\\\", "\\\\").replace("\\\\1", "\\1"))
        self.write("etc/rc.conf", RC_CONF)

    def kill_guard(self, token: str) -> None:
        """End the guard; daemon(8) then removes its pid file."""
        pid = self.here / f"run/lagg_tool/{token}/guard.pid"
        subprocess.run(["kill", "-9", pid.read_text().strip()], check=True)
        pid.unlink()

    def status(self, token: str) -> Status:
        return read_status(self.run(requests.status(token)).stdout)


def case(stem: str) -> tuple[LaggSpec, HostState]:
    data: dict[str, Any] = json.loads((CASES / f"{stem}.json").read_text(encoding="utf-8"))
    observed = data["observed"]
    listed = parse("\n".join(observed["ifconfig"]) + "\n")
    host = HostState(
        read_interfaces(listed), {"hostname": "nas.test"}, Management(*observed["management"])
    )
    return spec_from_data(data["spec"]), host


def plan_of(stem: str) -> Plan:
    return make_plan(*case(stem))


def nothing_left(_: HostState) -> Plan:
    return Plan("lagg0", before=None, after=None)


def observe(_: Runner) -> FreeBSDState:
    return FreeBSDState(HostState({}), Listing())


def commit(machine: Machine, within: float = WITHIN) -> ConfirmedCommit:
    return ConfirmedCommit(lambda: machine, SystemClock(), observe=observe, within=within)


def armed(machine: Machine) -> str:
    """Arm a change as a client that is gone since; return its token."""
    token = "t-0123"
    files = data_of(plan_of("create-13.2"))
    done = machine.run(requests.arm(token, f"{WITHIN:g}", "tester", "lagg0", files))
    assert done.status == 0, done.stderr
    return token


def wait_for(machine: Machine, token: str, *parts: str) -> Status:
    """Return the status once one of the parts has ended, or after a minute."""
    clock = SystemClock()

    def ended() -> bool:
        clock.call_at(clock.now() + 0.05, lambda: None)  # look again soon
        status = machine.status(token)
        return any(status.code(part) is not None for part in parts)

    clock.wait_until(ended, clock.now() + 60)
    return machine.status(token)
