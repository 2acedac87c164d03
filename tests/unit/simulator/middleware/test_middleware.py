"""The simulated TrueNAS as a whole: midclt, middlewared, its database and the kernel."""

import json
import random
from collections.abc import Callable
from typing import Any

import pytest

from lagg_tool.clock import VirtualClock
from lagg_tool.simulator.kernel.lagg import Lagg
from lagg_tool.simulator.kernel.vlan import Vlan
from lagg_tool.simulator.middleware.daemon import LICENSE
from lagg_tool.simulator.nas import Result, SimulatedNas
from lagg_tool.simulator.release import TRUENAS_13_3

LAGG = {
    "type": "LINK_AGGREGATION",
    "name": "lagg0",
    "lag_protocol": "FAILOVER",
    "lag_ports": ["vtnet2", "vtnet1"],
    "aliases": [{"address": "192.0.2.1", "netmask": 24}],
}


class TrueNas:
    """A simulated TrueNAS, and calls to its middleware."""

    def __init__(self) -> None:
        self.nas = SimulatedNas(VirtualClock(), TRUENAS_13_3)

    def try_call(self, method: str, *arguments: Any) -> Result:
        words = " ".join(f"'{json.dumps(argument)}'" for argument in arguments)
        return self.nas.run(f"midclt call {method} {words}")

    def call(self, method: str, *arguments: Any) -> Any:
        result = self.try_call(method, *arguments)
        assert result.status == 0, result.stderr.decode()
        text = result.stdout.decode().strip()
        try:
            return json.loads(text)
        except ValueError:
            return {"True": True, "False": False}.get(text, text)

    def refused(self, method: str, *arguments: Any) -> str:
        result = self.try_call(method, *arguments)
        assert result.status == 1
        return result.stderr.decode().splitlines()[0]

    def lagg(self, name: str = "lagg0") -> Lagg | None:
        found = self.nas.kernel.host.find(name)
        assert found is None or isinstance(found, Lagg)
        return found

    @property
    def log(self) -> str:
        return self.nas.filesystem.read_text("/var/log/middlewared.log")


@pytest.fixture
def truenas() -> TrueNas:
    return TrueNas()


def test_a_lagg_is_in_the_database_at_once_and_in_the_kernel_after_the_commit(
    truenas: TrueNas,
) -> None:
    created = truenas.call("interface.create", LAGG)
    before = truenas.lagg()
    truenas.call("interface.commit")

    assert created["fake"] is True
    assert before is None
    lagg = truenas.lagg()
    assert lagg is not None
    assert [port.name for port in lagg.ports] == ["vtnet1", "vtnet2"]


def test_without_a_checkin_the_change_is_undone_after_sixty_seconds(truenas: TrueNas) -> None:
    truenas.call("interface.create", LAGG)
    truenas.call("interface.commit")

    truenas.nas.run("sleep 59")
    assert truenas.lagg() is not None
    truenas.nas.run("sleep 2")

    assert truenas.lagg() is None
    assert truenas.call("interface.has_pending_changes") is False


def test_a_change_that_was_checked_in_stays_and_survives_a_reboot(truenas: TrueNas) -> None:
    truenas.call("interface.create", LAGG)
    truenas.call("interface.commit")
    truenas.call("interface.checkin")

    truenas.nas.run("sleep 120")
    truenas.nas.reboot()

    assert truenas.lagg() is not None
    assert truenas.call("interface.has_pending_changes") is False


@pytest.mark.parametrize("restart", ["service middlewared restart", "reboot"])
def test_a_pending_change_is_permanent_once_middlewared_forgot_it(
    truenas: TrueNas, restart: str
) -> None:
    truenas.call("interface.create", LAGG)

    truenas.nas.run(restart)
    truenas.nas.run("sleep 60")
    pending = truenas.call("interface.has_pending_changes")
    truenas.call("interface.commit", {"rollback": False})

    assert pending is False
    assert truenas.lagg() is not None


def test_a_second_commit_leaves_the_first_timer_running(truenas: TrueNas) -> None:
    truenas.call("interface.create", LAGG)
    truenas.call("interface.commit")
    truenas.call("interface.commit")
    truenas.call("interface.checkin")
    truenas.nas.run("ifconfig vtnet4 inet 198.51.100.1/24")

    truenas.nas.run("sleep 61")

    assert "198.51.100.1" not in truenas.nas.run("ifconfig vtnet4").stdout.decode()
    assert truenas.lagg() is not None


