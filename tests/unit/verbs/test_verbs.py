"""The verbs that need no target, and the options of those that do."""

from __future__ import annotations

import argparse
import io
import json
import os
import shlex
import sys
from pathlib import Path

import pytest

from lagg_tool.cli import main
from lagg_tool.errors import UsageError
from lagg_tool.verbs.apply import seconds_of
from lagg_tool.verbs.common import add_target_arguments, follow_up_command
from tests.support.full_disk import full_disk

LAGG = """\
lagg0: flags=8843<UP,BROADCAST,RUNNING,SIMPLEX,MULTICAST> metric 0 mtu 1500
\tether 52:54:00:aa:00:01
\tinet 192.0.2.1 netmask 0xffffff00 broadcast 192.0.2.255
\tlaggproto failover lagghash l2,l3,l4
\tlaggport: vtnet1 flags=5<MASTER,ACTIVE>
\tlaggport: vtnet2 flags=0<>
\tstatus: no carrier
\tsomething: new and strange
"""


class Stdin(io.TextIOWrapper):
    def __init__(self, text: str) -> None:
        super().__init__(io.BytesIO(text.encode("utf-8")))


@pytest.mark.parametrize("words", [["parse", "-"], ["diagnose", "-"], ["frames", "-"]])
def test_a_standard_input_that_was_closed_is_named(
    words: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "stdin", None)  # so Python says it

    status = main(words)

    assert status == 2
    assert "-: standard input is closed" in capsys.readouterr().err


def test_parse_reads_standard_input_for_people(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "stdin", Stdin(LAGG))

    status = main(["parse", "-"])

    out = capsys.readouterr().out
    assert status == 0
    assert "lagg0     up mtu 1500 no carrier" in out
    assert "port vtnet1 MASTER,ACTIVE" in out
    assert "port vtnet2 not active" in out


