from __future__ import annotations

import base64
import hashlib
import hmac
import os
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lagg_tool.errors import HostKeyError, UsageError
from lagg_tool.ssh.address import Address
from lagg_tool.ssh.hostkeys import HostKeys, KnownHost, Marker, OfferedKey, parse_known_hosts
from tests.support.ended_within import ended_within
from tests.support.full_disk import full_disk

NAS = Address("root", "nas", 22)
NAS_2222 = Address("root", "nas", 2222)


def key(seed: str, kind: str = "ssh-ed25519") -> OfferedKey:
    blob = len(kind).to_bytes(4, "big") + kind.encode() + seed.encode().ljust(32, b".")
    return OfferedKey(kind, blob)


def line(names: str, of: OfferedKey, marker: str = "") -> str:
    return f"{marker} {names} {of.type} {base64.b64encode(of.blob).decode()} comment\n".lstrip()


def known(tmp_path: Path, text: str) -> HostKeys:
    file = tmp_path / "known_hosts"
    file.write_text(text)
    return HostKeys(files=(file,))


@pytest.mark.parametrize(
    ("names", "address"),
    [
        ("nas", NAS),
        ("NAS", NAS),
        ("other,nas", NAS),
        ("n*", NAS),
        ("n?s", NAS),
        ("[nas]:2222", NAS_2222),
        ("[n*]:2222", NAS_2222),
        ("*,!other", NAS),
    ],
)
def test_a_known_key_is_trusted(tmp_path: Path, names: str, address: Address) -> None:
    keys = known(tmp_path, line(names, key("a")))

    keys.check(address, key("a"))


@pytest.mark.parametrize(
    ("names", "address"),
    [
        ("other", NAS),
        ("nas", NAS_2222),
        ("[nas]:2222", NAS),
        ("n*,!nas", NAS),
        ("na", NAS),
        ("[n]as", NAS),
        ("[nas]", NAS),
        ("|1|not|base64", NAS),
        ("|1|YQ==", NAS),
    ],
)
def test_a_key_of_another_host_is_not(tmp_path: Path, names: str, address: Address) -> None:
    keys = known(tmp_path, line(names, key("a")))

    with pytest.raises(HostKeyError, match="unknown"):
        keys.check(address, key("a"))


def test_an_unknown_key_is_shown_with_the_option_that_pins_it(tmp_path: Path) -> None:
    keys = known(tmp_path, "")

    with pytest.raises(HostKeyError) as raised:
        keys.check(NAS, key("a"))

    assert f"--host-key {key('a').fingerprint}" in str(raised.value)


@pytest.mark.parametrize("kind", ["ssh-ed25519", "ssh-rsa"])
def test_a_changed_key_is_refused_under_every_policy(tmp_path: Path, kind: str) -> None:
    strict = known(tmp_path, line("nas", key("a")))
    accept_new = HostKeys(files=strict.files, accept_new=tmp_path / "new")

    for keys in (strict, accept_new):
        with pytest.raises(HostKeyError, match="HAS CHANGED"):
            keys.check(NAS, key("b", kind))
    assert not (tmp_path / "new").exists()


def test_a_revoked_key_is_refused_although_it_is_known(tmp_path: Path) -> None:
    keys = known(tmp_path, line("nas", key("a")) + line("*", key("a"), "@revoked"))

    with pytest.raises(HostKeyError, match="revoked"):
        keys.check(NAS, key("a"))


def test_a_revoked_key_is_refused_although_it_is_pinned(tmp_path: Path) -> None:
    file = known(tmp_path, f"@revoked {line('*', key('a'))}").files

    with pytest.raises(HostKeyError, match="revoked"):
        HostKeys(files=file, fingerprint=key("a").fingerprint).check(NAS, key("a"))


def test_the_key_of_an_authority_is_no_host_key(tmp_path: Path) -> None:
    keys = known(tmp_path, line("nas", key("a"), "@cert-authority"))

    with pytest.raises(HostKeyError, match="unknown"):
        keys.check(NAS, key("a"))


def test_a_pinned_fingerprint_needs_no_file_and_beats_what_they_know(tmp_path: Path) -> None:
    file = known(tmp_path, line("nas", key("a"))).files
    pinned = HostKeys(files=file, fingerprint=key("b").fingerprint)

    pinned.check(NAS, key("b"))

    with pytest.raises(HostKeyError, match=r"not SHA256:"):
        pinned.check(NAS, key("a"))


@pytest.mark.parametrize("text", ["", "SHA256:", "MD5:aa:bb", "SHA256:" + "a" * 42, "a" * 43])
def test_a_fingerprint_that_is_none_is_a_usage_error(text: str) -> None:
    with pytest.raises(UsageError, match="a fingerprint is SHA256:"):
        HostKeys(fingerprint=text)


