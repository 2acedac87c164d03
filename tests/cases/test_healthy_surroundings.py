"""What people paste beside a LAGG that works: none of it is a fault."""

from __future__ import annotations

from pathlib import Path

import pytest

from lagg_tool.cli import main
from tests.cases.lagg_texts import FAILOVER, healthy
from tests.cases.test_switch_side import IP, PORTS, STATIC, vlan

LACP = f"{PORTS}{healthy(IP)}\n"
TURNS = f"{PORTS}{STATIC}\n".replace("loadbalance", "roundrobin")
TAGGED = f"{PORTS}{healthy()}{vlan(5)}\n"
LARGE = LACP.replace("mtu 1500", "mtu 9000")
FILTERS = TAGGED.replace("\tether", "\toptions=10000<VLAN_HWFILTER>\n\tether")
LOOKED = "em0: promiscuous mode enabled\nem0: promiscuous mode disabled\n"
ACCESS = "interface Gi1/0/{0}\n switchport mode access\n switchport access vlan 5\n!\n"
GROUP = "interface Gi1/0/{0}\n channel-group {1} mode active\n!\n"
NATIVE = " switchport mode trunk\n switchport trunk native vlan {0}\n"
BOOT = "---<<BOOT>>---\nem0: link state changed to DOWN\nem0: link state changed to UP\n"
MOVED = "arp: 192.0.2.9 moved from 02:00:5e:00:53:a1 to 02:00:5e:00:53:a2 on lagg0\n"
MANUAL = (
    'ifconfig_fxp0="up"\nifconfig_fxp1="up"\ncloned_interfaces="lagg0"\n'
    'ifconfig_lagg0="laggproto lacp laggport fxp0 laggport fxp1 192.0.2.5/24"\n'
)
PART = (
    'cloned_interfaces="lagg0"\nifconfig_lagg0_alias0="inet 192.0.2.6/32"\n'
    'ifconfig_lagg0="laggproto lacp laggport em0 laggport em1 192.0.2.5/24"\n'
)


@pytest.mark.parametrize(
    "text",
    [
        # How traffic is shared: as it was chosen, or by default.
        LACP.replace("l2,l3,l4", "l2"),
        f"{LACP}port-channel load-balance src-mac\n",
        f"{LACP}/interface bonding set 0 mode=802.3ad transmit-hash-policy=layer-2\n",
        f"{LACP}[  5]   0.00-10.00  sec  1.09 GBytes   941 Mbits/sec    0   sender\n",
        f"{LACP}The new model reaches 850 Mbits/sec for each client.\n",
        f"{TURNS}0 data packets (0 bytes) retransmitted\n12 out-of-order packets (3456 bytes)\n",
        f"{TURNS}The manual says that packets may arrive out of order. No retransmits here.\n",
        f"{LACP}{MOVED * 9}",  # a laptop that is docked
        f"{FILTERS}{LOOKED}",
        # Groups and ports of others.
        f"{FAILOVER}\nOn the old NAS we had lacp active\n",
        f"{FAILOVER}\n{ACCESS.format(1)}{ACCESS.format(2)}{GROUP.format(23, 1)}",
        f"{FAILOVER}\n{GROUP.format(1, 1)}{GROUP.format(23, 2)}",
        f"{FAILOVER}\n{ACCESS.format(1)}{ACCESS.format(2)}1  Po1(SD)  LACP  Gi1/0/23(s)\n",
        f"{FAILOVER}\n1  Po1(SU)  LACP  Gi1/0/23(P)  Gi1/0/24(P)\n",
        f"{FAILOVER}\nThe LAG of the backup server has the mode: LACP there.\n",
        f"{PORTS}{STATIC}\nBehind it is an unmanaged switch for the TV.\n",
        # VLANs of others.
        f"{TAGGED}The access points have native VLAN 5, the NAS gets it tagged.\n",
        f"{TAGGED}interface Po1\n switchport mode trunk\n!\ninterface Gi1/0/9\n{NATIVE.format(5)}",
        f"{TAGGED}{ACCESS.format(9)}",
        f"{TAGGED}interface Po7\n{NATIVE.format(5)}!\ninterface Po1\n switchport mode trunk\n",
        f"{TAGGED}add bridge=br interface=bond1\nadd bridge=br interface=ether5 pvid=5\n",
        f"{LACP}vlan 20\n   tagged Trk1\n",  # and VLAN 1 as it came
        # MTU of others.
        f"{LARGE}Clients of the internet have an MTU 1500 bytes, of course.\n",
        # rc.conf of others, or a part.
        f"{LACP}The Handbook has:\n{MANUAL}",
        f"{LACP}{PART}",
        # A log of a year.
        f"{LACP}{BOOT * 9}",
    ],
)
def test_what_stands_beside_a_lagg_that_works_is_no_fault(
    text: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "pasted.txt").write_text(text, encoding="utf-8")

    assert main(["diagnose", str(tmp_path / "pasted.txt")]) == 0
    assert capsys.readouterr().out.startswith("lagg0: nothing found")


def test_a_hash_of_mac_addresses_alone_is_a_remark(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for text, said in ((LACP.replace("l2,l3,l4", "l2"), 1), (LACP, 0)):
        (tmp_path / "pasted.txt").write_text(text, encoding="utf-8")

        assert main(["diagnose", str(tmp_path / "pasted.txt")]) == 0
        assert capsys.readouterr().out.count("not seen: how lagghash l2 shares") == said
