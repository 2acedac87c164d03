"""Every expectation here can fail: on the simulated NAS its opposite is red.

A step that asserts nothing leaves every scenario green. So each one is run twice: as the NAS
behaves, and with something in it that is not so.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from lagg_tool.evidence import Results, ScenarioResult, Status
from tests.support.paths import ROOT

Pairs = tuple[tuple[str, str], ...]
CLAIM = """[[claim]]
id = "C-01"
paraphrase = "Words."
level = "host"
expected = "confirmed"
why = "Because."
source = [{ page = "lagg(4)", section = "A" }]
"""


def lagg(protocol: str, ports: str = "ports 1, 2 and 3") -> tuple[str, ...]:
    return (
        f"Given a LAGG lagg0 with protocol {protocol} on {ports}",
        "And a neighbour that the NAS knows",
    )


PINGS = "When the NAS sends 9 pings to the neighbour"
CLIENTS = "When 20 clients each send 2 echo requests on port 1"
DATAGRAMS = "When the NAS sends UDP datagrams to 24 ports of the neighbour"

# What was done; then what is so, and what is not.
FREEBSD: tuple[tuple[tuple[str, ...], Pairs], ...] = (
    (
        (*lagg("failover"), PINGS),
        (
            ("the pings leave by port 1", "the pings leave by port 2"),
            (
                "the pings leave by one port",
                "the pings leave by ports 1, 2 and 3, spread over them",
            ),
            (
                "the pings leave by ports 1, spread over them",
                "the pings leave by ports 1 and 2, spread over them",
            ),
            ("the pings that leave take port 1", "the pings that leave take port 2"),
            ("no ping leaves by port 2", "no ping leaves by port 1"),
            ("the pings take ports 1 in turn", "the pings take ports 1 and 2 in turn"),
            ("every ping leaves", "nothing leaves by any port"),
            ("every ping leaves", "no data leaves by any port"),
            ("no ping is answered", "every ping is answered"),
            ("no ping is answered", 'the pings fail with "No route to host"'),
            ("ifconfig shows lagg0 with 3 ports", "ifconfig shows lagg0 with 2 ports"),
            ("each port of lagg0 has the MTU 1500", "each port of lagg0 has the MTU 9000"),
            ("there is no interface lagg1", "there is no interface lagg0"),
            ('the kernel logs "lagg0: link state"', 'the kernel logs "lagg0: out of order"'),
            (
                "ifconfig shows lagg0 with\n| port 1 | MASTER,ACTIVE |",
                "ifconfig shows lagg0 with\n| port 1 | ACTIVE |",
            ),
            (
                "ifconfig shows lagg0 with\n| options | without RXCSUM |",
                "ifconfig shows lagg0 with\n| options | with RXCSUM |",
            ),
        ),
    ),
    (
        ("Given a LAGG lagg1 with protocol failover on ports 1 and 2",),
        (('the kernel logs "lagg1: link"', 'the kernel does not log "lagg1: link"'),),
    ),
    (
        lagg("failover"),  # what the scenario before has logged does not count any more
        (
            ('the kernel does not log "lagg1: link"', 'the kernel logs "lagg1: link"'),
            (
                "the kernel reports the link of lagg0 as UP",
                "the kernel reports the link of lagg1 as DOWN",
            ),
        ),
    ),
    (
        (*lagg("roundrobin"), PINGS),
        (
            ("the pings take ports 1, 2 and 3 in turn", "the pings take ports 1, 3 and 2 in turn"),
            (
                "the pings leave by ports 1, 2 and 3, spread over them",
                "the pings leave by one port",
            ),
            (
                "the pings leave by ports 1, 2 and 3, spread over them",
                "the pings that leave take port 1",
            ),
            ("every ping leaves", "the pings leave by ports 1, 2 and 3, a copy by each"),
        ),
    ),
    (
        (*lagg("broadcast"), PINGS),
        (
            (
                "the pings leave by ports 1, 2 and 3, a copy by each",
                "the pings leave by ports 1 and 2, a copy by each",
            ),
            ("every ping leaves", "the pings leave by ports 1, 2 and 3, spread over them"),
        ),
    ),
    (
        (lagg("lacp")[0], "When 10 seconds pass", PINGS),
        (
            ('the pings fail with "No route to host"', "every ping leaves"),
            ("no data leaves by any port", 'the pings fail with "Network is down"'),
        ),
    ),
    (
        (*lagg("failover"), "When an echo request arrives on port 1"),
        (
            ("the NAS answers", "the NAS does not answer"),
            ("the NAS answers by port 1", "the NAS answers by port 2"),
            ("the NAS answers each of the 1 requests", "the NAS answers each of the 2 requests"),
        ),
    ),
    (
        (*lagg("failover"), "When an echo request arrives on port 2"),
        (
            ("the NAS does not answer", "the NAS answers"),
            ("the NAS does not answer", "the NAS answers by port 1"),
        ),
    ),
    (
        (*lagg("loadbalance"), DATAGRAMS),
        (("the datagrams leave by more than one port", "the datagrams leave by one port"),),
    ),
    (
        (*lagg("failover"), DATAGRAMS),
        (("the datagrams leave by one port", "the datagrams leave by more than one port"),),
    ),
    (
        (*lagg("loadbalance"), CLIENTS),
        (
            (
                "each of ports 1, 2 and 3 carries some answers",
                "each of ports 1 and 2 carries some answers",
            ),
            ("every client is answered", "all answers leave by port 1"),
            ("every client is answered by one port only", "no answer leaves by port 2"),
            ("the clients of port 2 are answered by port 2", "no answer leaves by port 1"),
        ),
    ),
    (
        (*lagg("loadbalance"), CLIENTS, "When the link of port 2 is lost", CLIENTS),
        (
            (
                "the clients of ports 1 and 3 are answered as before",
                "the clients of ports 1 and 2 are answered as before",
            ),
            ("no answer leaves by port 2", "all clients are answered as before"),
            ("every client is answered", "the clients of port 2 are answered by port 2"),
        ),
    ),
    (
        (*lagg("none"), CLIENTS),
        (
            ("no answer leaves by port 1", "every client is answered"),
            ("no answer leaves by port 1", "the clients of port 1 are answered by port 1"),
        ),
    ),
    (
        (*lagg("failover"), CLIENTS),
        (
            (
                "the clients of ports 1 and 2 are answered as before",
                "the clients of ports 2 and 3 are answered as before",
            ),
        ),
    ),
    (
        (*lagg("none"), DATAGRAMS),
        (("nothing leaves by any port", "the datagrams leave by more than one port"),),
    ),
    (
        (
            lagg("failover")[0],
            "Given a host 192.0.2.50 behind the switch",
            "When the NAS sends 3 pings to the host",
        ),
        (("every ping is answered", "no ping is answered"),),
    ),
    (
        (*lagg("roundrobin"), CLIENTS),
        (("every client is answered", "every client is answered by one port only"),),
    ),
    (
        (
            *lagg("failover", "ports 1 and 2"),
            'When the administrator runs "ifconfig lagg0 inet 198.51.100.7/24 alias"',
        ),
        (
            ("the command succeeds", 'the command is refused with "ifconfig"'),
            ("198.51.100.7 is announced by port 1", "198.51.100.7 is announced by port 2"),
            ("198.51.100.7 is announced by port 1", "198.51.100.8 is announced by port 1"),
        ),
    ),
    (
        (
            *lagg("failover", "ports 1 and 2"),
            'When the administrator runs "ifconfig lagg0 laggport lagg0"',
        ),
        (
            ('the command is refused with "Invalid argument"', "the command succeeds"),
            (
                'the command is refused with "Invalid argument"',
                'the command is refused with "File exists"',
            ),
        ),
    ),
    (
        (
            *lagg("failover", "ports 1 and 2"),
            'When the administrator looks with "ifconfig -l"',
        ),
        (("the command succeeds", 'the output has the line "lagg0"'),),
    ),
    (
        (
            "Given an LACP partner on ports 1 and 2",
            "And a LAGG lagg0 with protocol lacp on ports 1 and 2",
            "When ports 1 and 2 distribute within 10 seconds",
        ),
        (
            ("an LACPDU left by each of ports 1 and 2", "no LACPDU left by port 1"),
            ("no LACPDU left by port 3", "an LACPDU left by each of ports 1, 2 and 3"),
            (
                "the last LACPDU of port 1 announces DISTRIBUTING",
                "the last LACPDU of port 1 announces no DISTRIBUTING",
            ),
            (
                "the last LACPDU of port 1 announces no EXPIRED",
                "the last LACPDU of port 1 announces EXPIRED",
            ),
            ("no LACPDU left by port 3", "port 1 never announced DISTRIBUTING"),
            ("a marker left by each of ports 1 and 2", "a marker left by port 3"),
        ),
    ),
    (
        (
            "Given a LAGG lagg0 with protocol lacp on ports 1 and 2",
            "When a marker of version 1 arrives on port 1",
        ),
        (
            (
                "the marker comes back by port 1 alone, unchanged but for its kind",
                "the marker comes back by port 2 alone, unchanged but for its kind",
            ),
            ("1 different markers come back by port 1", "2 different markers come back by port 1"),
            ("1 different markers come back by port 1", "no marker comes back"),
        ),
    ),
)

ASKED = "Given the middleware is asked for a LAGG with\n| aliases | 192.0.2.1/24 |"
TRUENAS: tuple[tuple[tuple[str, ...], Pairs], ...] = (
    (
        (ASKED,),
        (
            ("the middleware accepts it", 'the middleware fails with "[EINVAL] no"'),
            ("the middleware accepts it", 'the middleware refuses interface_create.name: "No"'),
            ("a change is pending", "no change is pending"),
            ("the middleware shows no lagg1", "the middleware shows no lagg0"),
            (
                "the middleware shows lagg0 with\n| lag_protocol | FAILOVER |",
                "the middleware shows lagg0 with\n| lag_protocol | LACP |",
            ),
            (
                "the middleware offers the protocols LACP, FAILOVER, LOADBALANCE, ROUNDROBIN, NONE",
                "the middleware offers the protocols LACP",
            ),
            (
                "lagg0 is among the middleware's choices for a VLAN's parent",
                "lagg1 is among the middleware's choices for a VLAN's parent",
            ),
            ("there is no alert about lagg0", 'there is the alert "A": "B"'),
        ),
    ),
    (
        (ASKED, "When the change is committed"),
        (
            (
                "the middleware waits 50 to 60 seconds for a check-in",
                "the middleware waits 0 to 9 seconds for a check-in",
            ),
            ("a change is pending", "no change is pending"),
            ("a change is pending", "there is no interface lagg0"),
            ("a change is pending", 'the middleware\'s log has "nothing of the kind"'),
        ),
    ),
    (
        (ASKED, "When the change is committed for good"),
        (("no change is pending", "a change is pending"),),
    ),
)
SUITES = {"sim:": FREEBSD, "sim:?os=truenas-13.3": TRUENAS}


def scenario(name: str, before: tuple[str, ...], expected: str) -> str:
    lines = "\n".join((*before, f"Then {expected}"))
    title = name.partition("\n")[0]
    return "\n".join((f"  Scenario: {title}", *(f"    {line}" for line in lines.split("\n"))))


def outcomes(directory: Path, target: str) -> dict[str, ScenarioResult]:
    """Run every pair on the target; return the results by the scenarios' names."""
    features = directory / "features"
    features.mkdir()
    (features / "article.toml").write_text(CLAIM, encoding="utf-8")
    texts = ["Feature: What is so, and what is not"]
    for before, pairs in SUITES[target]:
        for so, not_so in pairs:
            number = len(texts)
            texts.append(scenario(f"{number} is so: {so}", before, so))
            texts.append(scenario(f"{number + 1} is not so: {not_so}", before, not_so))
    (features / "x.feature").write_text("\n".join(texts), encoding="utf-8")
    (directory / "pytest.toml").write_text("[pytest]\nminversion = '9.0'\n", encoding="utf-8")
    words = [
        "-p",
        "lagg_tool.suite.plugin",
        f"--target={target}",
        "--results=results.json",
        "features",
    ]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "--tb=short", *words],
        cwd=directory,
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTEST_ADDOPTS": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == pytest.ExitCode.TESTS_FAILED, done.stdout[-3000:] + done.stderr
    [feature] = Results.read(directory / "results.json").features
    return {found.name: found for found in feature.scenarios}


@pytest.mark.parametrize("target", SUITES)
def test_what_is_so_passes_and_what_is_not_fails_where_it_is_expected(
    target: str, tmp_path: Path
) -> None:
    found = outcomes(tmp_path, target)

    wrong = []
    for name, result in found.items():
        *before, last = (step.status for step in result.steps)
        expected = Status.FAILED if " is not so: " in name else Status.PASSED
        if last is not expected or set(before) != {Status.PASSED}:
            wrong.append(f"{name}: {result.status}, not {expected}: {result.reason[:200]}")
    assert not wrong, "\n".join(wrong)
    assert len(found) == 2 * sum(len(pairs) for _, pairs in SUITES[target])
