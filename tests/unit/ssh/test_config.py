"""What an alias of ssh_config means."""

from __future__ import annotations

from pathlib import Path

import pytest

from lagg_tool.errors import UsageError
from lagg_tool.ssh import config
from lagg_tool.ssh.address import Address
from lagg_tool.ssh.config import NONE, Route, find_route


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / ".ssh").mkdir()
    return tmp_path


def route(home: Path, text: str, url: str) -> Route:
    (home / ".ssh" / "config").write_text(text)
    return find_route(url)


NAS = """\
Host nas
    HostName 192.0.2.7
    Port 2222
    User admin
    IdentityFile ~/.ssh/nas key
    IdentitiesOnly yes
    HostKeyAlias nas-key
    UserKnownHostsFile ~/.ssh/known_nas "/etc/known nas"
"""


def test_an_alias_gives_all_that_the_url_leaves_out(home: Path) -> None:
    found = route(home, NAS, "ssh://nas")

    assert found.address == Address("admin", "192.0.2.7", 2222, "nas-key")
    assert found.address.lookup_name == "nas-key"
    assert found.identities == (home / ".ssh" / "nas key",)
    assert found.identities_only
    assert found.known_hosts == (Path("~/.ssh/known_nas"), Path("/etc/known nas"))


def test_the_url_comes_before_the_file(home: Path) -> None:
    found = route(home, NAS, "ssh://root@nas:22")

    assert (found.address.user, found.address.port) == ("root", 22)


def test_the_file_can_be_ignored_or_be_another(home: Path, tmp_path: Path) -> None:
    (home / ".ssh" / "config").write_text(NAS)
    other = tmp_path / "other"
    other.write_text("Host nas\n  HostName 198.51.100.1\n")

    assert find_route("ssh://root@nas", NONE).address == Address("root", "nas", 22)
    assert find_route("ssh://root@nas", other).address == Address("root", "198.51.100.1", 22)


