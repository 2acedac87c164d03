"""rc.conf as people write it: read, edited where sysrc cannot, and refused where no sh reads it."""

from __future__ import annotations

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lagg_tool.nas.freebsd.boot.rc_file import read_rc_file
from lagg_tool.nas.freebsd.plan import make_plan
from lagg_tool.nas.rendering import plan_text
from tests.cases.test_next_boot import CLONE, FULL, LINE, PORTS, RELEASES, host, reboot, spec
from tests.support.rc_forms import rc_texts

FORMS = {
    "continued lines": f'{PORTS}{CLONE}ifconfig_lagg0="laggproto failover \\\n'
    '    laggport vtnet1 \\\n    192.0.2.99/24"  # ours\n# the end\n',
    "a value over several lines": f'{PORTS}{CLONE}ifconfig_lagg0="{LINE}"\n'
    'ifconfig_lagg0_aliases="inet 192.0.2.34/32\n\tinet 192.0.2.35/32"',
    "two on one line": 'ifconfig_vtnet1="up"; ifconfig_vtnet2="up"; foo=bar # hi\n'
    f'{CLONE}ifconfig_lagg0="{LINE} mtu 9000"; other="stays"\n',
    "other variables": f'{PORTS}{CLONE}A="192.0.2.77/24"\nifconfig_lagg0="{LINE} ${{A}}"\n',
    "its own value": f'{PORTS}{CLONE}ifconfig_lagg0="{LINE}"\n'
    'ifconfig_lagg0="$ifconfig_lagg0 192.0.2.33/24"\n',
    "a command's output": f"{PORTS}cloned_interfaces=`echo lagg0`\n"
    "ifconfig_lagg0=$(echo laggproto lacp)\n",
    "single quotation marks": FULL.replace('"', "'").replace("192.0.2.10", "192.0.2.99"),
}


@pytest.mark.parametrize("release", RELEASES)
@pytest.mark.parametrize("form", FORMS)
def test_a_value_is_replaced_where_it_stands_and_put_back(form: str, release: str) -> None:
    made = host(FORMS[form], release)
    before = made.said()[1]

    made.apply(spec())
    kept = made.said()[1].decode()
    reboot(made)
    booted = plan_text(make_plan(spec(), made.state()))
    made.changes().rollback()

    assert booted == "lagg0: nothing to do\n"
    assert kept.count("ifconfig_lagg0=") == FORMS[form].count("ifconfig_lagg0=")
    for foreign in ("# ours", "# the end", "foo=bar # hi", 'other="stays"', 'A="192.0.2.77/24"'):
        assert (foreign in kept) == (foreign in FORMS[form])
    assert made.said()[1] == before


def test_an_rc_conf_that_others_changed_since_gets_its_lines_back() -> None:
    made = host(FORMS["continued lines"])
    made.apply(spec())
    made.nas.run("echo 'new=1' >> /etc/rc.conf")

    made.changes().rollback()

    rc_conf = made.said()[1].decode()
    assert FORMS["continued lines"].removeprefix(f"{PORTS}{CLONE}") in rc_conf
    assert rc_conf.endswith("new=1\n")


def test_an_rc_conf_that_no_shell_can_read_is_refused_with_its_line() -> None:
    made = host(f'{FULL}hostname="nas\n', boot=False)
    line = made.said()[1].decode().count("\n")  # the last one

    findings = make_plan(spec(), made.state()).findings

    assert findings[0].startswith(f"rc.conf: /etc/rc.conf:{line}: Syntax error: ")
    assert findings[0].endswith("correct that line first")


def test_a_file_of_rc_conf_d_that_no_shell_can_read_is_refused_with_its_line() -> None:
    made = host(FULL)
    made.nas.run("mkdir -p /etc/rc.conf.d/netif")
    made.nas.run("cat > /etc/rc.conf.d/netif/mine", b"a=1\nb='2\n")

    findings = make_plan(spec(), made.state()).findings

    assert findings[0].startswith("rc.conf: /etc/rc.conf.d/netif/mine:2: a quotation mark")


