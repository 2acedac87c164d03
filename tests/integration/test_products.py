"""Every verb that looks at or changes a NAS, on each product, from the command line.

A test's commands all meet the same simulated NAS, each over a connection of its own.
"""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from lagg_tool.cli import main
from lagg_tool.command import quote
from lagg_tool.lagg import parse_specs
from lagg_tool.nas.contract import ApplyOptions, Request
from lagg_tool.nas.opening import open_nas
from lagg_tool.ssh.connection import Connection
from lagg_tool.target import Target, TargetOptions, open_target
from lagg_tool.user import local_user

FREEBSD, TRUENAS = "sim:?os=freebsd-13.2", "sim:?os=truenas-13.3"
PRODUCTS = [FREEBSD, TRUENAS]
LAGG = 'name = "lagg0"\nprotocol = "failover"\nports = ["vtnet1", "vtnet2"]\n'


@dataclass(frozen=True)
class Said:
    """The end of a command: its exit status, and what it printed after ``SIMULATED: …``."""

    status: int
    out: str
    err: str
    heading: str = ""

    @property
    def token(self) -> str:
        """The token of the change that was held or confirmed."""
        found = re.search(r"\bt-[0-9a-f]+", self.out)
        assert found is not None, self.out + self.err
        return found[0]


class Lab:
    """One NAS, and the command line at it."""

    def __init__(self, target: Target, directory: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.target = target
        self.url = target.result.url
        self._directory = directory
        self._capsys = capsys

    def file(self, text: str = LAGG) -> str:
        path = self._directory / "lagg.toml"
        path.write_text(text, encoding="utf-8")
        return str(path)

    def run(self, *words: str) -> Said:
        self._capsys.readouterr()
        status = main([*words, "--target", self.url])
        printed = self._capsys.readouterr()
        heading = next(iter(re.findall(r"\ASIMULATED: .*\n", printed.out)), "")
        err = printed.err.removeprefix(heading)
        return Said(status, printed.out.removeprefix(heading), err, heading)

    def again(self, url: str, options: TargetOptions) -> Target:
        """Open the same NAS once more, as a command does."""
        assert url == self.url

        def connect() -> Connection:
            made = self.target.connect()
            made.read_only = options.read_only
            return made

        target = Target(connect, self.target.clock)
        closing = contextlib.ExitStack()
        closing.callback(target.hang_up)
        target.adopt(closing)
        target.describe(self.target.result)
        return target

    def interfaces(self) -> list[str]:
        listed: bytes = self.target.simulated.run("ifconfig -l").stdout
        return listed.decode().split()


@pytest.fixture(params=PRODUCTS)
def lab(
    request: pytest.FixtureRequest,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Iterator[Lab]:
    with open_target(request.param) as target:
        made = Lab(target, tmp_path, capsys)
        monkeypatch.setattr("lagg_tool.verbs.common.open_target", made.again)
        yield made


def test_show_lists_the_interfaces_and_the_way_in(lab: Lab) -> None:
    said = lab.run("show")

    assert (said.status, said.err) == (0, "")
    assert "vtnet1 " in said.out
    assert "this session: from 10.0.2.2 to 10.0.2.15 over vtnet0\n" in said.out
    assert "pending" not in said.out


def test_show_gives_programs_everything(lab: Lab) -> None:
    lab.run("apply", lab.file(), "--hold")

    data = json.loads(lab.run("show", "--json").out)

    assert data["pending"].keys() == {"token", "lagg", "who", "guard", "seconds_left"}
    assert (data["pending"]["lagg"], data["pending"]["guard"]) == ("lagg0", True)
    assert 0 < data["pending"]["seconds_left"] <= 60
    assert data["pending_hidden"] is False
    assert data["management"]["interface"] == "vtnet0"
    assert "lagg0" in [each["name"] for each in data["interfaces"]]
    if lab.url == TRUENAS:
        assert data["middleware"]["record"]["token"] == data["pending"]["token"]


def test_plan_says_what_apply_would_do_and_apply_does_it(lab: Lab) -> None:
    planned = lab.run("plan", lab.file())
    before = lab.interfaces()
    applied = lab.run("apply", lab.file())
    left = lab.run("plan", lab.file())

    assert planned.status == 1
    assert planned.out.startswith("lagg0: ")
    assert "lagg0" not in before
    assert applied.status == 0, applied.err
    assert planned.out in applied.err
    assert applied.out == (
        f"confirmed: {applied.token}; lagg-tool rollback {applied.token}"
        f" --target '{lab.url}' undoes it\n"
    )
    assert "probed over a fresh connection: the change holds" in applied.err
    assert "lagg0" in lab.interfaces()
    assert (left.status, left.out.splitlines()[0]) == (0, "lagg0: nothing to do")


def test_a_change_that_is_there_already_is_nothing_to_do(lab: Lab) -> None:
    lab.run("apply", lab.file())

    said = lab.run("apply", lab.file())

    assert (said.status, said.out) == (0, "nothing to do\n")


def test_plan_gives_programs_the_changes(lab: Lab) -> None:
    said = lab.run("plan", lab.file(), "--json")

    data = json.loads(said.out)
    assert said.status == 1
    assert data["name"] == "lagg0"
    assert data["changes"]
    assert all(data[key] == [] for key in ("findings", "management", "notes", "doubts"))
    if lab.url == TRUENAS:
        assert data["changes"][0]["method"] == "interface.create"
    else:
        assert data["changes"][0] == "ifconfig lagg0 create"
        assert data["inverse"][0] == "ifconfig lagg0 destroy"
        assert {each["variable"] for each in data["rc_conf"]} >= {"cloned_interfaces"}


def test_apply_gives_programs_the_outcome(lab: Lab) -> None:
    data: dict[str, Any] = json.loads(lab.run("apply", lab.file(), "--json", "--hold").out)

    assert data["state"] == "PROBING"
    assert data["token"].startswith("t-")
    assert 0 < data["seconds_left"] <= 60
    assert f"lagg-tool confirm {data['token']} --target" in data["said"]


def test_a_held_change_is_shown_with_the_ways_on_and_confirmed(lab: Lab) -> None:
    held = lab.run("apply", lab.file(), "--hold")

    shown = lab.run("show")
    confirmed = lab.run("confirm")
    lab.target.clock.sleep(100)

    assert held.out.startswith(f"held: {held.token}, ")
    assert f"pending: {held.token} of lagg0 by " in shown.out
    assert f"  keep it: lagg-tool confirm {held.token} --target '{lab.url}'\n" in shown.out
    assert f"  undo it: lagg-tool rollback {held.token} --target '{lab.url}'\n" in shown.out
    assert (confirmed.status, confirmed.err) == (0, "")
    assert confirmed.out == f"confirmed: {held.token}; the new configuration holds\n"
    assert "lagg0" in lab.interfaces()
    assert "pending" not in lab.run("show").out


def test_what_holds_only_until_a_change_is_decided_is_no_nothing_to_do(lab: Lab) -> None:
    how = [] if "truenas" in lab.url else ["--runtime-only"]  # else rc.conf is left to do
    token = lab.run("apply", lab.file(), "--hold", *how).token

    said = lab.run("apply", lab.file(), *how)

    assert said.status == 2
    assert "a change waits for its confirmation; nothing was touched" in said.err
    assert f"keep it: lagg-tool confirm {token} --target" in said.err
    lab.run("confirm")
    assert "nothing to do" in lab.run("apply", lab.file(), *how).out


def test_plan_says_that_a_change_is_pending_by_whom_and_how_to_go_on(lab: Lab) -> None:
    held = lab.run("apply", lab.file(), "--hold")

    as_wanted = lab.run("plan", lab.file())
    otherwise = lab.run("plan", "--remove", "lagg0")
    data = json.loads(lab.run("plan", lab.file(), "--json").out)

    assert (as_wanted.status, otherwise.status) == (1, 1)
    if lab.url == TRUENAS:  # where what is pending is what boots; rc.conf is written at the end
        assert as_wanted.out.startswith("lagg0: nothing to do, if the pending change is kept\n")
    for said in (as_wanted.out, otherwise.out):
        assert f"pending: {held.token} of lagg0 by {local_user()}, " in said
        for verb in ("confirm", "rollback"):
            assert f"it: lagg-tool {verb} {held.token} --target {quote(lab.url)}" in said
    assert data["pending"]["token"] == held.token
    lab.run("confirm")
    assert "pending" not in lab.run("plan", "--remove", "lagg0").out


@pytest.mark.parametrize("options", [["--hold"], []], ids=["pending", "confirmed"])
def test_a_change_is_rolled_back(lab: Lab, options: list[str]) -> None:
    token = lab.run("apply", lab.file(), *options).token

    said = lab.run("rollback", token)

    assert said.status == 0, said.err
    assert said.out == f"rolled back: {token}; the old configuration holds\n"
    assert "lagg0" not in lab.interfaces()


@pytest.mark.parametrize(("verb", "state"), [("confirm", "CONFIRMED"), ("rollback", "REVERTED")])
def test_confirm_and_rollback_give_programs_the_outcome(lab: Lab, verb: str, state: str) -> None:
    token = lab.run("apply", lab.file(), "--hold").token

    said = lab.run(verb, "--json")

    data: dict[str, Any] = json.loads(said.out)
    assert said.status == 0, said.err
    assert (data["token"], data["state"], data["provenance"]) == (token, state, "simulated")


def test_a_quiet_change_prints_its_outcome_only(lab: Lab) -> None:
    said = lab.run("apply", lab.file(), "--quiet")

    assert (said.status, said.err) == (0, "")
    assert said.out.startswith("confirmed: ")


def test_a_quiet_change_that_fails_says_why(lab: Lab) -> None:
    said = lab.run("apply", lab.file(), "--quiet", "--confirm-within", "1s")

    assert said.status == 2
    assert "--confirm-within '1s': write" in said.err


def test_a_late_confirmation_is_an_exit_status_of_its_own(lab: Lab) -> None:
    token = lab.run("apply", lab.file(), "--hold").token
    lab.target.clock.sleep(100)

    said = lab.run("confirm", token)

    assert (said.status, said.out) == (4, "")
    assert f"REVERTED: {token} was not " in said.err
    assert "lagg0" not in lab.interfaces()


def test_a_lagg_is_removed(lab: Lab) -> None:
    lab.run("apply", lab.file())

    said = lab.run("apply", "--remove", "lagg0")
    left = lab.run("plan", "--remove", "lagg0")

    assert said.status == 0, said.err
    assert "lagg0" not in lab.interfaces()
    assert (left.status, left.out) == (0, "lagg0: nothing to do\n")


def test_read_only_refuses_a_change_before_it_begins(lab: Lab) -> None:
    before = lab.interfaces()

    said = lab.run("apply", lab.file(), "--read-only")

    assert (said.status, said.out) == (2, "")
    assert "--read-only: lagg0 would be changed; leave the option out to change it" in said.err
    assert lab.interfaces() == before


def test_every_reason_against_a_change_is_given_at_once(lab: Lab) -> None:
    before = lab.interfaces()

    said = lab.run("apply", lab.file(LAGG.replace("vtnet2", "vtnet0").replace("vtnet1", "em7")))

    assert said.status == 2
    assert "lagg0: nothing was touched:\n  port em7: there is no such interface" in said.err
    assert "\n  port vtnet0: it has addresses (10.0.2.15/24)" in said.err
    assert "\n  vtnet0 carries this session" in said.err
    assert said.err.count("--allow-management would allow it") == 1
    assert lab.interfaces() == before


def test_a_second_change_waits_for_the_first(lab: Lab) -> None:
    token = lab.run("apply", lab.file(), "--hold").token

    other = lab.file('name = "lagg1"\nprotocol = "failover"\nports = ["em0"]\n')
    said = lab.run("apply", other)

    assert said.status == 2
    assert "is pending" in said.err
    assert "nothing was touched" in said.err
    assert f"lagg-tool confirm {token} --target" in said.err
    assert "lagg1" not in lab.interfaces()


@pytest.mark.parametrize("verb", ["confirm", "rollback"])
@pytest.mark.parametrize("token", ["t-0123", ""])
def test_a_change_that_the_nas_does_not_know_is_wrong_usage(
    lab: Lab, verb: str, token: str
) -> None:
    said = lab.run(verb, *([token] if token else []))

    assert (said.status, said.out) == (2, "")
    assert "nothing was touched" in said.err
    assert token in said.err


def test_diagnose_finds_nothing_or_the_causes_or_no_lagg(lab: Lab) -> None:
    lab.run("apply", lab.file())
    healthy = lab.run("diagnose", "lagg0")
    lab.run("apply", lab.file(LAGG.replace("failover", "lacp")))
    silent = lab.run("diagnose", "lagg0", "--listen", "31")
    missing = lab.run("diagnose", "lagg7")

    assert healthy.status == 0
    assert healthy.out == "lagg0: nothing found that keeps it from carrying traffic\n"
    assert silent.status == 1
    assert "vtnet1: no partner\n" in silent.out
    assert "listening on vtnet1, vtnet2 for 31 s\n" in silent.err
    assert missing.status == 2
    assert "the LAGGs of this host: lagg0" in missing.err


def test_an_interrupted_change_says_what_becomes_of_it(lab: Lab) -> None:
    lines: list[str] = []

    def tell(line: str) -> None:
        lines.append(line)
        if len(lines) == 1:
            raise KeyboardInterrupt

    nas = open_nas(lab.target, tell=tell)
    plan = nas.plan(Request("lagg0", parse_specs(LAGG, "lagg.toml")[0]), nas.observe())
    with pytest.raises(KeyboardInterrupt):
        nas.apply(plan, ApplyOptions())

    token = lines[0].split()[1].rstrip(",")
    assert token in lines[0]
    what = "committed" if lab.url == TRUENAS else "confirmed"
    assert lines[1].startswith(f"{token} is not {what}: ")
    assert f"lagg-tool rollback {token} undoes it" in lines[1]
    lab.target.clock.sleep(200)
    assert "lagg0" not in lab.interfaces()


def test_a_change_at_runtime_only_is_freebsds(lab: Lab) -> None:
    said = lab.run("apply", lab.file(), "--runtime-only")

    if lab.url == TRUENAS:
        assert said.status == 2
        assert "--runtime-only: the middleware of a TrueNAS keeps every change" in said.err
        assert "lagg0" not in lab.interfaces()
        return
    assert said.status == 0, said.err
    assert "rc.conf" not in said.err
    assert "lagg0" in lab.interfaces()
    assert b"lagg0" not in lab.target.simulated.run("cat /etc/rc.conf").stdout


@pytest.mark.parametrize("product", PRODUCTS)
def test_another_user_than_root_may_look_and_is_told_who_may_change(
    product: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    url = f"{product}&user=freebsd"
    path = tmp_path / "lagg.toml"
    path.write_text(LAGG, encoding="utf-8")

    shown = main(["show", "--target", url])
    said = capsys.readouterr()
    applied = main(["apply", str(path), "--target", url])
    refused = capsys.readouterr()

    assert shown == 0
    assert "vtnet1 " in said.out
    assert applied == 2
    assert "this needs root on the host, and the session is that of freebsd" in refused.err
    assert "nothing was touched" in refused.err


def test_what_is_printed_about_a_simulated_nas_begins_with_simulated(lab: Lab) -> None:
    file = lab.file()
    printed = [
        lab.run(*words)
        for words in (
            ["show"],
            ["plan", file],
            ["apply", file, "--hold"],
            ["confirm"],
            ["diagnose", "lagg0"],
            ["rollback"],
        )
    ]

    for said in printed:
        assert said.heading.startswith(f"SIMULATED: {lab.url} is a model of "), said
        assert "SIMULATED" not in said.out + said.err


def test_the_json_about_a_simulated_nas_says_so(lab: Lab) -> None:
    for words in (
        ["show"],
        ["plan", lab.file()],
        ["apply", lab.file()],
        ["diagnose", "lagg0"],
    ):
        data = json.loads(lab.run(*words, "--json").out)
        assert data["provenance"] == "simulated"
