"""The way that the session comes in over is left alone, unless the administrator allows it.

From the command line to the NAS, over SSH, on each product: somebody who loses this way may
have to drive to the NAS.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from lagg_tool.cli import main
from lagg_tool.simulator.release import FREEBSD_13_2, TRUENAS_13_3
from tests.support.rig import Rig, rig

FILE = 'name = "lagg0"\nprotocol = "failover"\nports = ["vtnet0"]\naddresses = ["10.0.2.15/24"]\n'
WAY_OUT = "--allow-management would allow it"
REASON = f"lagg0 carries this session (from 10.0.2.2 over lagg0); {WAY_OUT}"

FREEBSD_LAGG = """\
ifconfig vtnet0 inet 10.0.2.15 delete
ifconfig lagg0 create laggproto failover laggport vtnet0 10.0.2.15/24 up
sysrc -x ifconfig_vtnet0
sysrc ifconfig_vtnet0=up cloned_interfaces=lagg0
sysrc ifconfig_lagg0='laggproto failover laggport vtnet0 10.0.2.15/24'"""
TRUENAS_LAGG = f"""\
midclt call interface.update vtnet0 '{{"aliases": [], "ipv4_dhcp": false}}'
midclt call interface.create '{
    json.dumps(
        {
            "type": "LINK_AGGREGATION",
            "name": "lagg0",
            "lag_protocol": "FAILOVER",
            "lag_ports": ["vtnet0"],
            "aliases": [{"address": "10.0.2.15", "netmask": 24}],
        }
    )
}'
midclt call interface.commit '{{"rollback": false}}'"""


RELEASES = {"freebsd": (FREEBSD_13_2, FREEBSD_LAGG), "truenas": (TRUENAS_13_3, TRUENAS_LAGG)}


@pytest.fixture(params=RELEASES)
def nas(request: pytest.FixtureRequest) -> Iterator[Rig]:
    """Give a NAS whose only way in is a LAGG."""
    release, lines = RELEASES[request.param]
    with rig(release) as made:
        for line in lines.split("\n"):
            done = made.nas.run(line)
            assert done.status == 0, (line, done.stderr)
        made.clock.sleep(5)
        yield made


@pytest.fixture
def change(tmp_path: Path) -> str:
    """Write the file of the same LAGG with a description."""
    path = tmp_path / "lagg0.toml"
    path.write_text(FILE + 'description = "the way in"\n', encoding="utf-8")
    return str(path)


def apply(nas: Rig, *words: str) -> int:
    host, port = nas.wire.address
    way = ["--target", f"ssh://root@{host}:{port}", "--identity", str(nas.identity)]
    return main(["apply", *words, *way, "--host-key", nas.fingerprint])


@pytest.mark.parametrize("removal", [False, True])
def test_no_change_of_the_lagg_that_carries_the_session_is_made(
    nas: Rig, change: str, removal: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    before = nas.said()

    status = apply(nas, "--remove", "lagg0") if removal else apply(nas, change)

    said = capsys.readouterr().err
    assert status == 2, said
    assert f"nothing was touched:\n  {REASON}" in said
    assert nas.said() == before


def test_with_allow_management_the_same_change_is_made(
    nas: Rig, change: str, capsys: pytest.CaptureFixture[str]
) -> None:
    status = apply(nas, change, "--allow-management")

    assert status == 0, capsys.readouterr().err
    assert "description: the way in" in nas.said()[0].decode()


@pytest.mark.parametrize("target", ["sim:", "sim:?os=truenas-13.3"])
def test_the_interface_that_carries_the_session_becomes_no_port(
    target: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "lagg0.toml"
    path.write_text(FILE, encoding="utf-8")

    status = main(["apply", str(path), "--target", target])

    said = capsys.readouterr().err
    assert status == 2, said
    assert f"vtnet0 carries this session (from 10.0.2.2 over vtnet0); {WAY_OUT}" in said
