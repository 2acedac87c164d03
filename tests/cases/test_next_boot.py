"""Cases 01 to 06 and 24: what the next boot makes of the rc.conf that is there."""

from __future__ import annotations

import re
from typing import Any

import pytest

from lagg_tool.lagg import LaggSpec, spec_from_data
from lagg_tool.nas.freebsd.boot import next_boot
from lagg_tool.nas.freebsd.diagnosis import diagnose_lagg
from lagg_tool.nas.freebsd.plan import Plan, make_plan, removal_plan
from lagg_tool.nas.rendering import plan_data, plan_text
from tests.support.commit_rig import CommitRig

SPEC: dict[str, Any] = {
    "name": "lagg0",
    "protocol": "failover",
    "ports": ["vtnet1", "vtnet2"],
    "addresses": ["192.0.2.10/24"],
}
PORTS = 'ifconfig_vtnet1="up"\nifconfig_vtnet2="up"\n'
CLONE = 'cloned_interfaces="lagg0"\n'
LINE = "laggproto failover laggport vtnet1 laggport vtnet2"
FULL = f'{PORTS}{CLONE}ifconfig_lagg0="{LINE} 192.0.2.10/24"\n'
RELEASES = ["freebsd-13.2", "freebsd-15"]


def spec(**changed: Any) -> LaggSpec:
    return spec_from_data(SPEC | changed)


def host(rc_conf: str, release: str = "freebsd-13.2", *, boot: bool = True) -> CommitRig:
    """Return a NAS whose rc.conf has these lines, after a reboot or before it."""
    made = CommitRig(release)
    made.nas.run("cat >> /etc/rc.conf", rc_conf.encode())
    if boot:
        reboot(made)
    return made


def reboot(made: CommitRig) -> None:
    made.nas.reboot()
    made.clock.sleep(100)


def rc_lines(plan: Plan) -> dict[str, str | None]:
    return {each.variable: each.after for each in plan.rc}


FORMS = {
    "01 ipv4_addrs": f'{PORTS}{CLONE}ifconfig_lagg0="{LINE}"\nipv4_addrs_lagg0="192.0.2.99/24"\n',
    "01 a range": f'{FULL}ipv4_addrs_lagg0="192.0.2.98-99/32"\n',
    "01 _aliases": f'{FULL}ifconfig_lagg0_aliases="inet 192.0.2.99/24"\n',
    "01 _aliasN": f'{FULL}ifconfig_lagg0_alias7="192.0.2.99/32"\n',
    "01 _ipv6 in _aliases": f'{FULL}ifconfig_lagg0_ipv6="inet6 2001:db8::1/64"\n'
    'ifconfig_lagg0_aliases="inet6 2001:db8::2/64"\n',
    "01 _descr": f'{FULL}ifconfig_lagg0_descr="not wanted"\n',
    "03 create_args": f"{PORTS}{CLONE}"
    'ifconfig_vtnet3="up"\nifconfig_vtnet4="up"\n'
    'create_args_lagg0="laggproto lacp laggport vtnet3 laggport vtnet4"\n'
    'ifconfig_lagg0="192.0.2.10/24"\n',
    "03 create_args and the line": f"{FULL}"
    'ifconfig_vtnet3="up"\ncreate_args_lagg0="laggproto failover laggport vtnet3"\n',
    "04 mtu of the ports": 'ifconfig_vtnet1="up mtu 9000"\nifconfig_vtnet2="up mtu 9000"\n'
    f'{CLONE}ifconfig_lagg0="{LINE} 192.0.2.10/24"\n',
    "05 inet in the middle": f"{PORTS}{CLONE}"
    f'ifconfig_lagg0="{LINE} inet 192.0.2.10 netmask 255.255.255.0"\n',
    "05 inet6 in the middle": f'{PORTS}{CLONE}ifconfig_lagg0="{LINE} inet6 2001:db8::1/64"\n',
    "05 a mask of another length": f'{PORTS}{CLONE}ifconfig_lagg0="{LINE} 192.0.2.10/16"\n',
}