def test_a_directory_of_rc_conf_d_is_part_of_the_next_boot() -> None:
    made = host(FULL)
    made.nas.run("mkdir -p /etc/rc.conf.d/netif")
    made.nas.run(
        "cat > /etc/rc.conf.d/netif/mine",
        b'MTU=9000\nifconfig_lagg0="$ifconfig_lagg0 mtu ${MTU}"\n',
    )

    before = make_plan(spec(), made.state())
    reboot(made)

    assert [(each.field, each.boot) for each in before.boot] == [("mtu", "9000")]
    assert "mtu 9000" in made.nas.run("ifconfig lagg0").stdout.decode()


def test_what_rc_conf_d_does_beside_assignments_is_named() -> None:
    made = host(FULL)
    made.nas.run("echo 'if true; then a=1; fi' > /etc/rc.conf.d/netif")

    notes = make_plan(spec(), made.state()).notes

    assert notes == (
        (
            "rc.conf: /etc/rc.conf.d/netif:1 is not a plain assignment; what it makes of the next"
            " boot is not known"
        ),
    )


def test_a_variable_that_is_set_on_a_condition_is_not_edited() -> None:
    made = host(f'{PORTS}{CLONE}if true; then\n  ifconfig_lagg0="{LINE}"\nfi\n')
    line = made.said()[1].decode().count("\n") - 1

    findings = make_plan(spec(), made.state()).findings

    assert findings == (
        (
            f"rc.conf: /etc/rc.conf:{line} sets ifconfig_lagg0 on a condition; set it without one"
            " first"
        ),
    )


def test_a_variable_of_a_file_that_rc_conf_reads_is_not_edited() -> None:
    state = host(f"{PORTS}{CLONE}", boot=False).state()
    said = {**state.rc_conf, "ifconfig_lagg0": "laggproto lacp"}

    findings = make_plan(spec(), dataclasses.replace(state, rc_conf=said)).findings

    assert findings == (
        (
            "rc.conf: another file than /etc/rc.conf decides ifconfig_lagg0, which this tool does"
            ' not follow; take it out there, and write ifconfig_lagg0="laggproto lacp" in'
            " /etc/rc.conf first"
        ),
    )


COMMON = "/etc/rc.conf.common"


@pytest.mark.parametrize("release", RELEASES)
def test_a_lagg_beside_a_file_that_rc_conf_reads_is_kept_and_put_back(release: str) -> None:
    made = host("", release)
    made.nas.run(f"cat > {COMMON}", f'{PORTS}gateway_enable="YES"\n'.encode())
    made.nas.run(f"echo '[ -f {COMMON} ] && . {COMMON}' >> /etc/rc.conf")
    reboot(made)
    before = made.said()

    made.apply(spec())
    reboot(made)
    booted = plan_text(make_plan(spec(), made.state()))
    made.changes().rollback()
    reboot(made)

    assert booted == "lagg0: nothing to do\n"
    assert made.said() == before


@pytest.mark.parametrize(
    ("text", "common"),
    [
        (f"{PORTS}{CLONE}. {COMMON}\n", f'ifconfig_lagg0="{LINE}"\n'),
        (
            f'{PORTS}{CLONE}ifconfig_lagg0="laggproto lacp"\n. {COMMON}\n',
            f'ifconfig_lagg0="{LINE}"\n',
        ),
        (f"{PORTS}{CLONE}for i in 0; do eval \"ifconfig_lagg$i='{LINE}'\"; done\n", ""),
    ],
    ids=["there alone", "there at last", "a loop"],
)
def test_what_decides_a_variable_that_no_line_has_is_named_with_its_line(
    text: str, common: str
) -> None:
    made = host("")
    made.nas.run(f"cat > {COMMON}", common.encode())
    made.nas.run("cat >> /etc/rc.conf", text.encode())
    reboot(made)
    lines = made.said()[1].decode().split("\n")

    findings = make_plan(spec(), made.state()).findings

    assert findings == (
        (
            f"rc.conf: /etc/rc.conf:{len(lines) - 1} ({lines[-2]}) decides ifconfig_lagg0, which"
            f' this tool does not follow; take it out there, and write ifconfig_lagg0="{LINE}" in'
            " /etc/rc.conf first"
        ),
    )