def test_diagnose_reads_what_a_pipe_of_the_shell_has(
    capsys: pytest.CaptureFixture[str],
) -> None:
    reader, writer = os.pipe()
    with os.fdopen(writer, "w") as whole:
        whole.write(LAGG)

    status = main(["diagnose", f"/dev/fd/{reader}"])  # as in: diagnose <(ifconfig -v)

    os.close(reader)
    assert status == 1
    assert "seen: vtnet2 flags=0<>" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("nosuch.txt", "nosuch.txt: no such file; "),
        ("./nosuch", "./nosuch: No such file or directory; name a file that can be read"),
        ("/", "/: Is a directory; name a file that can be read"),
        ("lagg0", "ifconfig -v | lagg-tool diagnose -"),
    ],
)
def test_diagnose_says_what_it_does_not_find(
    word: str, said: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("LAGG_TOOL_TARGET", raising=False)

    status = main(["diagnose", word])

    assert status == 2
    assert said in capsys.readouterr().err


def test_parse_gives_programs_everything(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "out").write_text(LAGG)

    main(["parse", "--json", str(tmp_path / "out")])

    data = json.loads(capsys.readouterr().out)
    assert data["interfaces"][0]["lagg"]["ports"][1]["flags"] == {"value": 0, "names": []}
    assert data["interfaces"][0]["text"] + "\n" == LAGG


def test_parse_prints_back_what_it_read(
    tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    (tmp_path / "out").write_bytes(LAGG.encode() + b"\xff\xfe")

    main(["parse", "--text", str(tmp_path / "out")])

    assert capsysbinary.readouterr().out == LAGG.encode() + b"\xff\xfe"


def test_parse_of_a_file_that_is_not_there_is_wrong_usage(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["parse", str(tmp_path / "none")]) == 2
    assert f"{tmp_path / 'none'}: No such file" in capsys.readouterr().err


@pytest.mark.parametrize(("text", "seconds"), [("60s", 60), ("5m", 300), ("90", 90)])
def test_a_time_to_confirm_is_seconds_or_minutes(text: str, seconds: float) -> None:
    assert seconds_of(text) == seconds


@pytest.mark.parametrize("text", ["0s", "4s", "2h", "61m", "", "-5s", "5 s"])
def test_another_time_to_confirm_is_wrong_usage(text: str) -> None:
    with pytest.raises(UsageError, match="--confirm-within"):
        seconds_of(text)


@pytest.mark.parametrize("words", [[], ["lagg0.toml", "--remove", "lagg0"]])
def test_a_plan_needs_a_file_or_a_name_and_not_both(
    words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["plan", *words]) == 2
    assert "name one: the file of a LAGG, or --remove" in capsys.readouterr().err


def test_a_broken_file_is_told_before_a_target_is_looked_for(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "lagg0.toml"
    path.write_text('name = "lagg0"\nprotocol = "lacp"\nports = ["lo0"]\n')

    status = main(["apply", str(path), "--target", "ssh://nobody@192.0.2.1"])

    assert status == 2
    assert f"{path}:3: ports[0] = 'lo0': " in capsys.readouterr().err


def test_all_errors_of_a_file_are_told_at_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "lagg0.toml"
    path.write_text('name = "lagg0"\nprotocol = "failovr"\nports = ["em0", "em0"]\nmtu = 90000\n')

    status = main(["plan", str(path)])

    said = capsys.readouterr().err.splitlines()
    assert status == 2
    assert [line.split(" = ")[0].strip() for line in said] == [
        f"lagg-tool: {path}:2: protocol",
        f"{path}:3: ports[1]",
        f"{path}:4: mtu",
    ]


@pytest.mark.parametrize(
    "words",
    [
        ["show"],
        ["plan", "--remove", "lagg0"],
        ["apply", "--remove", "lagg0"],
        ["confirm"],
        ["rollback"],
        ["diagnose", "lagg0"],
    ],
)
def test_without_a_target_a_verb_says_how_to_give_one(
    words: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("LAGG_TOOL_TARGET", raising=False)

    assert main(words) == 2

    printed = capsys.readouterr()
    assert printed.out == ""
    assert "--target ssh://root@nas, or set LAGG_TOOL_TARGET" in printed.err


def test_the_target_may_be_a_variable(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("LAGG_TOOL_TARGET", "sim:?os=truenas-13.3")

    assert main(["show"]) == 0

    assert capsys.readouterr().out.startswith("SIMULATED: sim:?os=truenas-13.3 is a model of ")


@pytest.mark.parametrize(
    ("terminals", "options", "times"),
    [
        (("stdout", "stderr"), [], (1, 0)),
        (("stdout", "stderr"), ["--json"], (0, 1)),
        (("stdout",), [], (1, 1)),
        (("stderr",), [], (1, 1)),
        ((), [], (1, 1)),
    ],
)
def test_apply_says_once_wherever_it_is_read_that_the_nas_is_simulated(
    terminals: tuple[str, ...],
    options: list[str],
    times: tuple[int, int],
    *,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    wanted = tmp_path / "lagg0.toml"
    wanted.write_text('name = "lagg0"\nprotocol = "failover"\nports = ["vtnet1"]\n')
    for each in terminals:
        monkeypatch.setattr(getattr(sys, each), "isatty", lambda: True)

    status = main(["apply", str(wanted), "--target", "sim:", *options])

    said = capsys.readouterr()
    assert status == 0, said.err
    assert (said.out.count("SIMULATED: "), said.err.count("SIMULATED: ")) == times


def test_the_command_that_a_message_names_has_the_same_way_in() -> None:
    way = [
        *("--target", "ssh://ada@nas", "--identity", "a key", "--identity", "b", "--agent"),
        *("--become", "doas", "--ssh-config", "none", "--host-key-policy", "accept-new"),
    ]
    parser = argparse.ArgumentParser()
    add_target_arguments(parser)

    first, *command = shlex.split(follow_up_command(parser.parse_args(way), "rollback", "t-1"))
    pinned = shlex.split(
        follow_up_command(parser.parse_args([*way[:2], "--host-key", "SHA256:x"]), "confirm", "")
    )

    assert first.endswith("lagg-tool")
    assert command == ["rollback", "t-1", *way]
    assert pinned[1:] == ["confirm", *way[:2], "--host-key", "SHA256:x"]


def test_what_a_text_does_not_show_is_named_where_nothing_was_found(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "pasted.txt"
    file.write_text(
        "em0: flags=8843<UP,BROADCAST,RUNNING> metric 0 mtu 1500\n"
        "\tmedia: Ethernet autoselect (1000baseT <full-duplex>)\n\tstatus: active\n"
        "lagg0: flags=8843<UP,BROADCAST,RUNNING> metric 0 mtu 1500\n"
        "\tlaggproto failover lagghash l2\n\tlaggport: em0 flags=5<MASTER,ACTIVE>\n"
        "\tstatus: active\n"
    )

    assert main(["diagnose", str(file)]) == 0

    assert capsys.readouterr().out.splitlines() == [
        "lagg0: nothing found that keeps it from carrying traffic; 1 of 1 ports active",
        "  not seen: what the kernel said of it (--dmesg FILE)",
        "  not seen: what the next boot makes of it (--rc-conf FILE)",
    ]


def test_a_full_disk_under_the_files_of_a_simulated_nas_is_named_by_one_of_them(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with full_disk(100):
        status = main(["show", "--target", "sim:"])

    said = capsys.readouterr().err
    assert (status, said.endswith("/id_ed25519: File too large\n")) == (1, True), said