@pytest.mark.parametrize("release", RELEASES)
@pytest.mark.parametrize("form", FORMS)
def test_what_is_applied_is_there_after_the_next_boot(form: str, release: str) -> None:
    made = host(FORMS[form], release)
    plan = make_plan(spec(), made.state())
    assert plan.rc, plan_text(plan)
    assert plan.boot

    made.apply(spec())
    applied = plan_text(make_plan(spec(), made.state()))
    reboot(made)

    assert applied == "lagg0: nothing to do\n"
    assert plan_text(make_plan(spec(), made.state())) == "lagg0: nothing to do\n"
    shown = made.nas.run("ifconfig lagg0").stdout.decode()
    assert "\tinet 192.0.2.10 netmask 0xffffff00" in shown
    assert shown.count("\tinet ") == 1
    assert "mtu 1500" in shown
    assert shown.count("laggport:") == 2


@pytest.mark.parametrize("release", RELEASES)
def test_what_a_line_says_beside_that_of_the_file_outlives_its_change(release: str) -> None:
    made = host(
        f'{PORTS}{CLONE}ifconfig_lagg0="{LINE} 192.0.2.10/24 -wol"\n'
        'ifconfig_lagg0_ipv6="inet6 2001:db8::10/64 no_radr"\n',
        release,
    )
    wanted = spec(addresses=["192.0.2.11/24", "2001:db8::11/64"])

    changed = rc_lines(make_plan(wanted, made.state()))
    made.apply(wanted)
    reboot(made)

    assert changed == {
        "ifconfig_lagg0": f"{LINE} 192.0.2.11/24 -wol",
        "ifconfig_lagg0_ipv6": "inet6 2001:db8::11/64 no_radr",
    }
    assert make_plan(wanted, made.state()).empty
    assert "NO_RADR" in made.nas.run("ifconfig lagg0").stdout.decode()


@pytest.mark.parametrize("release", RELEASES)
def test_a_new_lagg_has_ipv6_at_once_where_every_interface_has_it_after_a_boot(
    release: str,
) -> None:
    """As of the images of FreeBSD for clouds (ipv6_activate_all_interfaces)."""
    made = host('ifconfig_DEFAULT="DHCP"\nipv6_activate_all_interfaces="YES"\n', release)

    made.apply(spec(addresses=[], dhcp=True))
    applied = made.nas.run("ifconfig lagg0").stdout
    reboot(made)
    booted = made.nas.run("ifconfig lagg0").stdout

    for shown in (applied, booted):
        assert b"inet6 fe80::" in shown
        assert b"IFDISABLED" not in shown


@pytest.mark.parametrize("release", RELEASES)
def test_a_port_that_is_not_there_keeps_no_other_out(release: str) -> None:
    """Ifconfig complains of it and goes on (setlaggport in iflagg.c)."""
    line = f'ifconfig_lagg0="laggport nosuch0 {LINE} 192.0.2.10/24"\n'
    made = host(f"{PORTS}{CLONE}{line}", release)

    before = plan_text(make_plan(spec(), made.state()))
    reboot(made)

    assert before == plan_text(make_plan(spec(), made.state())) == "lagg0: nothing to do\n"
    assert made.nas.run("ifconfig lagg0").stdout.decode().count("laggport:") == 2


@pytest.mark.parametrize(
    "rc_conf",
    [
        f'{PORTS}{CLONE}ifconfig_lagg0="syncdhcp {LINE}"\n',
        'ifconfig_vtnet1="SYNCDHCP"\nifconfig_vtnet2="up"\n',
    ],
    ids=["of the LAGG", "of a port"],
)
def test_who_waits_for_a_lease_at_boot_waits_for_it_still(rc_conf: str) -> None:
    wanted = spec(dhcp=True, addresses=[], mtu=9000)

    plan = make_plan(wanted, host(rc_conf, boot=False).state())

    assert rc_lines(plan)["ifconfig_lagg0"] == f"{LINE} mtu 9000 SYNCDHCP"


def test_mtu_that_the_first_port_resets_is_written_behind_it() -> None:
    made = host(
        f'{PORTS}{CLONE}ifconfig_lagg0="mtu 9000 {LINE} 192.0.2.10/24"\n',
    )

    made.apply(spec(mtu=9000))
    reboot(made)

    assert make_plan(spec(mtu=9000), made.state()).empty
    assert "mtu 9000" in made.nas.run("ifconfig lagg0").stdout.decode()


