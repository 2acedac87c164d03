"""Cases 08, 09, 20, 21, 27: the output of ifconfig as people hand it on."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from lagg_tool.cli import main
from lagg_tool.ifconfig import Family, parse
from lagg_tool.ifconfig.data import listing_data
from lagg_tool.ifconfig.summary import summary
from tests.cases import cases

PRINTED = """\
ix0: flags=8843<UP,BROADCAST,RUNNING,SIMPLEX,MULTICAST> metric 0 mtu 9000
\tdescription: to the switch, port 1
\toptions=e507bb<RXCSUM,TXCSUM,VLAN_MTU,VLAN_HWTAGGING,JUMBO_MTU,VLAN_HWCSUM,TSO4,TSO6,LRO>
\tcapabilities=f507bb<RXCSUM,TXCSUM,VLAN_MTU>
\tether 02:00:5e:00:53:01
\thwaddr 02:00:5e:00:53:02
\tmedia: Ethernet autoselect (10Gbase-Twinax <full-duplex,rxpause,txpause>)
\tstatus: active
\tsupported media:
\t\tmedia autoselect
\t\tmedia 10Gbase-Twinax mediaopt full-duplex
\tnd6 options=29<PERFORMNUD,IFDISABLED,AUTO_LINKLOCAL>
\tdrivername: ix0
\tplugged: SFP/SFP+/SFP28 10G Base-SR (LC)
\tvendor: ACME PN: SFP-1 SN: 1 DATE: 2020-01-01
\tcompliance level: SFF-8436 rev <=4.8
\tmodule temperature: 36.13 C voltage: 3.31 Volts
\tlane 1: RX power: 0.55 mW (-2.52 dBm) TX bias: 6.10 mA
lagg0: flags=8943<UP,BROADCAST,RUNNING,PROMISC,SIMPLEX,MULTICAST> metric 0 mtu 9000
\tether 02:00:5e:00:53:01
\tinet 192.0.2.10 netmask 0xffffff00 broadcast 192.0.2.255 vhid 7
\tinet6 fe80::5eff:fe00:5301%lagg0 prefixlen 64 scopeid 0x5
\tinet6 2001:db8::10 prefixlen 64
\tcarp: MASTER vhid 7 advbase 1 advskew 100
\t      peer 224.0.0.18 peer6 ff02::12
\tlaggproto lacp lagghash l2,l3
\tlagg options:
\t\tflags=14<USE_NUMA,LACP_STRICT>
\t\tflowid_shift: 16
\tlagg statistics:
\t\tactive ports: 1
\t\tflapping: 3
\tlag id: [(8000,02-00-5E-00-53-01,0A28,0000,0000),
\t\t (1000,02-00-5E-00-53-FF,0023,0000,0000)]
\tlaggport: ix0 flags=1c<ACTIVE,COLLECTING,DISTRIBUTING> state=3d<ACTIVITY,AGGREGATION,SYNC,\
COLLECTING,DISTRIBUTING>
\t\t[(8000,02-00-5E-00-53-01,0A28,8000,0005),
\t\t (1000,02-00-5E-00-53-FF,0023,8000,0021)]
\tlaggport: ix1 flags=0<> state=45<ACTIVITY,AGGREGATION,DEFAULTED>
\t\t[(8000,02-00-5E-00-53-01,0A28,8000,0006),
\t\t (FFFF,00-00-00-00-00-00,0000,FFFF,0000)]
\tgroups: lagg
\tmedia: Ethernet autoselect
\tstatus: active
vlan5: flags=8843<UP,BROADCAST,RUNNING,SIMPLEX,MULTICAST> metric 0 mtu 1500
\tgroups: vlan
\tvlan: 5 vlanproto: 802.1q vlanpcp: 0 parent interface: lagg0
\tfib: 2
bridge0: flags=8843<UP,BROADCAST,RUNNING,SIMPLEX,MULTICAST> metric 0 mtu 1500
\tid 58:9c:fc:10:ff:a0 priority 32768 hellotime 2 fwddelay 15
\tmaxage 20 holdcnt 6 proto rstp maxaddr 2000 timeout 1200
\troot id 58:9c:fc:10:ff:a0 priority 32768 ifcost 0 port 0
\tmember: tap0 flags=143<LEARNING,DISCOVER,AUTOEDGE,AUTOPTP>
\t        ifmaxaddr 0 port 6 priority 128 path cost 2000000
\tmember: lagg0 flags=143<LEARNING,DISCOVER,AUTOEDGE,AUTOPTP>
\t        ifmaxaddr 0 port 5 priority 128 path cost 2000
tap0: flags=8943<UP,BROADCAST,RUNNING,PROMISC,SIMPLEX,MULTICAST> metric 0 mtu 1500
\tgroups: tap
\tOpened by PID 4711
gif0: flags=8051<UP,POINTOPOINT,RUNNING,MULTICAST> metric 0 mtu 1280
\ttunnel inet 192.0.2.1 --> 198.51.100.1
\tinet 10.0.0.1 --> 10.0.0.2 netmask 0xffffffff
wlan0: flags=8843<UP,BROADCAST,RUNNING,SIMPLEX,MULTICAST> metric 0 mtu 1500
\tether 02:00:5e:00:53:09
\tssid "my net" channel 6 (2437 MHz 11g ht/20) bssid 02:00:5e:00:53:ee
\tregdomain ETSI country DE authmode WPA2/802.11i privacy ON deftxkey UNDEF
\tAES-CCM 2:128-bit txpower 30 bmiss 7 scanvalid 60 protmode CTS
\twme roaming MANUAL
\tparent interface: iwn0
\tgroups: wlan
"""


def facts(text: str) -> list[dict[str, Any]]:
    found = listing_data(parse(text))["interfaces"]
    return [{key: value for key, value in each.items() if key != "text"} for each in found]


def blanks(count: int) -> Callable[[str], str]:
    def copied(text: str) -> str:
        return re.sub(r"^[\t ]+", lambda tabs: " " * count * tabs[0].count("\t"), text, flags=re.M)

    return copied


def wrapped(text: str) -> str:
    """Break lines behind a blank or a comma, as mail programs do."""
    return re.sub(r"^(\t(?:options|inet6?)\b.{20,60}?[ ,])(.+)$", r"\1\n\2", text, flags=re.M)


HANDLING: dict[str, Callable[[str], str]] = {
    "8 blanks": blanks(8),
    "4 blanks": blanks(4),
    "1 blank": blanks(1),
    "no blanks": blanks(0),
    "CR LF": lambda text: text.replace("\n", "\r\n"),
    "quoted": lambda text: re.sub(r"^", "> ", text, flags=re.M),
    "quoted twice": lambda text: re.sub(r"^", ">> ", text, flags=re.M),
    "trailing blanks": lambda text: text.replace("\n", "   \n"),
    "escaped": html.escape,
    "byte order mark": lambda text: f"\ufeff{text}",
    "ports broken": lambda text: re.sub(r"(laggport: \S+) flags=", r"\1\n flags=", text),
    "half escaped": lambda text: text.replace("<", "&lt;"),
    "no-break": lambda text: text.replace(" ", "\xa0"),
    "prompt": lambda text: f"root@nas:~ # ifconfig -v\n{text}root@nas:~ #\n",
    "prompt, csh": lambda text: f"nas% ifconfig -v\n{text}nas% exit\n",
    "in front": lambda text: f"$ {text}",
    "fenced": lambda text: f"It does not work:\n\n```console\n{text}```\n\nAny ideas?\n",
    "BBCode": lambda text: f"[code]{text}[/code]",
    "saved": lambda text: f"<pre>{text}</pre>",
    "empty lines": lambda text: text.replace("\n", "\n\n"),
    "coloured": lambda text: text.replace("lagg0", "\x1b[01;31m\x1b[Klagg0\x1b[m\x1b[K"),
    "no newline": lambda text: text.removesuffix("\n"),
    "parentheses": lambda text: re.sub(r"(=[0-9a-f]+)<([^>]+)>", r"\1(\2)", text),
    "brackets only": lambda text: re.sub(r"(=[0-9a-f]+)<([^>]+)>", r"\1\2", text),
    "continued": lambda text: text.replace("\n", "\\\n"),
    "continued, blank": lambda text: text.replace("\n", " \\\n"),
    "broken": wrapped,
    "peers broken": lambda text: re.sub(
        r"(?m)^(.*\(.*,)([0-9A-F]{4},[0-9A-F]{4}.*)$", r"\1\n\2", text
    ),
    "states broken": lambda text: text.replace(" state=", " state=\n"),
    "blanks in peers": lambda text: re.sub(
        r"(?<=[0-9A-F]{2}),(?=[0-9A-F]{2}(?:-|[0-9A-F]{2}[,)]))", ", ", text
    ),
    "peers in a line": lambda text: re.sub(r"\),\n\t\t \(", "), (", text),
}


@pytest.mark.parametrize("how", HANDLING)
def test_a_text_as_people_hand_it_on_has_the_facts_of_the_printed_one(how: str) -> None:
    pasted = HANDLING[how](PRINTED)

    assert pasted != PRINTED
    assert facts(pasted) == facts(PRINTED)
    assert parse(pasted).text == pasted


_TOGETHER = sorted(set(HANDLING) - {"half escaped", "no newline"})


@given(st.lists(st.sampled_from(_TOGETHER), max_size=3, unique=True))
@settings(max_examples=60, deadline=None)
@example(["no blanks", "quoted", "CR LF"])
@example(["in front", "brackets only"])
def test_what_is_done_to_a_text_may_be_done_together(ways: list[str]) -> None:
    # What is done on screen first, then what is done to lines, then to characters.
    pasted = PRINTED
    for how in sorted(ways, key=list(HANDLING).index, reverse=True):
        pasted = HANDLING[how](pasted)

    assert facts(pasted) == facts(PRINTED)
    assert parse(pasted).text == pasted


def test_no_line_of_it_is_left_without_a_field() -> None:
    for interface in facts(PRINTED):
        assert interface["unknown"] == []
        assert interface["other"] in ({}, {"parent interface": "iwn0"})


def test_bits_without_names_are_still_what_they_are() -> None:
    eaten = re.sub(r"<[^<>\n]*,[^<>\n]*>|<>", "", PRINTED)

    listing = parse(eaten)

    assert re.findall("<[^=]", eaten) == []
    assert listing.names == parse(PRINTED).names
    for now, before in zip(listing["lagg0"].ports, parse(PRINTED)["lagg0"].ports, strict=True):
        assert (now.flags, now.state) == (before.flags, before.state)
    assert listing["lagg0"].flags == parse(PRINTED)["lagg0"].flags


def test_case_08_and_09_have_the_facts_that_tabs_have() -> None:
    assert facts(cases.text(8)) == facts(cases.text(9))
    (lagg,) = facts(cases.text(8))
    assert lagg["ether"] == "02:00:5e:00:53:01"
    assert lagg["inet"][0]["address"] == "192.0.2.10"
    assert lagg["status"] == "active"
    assert [port["name"] for port in lagg["lagg"]["ports"]] == ["ice0"]
    assert lagg["lagg"]["ports"][0]["partner"]["system"] == "02:00:5e:00:53:ff"
    assert lagg["lagg"]["active_ports"] == 1


@pytest.mark.parametrize("number", [8, 9])
def test_case_08_and_09_print_back(number: int, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    assert main(["parse", "--text", str(cases.path(number))]) == 0
    assert capfdbinary.readouterr().out == cases.path(number).read_bytes()


def test_case_20_an_address_has_its_prefix_once(capsys: pytest.CaptureFixture[str]) -> None:
    (ix0,) = facts(cases.text(20))

    assert (ix0["inet"][0]["address"], ix0["inet"][0]["prefixlen"]) == ("192.0.2.101", 24)
    assert (ix0["inet6"][0]["address"], ix0["inet6"][0]["prefixlen"]) == ("2001:db8::1", 64)
    assert main(["parse", str(cases.path(20))]) == 0
    assert "192.0.2.101/24 2001:db8::1/64\n" in capsys.readouterr().out


@given(st.ip_addresses(v=4), st.integers(0, 32))
def test_each_format_of_an_address_is_the_same_address(ip: object, length: int) -> None:
    mask = 2**32 - 2 ** (32 - length)
    dotted = ".".join(str(mask >> shift & 255) for shift in (24, 16, 8, 0))
    header = "ix0: flags=8843<UP> metric 0 mtu 1500\n"

    said = [
        facts(f"{header}\tinet {ip}{form} broadcast 192.0.2.255\n")[0]["inet"]
        for form in (f"/{length}", f" netmask 0x{mask:08x}", f" netmask {dotted}")
    ]

    assert said[0] == said[1] == said[2]
    assert (said[0][0]["address"], said[0][0]["prefixlen"]) == (str(ip), length)


def test_case_21_every_line_has_a_field() -> None:
    (ix1,) = facts(cases.text(21))

    assert ix1["carp"] == [{"state": "MASTER", "vhid": "10", "advbase": "1", "advskew": "0"}]
    assert ix1["drivername"] == "ix1"
    module = ix1["module"]
    assert module["plugged"] == "SFP/SFP+/SFP28 10G Base-SR (LC)"
    assert [module[key] for key in ("vendor", "part", "serial", "date")] == [
        *("ACME", "SFP-1", "1", "2020-01-01"),
    ]
    assert (module["temperature"], module["voltage"]) == (36.13, 3.31)
    assert (module["lanes"][0]["rx_dbm"], module["lanes"][0]["tx_mw"]) == (-2.52, 0.61)
    assert (ix1["unknown"], ix1["other"]) == ([], {})


INFINIBAND = """\
ib0: flags=8043<UP,BROADCAST,RUNNING,MULTICAST> metric 0 mtu 65520
\tlladdr 80:00:02:08:fe:80:00:00:00:00:00:00:02:00:5e:00:00:00:53:01
\tgroups: infiniband
\tmedia: InfiniBand autoselect
\tstatus: no carrier (Cable is unplugged.)
"""


def test_infiniband_has_its_address_and_the_reason_of_its_silence() -> None:
    (ib0,) = facts(INFINIBAND)

    assert ib0["lladdr"] == "80:00:02:08:fe:80:00:00:00:00:00:00:02:00:5e:00:00:00:53:01"
    assert (ib0["ether"], ib0["status"]) == (None, "no carrier")
    assert ib0["down_reason"] == "Cable is unplugged."
    assert ib0["lladdr"] in summary(parse(INFINIBAND))


def test_a_word_that_is_not_known_has_a_field_too() -> None:
    (em0,) = facts("em0: flags=8843<UP> metric 0 mtu 1500\n\tnewword: a b\n\tnewword: c\n")

    assert em0["other"] == {"newword": "a b\nc"}


def test_case_27_the_number_tells_that_a_port_is_active() -> None:
    listing = parse(cases.text(27))

    assert listing.family is None
    assert listing["lagg0"].ports[0].flags.names == ("ACTIVE", "COLLECTING", "DISTRIBUTING")
    assert {"UP", "RUNNING"} <= set(listing["lagg0"].flags.names)


LINUX = """\
eth0: flags=4163<UP,BROADCAST,RUNNING,MULTICAST>  mtu 1500
        inet 192.0.2.1  netmask 255.255.255.0  broadcast 192.0.2.255
        ether 02:00:5e:00:53:01  txqueuelen 1000  (Ethernet)
