"""Nothing that identifies a host, its network or its users is left; the rest stays as it is."""

from __future__ import annotations

import dataclasses
import enum
from ipaddress import ip_address
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lagg_tool.evidence import (
    ClaimLink,
    CommandEvent,
    Event,
    FeatureResult,
    FrameEvent,
    LinkEvent,
    NoteEvent,
    Provenance,
    Results,
    ScenarioResult,
    StepResult,
    TargetResult,
    VerdictResult,
    WaitEvent,
)
from lagg_tool.evidence.redaction import Redactor, learn_target, redacted
from tests.support.secret_frames import PRIVATE, VENDOR_MAC, ping_frame, udp6_frame
from tests.support.synthetic import synthetic_results

# Every way in which a secret stands in what a NAS prints or sends.
SECRETS = {
    "mac": ("58:9c:fc:10:ff:b6", "ether 58:9c:fc:10:ff:b6\n"),
    "lag id": ("58-9C-FC-10-FF-B6", "lag id: [(8000,58-9C-FC-10-FF-B6,018B,8000,0001)]"),
    "ipv4": ("192.168.77.23", "inet 192.168.77.23 netmask 0xffffff00 broadcast 192.168.77.255"),
    "public ipv4": ("81.2.69.142", "default 81.2.69.142 UGS vtnet0"),
    "ipv6": ("2a02:8070:1234:5678::42", "inet6 2a02:8070:1234:5678::42 prefixlen 64"),
    "ula": ("fd12:3456:789a:1::5", "from fd12:3456:789a:1::5: icmp_seq=0"),
    "eui-64": (
        "5a9c:fcff:fe10:ffb6",
        "inet6 fe80::5a9c:fcff:fe10:ffb6%em0 prefixlen 64 scopeid 0x1",
    ),
    "host": ("vault7.corp.lan", "FreeBSD vault7.corp.lan 13.2-RELEASE FreeBSD 13.2 amd64\n"),
    "short host": ("vault7", "root@vault7:~ # ifconfig"),
    "user": ("jdoe", "uid=1001(jdoe) gid=1001(jdoe) groups=1001(jdoe),0(wheel)"),
    "home": ("jdoe", "/usr/home/jdoe/.ssh/authorized_keys"),
    "serial": ("4J2K9Z3", 'smbios.system.serial="4J2K9Z3"'),
    "disk": ("S3Z8NB0K123456", '{"serial": "S3Z8NB0K123456", "lunid": "5002538e40a0b1c2"}'),
    "lunid": ("5002538e40a0b1c2", '{"lunid": "5002538e40a0b1c2"}'),
    "uuid": ("4c4c4544-0039-4a10", "kern.hostuuid: 4c4c4544-0039-4a10-8032-b4c04f4a5a33"),
    "key": ("AAAAC3NzaC1lZDI1NTE5AAAAIB", "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBxyz/+ comment"),
    "fingerprint": (
        "nThbg6kXUpJWGl7E1IGOCspRom",
        "SHA256:nThbg6kXUpJWGl7E1IGOCspRomTxdCARLviKw6E5SY8",
    ),
    "private key": (
        "b3BlbnNzaC1rZXktdjE",
        "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjE\n-----END OPENSSH PRIVATE KEY-",
    ),
    "password": ("hunter22", 'sysrc: ifconfig_wlan0_password="hunter22"'),
    "token": ("1-abcDEF", '{"api_key": "1-abcDEF"}'),
}

# What must come through unharmed.
OPEN = (
    "lagg0: flags=8843<UP,BROADCAST,RUNNING,SIMPLEX,MULTICAST> metric 0 mtu 1500",
    "ether 52:54:00:aa:00:01",
    "inet 192.0.2.1 netmask 0xffffff00 broadcast 192.0.2.255",
    "inet6 2001:db8::1 prefixlen 64",
    "inet6 fe80::5054:ff:feaa:1%vtnet1 prefixlen 64 scopeid 0x2",
    "inet6 ::1 prefixlen 128",
    "inet 127.0.0.1 netmask 0xff000000",
    "inet 10.0.2.15 netmask 0xffffff00 broadcast 10.0.2.255",
    "64 bytes from 198.51.100.7: icmp_seq=0 ttl=64 time=0.1 ms",
    "nd6 options=29<PERFORMNUD,IFDISABLED,AUTO_LINKLOCAL>",
    "10:02:31 up 1:13, 0 users; 02:5e:10:00:00:01 partner",
    "FreeBSD localhost 13.2-RELEASE FreeBSD 13.2-RELEASE releng/13.2-n254617-525ecfdad597 GENERIC",
    "[(8000,52-54-00-AA-00-01,018B,8000,0001), (FFFF,00-00-00-00-00-00,0000,FFFF,0000)]",
    "ssh root@nas.example.org",
)