@pytest.mark.parametrize("condition", ["[ -f /etc/rc.conf ]", '[ "$name" = netif ]'])
def test_what_holds_on_a_condition_is_named_though_there_is_nothing_to_do(condition: str) -> None:
    """A script of rc(8) has a name, and sysrc has none."""
    made = host(f"{PORTS}if {condition}; then x=1; ifconfig_em0=up\n{CLONE}fi\n{FULL}")
    line = made.said()[1].decode().count("\n") - 5

    assert make_plan(spec(), made.state()).notes == (
        (
            f"rc.conf: /etc/rc.conf sets on a condition: cloned_interfaces (line {line}); what"
            " sysrc finds now the next boot may find otherwise"
        ),
    )


@pytest.mark.parametrize("release", RELEASES)
def test_lines_that_end_as_on_windows_are_refused_with_what_to_write(release: str) -> None:
    """A shell takes the carriage return for a part of the value: no boot makes such a LAGG."""
    made = host("# by hand\r\n" + FULL.replace("\n", "\r\n"), release)
    line = made.said()[1].decode().count("\n") - 3

    (finding,) = make_plan(spec(), made.state()).findings
    listed = made.nas.run("ifconfig -l").stdout.decode()
    made.nas.run("cat > /etc/rc.conf", made.said()[1].replace(b"\r", b""))  # as tr does it
    reboot(made)

    assert "lagg0" not in listed
    assert finding.endswith(
        "tr -d '\\r' < /etc/rc.conf > /etc/rc.conf.new && cp /etc/rc.conf.new /etc/rc.conf"
    )
    assert finding.startswith(f"rc.conf: /etc/rc.conf:{line} ends with a carriage return, ")
    assert plan_text(make_plan(spec(), made.state())) == "lagg0: nothing to do\n"


def test_the_file_of_rc_conf_d_that_netif_had_under_its_old_name_is_part_of_the_next_boot() -> None:
    made = host(FULL, boot=False)
    made.nas.run("mkdir -p /etc/rc.conf.d")
    made.nas.run("cat > /etc/rc.conf.d/network", f'ifconfig_lagg0="{LINE} mtu 9000"\n'.encode())
    made.nas.run("cat > /etc/rc.conf.d/netif", b'ifconfig_lagg0="$ifconfig_lagg0 192.0.2.10/24"\n')

    before = make_plan(spec(), made.state())
    reboot(made)

    assert [(each.field, each.boot) for each in before.boot] == [("mtu", "9000")]
    assert make_plan(spec(mtu=9000), made.state()).empty


READ = [
    ('a="x"', {"a": "x"}),
    ("a='x y' # c", {"a": "x y"}),
    ('a="x \\\n  y"', {"a": "x   y"}),
    ('a=x\nb="$a z${q:-w}${a:+!}"', {"a": "x", "b": "x zw!"}),
    ("a=1; b=2", {"a": "1", "b": "2"}),
    ("export a=1", {"a": "1"}),
    ("if true; then\n a=1\nfi\nb=2", {"b": "2"}),
    ("a=$(hostname)\nb=3", {"b": "3"}),
    ("a=`hostname`\nb=3", {"b": "3"}),
    ("a+=x\nb=1 command\nc=2", {"c": "2"}),  # sh knows no +=
    ('a="it\'s \\"q\\""\r\n', {"a": 'it\'s "q"\r'}),
    ("a=x#y\n# a=z\n", {"a": "x#y"}),
    ("echo 'a=1\nb=2'\nc=3", {"c": "3"}),
]


@pytest.mark.parametrize(("text", "variables"), READ)
def test_a_text_is_read_as_sh_reads_it(text: str, variables: dict[str, str]) -> None:
    assert read_rc_file(text).variables == variables


@given(rc_texts())
def test_every_assignment_is_where_it_is_said_to_be(text: str) -> None:
    file = read_rc_file(text)

    assert file.broken is None
    assert not file.foreign
    for each in file.assignments:
        assert text[each.start : each.end].startswith(f"{each.name}=")
        start, end = file.lines_of(each)
        assert start <= each.start < each.end <= end


@given(st.text(alphabet="ab=\"'$`\\{}();#& \n"))
def test_any_text_is_read_to_its_end(text: str) -> None:
    file = read_rc_file(text)

    assert all(each.start < each.end <= len(text) for each in file.assignments)