def test_a_call_goes_on_when_its_client_is_gone(truenas: TrueNas) -> None:
    truenas.call("interface.create", LAGG)
    for port in (1, 2):
        truenas.nas.set_link(port, up=False)

    truenas.nas.run("midclt call interface.commit & sleep 1; kill $!; sleep 12")

    assert truenas.call("interface.checkin_waiting") > 0
    assert "Timed out waiting for 'lagg0'" in truenas.log


def test_what_was_made_by_hand_goes_at_the_next_commit(truenas: TrueNas) -> None:
    truenas.nas.run("ifconfig lagg7 create; ifconfig lagg7 laggport em0 192.0.2.7/24 up")

    truenas.call("interface.commit", {"rollback": False})

    assert truenas.lagg("lagg7") is None


def test_a_lagg_is_made_anew_at_every_sync_when_names_and_indexes_disagree(
    truenas: TrueNas,
) -> None:
    """em0 is first by name, vtnet1 by index (B-16)."""
    truenas.call("interface.create", {**LAGG, "lag_ports": ["vtnet1", "em0"]})
    truenas.call("interface.commit", {"rollback": False})

    truenas.call("interface.commit", {"rollback": False})

    assert "Destroying existing lagg0 as its first port has changed" in truenas.log


def test_an_error_of_options_is_only_logged(truenas: TrueNas) -> None:
    truenas.call("interface.create", {**LAGG, "options": "lagghash l9"})

    truenas.call("interface.commit", {"rollback": False})

    assert "Failed to run options on lagg0" in truenas.log


def test_a_lagg_with_a_new_name_cannot_have_the_ports_of_the_old_one(truenas: TrueNas) -> None:
    """Sync makes the new one before it destroys the old one, which holds the ports (S-02)."""
    truenas.call("interface.create", LAGG)
    truenas.call("interface.commit", {"rollback": False})
    truenas.call("interface.update", "lagg0", {"name": "lagg7"})

    said = truenas.refused("interface.commit")

    assert said == "[Errno 16] Device busy"
    assert truenas.lagg("lagg7") is None
    assert truenas.lagg("lagg0") is not None


@pytest.mark.parametrize("name", ["lagg99999", "lagg²"])
def test_a_name_that_the_kernel_refuses_is_noticed_at_the_commit(
    truenas: TrueNas, name: str
) -> None:
    truenas.call("interface.create", {**LAGG, "name": name})

    said = truenas.refused("interface.commit")

    assert said
    assert truenas.call("interface.has_pending_changes") is False
    assert [item["name"] for item in truenas.call("interface.query") if item["fake"]] == []


def test_a_port_given_twice_is_noticed_at_the_commit(truenas: TrueNas) -> None:
    truenas.call("interface.create", {**LAGG, "lag_ports": ["vtnet1", "vtnet1"]})

    said = truenas.refused("interface.commit")

    assert said == "[Errno 17] File exists"
    assert truenas.lagg() is None


def test_a_licensed_system_with_failover_refuses_changes(truenas: TrueNas) -> None:
    truenas.nas.filesystem.write_text(LICENSE, "x")

    said = truenas.refused("interface.create", LAGG)

    assert said == "[EFAULT] Disable failover before performing interfaces changes."


def test_midclt_takes_what_is_no_json_for_a_string_and_tells_that_nobody_answers(
    truenas: TrueNas,
) -> None:
    wrong = truenas.nas.run("midclt call interface.create '{bad'")
    quiet = truenas.nas.run("midclt call -q interface.delete lagg7")
    truenas.nas.run("service middlewared stop")
    nobody = truenas.nas.run("midclt call interface.query")

    assert wrong.stderr == b"[EINVAL] interface_create: A dict was expected\n"
    assert (quiet.status, quiet.stderr) == (1, b"")
    assert nobody.stderr == b"Failed to run middleware call. Daemon not running?\n"
    assert nobody.status == 1


# --- whatever is called, a following commit reconciles database and kernel ---

PORTS = ("vtnet1", "vtnet2", "vtnet3", "vtnet4", "em0", "em1")
NAMES = ("lagg0", "lagg1", "lagg5")
PROTOCOLS = ("LACP", "FAILOVER", "LOADBALANCE", "ROUNDROBIN", "NONE")