SAME = {
    "media of a port": FULL.replace('_vtnet1="up"', '_vtnet1="up media autoselect"'),
    "a list without lo0": f'{FULL}network_interfaces="vtnet0 vtnet1 vtnet2"\n',
    "inet first": f'{PORTS}{CLONE}ifconfig_lagg0="inet 192.0.2.10 netmask 0xffffff00 {LINE}"\n',
    "ipv4_addrs": f'{PORTS}{CLONE}ifconfig_lagg0="{LINE}"\nipv4_addrs_lagg0="192.0.2.10/24"\n',
    "_aliases": f'{PORTS}{CLONE}ifconfig_lagg0="{LINE}"\n'
    'ifconfig_lagg0_aliases="inet 192.0.2.10/24"\n',
    "create_args": f'{PORTS}{CLONE}create_args_lagg0="{LINE}"\nifconfig_lagg0="192.0.2.10/24"\n',
    "24 sticky": FULL.replace('"lagg0"', '"lagg0:sticky"'),
    "24 nosticky": FULL.replace('"lagg0"', '"lagg0:nosticky"'),
    "create before it": FULL.replace('="laggproto', '="create laggproto'),
    "an explicit list": f'{FULL}network_interfaces="lo0 vtnet0 vtnet1 vtnet2"\n',
    "a default that says nothing more": f'{FULL}ifconfig_DEFAULT="up"\n',
}


@pytest.mark.parametrize("form", SAME)
def test_other_words_for_the_same_need_no_change(form: str) -> None:
    made = host(SAME[form])

    plan = make_plan(spec(), made.state())

    assert plan_text(plan) == "lagg0: nothing to do\n"


BARE = f'{CLONE}ifconfig_lagg0="{LINE} 192.0.2.10/24"\n'


@pytest.mark.parametrize(
    ("rc_conf", "release"),
    [
        (BARE, "freebsd-15"),
        (f'{BARE}ifconfig_DEFAULT="up"\n', "freebsd-13.2"),
        (f'{BARE}ifconfig_DEFAULT="up"\n', "freebsd-15"),
    ],
    ids=["FreeBSD 15 brings them up", "a default does", "both do"],
)
def test_ports_that_come_up_at_boot_need_no_line_of_their_own(rc_conf: str, release: str) -> None:
    made = host(rc_conf, release)

    assert plan_text(make_plan(spec(), made.state())) == "lagg0: nothing to do\n"
    assert diagnose_lagg(made.runner, "lagg0", 0) == ()


def test_lines_of_old_releases_that_may_stay_do() -> None:
    made = host(
        f'{FULL}ipv6_enable="YES"\nipv6_ifconfig_lagg0="2001:db8::5 prefixlen 64"\n'
        'ipv6_ifconfig_lagg0_alias0="2001:db8::6 prefixlen 64"\n'
    )
    wanted = spec(ipv6_auto=True, addresses=["192.0.2.10/24", "2001:db8::5/64"])

    assert rc_lines(make_plan(wanted, made.state())) == {"ipv6_ifconfig_lagg0_alias0": None}


@pytest.mark.parametrize("rc_conf", ["", BARE], ids=["no LAGG yet", "a LAGG"])
@pytest.mark.parametrize("default", ["DHCP", "SYNCDHCP inet6 accept_rtadv"])
def test_ports_get_lines_of_their_own_where_a_default_gives_addresses(
    rc_conf: str, default: str
) -> None:
    made = host(f'{rc_conf}ifconfig_DEFAULT="{default}"\n', "freebsd-15")

    plan = make_plan(spec(), made.state())

    assert plan.findings == ()
    written = rc_lines(plan)
    assert (written["ifconfig_vtnet1"], written["ifconfig_vtnet2"]) == ("up", "up")
    assert "ifconfig_DEFAULT" not in written


@pytest.mark.parametrize(
    "entry", ["lagg0:sticky", "lagg0:nosticky", "lagg0", "lagg0 lagg0:sticky lagg0"]
)
def test_the_removal_takes_the_whole_entry(entry: str) -> None:
    made = host(FULL.replace('"lagg0"', f'"lagg1 {entry} bridge0"'))

    plan = removal_plan("lagg0", made.state())

    assert rc_lines(plan)["cloned_interfaces"] == "lagg1 bridge0"


