"""What is told of a text: of which host, of which moment, and what it does not show."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from lagg_tool.cli import main
from lagg_tool.lagg.diagnosis import Cause
from tests.cases.lagg_texts import (
    FLAGS,
    NOBODY,
    PARTNER,
    WAITS,
    WORKS,
    causes,
    found,
    healthy,
    lacp,
    plain,
    port,
)

IP = "\tinet 192.0.2.5 netmask 0xffffff00 broadcast 192.0.2.255\n"
HOSTS = ("ether 02:00:5e:00:53:01", "ether 02:00:5e:00:53:71")


def test_of_two_hosts_in_one_text_each_is_diagnosed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    broken = port("em0") + port("em1", "autoselect", "status: no carrier")
    broken += plain(lacp(("em0", WORKS, 1, PARTNER), ("em1", WAITS, 1, NOBODY), more=IP))
    works = port("em0") + port("em1") + plain(healthy(IP.replace("2.5", "2.6")))
    works = works.replace(*HOSTS)
    file = tmp_path / "pasted.txt"
    for text in (f"A:\n{broken}\nB:\n{works}", f"B:\n{works}\nA:\n{broken}"):
        file.write_text(text, encoding="utf-8")

        assert main(["diagnose", str(file), "--json"]) == 1
        told = json.loads(capsys.readouterr().out)["laggs"]
        assert {
            (each["lagg"], each["mac"]): [(one["cause"], one["where"]) for one in each["findings"]]
            for each in told
        } == {
            ("lagg0", "02:00:5e:00:53:01"): [("PORT_DOWN", "em1")],
            ("lagg0", "02:00:5e:00:53:71"): [],
        }
        assert main(["diagnose", str(file), "lagg0"]) == 1
        assert "lagg0 (02:00:5e:00:53:01)\nem1: a port has no link\n" in capsys.readouterr().out


def vlan(ip: str) -> str:
    tag = "\tvlan: 5 vlanproto: 802.1q vlanpcp: 0 parent interface: lagg0\n"
    return f"vlan5: {FLAGS}\n\t{HOSTS[0]}\n{ip}{tag}"


@pytest.mark.parametrize("address", [IP, "\tinet6 2001:db8::192.0.2.5 prefixlen 64\n"])
def test_two_hosts_are_told_by_the_addresses_of_their_vlans(
    address: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    broken = lacp(("em0", WORKS, 1, PARTNER), ("em1", WAITS, 1, NOBODY)) + vlan(address)
    works = (healthy() + vlan(address.replace("2.5", "2.6"))).replace(*HOSTS)
    file = tmp_path / "pasted.txt"
    file.write_text(f"A:\n{broken}\nB:\n{works}", encoding="utf-8")

    assert main(["diagnose", str(file), "--json"]) == 1
    told = json.loads(capsys.readouterr().out)["laggs"]
    assert [[one["cause"] for one in each["findings"]] for each in told] == [["NO_PARTNER"], []]


def test_a_card_beside_the_lagg_is_of_the_host_in_whose_output_it_is(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    one = port("em0") + port("em1") + healthy(IP)
    other = (port("em0") + healthy(IP.replace("192.0.2.", "198.51.100."))).replace(*HOSTS)
    beside = port("em2", "autoselect", IP.strip()).replace(HOSTS[0], "ether 02:00:5e:00:53:72")
    (tmp_path / "pasted.txt").write_text(f"A:\n{one}\nB:\n{other}{beside}", encoding="utf-8")

    assert main(["diagnose", str(tmp_path / "pasted.txt"), "--json"]) == 0
    assert len(json.loads(capsys.readouterr().out)["laggs"]) == 2


def test_the_bond_of_a_client_beside_it_does_not_hide_the_lagg(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    client = (
        "3: bond0: <BROADCAST,MULTICAST,MASTER,UP,LOWER_UP> mtu 1500 qdisc noqueue state UP\n"
        "    link/ether 02:00:5e:00:53:aa brd ff:ff:ff:ff:ff:ff\n"
    )
    (tmp_path / "pasted.txt").write_text(f"Client:\n{client}\nNAS:\n{FAULT}", encoding="utf-8")

    assert main(["diagnose", str(tmp_path / "pasted.txt"), "--json"]) == 1
    told = json.loads(capsys.readouterr().out)
    assert (told["lagg"], [each["cause"] for each in told["findings"]]) == ("lagg0", ["NO_PARTNER"])
    assert main(["parse", str(tmp_path / "pasted.txt"), "--json"]) == 0
    names = [each["name"] for each in json.loads(capsys.readouterr().out)["interfaces"]]
    assert names == ["em0", "em1", "lagg0"]


FAULT = port("em0") + port("em1") + lacp(("em0", WORKS, 1, PARTNER), ("em1", WAITS, 1, NOBODY))


@pytest.mark.parametrize("after", [healthy(), plain(healthy())], ids=["verbose", "plain"])
def test_of_a_fault_that_was_mended_both_states_are_told_with_their_places(
    after: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = f"No link:\n{FAULT}\nEDIT: fixed:\n{after}"
    places = [n for n, line in enumerate(text.split("\n"), 1) if line.startswith("lagg0:")]
    (tmp_path / "pasted.txt").write_text(text, encoding="utf-8")

    assert main(["diagnose", str(tmp_path / "pasted.txt")]) == 1
    told = capsys.readouterr().out
    last, _, before = told.partition("\n\n")
    assert last.startswith(f"lagg0, as it is last (line {places[1]}): nothing found")
    assert before.startswith(f"lagg0, as it was before (line {places[0]})\nem1: no partner\n")
    assert main(["diagnose", str(tmp_path / "pasted.txt"), "--json"]) == 1
    (finding,) = json.loads(capsys.readouterr().out)["findings"]
    assert (finding["cause"], finding["where"]) == ("NO_PARTNER", "em1")
    assert (finding["earlier"], finding["line"]) == (True, places[0])


def test_what_a_mail_quotes_was_before_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    quoted = "".join(f"> {line}\n" for line in FAULT.splitlines())
    text = f"It works now:\n\n{healthy()}\nOn Monday somebody wrote:\n{quoted}"
    (tmp_path / "pasted.txt").write_text(text, encoding="utf-8")

    assert main(["diagnose", str(tmp_path / "pasted.txt"), "--json"]) == 1
    (finding,) = json.loads(capsys.readouterr().out)["findings"]
    place = text.split("\n").index(
        "> " + next(each for each in FAULT.split("\n") if "lagg0:" in each)
    )
    assert (finding["cause"], finding["earlier"], finding["line"]) == (
        "NO_PARTNER",
        True,
        place + 1,
    )


def test_what_came_after_a_healthy_state_is_no_earlier_finding(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "pasted.txt").write_text(f"{healthy()}\nNow:\n{FAULT}", encoding="utf-8")

    assert main(["diagnose", str(tmp_path / "pasted.txt"), "--json"]) == 1
    (finding,) = json.loads(capsys.readouterr().out)["findings"]
    assert (finding["cause"], finding["earlier"]) == ("NO_PARTNER", False)


def test_what_is_said_of_less_of_the_same_state_is_no_earlier_finding(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    expired = ("0<>", "85<ACTIVITY,AGGREGATION,EXPIRED>")
    verbose = lacp(("em0", WORKS, 1, PARTNER), ("em1", expired, 1, PARTNER))
    text = f"{plain(verbose)}\nifconfig -v:\n{verbose}\nifconfig em0; ifconfig em1\n{port('em0')}"
    (tmp_path / "pasted.txt").write_text(text + port("em1"), encoding="utf-8")

    assert main(["diagnose", str(tmp_path / "pasted.txt"), "--json"]) == 1
    found = json.loads(capsys.readouterr().out)["findings"]
    assert [(each["cause"], each["earlier"]) for each in found] == [("TIMEOUTS", False)]


@pytest.mark.parametrize("before", ["", IP], ids=["it got an address then", "the same address"])
def test_a_lagg_that_got_another_mac_address_is_that_of_the_same_host(
    before: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "pasted.txt"
    file.write_text(healthy(before) + healthy(IP).replace(*HOSTS), encoding="utf-8")

    assert main(["diagnose", str(file), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["lagg"] == "lagg0"


@pytest.mark.parametrize(
    "other",
    [
        healthy(IP.replace("2.5", "2.6")).replace(HOSTS[0], "ether xx:xx:xx:xx:xx:xx"),
        f"lagg0: {FLAGS}\n\t{HOSTS[1]}\n{IP.replace('2.5', '2.6')}",
    ],
    ids=["its MAC address is masked", "it shows no ports"],
)
def test_what_cannot_be_told_from_the_host_before_is_taken_for_it(
    other: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "pasted.txt"
    file.write_text(healthy(IP) + other, encoding="utf-8")

    assert main(["diagnose", str(file), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["lagg"] == "lagg0"


def test_several_outputs_in_one_paste_are_one_host_the_last_moment_counts() -> None:
    before = (
        port("em0")
        + port("em1")
        + lacp(("em0", WAITS, 0x16B, NOBODY), ("em1", WAITS, 0x16B, NOBODY))
    )
    after = healthy()

    assert [cause for cause, _ in causes(before)] == [Cause.NO_PARTNER] * 2
    assert found(f"$ ifconfig -v\n{before}$ ifconfig -v lagg0\n{after}") == []
    # What says less is no later state.
    assert found(f"{port('em0')}{port('em1')}{after}{plain(after)}") == []


@pytest.mark.parametrize(
    ("text", "options", "unseen"),
    [
        (healthy(), ["--rc-conf"], ["em0, em1 (ifconfig -a)", "--dmesg", "--capture"]),
        (port("em0") + port("em1") + healthy(), [], ["--dmesg", "--capture", "--rc-conf"]),
        (
            plain(port("em0") + port("em1") + healthy()),
            ["--dmesg", "--rc-conf"],
            ["(ifconfig -v)", "--capture"],
        ),
        (
            port("em0") + port("em1") + healthy() + "em1: promiscuous mode enabled\n",
            ["--rc-conf"],
            ["--capture"],
        ),
    ],
)
def test_what_is_healthy_is_said_with_what_could_not_be_seen(
    text: str,
    options: list[str],
    unseen: list[str],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (tmp_path / "pasted.txt").write_text(text, encoding="utf-8")
    more = {
        "--dmesg": "em0: link state changed to UP\n",
        "--rc-conf": 'cloned_interfaces="lagg0"\nifconfig_em0="up"\nifconfig_em1="up"\n'
        'ifconfig_lagg0="laggproto lacp laggport em0 laggport em1"\n',
    }
    for option in options:
        (tmp_path / option).write_text(more[option], encoding="utf-8")
    words = [word for option in options for word in (option, str(tmp_path / option))]

    status = main(["diagnose", str(tmp_path / "pasted.txt"), *words])

    first, *lines = capsys.readouterr().out.splitlines()
    assert (status, first) == (
        0,
        "lagg0: nothing found that keeps it from carrying traffic; 2 of 2 ports active",
    )
    assert len(lines) == len(unseen)
    assert all(what in line for what, line in zip(unseen, lines, strict=True))


def test_only_the_port_in_use_is_counted(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = (
        "lagg0: flags=8843<UP,BROADCAST,RUNNING,SIMPLEX,MULTICAST> metric 0 mtu 1500\n"
        "\tlaggproto failover lagghash l2,l3,l4\n"
        "\tlaggport: em0 flags=5<MASTER,ACTIVE>\n\tlaggport: em1 flags=0<>\n"
        "\tstatus: active\n"
    )
    (tmp_path / "pasted.txt").write_text(text, encoding="utf-8")

    assert main(["diagnose", str(tmp_path / "pasted.txt")]) == 0
    assert "lagg0: nothing found that keeps it from carrying traffic; 1 of 2 ports active\n" in (
        capsys.readouterr().out
    )