def test_a_new_key_is_noted_in_the_named_file_only(tmp_path: Path) -> None:
    other = tmp_path / "known_hosts"
    other.write_text(line("elsewhere", key("z")).rstrip("\n"))
    new = tmp_path / "sub" / "new"
    keys = HostKeys(files=(other,), accept_new=new)

    keys.check(NAS_2222, key("a"))

    assert other.read_text() == line("elsewhere", key("z")).rstrip("\n")
    HostKeys(files=(new,)).check(NAS_2222, key("a"))
    with pytest.raises(HostKeyError, match="HAS CHANGED"):
        keys.check(NAS_2222, key("b"))


def test_a_noted_key_does_not_run_into_a_line_without_end(tmp_path: Path) -> None:
    new = tmp_path / "new"
    new.write_text(line("elsewhere", key("z")).rstrip("\n"))
    keys = HostKeys(files=(), accept_new=new)

    keys.check(NAS, key("a"))

    assert len(parse_known_hosts(new.read_text())) == 2


@pytest.mark.parametrize("before", ["", line("elsewhere", key("z"))])
def test_a_noted_key_is_one_line_in_small_letters(tmp_path: Path, before: str) -> None:
    new = tmp_path / "new"
    if before:
        new.write_text(before)

    HostKeys(files=(), accept_new=new).check(Address("root", "NAS"), key("a"))

    assert new.read_text() == before + line("nas", key("a")).replace(" comment", "")


def test_the_directories_of_a_noted_key_are_the_users_alone(tmp_path: Path) -> None:
    new = tmp_path / "home" / ".ssh" / "known_hosts"

    HostKeys(files=(), accept_new=new).check(NAS, key("a"))

    assert new.parent.stat().st_mode & 0o777 == 0o700


def test_a_disk_that_is_full_takes_no_part_of_a_key(tmp_path: Path) -> None:
    new = tmp_path / "known_hosts"
    new.write_text("# mine")

    with full_disk(20), pytest.raises(UsageError, match="cannot note the new host key"):
        HostKeys(files=(), accept_new=new).check(NAS, key("a"))

    assert new.read_text() == "# mine"