OF_A_PORT = {
    "without inet": 'ifconfig_vtnet1="192.0.2.77 netmask 255.255.255.0"\n',
    "inet": 'ifconfig_vtnet1="inet 192.0.2.77/24"\n',
    "ipv4_addrs": 'ifconfig_vtnet1="up"\nipv4_addrs_vtnet1="192.0.2.77/24"\n',
    "_alias0": 'ifconfig_vtnet1="up"\nifconfig_vtnet1_alias0="inet 192.0.2.77/24"\n',
    "_aliases": 'ifconfig_vtnet1="up"\nifconfig_vtnet1_aliases="inet 192.0.2.77/24"\n',
    "accept_rtadv": 'ifconfig_vtnet1="up"\nifconfig_vtnet1_ipv6="inet6 accept_rtadv"\n',
    "_ipv6": 'ifconfig_vtnet1="up"\nifconfig_vtnet1_ipv6="inet6 2001:db8::7/64"\n',
    "DHCP": 'ifconfig_vtnet1="DHCP"\n',
    "SYNCDHCP": 'ifconfig_vtnet1="SYNCDHCP"\n',
    "CARP": 'ifconfig_vtnet1="up"\n'
    'ifconfig_vtnet1_alias0="inet vhid 1 pass secret 192.0.2.77/32"\n',
}


@pytest.mark.parametrize("form", OF_A_PORT)
def test_an_address_that_the_boot_gives_a_port_is_a_reason_against_it(form: str) -> None:
    made = host(OF_A_PORT[form], boot=False)

    plan = make_plan(spec(), made.state())

    (found,) = plan.findings
    assert found.startswith("port vtnet1: rc.conf gives it addresses (")
    assert found.endswith(" first")


def test_ports_that_are_down_are_brought_up() -> None:
    made = host(FULL)
    made.nas.run("ifconfig vtnet1 down; ifconfig vtnet2 down")

    plan = make_plan(spec(), made.state())
    made.apply(spec())

    assert [step.command.text for step in plan.steps] == [
        "ifconfig vtnet1 up",
        "ifconfig vtnet2 up",
    ]
    assert [step.command.text for step in plan.inverse] == [
        "ifconfig vtnet1 down",
        "ifconfig vtnet2 down",
    ]
    assert "status: active" in made.nas.run("ifconfig lagg0").stdout.decode()
    assert make_plan(spec(), made.state()).empty


def test_an_explicit_list_that_leaves_the_ports_out_is_a_finding() -> None:
    made = host(f'{FULL}network_interfaces="lo0 vtnet0"\n')
    made.nas.run("ifconfig vtnet1 up; ifconfig vtnet2 up")

    plan = make_plan(spec(), made.state())

    assert not plan.empty
    assert not plan.steps
    assert plan.findings == tuple(
        f"after the next boot, port {port} is down, and is to be up:"
        f' network_interfaces="lo0 vtnet0" leaves {port} out; add it there, or write AUTO'
        for port in ("vtnet1", "vtnet2")
    )


def test_each_difference_says_whether_it_is_now_or_after_the_next_boot() -> None:
    made = host(FULL)
    made.nas.run("ifconfig lagg0 mtu 9000; sysrc ifconfig_lagg0_descr=new")

    plan = make_plan(spec(), made.state())

    text = plan_text(plan)
    assert text.index("now:\n  ~ mtu: 9000 -> 1500\n") < text.index(
        "after the next boot, as rc.conf is:\n  ~ description: new -> (none)\n"
    )
    assert plan_data(plan)["next_boot"] == [{"field": "description", "boot": "new", "wanted": ""}]


def test_a_word_that_is_not_understood_is_named_and_not_replaced() -> None:
    made = host(f'{PORTS}{CLONE}ifconfig_lagg0="{LINE} 192.0.2.10/24 fib 1"\n', boot=False)

    plan = make_plan(spec(mtu=9000), made.state())

    assert any(
        each.startswith("rc.conf: ifconfig_lagg0: this tool does not understand 'fib'")
        for each in plan.findings
    ), plan.findings


