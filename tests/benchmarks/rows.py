"""What is compared: each row is one piece of work, ours and the peers that do the same."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tests.benchmarks import inputs, peers
from tests.benchmarks.measure import Contender, Measured, cold, warm

OURS = "lagg_tool"
BATCHED = "lagg_tool, as it works (3 batches)"
# raw needs nothing on the host; shell is how playbooks are written, and needs Python there.
ANSIBLE = {"raw": "ansible-core raw", "shell": "ansible-core shell"}
PARAMIKO_PEERS = ("paramiko", "fabric", "testinfra paramiko://")


@dataclass(frozen=True)
class Goal:
    """A bound from the issue on how many times longer a peer takes than ours.

    ``peers``: the fastest of these counts.
    """

    peers: tuple[str, ...]
    at_least: float
    words: str


@dataclass(frozen=True)
class Row:
    """A table of the report: the first of ``measured`` is ours."""

    title: str
    about: str
    measured: list[Measured]
    goals: tuple[Goal, ...] = field(default=())


def per_command(server: Mapping[str, str], rounds: int) -> Row:
    """Run `true` on an open connection."""
    environment = dict(server)
    measured = warm(
        [
            peers.ours(OURS, "ours_ssh", "warm", environment),
            peers.peer("asyncssh", "asyncssh_peer", "warm", environment),
            peers.peer("paramiko", "paramiko_peer", "warm", environment),
            peers.peer("fabric", "fabric_peer", "warm", environment),
            peers.peer("testinfra paramiko://", "testinfra_peer", "warm", environment),
            peers.peer("testinfra ssh://", "testinfra_peer", "warm_ssh", environment),
        ],
        rounds,
    )
    return Row(
        "One command on an open connection",
        "`true`, repeatedly; ansible-core keeps no connection open",
        measured,
        (
            Goal(("asyncssh",), 1 / 1.3, "within 1.3 times asyncssh"),
            Goal(
                ("testinfra paramiko://", "testinfra ssh://"),
                15,
                "fifteen times faster than testinfra",
            ),
        ),
    )


def cold_job(server: Mapping[str, str], rounds: int, directory: Path) -> Row:
    """Run ten commands, from the start of the process to its end."""
    environment = dict(server)
    one_by_one = peers.ours("lagg_tool, one by one", "ours_ssh", "job", environment)
    measured = cold(
        [
            peers.ours(BATCHED, "ours_ssh", "batched", environment),
            one_by_one,
            peers.peer("asyncssh", "asyncssh_peer", "job", environment),
            peers.peer("paramiko", "paramiko_peer", "job", environment),
            peers.peer("fabric", "fabric_peer", "job", environment),
            peers.peer("testinfra paramiko://", "testinfra_peer", "job", environment),
            peers.peer("testinfra ssh://", "testinfra_peer", "job_ssh", environment),
            *(_ansible(module, environment, directory) for module in ANSIBLE),
        ],
        rounds,
    )
    return Row(
        "A job of ten commands, from the start of the process to its end",
        "three reads, seven changes, one check of the result; each tool in its own way",
        measured,
        (
            Goal(PARAMIKO_PEERS, 2.5, "2.5 times faster than the fastest paramiko peer"),
            Goal((ANSIBLE["shell"],), 10, "ten times faster than ansible-core's shell"),
            Goal((ANSIBLE["raw"],), 10, "ten times faster than ansible-core's raw"),
        ),
    )


def _ansible(module: str, environment: dict[str, str], directory: Path) -> Contender:
    book = inputs.playbook(directory, environment, module)
    return Contender(
        ANSIBLE[module],
        (str(peers.VENV / "bin" / "ansible-playbook"), "-i", f"{directory}/hosts", str(book)),
        {
            **environment,
            "ANSIBLE_SSH_CONTROL_PATH_DIR": str(directory / "cp"),
            "ANSIBLE_LOCAL_TEMP": str(directory / "tmp"),
            "ANSIBLE_HOME": str(directory / "ansible"),
            # Cold means cold: the connection does not outlive the job until the next round.
            "ANSIBLE_SSH_ARGS": "-C -o ControlMaster=auto -o ControlPersist=1s",
            "PYTHONPATH": "",
        },
    )


def text(rounds: int, directory: Path) -> list[Row]:
    """Parse a thousand interfaces; decode and encode frames."""
    listing = directory / "ifconfig.txt"
    listing.write_text(inputs.interfaces(1000), encoding="utf-8")
    environment = {"BENCHMARK_TEXT": str(listing)}

    def against(peer: str, mode: str) -> list[Measured]:
        return warm(
            [
                peers.ours(OURS, "ours_text", mode, environment),
                peers.peer(peer, "peers_text", mode, environment),
            ],
            rounds,
        )

    return [
        Row(
            "Parsing ifconfig output of a thousand interfaces",
            "ours keeps every line, byte for byte, which is checked before the measurement",
            against("jc", "parse"),
            (Goal(("jc",), 3, "three times faster than jc"),),
        ),
        Row(
            "Decoding an LACPDU",
            "124 bytes to all fields of actor and partner; with scapy, one field is read",
            against("scapy", "lacpdu"),
            (Goal(("scapy",), 20, "twenty times faster than scapy"),),
        ),
        Row("Encoding an LACPDU", "all fields to 124 bytes", against("scapy", "lacpdu_encode")),
        Row(
            "Decoding a UDP datagram in a VLAN",
            "Ethernet, 802.1Q, IPv4 with its checksum verified, UDP",
            against("scapy", "frame"),
        ),
    ]


def start_up(rounds: int) -> Row:
    """Print the help, against an interpreter that does nothing."""
    measured = cold(
        [
            Contender("lagg-tool --help", (sys.executable, "-m", "lagg_tool", "--help"), {}),
            Contender("python -c pass", (sys.executable, "-c", "pass"), {}),
        ],
        rounds,
    )
    return Row(
        "Start of the tool",
        "the start of the interpreter is the lower limit",
        measured,
        (Goal(("python -c pass",), 1 / 1.5, "within 1.5 times a bare interpreter"),),
    )


def site(rounds: int, directory: Path) -> Row:
    """Build the site, and the same pages with plain mkdocs."""
    results, config = inputs.pages(directory)
    measured = cold(
        [
            Contender(
                OURS,
                (
                    *(sys.executable, "-m", "lagg_tool", "docs", "build"),
                    *("--results", str(results), "--site", str(directory / "ours")),
                ),
                {},
            ),
            Contender(
                "mkdocs",
                (
                    *(str(peers.VENV / "bin" / "mkdocs"), "build", "-q"),
                    *("-f", str(config), "-d", str(directory / "theirs")),
                ),
                {},
            ),
        ],
        rounds,
    )
    return Row(
        "The site",
        "ours makes its pages from features and results first; MkDocs, with its own theme, is "
        "given the resulting pages",
        measured,
    )


def acceptance(rounds: int, directory: Path) -> Row:
    """Run the whole suite on the simulated FreeBSD."""
    results = str(directory / "whole.json")
    words = ("accept", "--target", "sim:", "--results", results)
    return Row(
        "The whole acceptance run on the simulated NAS",
        "from the start of the process to the verdicts, with as many processes as there are "
        "cores; the goal is ten seconds on two",
        cold([Contender(OURS, (sys.executable, "-m", "lagg_tool", *words), {})], rounds),
    )


def runner(rounds: int, directory: Path) -> Row:
    """Run a feature on the simulated NAS, ours and behave's."""
    feature = inputs.scenarios(directory, 40)
    measured = cold(
        [
            Contender(
                OURS,
                (
                    *(sys.executable, "-m", "lagg_tool", "accept", "--target", "sim:"),
                    *("--results", str(directory / "results.json"), str(feature)),
                ),
                {},
            ),
            Contender(
                "behave",
                (
                    *(str(peers.VENV / "bin" / "behave"), "--no-capture", "-f", "progress"),
                    str(inputs.behave(directory, feature)),
                ),
                {},
            ),
        ],
        rounds,
    )
    return Row(
        "Forty scenarios on the simulated NAS",
        "the same feature file and step functions; ours also records the evidence "
        "of every step and writes results.json",
        measured,
    )
