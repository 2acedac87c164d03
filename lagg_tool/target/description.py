"""The description of a target for results.json: what the NAS says about itself."""

from __future__ import annotations

from collections.abc import Mapping

from lagg_tool.command import Runner, read
from lagg_tool.evidence import SIMULATED_SERVER, Provenance, TargetResult
from lagg_tool.nas.opening import product_of
from lagg_tool.releases import release_of
from lagg_tool.target.target import Target

_FACTS = (
    ("uname", read("uname", "-a")),
    ("system", read("uname", "-sr")),
    ("osreldate", read("sysctl", "-n", "kern.osreldate")),
    ("hostname", read("hostname")),
    ("truenas", read("cat", "/etc/version")),
)


def read_facts(runner: Runner) -> dict[str, str]:
    """Return what the NAS answers when it is asked what it is. Raises TargetError."""
    answers = runner.run_batch([command for _, command in _FACTS])
    facts = {
        name: done.stdout.strip()
        for (name, _), done in zip(_FACTS, answers, strict=True)
        if done.status == 0
    }
    if product_of(facts) == "linux":
        facts |= {"product": "linux", "kernel": facts["system"].removeprefix("Linux ")}
    return facts


def describe(target: Target, url: str, facts: Mapping[str, str], release: str = "") -> None:
    """Give the target its description; a ``release`` that is not given is found in the facts."""
    simulated = SIMULATED_SERVER in target.connection.server_version
    provenance = Provenance.SIMULATED if simulated else Provenance.OBSERVED
    testbed = target.testbed.kind if target.testbed is not None else "none"
    system = facts.get("truenas") or facts.get("system", "")
    release = release or release_of(facts)
    target.describe(TargetResult(url, url, provenance, system, release, testbed, dict(facts)))