def test_a_variable_with_a_slip_in_its_name_is_named_with_the_right_one() -> None:
    made = host(f'{FULL}ifconfig_lagg0_description="to the switch"\n', boot=False)

    notes = make_plan(spec(), made.state()).notes

    assert notes == (
        (
            "rc.conf: ifconfig_lagg0_description: rc knows no such variable; it is"
            " ifconfig_lagg0_descr"
        ),
    )


def test_an_empty_alias_ends_the_numbered_ones() -> None:
    """The loop of ifalias_af_common() breaks there (network.subr)."""
    aliases = 'ifconfig_lagg0_alias1=""\nifconfig_lagg0_alias2="inet 192.0.2.99/32"\n'
    others = 'ipv4_addrs_lagg0="192.0.2.12/32"\n'
    made = host(f'{FULL}ifconfig_lagg0_alias0="inet 192.0.2.11/32"\n{aliases}{others}', boot=False)

    boot = next_boot(made.state()).interfaces["lagg0"]
    reboot(made)

    shown = made.nas.run("ifconfig lagg0").stdout.decode()
    addresses = ["192.0.2.10/24", "192.0.2.11/32", "192.0.2.12/32"]
    assert [str(each) for each in boot.addresses] == addresses
    assert re.findall(r"inet (\S+)", shown) == [each.partition("/")[0] for each in addresses]


DEFAULT = 'ifconfig_DEFAULT="SYNCDHCP accept_rtadv"\n'
ADVERTISED = {
    "of images for clouds": (f"{FULL}{DEFAULT}", True),
    "in the line itself, where ifconfig refuses it": (
        FULL.replace('/24"', '/24 accept_rtadv"'),
        False,
    ),
    "of old releases": (f'{FULL}ipv6_enable="YES"\n', True),  # rcvars_obsolete of rc.d/netif
    "of old releases, and no longer": (
        f'{FULL}ipv6_enable="NO"\nipv6_activate_all_interfaces="YES"\n',
        False,
    ),
    "of old releases, with an address": (
        f'{FULL}ipv6_enable="YES"\nifconfig_lagg0_ipv6="inet6 2001:db8::1/64"\n',
        True,
    ),
    "of a router": (
        f'{FULL}ipv6_gateway_enable="YES"\nifconfig_lagg0_ipv6="inet6 2001:db8::1/64"\n',
        False,
    ),
}


@pytest.mark.parametrize("form", ADVERTISED)
def test_who_accepts_router_advertisements_is_what_rc_makes(form: str) -> None:
    """ipv6_autoconfif() in network.subr."""
    rc_conf, expected = ADVERTISED[form]
    made = host(rc_conf, boot=False)

    said = next_boot(made.state()).interfaces["lagg0"].ipv6_auto
    reboot(made)

    nd6 = made.state().interfaces["lagg0"].nd6
    assert said == expected == ("ACCEPT_RTADV" in nd6 and "IFDISABLED" not in nd6)


@pytest.mark.parametrize("release", RELEASES)
def test_what_a_default_would_say_of_a_lagg_an_empty_value_takes_back(release: str) -> None:
    """``${ifconfig_IF_ipv6-$ifconfig_DEFAULT}`` (get_if_var in network.subr)."""
    made = host(DEFAULT, release)
    before = made.said()

    outcome = made.apply(spec())
    reboot(made)

    plan = make_plan(spec(), made.state())
    assert plan_text(plan) == "lagg0: nothing to do\n"
    assert '\nifconfig_lagg0_ipv6=""\n' in made.said()[1].decode()
    assert "ACCEPT_RTADV" not in made.state().interfaces["lagg0"].nd6
    made.changes().rollback(outcome.token)
    made.clock.sleep(5)
    assert made.said()[1] == before[1]


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        (
            'ipv6_enable="YES"\nifconfig_lagg0_ipv6="inet6 2001:db8::1/64"\n',
            "after the next boot, ipv6_auto is yes, and is to be (none): ipv6_enable says so",
        ),
    ],
)
def test_a_plan_without_a_command_says_what_is_against_it(more: str, reason: str) -> None:
    made = host(FULL + more)
    made.nas.run("ifconfig lagg0 inet6 -accept_rtadv")
    addresses = ["192.0.2.10/24", "2001:db8::1/64"] if "2001" in more else ["192.0.2.10/24"]

    plan = make_plan(spec(addresses=addresses), made.state())

    assert not plan.empty
    assert not plan.steps
    assert plan.findings[0].startswith(reason)