"""
OPENBSD = """\
trunk0: flags=8843<UP,BROADCAST,RUNNING,SIMPLEX,MULTICAST> mtu 1500
\tlladdr 02:00:5e:00:53:01
\ttrunk: trunkproto lacp
"""


@pytest.mark.parametrize("text", [LINUX, OPENBSD, "", "\n", "no such interface\n", "lagg0: flags"])
@pytest.mark.parametrize("as_json", [[], ["--json"]])
def test_case_27_nothing_understood_is_an_error_that_says_what_was_expected(
    text: str, as_json: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "pasted.txt"
    file.write_text(text, encoding="utf-8")

    status = main(["parse", str(file), *as_json])

    said = capsys.readouterr()
    assert (status, said.out) == (1, "")
    assert "no interface was found" in said.err
    assert "ifconfig -v" in said.err
    assert ("Linux" in said.err) == (text == LINUX)
    assert ("BSD or macOS" in said.err) == (text == OPENBSD)
    assert parse(text).family is None
    assert main(["parse", str(file), "--text"]) == 0


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("My lagg0 of em0 and em1 is up, but em1 has the flags UP and no carrier.", "description"),
        ("lagg0: up, mtu 1500, lacp\nem0: active\nem1: not active\n", "description"),
        ('cloned_interfaces="lagg0"\nifconfig_em0="up"\n', "--rc-conf"),
        ("[12] em0: link state changed to DOWN\n", "--dmesg"),
        ("2: eth0: <BROADCAST,UP> mtu 1500 qdisc noqueue state UP\n", "Linux"),
        ("\tlaggport: em0 flags=1c<ACTIVE>\n\tlaggport: em1 flags=0<>\n", "first line"),
        ("Name Mtu Network Address Ipkts\nlagg0 1500 <Link#11> 02:00:5e:00:53:01 0\n", "netstat"),
        ("Destination        Gateway   Flags  Netif\ndefault  192.0.2.1  UGS  lagg0\n", "netstat"),
    ],
)
def test_case_27_an_error_says_what_a_text_seems_to_be(
    text: str, what: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "pasted.txt"
    file.write_text(text, encoding="utf-8")

    assert main(["parse", str(file)]) == 1
    assert main(["diagnose", str(file)]) == 2

    said = capsys.readouterr()
    assert said.out == ""
    assert [what in line for line in said.err.splitlines()] == [True, True]


def test_several_outputs_in_one_paste_are_all_kept() -> None:
    paste = (
        f"# ifconfig\n{PRINTED}# ifconfig lagg0\n{PRINTED.replace('flapping: 3', 'flapping: 9')}"
    )

    listing = parse(paste)

    assert listing.names == parse(PRINTED).names * 2
    assert listing.outside == ("# ifconfig", "# ifconfig lagg0")
    assert json.dumps(listing_data(listing))


def test_what_follows_a_code_block_is_no_part_of_its_last_interface() -> None:
    text = f"```\n{PRINTED}```\nstatus: it does not work\nvendor: unknown\n"

    assert facts(text) == facts(PRINTED)
    assert parse(text).outside == ("status: it does not work", "vendor: unknown")


@pytest.mark.parametrize(
    "after",
    [
        "hw.ix.unsupported_sfp: 0\nem0@pci0:0:25:0:\tclass=0x020000\n    vendor     = 'Somebody'\n",
        "Switch#show lacp 1 neighbor\nFlags:  S - slow LACPDUs\n        F - fast LACPDUs\n",
        "interface port-channel128\n  switchport access vlan 3\n  mtu 9216\n",
        "            input          lagg0           output\n   packets  errs idrops\n",
    ],
)
def test_indented_lines_of_another_program_are_no_part_of_an_interface(after: str) -> None:
    text = f"{PRINTED.expandtabs()}\n{after}"

    listing = parse(text)

    assert listing.interfaces == parse(PRINTED).interfaces
    assert listing.outside == tuple(line.strip() for line in after.splitlines())
    assert listing.text == text


def test_a_header_that_somebody_has_cut_is_kept_as_it_is() -> None:
    cut = "em9: flags=8843<UP,BROADCAST,RUN[...]"

    assert parse(f"{cut}\n{PRINTED.expandtabs()}").outside == (cut,)


def test_messages_of_one_length_are_lines_of_their_own() -> None:
    """A terminal cuts lines at its width, so that several are as long: not these."""
    said = [
        "<5>1 2026-11-27T03:10:11.123456+01:00 nas kernel - - - em1: link state changed to DOWN"
    ]

    short = "lagg0: flags=8843<UP> metric 0 mtu 1500\n        laggproto lacp lagghash l2\n"

    assert list(parse("\n".join(said * 3) + f"\n{short}").outside) == said * 3


def test_the_dump_of_a_module_has_a_field() -> None:
    dump = (
        "\tSFF8472 DUMP (0xA0 0..127 range):\n\t03 04 07 10 00 00 00 00 00 00 00 06 67 02 00 00 \n"
    )

    (ix0,) = facts(f"ix0: flags=8843<UP> metric 0 mtu 1500\n{dump}")

    assert (len(ix0["module_dump"]), ix0["unknown"]) == (2, [])


OLD = """\
lagg0: flags=8843<UP,BROADCAST,RUNNING,SIMPLEX,MULTICAST> metric 0 mtu 1500
\tlaggproto lacp
\tlag id: [(8000,02-00-5E-00-53-01,0192,0000,0000),
\t\t (8000,02-00-5E-00-53-FF,0001,0000,0000)]
\tlaggport: em1 flags=1c<ACTIVE,COLLECTING,DISTRIBUTING> state=3D
\t\t[(8000,02-00-5E-00-53-01,0192,8000,0002),
\t\t (8000,02-00-5E-00-53-FF,0001,8000,0002)]
"""


def test_the_state_that_freebsd_7_to_10_print_is_named() -> None:
    (port,) = parse(OLD)["lagg0"].ports

    assert port.state is not None
    assert port.state.value == 0x3D
    assert "DISTRIBUTING" in port.state
    assert port.partner is not None
    assert parse(OLD).text == OLD


def test_the_blanks_of_freebsd_12_speak_for_it_after_a_paste() -> None:
    text = (
        "em0: flags=8843<UP> metric 0 mtu 1500\n\tinet 192.0.2.1 netmask 0xffffff00 \n"
        "\tinet6 fe80::1%em0 prefixlen 64 scopeid 0x8 \n\tgroups: em \n\tstatus: active\n"
    )

    for pasted in (text, text.replace("\n", "\r\n"), re.sub("^", "> ", text, flags=re.M)):
        assert parse(pasted).family is Family.FREEBSD_12
    assert parse(re.sub("$", " ", text, flags=re.M)).family is Family.FREEBSD_13_OR_EARLIER


def test_a_family_is_only_told_from_what_speaks_for_it() -> None:
    lines = "\tstatus: active\n"
    header = "em0: flags=8843<UP,BROADCAST,RUNNING,SIMPLEX,MULTICAST> metric 0 mtu 1500\n"

    assert parse(header).family is None
    assert parse(header + lines).family is Family.FREEBSD_13_OR_EARLIER
    assert parse(header + "\tgroups: em \n").family is Family.FREEBSD_12
    assert parse(header.replace(">", ",LOWER_UP>")).family is Family.FREEBSD_14_OR_15


@pytest.mark.parametrize("piece", [" ", "\t ", "> ", "(", "a,", "<", "x: ", "lagg0: flags=1 ", "0"])
def test_a_long_line_of_anything_is_read_at_once(piece: str) -> None:
    text = f"lagg0: flags=8843<UP> metric 0 mtu 1500 \n\tx{piece * 20_000}y \n"

    assert parse(text).text == text


JAIL = """\
vnet0:38: flags=8943<UP,BROADCAST,RUNNING,PROMISC,SIMPLEX,MULTICAST> metric 0 mtu 1500
\tdescription: associated with jail: files as nic: epair0b
\tether 02:00:5e:00:53:7d
"""
HANDED_ON: dict[str, Callable[[str], str]] = {
    "printed": lambda text: text,
    "no indentation": lambda text: text.replace("\t", ""),
    "blanks": lambda text: text.replace("\t", "        "),
    "quoted": lambda text: "".join(f"> {line}" for line in text.splitlines(keepends=True)),
    "CR LF": lambda text: text.replace("\n", "\r\n"),
}


def test_a_name_before_the_name_of_another_interface_is_no_part_of_it() -> None:
    listing = parse(JAIL.replace("vnet0:38", "vnet0:lagg0"))

    assert (listing.interfaces, listing.text) == ((), JAIL.replace("vnet0:38", "vnet0:lagg0"))


@pytest.mark.parametrize("how", HANDED_ON)
def test_an_interface_of_a_jail_has_a_name_with_a_colon(how: str) -> None:
    lagg = "lagg0: flags=8843<UP,RUNNING> metric 0 mtu 1500\n\tlaggproto failover\n"
    text = HANDED_ON[how](lagg + JAIL + lagg.replace("lagg0", "lagg1"))

    listing = parse(text)

    described = {each.name: each.description for each in listing.interfaces}
    assert described == {
        "lagg0": "",
        "vnet0:38": "associated with jail: files as nic: epair0b",
        "lagg1": "",
    }
    assert listing.text == text
