"""What is measured with: texts, pages, scenarios."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from tests.benchmarks.measure import Absent
from tests.support.paths import ROOT

_CARD = """\
{name}: flags=8843<UP,BROADCAST,RUNNING,SIMPLEX,MULTICAST> metric 0 mtu 1500
\toptions=4c07bb<RXCSUM,TXCSUM,VLAN_MTU,VLAN_HWTAGGING,JUMBO_MTU,TSO4,TSO6,LRO,LINKSTATE>
\tether 52:54:00:{high:02x}:{low:02x}:01
\tinet 10.{high}.{low}.1 netmask 0xffffff00 broadcast 10.{high}.{low}.255
\tinet6 fe80::5054:ff:fe{high:02x}:{low:02x}01%{name} prefixlen 64 scopeid 0x{index:x}
\tmedia: Ethernet autoselect (10Gbase-T <full-duplex>)
\tstatus: active
\tnd6 options=21<PERFORMNUD,AUTO_LINKLOCAL>
"""
_LAGG = """\
{name}: flags=8843<UP,BROADCAST,RUNNING,SIMPLEX,MULTICAST> metric 0 mtu 1500
\tdescription: the uplink number {index}
\toptions=800b8<VLAN_MTU,VLAN_HWTAGGING,JUMBO_MTU,VLAN_HWCSUM,LINKSTATE>
\tether 52:54:00:{high:02x}:{low:02x}:01
\tlaggproto lacp lagghash l2,l3,l4
{ports}\tgroups: lagg
\tmedia: Ethernet autoselect
\tstatus: active
\tnd6 options=29<PERFORMNUD,IFDISABLED,AUTO_LINKLOCAL>
"""
_PORT = "\tlaggport: {name} flags=1c<ACTIVE,COLLECTING,DISTRIBUTING>\n"

SCENARIO = """\

  Scenario: Number {number}
    Given a LAGG lagg0 with protocol failover on ports 1 and 2
    When the administrator runs "ifconfig lagg0"
    Then the command succeeds
    And the output has the line "	laggproto failover lagghash l2,l3,l4"
"""
_PLAYBOOK = "- hosts: all\n  gather_facts: false\n  tasks:\n"
_ENVIRONMENT = """\
from lagg_tool.nas.made import Made
from lagg_tool.target import open_target
from lagg_tool.suite import restoring
from steps.world import World


def before_all(context):
    context.target = open_target("sim:")
    context.untouched = restoring.take(context.target)
    context.made = Made.of({"lagg0"}, context.target.ports)


def before_scenario(context, scenario):
    context.world = World(context.target, {})


def after_scenario(context, scenario):
    restoring.restore(context.target, context.untouched, context.made)


def after_all(context):
    context.target.close()
"""
_STEPS = """\
from behave import given, then, use_step_matcher, when

from steps.world import NAS_ADDRESS, numbers

use_step_matcher("re")


@given(r"a LAGG (?P<name>\\w+) with protocol (?P<protocol>\\w+) on (?P<ports>ports? .*)")
def lagg(context, name, protocol, ports):
    world = context.world
    chosen = [world.name(number) for number in numbers(ports)]
    words = [word for port in chosen for word in ("laggport", port)]
    world.must(
        *(["ifconfig", port, "up"] for port in chosen),
        ["ifconfig", name, "create"],
        ["ifconfig", name, "laggproto", protocol, *words, NAS_ADDRESS, "up"],
    )


@when('the administrator runs "(?P<line>.*)"')
def administrator_runs(context, line):
    context.answer = context.world.administrator(line)


@then("the command succeeds")
def succeeds(context):
    assert context.answer.status == 0


@then('the output has the line "(?P<line>.*)"')
def output_has(context, line):
    assert line in context.answer.stdout.splitlines()
"""


def interfaces(count: int) -> str:
    """Return what ifconfig prints of so many interfaces, every tenth a LAGG of four ports."""
    return "".join(
        lagg(index, 4) if index % 10 == 9 else _CARD.format(name=f"ix{index}", **_numbers(index))
        for index in range(count)
    )


def lagg(index: int, ports: int) -> str:
    """Return what ifconfig prints of one LAGG."""
    members = "".join(_PORT.format(name=f"ix{index + n}") for n in range(ports))
    return _LAGG.format(name=f"lagg{index}", ports=members, **_numbers(index))


def _numbers(index: int) -> dict[str, int]:
    return {"index": index, "high": index // 256, "low": index % 256}


def playbook(directory: Path, environment: Mapping[str, str], module: str) -> Path:
    """Write an inventory and a playbook of the job's commands, for a module of Ansible's."""
    (directory / "hosts").write_text(
        f"benchmark ansible_user=root ansible_python_interpreter={sys.executable} "
        f"ansible_ssh_common_args='-F {environment['BENCHMARK_SSH_CONFIG']}'\n"
    )
    lines = json.loads(environment["BENCHMARK_COMMANDS"])
    tasks = [f"    - {module}: {line}\n" for line in lines]
    book = directory / f"{module}.yml"
    book.write_text(_PLAYBOOK + "".join(tasks))
    return book


def pages(directory: Path) -> tuple[Path, Path]:
    """Run the suite once, and write the pages of its site as plain mkdocs takes them.

    Returns results.json and an mkdocs.yml. Raises Absent when the run cannot be had.
    """
    from lagg_tool.site.assembly import Sources, make_site

    results = directory / "run.json"
    command = [sys.executable, "-m", "lagg_tool", "accept", "--results", str(results)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if not results.exists():
        raise Absent(done.stderr)
    docs = directory / "docs"
    shutil.copytree(ROOT / "docs", docs, dirs_exist_ok=True)
    site = make_site(Sources(ROOT / "features", (results,), None, (), None))
    for page in site.pages:
        path = docs / f"{page.path}.md"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"# {page.title}\n\n<div>\n{page.html}\n</div>\n", encoding="utf-8")
    config = directory / "mkdocs.yml"
    config.write_text(f"site_name: the same pages\ndocs_dir: {docs}\n", encoding="utf-8")
    return results, config


def scenarios(directory: Path, count: int) -> Path:
    """Write a feature of so many scenarios."""
    path = directory / "features" / f"many{count}.feature"
    path.parent.mkdir(exist_ok=True)
    text = "".join(SCENARIO.format(number=number) for number in range(count))
    path.write_text(f"Feature: Many scenarios\n{text}", encoding="utf-8")
    return path


def behave(directory: Path, feature: Path) -> Path:
    """Lay a feature out for behave, with steps that call what ours call."""
    home = directory / "behave"
    (home / "steps").mkdir(parents=True, exist_ok=True)
    (home / "environment.py").write_text(_ENVIRONMENT)
    (home / "steps" / "steps.py").write_text(_STEPS)
    shutil.copy(feature, home / feature.name)
    return home