def test_ports_that_listen_as_all_interfaces_do_are_no_reason_against_a_change() -> None:
    made = host(f'{FULL}ipv6_enable="YES"\nifconfig_lagg0_ipv6="inet6 2001:db8::1/64"\n')
    wanted = spec(addresses=["192.0.2.10/24", "2001:db8::1/64"], ipv6_auto=True, mtu=9000)

    assert not make_plan(wanted, made.state()).findings
    assert not diagnose_lagg(made.runner, "lagg0", 0)


def test_media_of_a_lagg_are_no_word_that_may_be_left_aside() -> None:
    made = host(FULL.replace('/24"', '/24 mediaopt full-duplex"'), boot=False)

    said = next_boot(made.state()).interfaces["lagg0"].addresses
    reboot(made)

    assert said == []
    assert "inet " not in made.nas.run("ifconfig lagg0").stdout.decode()
    assert "does not understand 'mediaopt'" in make_plan(spec(), made.state()).findings[0]


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        ("media 1000baseTX mediaopt full-duplex", "1000baseT <full-duplex>"),
        ("media 100baseTX", "100baseTX"),
        ("media auto", "autoselect (1000baseT <full-duplex>)"),
        ("media 10Gbase-T", "autoselect (1000baseT <full-duplex>)"),  # which the card has not
        ("media 2500Base-T", "autoselect (1000baseT <full-duplex>)"),
        ("mediaopt flow", "autoselect (1000baseT <full-duplex>)"),
    ],
)
def test_media_in_the_line_of_a_port_are_set_behind_its_other_words(words: str, shown: str) -> None:
    """ifmedia.c registers a callback."""
    made = host(f'ifconfig_em0="up {words} mtu 1600"\n')

    assert f"media: Ethernet {shown}\n" in made.nas.run("ifconfig em0").stdout.decode()


def test_a_mac_address_that_the_edit_takes_away_is_named() -> None:
    made = host(FULL.replace('lagg0="laggproto', 'lagg0="ether 02:00:5e:00:53:01 laggproto'))

    plan = make_plan(spec(), made.state())

    assert plan.notes == (
        (
            "rc.conf: the next boot gave lagg0 the MAC address 02:00:5e:00:53:01, and will give it"
            ' that of vtnet1; to keep it, write mac = "02:00:5e:00:53:01" in the file'
        ),
    )
    assert make_plan(spec(mac="02:00:5e:00:53:01"), made.state()).notes == ()


def test_a_file_that_has_the_last_word_is_named() -> None:
    made = host(FULL)
    made.nas.run("echo 'ifconfig_lagg0_descr=\"x\"' > /etc/rc.conf.local")

    plan = make_plan(spec(), made.state())

    assert plan.findings == (
        (
            "rc.conf: ifconfig_lagg0_descr is set in /etc/rc.conf.local too, which has the last"
            " word; take it out there first"
        ),
    )


@pytest.mark.parametrize("path", ["/etc/rc.conf.d/netif", "/usr/local/etc/rc.conf.d/netif"])
def test_a_file_of_rc_conf_d_is_part_of_the_next_boot(path: str) -> None:
    made = host(FULL)
    made.nas.run(f"mkdir -p {path.removesuffix('/netif')}")
    made.nas.run(f"cat > {path}", f'ifconfig_lagg0="{LINE} mtu 9000 192.0.2.10/24"\n'.encode())

    before = make_plan(spec(), made.state())
    reboot(made)

    assert before.findings[0].startswith(f"rc.conf: ifconfig_lagg0 is set in {path} too")
    assert "mtu 9000" in made.nas.run("ifconfig lagg0").stdout.decode()


def test_a_default_that_gives_the_lagg_more_is_named() -> None:
    made = host(f'{FULL}ifconfig_DEFAULT="inet 198.51.100.1/24"\n', boot=False)

    plan = make_plan(spec(), made.state())

    assert any("ifconfig_DEFAULT='inet 198.51.100.1/24'" in each for each in plan.findings)