def with_everything_planted(text: str) -> Results:
    """Return a run with ``text`` in every field that a NAS or its user can fill."""
    events: tuple[Event, ...] = (
        CommandEvent(0.0, text, 0, text, text, 0.1),
        FrameEvent(0.1, "vtnet1", "from_nas", text, ping_frame().hex()),
        FrameEvent(0.1, "vtnet1", "to_nas", text, udp6_frame().hex()),
        LinkEvent(0.2, text, up=False),
        WaitEvent(0.3, 1.0, text),
        NoteEvent(0.4, text),
    )
    run = synthetic_results()
    target = TargetResult(
        "ssh://jdoe@vault7.corp.lan",
        "ssh://jdoe@vault7.corp.lan",
        Provenance.OBSERVED,
        text,
        "freebsd-13.2",
        "udp",
        {"uname": text},
    )
    features = tuple(
        dataclasses.replace(
            feature,
            scenarios=tuple(
                dataclasses.replace(
                    scenario,
                    target=target.id,
                    reason=text,
                    steps=tuple(
                        dataclasses.replace(step, reason=text, evidence=events)
                        for step in scenario.steps
                    ),
                )
                for scenario in feature.scenarios[:1]
            ),
        )
        for feature in run.features[:1]
    )
    verdicts = tuple(dataclasses.replace(v, target=target.id, reason=text) for v in run.verdicts)
    return dataclasses.replace(
        run, command=text, targets=(target,), features=features, verdicts=verdicts
    )


@settings(max_examples=25, deadline=None)
@given(st.lists(st.sampled_from(sorted(SECRETS)), min_size=1, max_size=6, unique=True))
def test_secrets_planted_in_every_field_are_in_none_afterwards(kinds: list[str]) -> None:
    text = "\n".join(SECRETS[kind][1] for kind in kinds)

    written = redacted(with_everything_planted(text)).to_json().lower()

    for kind in kinds:
        assert SECRETS[kind][0].lower() not in written, kind
    assert "jdoe" not in written
    assert "vault7" not in written
    assert VENDOR_MAC.hex() not in written
    assert PRIVATE.packed.hex() not in written
    assert b"vault7".hex() not in written


@pytest.mark.parametrize("kind", sorted(SECRETS))
def test_each_secret_is_recognised_on_its_own(kind: str) -> None:
    secret, text = SECRETS[kind]
    redactor = Redactor()

    redactor.learn(text)

    assert secret.lower() not in redactor.text(text).lower()


SHOWN = "FreeBSD cellar9 13.2-RELEASE FreeBSD 13.2 amd64"


@pytest.mark.parametrize(
    "event",
    [
        CommandEvent(0.0, "uname -a", 0, SHOWN, "", 0.1),
        CommandEvent(0.0, "uname -a", 1, "", SHOWN, 0.1),
        CommandEvent(0.0, f"logger '\n{SHOWN}'", 0, "", "", 0.1),
        FrameEvent(0.1, "vtnet1", "to_nas", SHOWN, "00"),
        LinkEvent(0.2, SHOWN, up=False),
        WaitEvent(0.3, 1.0, SHOWN),
        NoteEvent(0.4, SHOWN),
    ],
    ids=["stdout", "stderr", "command", "summary", "port", "wait", "note"],
)
def test_a_name_that_one_event_shows_is_replaced_wherever_it_occurs(event: Event) -> None:
    run = with_everything_planted("cellar9 is up")
    scenario = run.features[0].scenarios[0]
    last = dataclasses.replace(scenario.steps[-1], evidence=(event,))
    scenario = dataclasses.replace(scenario, steps=(*scenario.steps[:-1], last))
    feature = dataclasses.replace(run.features[0], scenarios=(scenario,))

    written = redacted(dataclasses.replace(run, features=(feature,))).to_json()

    assert "cellar9" not in written


