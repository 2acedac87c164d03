"""The description of a target for results.json: what the NAS says about itself."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from lagg_tool.claims.releases import release_of
from lagg_tool.command import read
from lagg_tool.evidence import SIMULATED_SERVER, Provenance, TargetResult
from lagg_tool.target.target import Target

_FACTS = (
    ("uname", read("uname", "-a")),
    ("system", read("uname", "-sr")),
    ("osreldate", read("sysctl", "-n", "kern.osreldate")),
    ("hostname", read("hostname")),
    ("truenas", read("cat", "/etc/version")),
)


def describe(
    target: Target, url: str, release: str = "", known: Mapping[str, str] = MappingProxyType({})
) -> None:
    """Ask the NAS what it is, and give the target its description; ``known`` adds facts.

    A ``release`` that is not given is found out. Raises TargetError.
    """
    answers = target.connection.run_batch([command for _, command in _FACTS])
    facts = {
        name: done.stdout.strip()
        for (name, _), done in zip(_FACTS, answers, strict=True)
        if done.status == 0
    } | dict(known)
    if facts.get("system", "").startswith("Linux "):
        facts |= {"product": "linux", "kernel": facts["system"].removeprefix("Linux ")}
    simulated = SIMULATED_SERVER in target.connection.server_version
    provenance = Provenance.SIMULATED if simulated else Provenance.OBSERVED
    testbed = target.testbed.kind if target.testbed is not None else "none"
    system = facts.get("truenas") or facts.get("system", "")
    release = release or release_of(facts)
    target.describe(TargetResult(url, url, provenance, system, release, testbed, facts))