def _request(chance: random.Random) -> dict[str, Any]:
    request: dict[str, Any] = {
        "lag_protocol": chance.choice(PROTOCOLS),
        "lag_ports": chance.sample(PORTS, chance.randint(1, 3)),
        "aliases": [
            {"address": f"192.0.{chance.randint(2, 4)}.{n + 1}", "netmask": 24}
            for n in range(chance.randint(0, 1))
        ],
        "mtu": chance.choice([None, 1500, 9000]),
        "description": chance.choice(["", "storage"]),
        "options": chance.choice(["", "lagghash l3", "lagghash l9"]),
    }
    return {key: value for key, value in request.items() if chance.random() < 0.7}


def _create(truenas: TrueNas, chance: random.Random) -> None:
    whole = {"lag_protocol": "FAILOVER", "lag_ports": [chance.choice(PORTS)]}
    request = {"type": "LINK_AGGREGATION", "name": chance.choice(NAMES), **whole}
    truenas.try_call("interface.create", {**request, **_request(chance)})


def _update(truenas: TrueNas, chance: random.Random) -> None:
    truenas.try_call("interface.update", chance.choice(NAMES), _request(chance))


def _commit(truenas: TrueNas, chance: random.Random) -> None:
    truenas.try_call("interface.commit", {"rollback": chance.random() < 0.8})


def _vlan(truenas: TrueNas, chance: random.Random) -> None:
    vlan = {
        "name": "vlan7",
        "vlan_parent_interface": chance.choice((*NAMES, *PORTS)),
        "vlan_tag": 7,
    }
    truenas.try_call("interface.create", {"type": "VLAN", **vlan})


def _rename(truenas: TrueNas, chance: random.Random) -> None:
    """Rename a lagg that only the database knows; the others see below."""
    name = chance.choice(NAMES)
    items = truenas.call("interface.query")
    has_vlan = any(item.get("vlan_parent_interface") == name for item in items)
    if truenas.lagg(name) is None and not has_vlan:
        truenas.try_call("interface.update", name, {"name": chance.choice(NAMES)})


CALLS: tuple[Callable[[TrueNas, random.Random], object], ...] = (
    _create,
    _create,
    _update,
    _commit,
    _commit,
    _vlan,
    _rename,
    lambda truenas, chance: truenas.try_call("interface.delete", chance.choice(NAMES)),
    lambda truenas, _: truenas.try_call("interface.delete", "vlan7"),
    lambda truenas, _: truenas.try_call("interface.checkin"),
    lambda truenas, _: truenas.try_call("interface.rollback"),
    lambda truenas, chance: truenas.nas.run(f"sleep {chance.choice((5, 30, 70))}"),
    lambda truenas, chance: truenas.nas.set_link(chance.randint(1, 6), up=chance.random() < 0.7),
    lambda truenas, _: truenas.nas.run("service middlewared restart"),
    lambda truenas, _: truenas.nas.reboot(),
)


def _check_reconciled(truenas: TrueNas) -> None:
    kernel = truenas.nas.kernel.host
    items = truenas.call("interface.query")
    laggs = {item["name"]: item for item in items if item["type"] == "LINK_AGGREGATION"}
    assert {i.name for i in kernel.interfaces if isinstance(i, Lagg)} == set(laggs)
    for name, item in laggs.items():
        lagg = truenas.lagg(name)
        assert lagg is not None
        assert lagg.protocol.name == item["lag_protocol"].lower()
        assert {port.name for port in lagg.ports} == set(item["lag_ports"])
        assert lagg.mtu == (item["mtu"] or 1500)
        assert lagg.description == item["description"]
        wanted = {alias["address"] for alias in item["aliases"]}
        assert {alias["address"] for alias in item["state"]["aliases"]} == wanted
    for item in (item for item in items if item["type"] == "VLAN"):
        vlan = kernel.find(item["name"])
        assert isinstance(vlan, Vlan)
        assert vlan.parent is not None
        assert vlan.parent.name == item["vlan_parent_interface"]
    assert "10.0.2.15" in truenas.nas.run("ifconfig vtnet0").stdout.decode()
    assert truenas.call("interface.has_pending_changes") is False


def _reconciles(seed: int) -> None:
    truenas, chance = TrueNas(), random.Random(seed)
    for _ in range(chance.randint(3, 14)):
        chance.choice(CALLS)(truenas, chance)

    truenas.call("interface.commit", {"rollback": False})

    _check_reconciled(truenas)


@pytest.mark.parametrize("seed", range(15))
def test_after_any_calls_a_commit_reconciles_database_and_kernel(seed: int) -> None:
    _reconciles(seed)


@pytest.mark.slow
def test_after_a_thousand_random_sequences_of_calls_a_commit_reconciles() -> None:
    for seed in range(1000, 2000):
        _reconciles(seed)