@pytest.mark.parametrize("place", ["command", "system", "fact", "scenario", "step"])
def test_a_name_that_one_place_shows_is_replaced_wherever_it_occurs(place: str) -> None:
    run = with_everything_planted("cellar9 is up")
    target, scenario = run.targets[0], run.features[0].scenarios[0]
    last = dataclasses.replace(scenario.steps[-1], reason=SHOWN)
    changes: dict[str, dict[str, Any]] = {
        "command": {"command": "lagg-tool accept --target ssh://root@cellar9"},
        "system": {"targets": (dataclasses.replace(target, os=SHOWN),)},
        "fact": {"targets": (dataclasses.replace(target, facts={"hostname": "cellar9"}),)},
        "scenario": {"scenarios": (dataclasses.replace(scenario, reason=SHOWN),)},
        "step": {"scenarios": (dataclasses.replace(scenario, steps=(*scenario.steps[:-1], last)),)},
    }
    change = changes[place]
    if "scenarios" in change:
        change = {"features": (dataclasses.replace(run.features[0], **change),)}

    assert "cellar9" not in redacted(dataclasses.replace(run, **change)).to_json()


@pytest.mark.parametrize("text", OPEN)
def test_what_identifies_nobody_stays(text: str) -> None:
    redactor = Redactor()

    redactor.learn(text)

    assert redactor.text(text) == text


def test_an_address_in_a_log_does_not_take_the_name_of_a_system() -> None:
    redactor = Redactor()
    redactor.learn("Copyright 2005-2007 somebody <somebody@linux.example-host.it>")

    assert redactor.text("qemu:linux") == "qemu:linux"
    assert "example-host" not in redactor.text("linux.example-host.it")


def test_a_secret_has_one_stand_in_everywhere() -> None:
    run = redacted(with_everything_planted(SECRETS["mac"][1]))
    step = run.features[0].scenarios[0].steps[0]
    command, frame = step.evidence[0], step.evidence[1]

    assert isinstance(command, CommandEvent)
    assert isinstance(frame, FrameEvent)
    mac = command.stdout.split()[1]
    assert bytes.fromhex(frame.hex)[:6] == bytes.fromhex(mac.replace(":", ""))
    assert run.features[0].scenarios[0].target == run.targets[0].id == run.verdicts[0].target


def test_bytes_that_are_no_utf_8_are_shown_and_hide_no_secret() -> None:
    said = "nas.b\udcfcro.de login: \udcff\nhostname: nas.b\udcfcro.de\n\ud800\n"
    event = CommandEvent(0.0, "hostname \udcfc", 0, said, "\udc80", 0.1)
    run = with_everything_planted("cellar9 is up")
    step = dataclasses.replace(run.features[0].scenarios[0].steps[0], evidence=(event,))
    scenario = dataclasses.replace(run.features[0].scenarios[0], steps=(step,))
    feature = dataclasses.replace(run.features[0], scenarios=(scenario,))
    whole = redacted(dataclasses.replace(run, features=(feature,)))

    [shown] = whole.features[0].scenarios[0].steps[0].evidence

    assert isinstance(shown, CommandEvent)
    assert (shown.command, shown.stderr) == (r"hostname \xfc", r"\x80")
    assert shown.stdout.endswith("\n\\ud800\n")
    assert "nas.b" not in shown.stdout
    assert "ro.de" not in shown.stdout
    assert whole.to_json().encode()


def test_redacting_twice_changes_nothing_more() -> None:
    text = "\n".join(text for _, text in SECRETS.values())
    once = redacted(with_everything_planted(text))

    assert redacted(once) == once


@pytest.mark.parametrize(
    "addresses",
    [
        ("192.168.76.5", "192.168.77.5", "10.9.77.5"),
        ("fd12:3456:789a:1::5", "fd12:3456:789a:2::5", "2a02::1:0:0:0:5"),
    ],
)
def test_networks_stay_different_and_an_address_stays_in_its_network(
    addresses: tuple[str, ...],
) -> None:
    redactor = Redactor()

    found = [ip_address(redactor.text(address)) for address in addresses]
    last = ip_address(redactor.text(addresses[0][:-1] + "9"))

    assert len(set(found)) == 3
    assert int(last) - int(found[0]) == 4


UUID, NUMBERED = "4c4c4544-0039-4a10-8032-b4c04f4a5a33", "00000000-0000-4000-8000-00000000000"


