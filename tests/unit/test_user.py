"""The user of a container: passwd does not know it, and it may have no home directory."""

from __future__ import annotations

import pwd
import resource
from pathlib import Path

import pytest

from lagg_tool.cli import main
from lagg_tool.site.directory import check_site_directory
from lagg_tool.ssh.config import find_route
from lagg_tool.user import expanded, home, local_user


@pytest.fixture
def nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(_: object) -> pwd.struct_passwd:
        raise KeyError

    for variable in ("HOME", "LOGNAME", "USER", "LNAME", "USERNAME"):
        monkeypatch.setenv(variable, "")  # so that it is as before, afterwards
        monkeypatch.delenv(variable)
    monkeypatch.setattr(pwd, "getpwuid", unknown)


@pytest.mark.usefixtures("nobody")
def test_a_user_without_a_home_directory_has_the_root() -> None:
    assert home() == Path("/")
    assert expanded(Path("~/.ssh/config")) == Path("/.ssh/config")


def test_the_home_directory_of_a_user_who_is_not_known_is_a_name_like_others() -> None:
    assert expanded(Path("~no-such-user/key")) == Path("~no-such-user/key")
    assert expanded(Path("key")) == Path("key")


@pytest.mark.usefixtures("nobody")
def test_a_user_without_a_name_finds_the_way_to_a_nas() -> None:
    route = find_route("ssh://root@nas")

    assert route.address.user == "root"
    assert local_user().startswith("uid-")


@pytest.mark.usefixtures("nobody")
def test_a_site_is_built_without_a_home_directory(tmp_path: Path) -> None:
    check_site_directory(tmp_path / "site", [])


@pytest.mark.usefixtures("nobody")
def test_machines_are_looked_for_without_a_home_directory(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("XDG_STATE_HOME", raising=False)

    status = main(["vm", "down", "--name", "none"])

    assert status == 2
    assert "no virtual machine named 'none'" in capsys.readouterr().err


@pytest.mark.parametrize(
    "words",
    [
        ["--target", "qemu:~no-such-user/image.qcow2"],
        ["--target", "ssh://root@nas.invalid", "--identity", "~no-such-user/key"],
        ["--target", "ssh://root@nas.invalid", "--ssh-config", "~no-such-user/config"],
    ],
)
def test_a_file_of_a_user_who_is_not_known_is_not_there(
    words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    status = main(["show", *words])

    assert status == 2
    assert "~no-such-user/" in capsys.readouterr().err


@pytest.mark.parametrize(
    "words", [["accept", "features/core/none.feature"], ["apply", "--remove", "lagg0"], ["show"]]
)
def test_a_process_that_may_open_few_files_does_not_begin(
    words: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(resource, "getrlimit", lambda _: (16, 16))

    status = main([*words, "--target", "sim:"])

    assert status == 3
    assert "only 16 files may be open at once here" in capsys.readouterr().err