def test_a_key_that_cannot_be_noted_is_a_usage_error_that_names_the_file(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    new = tmp_path / "file" / "new"

    with pytest.raises(UsageError) as raised:
        HostKeys(files=(), accept_new=new).check(NAS, key("a"))

    assert str(raised.value).startswith(f"{new}: cannot")


def test_a_refused_key_is_shown_beside_the_one_that_was_expected(tmp_path: Path) -> None:
    changed = known(tmp_path, line("nas", key("a")) + line("nas", key("b", "ssh-rsa")))
    pinned = HostKeys(files=(), fingerprint=key("a").fingerprint)

    with pytest.raises(HostKeyError) as of_changed:
        changed.check(NAS, key("c"))
    with pytest.raises(HostKeyError) as of_pinned:
        pinned.check(NAS, key("c"), (key("d", "ssh-rsa"),))

    a, c = (f"ssh-ed25519 {key(seed).fingerprint}" for seed in "ac")
    b, d = (f"ssh-rsa {key(seed, 'ssh-rsa').fingerprint}" for seed in "bd")
    assert f"it is {c}, known is {a}, {b};" in str(of_changed.value)
    assert f"has the host key {d}, {c}, not {key('a').fingerprint} " in str(of_pinned.value)


def test_a_name_whose_hash_is_no_base64_is_no_name() -> None:
    salt, digest = "c2FsdA==", base64.b64encode(hmac.digest(b"salt", b"nas", "sha1")).decode()
    [right, wrong] = parse_known_hosts(
        line(f"|1|{salt}|{digest}", key("a")) + line(f"|1|{salt}|!{digest}", key("a"))
    )

    assert right.matches("nas")
    assert not wrong.matches("nas")


@pytest.mark.skipif(shutil.which("ssh-keygen") is None, reason="ssh-keygen is missing")
def test_names_that_ssh_keygen_hashed_are_found(tmp_path: Path) -> None:
    keys = known(tmp_path, line("nas,[nas]:2222", key("a")) + line("other", key("b")))
    subprocess.run(["ssh-keygen", "-q", "-H", "-f", keys.files[0]], check=True, capture_output=True)

    keys.check(NAS, key("a"))
    keys.check(NAS_2222, key("a"))

    assert "nas" not in keys.files[0].read_text().replace("comment", "")
    with pytest.raises(HostKeyError, match="unknown"):
        keys.check(Address("root", "elsewhere"), key("a"))


def test_known_types_are_those_of_the_host(tmp_path: Path) -> None:
    keys = known(tmp_path, line("nas", key("a", "ssh-rsa")) + line("other", key("b")))

    assert keys.known_types(NAS) == ["ssh-rsa"]


def test_an_unreadable_file_is_named(tmp_path: Path) -> None:
    keys = HostKeys(files=(tmp_path,))

    with pytest.raises(UsageError, match="cannot read the known hosts"):
        keys.check(NAS, key("a"))


@given(st.text(max_size=200))
def test_any_text_parses(text: str) -> None:
    for known_host in parse_known_hosts(text):
        assert known_host.marker in Marker
        known_host.matches("nas")


@given(st.text("|1=/+aZ*?![],nas:2\n ", max_size=60), st.text("nas[]:2", max_size=10))
def test_any_pattern_matches_or_not(names: str, name: str) -> None:
    text = line(names.replace("\n", "").replace(" ", "") or "x", key("a"))

    for known_host in parse_known_hosts(text):
        assert known_host.matches(name) in (True, False)


def test_a_pipe_that_nobody_writes_to_is_not_waited_for(tmp_path: Path) -> None:
    pipe = tmp_path / "known_hosts"
    os.mkfifo(pipe)

    with ended_within(60), pytest.raises(UsageError, match=r"known_hosts: .* it is a pipe; name"):
        HostKeys(files=(pipe,)).check(NAS, key("a"))


@pytest.mark.parametrize(
    "text",
    [
        f"#old,{line('nas', key('a'))}",
        f"nas # {line('', key('a'))}",
        line("nas", key("a")).replace(" AAAA", " !AAAA"),
        line("nas", key("a")).replace("ssh-ed25519", "ssh-rsa"),
        "nas ssh-ed25519\n",
        "nas\n",
    ],
)
def test_a_line_that_is_written_off_or_damaged_trusts_no_key(tmp_path: Path, text: str) -> None:
    with pytest.raises(HostKeyError, match="is unknown"):
        known(tmp_path, text).check(NAS, key("a"))


def test_a_line_in_no_known_encoding_hides_no_other(tmp_path: Path) -> None:
    file = tmp_path / "known_hosts"
    foreign = "# Zürich\nzürich schlüssel AAAA\n".encode("latin-1")
    file.write_bytes(foreign + line("nas", key("a")).encode())

    HostKeys(files=(file,)).check(NAS, key("a"))


def test_a_pinned_fingerprint_may_end_with_the_padding_of_base64() -> None:
    HostKeys(files=(), fingerprint=f"{key('a').fingerprint}=").check(NAS, key("a"))


def test_a_fingerprint_makes_the_servers_other_keys_no_offence(tmp_path: Path) -> None:
    pinned = HostKeys(files=(), fingerprint=f"{key('a').fingerprint}=")

    assert pinned.is_pinned_other(key("b", "ssh-rsa"))
    assert not pinned.is_pinned_other(key("a"))
    assert not known(tmp_path, line("nas", key("a"))).is_pinned_other(key("b"))


def test_every_refusal_begins_with_the_address(tmp_path: Path) -> None:
    revoked = known(tmp_path, f"@revoked {line('nas', key('a'))}{line('nas', key('b'))}")

    for keys, offered in (
        (revoked, key("a")),
        (revoked, key("c")),
        (HostKeys(files=()), key("a")),
        (HostKeys(files=(), fingerprint=key("b").fingerprint), key("a")),
    ):
        with pytest.raises(HostKeyError, match=f"^{NAS}: "):
            keys.check(NAS, offered)


@pytest.mark.parametrize("text", ["", "nas"])
def test_the_way_out_for_a_server_on_the_way_is_no_option_for_the_nas(
    tmp_path: Path, text: str
) -> None:
    (tmp_path / "known_hosts").write_text(text and line(text, key("b")))
    keys = HostKeys((tmp_path / "known_hosts",), on_the_way=True)

    with pytest.raises(HostKeyError, match=f"log in to {NAS} by ssh") as raised:
        keys.check(NAS, key("a"))

    assert f"--host-key {key('a').fingerprint}" not in str(raised.value)


def test_a_hashed_name_is_found_by_a_name_in_capitals() -> None:
    salt = b"0123456789abcdefghij"
    digest = hmac.new(salt, b"nas.example", hashlib.sha1).digest()
    names = "|1|" + "|".join(base64.b64encode(part).decode() for part in (salt, digest))

    assert KnownHost(Marker.KNOWN, names, key("a")).matches("NAS.Example")