@pytest.mark.parametrize(
    ("text", "redacted_text"),
    [
        # Stand-ins are numbered, each kind for itself, and hold for the whole run.
        (
            "uid=1001(jdoe) uid=1002(mroe) serial=4J2K9Z3 uid=1001(jdoe)",
            "uid=1001(user-1) uid=1002(user-2) serial=serial-1 uid=1001(user-1)",
        ),
        # A number is a serial number if it is long, and no user's name.
        ("serial=12345", "serial=serial-1"),
        ("serial=1234", "serial=1234"),
        ("user=12345", "user=12345"),
        ("user=j, user=jd", "user=j, user=user-1"),
        # One identifier in two ways of writing is one.
        (
            f"{UUID} {UUID.upper()} {UUID[:-1]}4",
            f"{NUMBERED}1 {NUMBERED}1 {NUMBERED}2",
        ),
        # An address that stays is written as it was; a colon or a prefix after it is none of it.
        ("2001:DB8:0::1 fe80:0::1", "2001:DB8:0::1 fe80:0::1"),
        ("from fd12:3456::1: seq", "from 2001:db8:ffff:1::1: seq"),
        ("fd12:3456:: gateway", "2001:db8:ffff:1:: gateway"),
        # Names that TrueNAS gives itself, and addresses of documentation, are no host's.
        ("hostname: truenas.local", "hostname: truenas.local"),
        ("ssh://root@192.0.2.1", "ssh://root@192.0.2.1"),
    ],
)
def test_a_stand_in_can_be_read_as_what_it_stands_for(text: str, redacted_text: str) -> None:
    redactor = Redactor()

    redactor.learn(text)

    assert redactor.text(text) == redacted_text


@pytest.mark.parametrize(("short", "secret"), [("ab", False), ("abc", True), ("123", False)])
def test_the_short_name_of_a_host_is_secret_unless_it_may_be_any_word(
    short: str, secret: bool
) -> None:
    redactor = Redactor()
    redactor.learn(f"hostname: {short}.corp.lan.")

    assert "corp" not in redactor.text(f"{short}.corp.lan")
    assert (redactor.text(short) != short) is secret


def test_a_host_is_secret_in_small_letters_however_its_target_is_written() -> None:
    redactor = Redactor()
    url = "ssh://root@Vault7.corp.lan"
    target = TargetResult(url, url, Provenance.OBSERVED, "FreeBSD", "freebsd-13.2", "udp", {})

    learn_target(redactor, target)

    assert "vault7" not in redactor.text("login: vault7.corp.lan")


def test_a_private_address_that_is_a_hosts_name_has_a_stand_in_of_a_host() -> None:
    redactor = Redactor()
    redactor.learn("ssh://root@192.168.77.23")

    assert redactor.text("ssh://root@192.168.77.23").startswith("ssh://root@host-")


def test_two_hosts_do_not_become_one() -> None:
    names = []
    for host in ("vault7", "vault8"):
        redactor = Redactor()
        redactor.learn(f"ssh://root@{host}")
        names.append(redactor.text(f"ssh://root@{host}"))

    assert names[0] != names[1]


def test_simulated_results_pass_unchanged() -> None:
    results = synthetic_results()

    assert redacted(results) == results


# What stays as it is: words of the feature files and of this tool. If you add a field to
# the results, redact it, or list it here if nobody's NAS can fill it.
OURS = {
    Results: {"started", "tool", "commit", "article_digest"},
    TargetResult: {"release", "testbed"},
    FeatureResult: {"path", "name", "digest"},
    ScenarioResult: {"id", "name", "rule", "tags"},
    ClaimLink: {"id", "relation"},
    StepResult: {"keyword", "text", "table", "docstring"},
    VerdictResult: {"claim", "verdict", "scenarios"},
    CommandEvent: {"kind"},
    FrameEvent: {"kind", "direction", "hex"},  # frames have a test of their own
    LinkEvent: {"kind"},
    WaitEvent: {"kind"},
    NoteEvent: {"kind"},
}


def planted(value: Any, text: str) -> Any:
    """Return a part of the results with ``text`` in every field that is not ours."""
    if isinstance(value, str):
        return value if isinstance(value, enum.Enum) else text
    if isinstance(value, tuple):
        return tuple(planted(each, text) for each in value)
    if isinstance(value, dict):
        return {key: planted(each, text) for key, each in value.items()}
    if not dataclasses.is_dataclass(value) or isinstance(value, type):
        return value
    ours = OURS.get(type(value), set())
    names = [field.name for field in dataclasses.fields(value) if field.name not in ours]
    return dataclasses.replace(
        value, **{name: planted(getattr(value, name), text) for name in names}
    )


@pytest.mark.parametrize("kind", sorted(SECRETS))
def test_no_field_is_left_out_that_a_nas_can_fill(kind: str) -> None:
    secret, text = SECRETS[kind]

    written = redacted(planted(with_everything_planted(""), text)).to_json().lower()

    assert secret.lower() not in written