def test_a_variable_names_the_file_where_no_option_does(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = tmp_path / "other"
    other.write_text("Host nas\n  HostName 198.51.100.1\n")
    monkeypatch.setenv("LAGG_TOOL_SSH_CONFIG", str(other))

    assert route(home, NAS, "ssh://root@nas").address.host == "198.51.100.1"
    assert find_route("ssh://root@nas", NONE).address.host == "nas"


def test_the_hosts_on_the_way_are_resolved_too(home: Path) -> None:
    text = f"{NAS}    ProxyJump door, ssh://guard@gate:2022\nHost door\n  User porter\n"

    jumps = route(home, text, "ssh://nas").jumps

    assert [jump.address for jump in jumps] == [
        Address("porter", "door", 22),
        Address("guard", "gate", 2022),
    ]


def test_an_included_file_counts(home: Path) -> None:
    (home / ".ssh" / "conf.d").mkdir()
    (home / ".ssh" / "conf.d" / "nas").write_text(NAS)

    assert route(home, "Include conf.d/*\n", "ssh://nas").address.host == "192.0.2.7"
    said = "Include conf.d/*  # the NAS's\n"
    assert route(home, said, "ssh://nas").address.host == "192.0.2.7"


def test_the_systems_file_includes_from_its_own_folder(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    system = tmp_path / "etc" / "ssh_config"
    system.parent.mkdir()
    system.write_text("Include conf.d/*\n")
    for folder, host in ((system.parent, "192.0.2.7"), (home / ".ssh", "198.51.100.1")):
        (folder / "conf.d").mkdir()
        (folder / "conf.d" / "nas").write_text(f"Host nas\n  HostName {host}\n")
    monkeypatch.setattr(config, "FILES", (Path("~/.ssh/config"), system))
    monkeypatch.setattr(config, "_SYSTEM", system)

    assert find_route("ssh://root@nas").address.host == "192.0.2.7"


def test_a_file_that_includes_itself_ends(home: Path) -> None:
    found = route(home, f"Include config\n{NAS}", "ssh://nas")

    assert found.address.host == "192.0.2.7"


@pytest.mark.parametrize(
    ("text", "url", "message"),
    [
        ("", "ssh://nas", "^'ssh://nas' names no user, and ssh_config has none for nas"),
        ("Host nas\n Port many\n", "ssh://root@nas", "Port many is not a number"),
        ("Host nas\n Port 65536\n", "ssh://root@nas", "Port 65536 is not a number from 1 to 65535"),
        ("Host nas\n Port 0\n", "ssh://root@nas", "Port 0 is not a number from"),
        ("Host nas\n Port \u0662\n", "ssh://root@nas", "is not a number from"),
        ("Host nas\n IdentityFile a\0b\n", "ssh://root@nas", "it has a NUL character"),
        ("Host nas\n ProxyCommand nc %h %p\n", "ssh://root@nas", "write ProxyJump"),
        ("Host nas\n ProxyJump door\n", "ssh://root@nas", "ProxyJump door.*names no user"),
        ("Host nas\n ProxyJump ,\n", "ssh://root@nas", "ProxyJump ,: .*no host.* comma"),
        ("Host nas\n ProxyJump door,\n", "ssh://root@nas", "ProxyJump door,: .*no host.* comma"),
        ("Host nas\n ProxyJump a:b:c\n", "ssh://root@nas", "is not a host|[Pp]ort"),
        ("Host 'nas\n", "ssh://root@nas", "config: .*--ssh-config none"),
        ("Match host\n User y\n", "ssh://nas", "--ssh-config none"),
    ],
)
def test_what_cannot_be_used_is_named(home: Path, text: str, url: str, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        route(home, text, url)


@pytest.mark.parametrize(
    ("match", "user"),
    [
        ("host nas", "guest"),
        ("Host nas", "guest"),
        ("host other", "root"),
        ("HOST other", "root"),
        ("!host nas", "root"),
        ("originalhost nas", "guest"),
        ("localnetwork 192.0.2.0/24", "root"),
        ("host nas tagged home", "root"),
        ("sessiontype shell", "root"),
        ("host nas # at home", "guest"),
        ("all # of them", "guest"),
        ("host=nas", "guest"),
        ("host other originalhost=nas", "root"),
        ("host = nas", "guest"),
    ],
)
def test_a_match_counts_for_the_hosts_that_it_names(home: Path, match: str, user: str) -> None:
    text = f"Match {match}\n User guest\nHost nas\n User root\n"

    assert route(home, text, "ssh://nas").address.user == user


def test_a_named_file_must_be_there(home: Path) -> None:
    with pytest.raises(UsageError, match=r"--ssh-config .*missing: No such file"):
        find_route("ssh://root@nas", home / "missing")


@pytest.mark.parametrize("port", [1, 65535])
def test_the_first_and_the_last_port_are_ports(home: Path, port: int) -> None:
    text = f"Host nas\n Port {port}\n"

    assert route(home, text, "ssh://root@nas").address == Address("root", "nas", port)


def test_the_ways_to_the_hosts_on_the_way_are_not_followed(home: Path) -> None:
    text = "User root\nHost nas\n ProxyJump door\nHost door\n ProxyJump nas\n"

    [door] = route(home, text, "ssh://nas").jumps

    assert door.address.host == "door"
    assert door.jumps == ()


def test_none_is_no_key_no_host_on_the_way_and_no_command(home: Path) -> None:
    text = "User root\nIdentityFile none\nProxyJump none\nProxyCommand none\n"

    assert route(home, text, "ssh://nas") == Route(Address("root", "nas"))


def test_a_list_of_known_hosts_that_cannot_be_read_names_none(home: Path) -> None:
    text = 'User root\nUserKnownHostsFile "/etc/known\n'

    assert route(home, text, "ssh://nas").known_hosts == ()


def test_as_many_hosts_on_the_way_as_are_allowed_and_no_more(home: Path) -> None:
    hosts = [f"door{number}" for number in range(9)]

    found = route(home, f"User root\nHost nas\n ProxyJump {','.join(hosts[:8])}\n", "ssh://nas")

    assert [jump.address.host for jump in found.jumps] == hosts[:8]
    with pytest.raises(UsageError, match="at most 8 hosts"):
        route(home, f"User root\nHost nas\n ProxyJump {','.join(hosts)}\n", "ssh://nas")


def test_the_users_file_may_be_missing_and_comes_before_the_systems(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    system = tmp_path / "ssh_config"
    system.write_text("User guest\nPort 2222\n")
    monkeypatch.setattr(config, "FILES", (Path("~/.ssh/config"), system))

    assert find_route("ssh://nas").address == Address("guest", "nas", 2222)
    assert route(home, "User root\n", "ssh://nas").address == Address("root", "nas", 2222)


def test_included_files_come_in_their_order_and_end_their_last_line(home: Path) -> None:
    for name, text in (("b", "Port 2022\nUser guest"), ("a", "User root"), ("c", "Port 2")):
        (home / ".ssh" / name).write_text(text)

    found = route(home, f'include "[bc]" {home}/.ssh/a\nPort 3\nUser late\n', "ssh://nas")

    assert found.address == Address("guest", "nas", 2022)


@pytest.mark.parametrize(
    ("match", "user"),
    [
        ("host nas originalhost other", "root"),
        ("host nas user guest", "root"),
        ("host nas tagged home # host nas", "root"),
        ("!host other", "guest"),
        ("!originalhost=nas", "root"),
        ("originalhost = other", "root"),
        ("originalhost nas # host other", "guest"),
    ],
)
def test_every_condition_of_a_match_counts(home: Path, match: str, user: str) -> None:
    text = f"Match {match}\n User guest\nHost nas\n User root\n"

    assert route(home, text, "ssh://nas").address.user == user


def test_a_comment_in_no_known_encoding_hides_nothing(home: Path) -> None:
    (home / ".ssh" / "config").write_bytes("# Zürich\nUser root\n".encode("latin-1"))

    assert find_route("ssh://nas").address.user == "root"


CANONICAL = "CanonicalizeHostname yes\nCanonicalDomains example.invalid\n"


@pytest.mark.parametrize("name", ["192.0.2.7", "%h.example.org"])
def test_a_name_that_an_alias_stands_for_is_not_canonicalized(home: Path, name: str) -> None:
    found = route(home, f"{CANONICAL}Host nas\n User u\n HostName {name}\n", "ssh://nas")

    assert found.address.host == name.replace("%h", "nas")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("CanonicalizeHostname yes\n", "in none of the CanonicalDomains; write its whole name"),
        (f"{CANONICAL}CanonicalizeFallbackLocal no\n", "in none of the CanonicalDomains"),
        ('Include "open\n', "Include: No closing quotation; --ssh-config none"),
        ("Include a**b\n", "Include: Invalid pattern"),
    ],
)
def test_a_file_that_cannot_be_followed_is_a_sentence(home: Path, text: str, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        route(home, text, "ssh://root@nas")


def test_an_included_file_may_have_a_space_in_its_name(home: Path) -> None:
    (home / ".ssh" / "my nas").write_text(NAS)

    assert route(home, 'Include "my nas"\n', "ssh://nas").address.host == "192.0.2.7"
