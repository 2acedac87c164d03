"""``lagg-tool diagnose LAGG``: why it does not come up, from the host's state and LACPDUs."""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from typing import Any

from lagg_tool.errors import UsageError
from lagg_tool.lagg.diagnosis import Finding
from lagg_tool.verbs.common import add_target_arguments, nas_of

_LONGEST = 600
_EPILOG = """\
exit status: 0 nothing found; 1 causes found; 2 wrong usage, or no such LAGG; 3 the target
cannot be reached, its host key is wrong, or it refused the login"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``diagnose``."""
    parser.epilog = _EPILOG
    parser.add_argument("lagg", metavar="LAGG", help="the interface, such as lagg0")
    add_target_arguments(parser)
    parser.add_argument(
        "--listen",
        type=int,
        default=0,
        metavar="SECONDS",
        help="hear the partners on the NAS; more than 30 prove silence",
    )
    parser.add_argument("--json", action="store_true", help="the findings as JSON")


def run(options: argparse.Namespace) -> int:
    """Look, and print the causes. Returns 1 if there are any, else 0."""
    if not 0 <= options.listen <= _LONGEST:
        raise UsageError(f"--listen {options.listen}: seconds, 0 to {_LONGEST}")
    with nas_of(options, read_only=True) as nas:
        findings = nas.diagnose(options.lagg, options.listen)
    if options.json:
        data = {"provenance": options.provenance} | _data(options.lagg, findings)
        print(json.dumps(data, indent=1))
    elif findings:
        print("\n\n".join(_text(finding) for finding in findings))
    else:
        print(f"{options.lagg}: nothing found that keeps it from carrying traffic")
    return 1 if findings else 0


def _text(finding: Finding) -> str:
    evidence = "\n".join(f"  seen: {line}" for line in finding.evidence)
    return (
        f"{finding.where}: {finding.cause.value}\n{evidence}\n"
        f"  meaning: {finding.meaning}\n  next: {finding.next_command}"
    )


def _data(name: str, findings: Sequence[Finding]) -> dict[str, Any]:
    return {
        "lagg": name,
        "findings": [
            {
                "cause": finding.cause.name,
                "text": finding.cause.value,
                "where": finding.where,
                "evidence": list(finding.evidence),
                "meaning": finding.meaning,
                "next": finding.next_command,
            }
            for finding in findings
        ],
    }
