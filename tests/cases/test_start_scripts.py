"""/etc/start_if.IF: rc.d/netif runs it before the interface, and this tool does not follow it."""

from __future__ import annotations

import pytest

from lagg_tool.nas.freebsd.diagnosis import diagnose_lagg
from lagg_tool.nas.freebsd.plan import make_plan
from lagg_tool.nas.rendering import plan_text
from tests.cases.test_next_boot import FULL, host, reboot, spec
from tests.support.commit_rig import CommitRig

MAC = "02:00:5e:00:53:77"


def with_script(interface: str, text: str, rc_conf: str = FULL) -> CommitRig:
    made = host(rc_conf, boot=False)
    made.nas.run(f"cat > /etc/start_if.{interface}", text.encode())
    reboot(made)
    return made


def test_the_boot_runs_it_before_what_rc_conf_says() -> None:
    made = with_script("vtnet1", f"# as of old\nifconfig vtnet1 ether {MAC}\n")

    assert f"ether {MAC}" in made.nas.run("ifconfig lagg0").stdout.decode()


def test_a_stop_runs_the_one_for_the_end() -> None:
    made = host(FULL)
    made.nas.run("cat > /etc/stop_if.lagg0", b"touch /tmp/stopped\n")

    made.nas.run("service netif stop lagg0")

    assert made.nas.run("test -e /tmp/stopped").status == 0


@pytest.mark.parametrize("interface", ["lagg0", "vtnet2", "lagg0.5"])
def test_a_plan_names_it(interface: str) -> None:
    made = with_script(interface, "ifconfig vtnet1 metric 1\n")

    plan = make_plan(spec(vlan=[{"tag": 5}]), made.state())

    assert (
        f"/etc/start_if.{interface} is run at boot before what rc.conf says of {interface};"
        " this tool does not follow it, and what it makes of the next boot is not known"
    ) in plan.notes


@pytest.mark.parametrize(("interface", "text"), [("em0", "true\n"), ("lagg0", "# nothing\n\n")])
def test_one_of_others_or_without_a_command_is_not_spoken_of(interface: str, text: str) -> None:
    made = with_script(interface, text)

    assert plan_text(make_plan(spec(), made.state())) == "lagg0: nothing to do\n"


def test_a_diagnosis_of_the_next_boot_is_certain_with_it() -> None:
    made = with_script("vtnet2", "ifconfig vtnet2 up\n", FULL.replace('ifconfig_vtnet2="up"\n', ""))

    (found,) = diagnose_lagg(made.runner, "lagg0", 0)

    assert found.where == "vtnet2"
    assert found.certain_with.endswith("; what /etc/start_if.vtnet2 does at boot")
