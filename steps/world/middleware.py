"""Calls to TrueNAS's middleware, and a table of a feature as the fields of a request."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from lagg_tool.command import Completed, Effect
from lagg_tool.nas.truenas.midclt import call, errors_text, read_value
from lagg_tool.testbed.contract import Capability
from steps.world.world import World

COMMIT_SECONDS = 60.0  # it waits up to ten seconds for each LAGG's link
ABSENT = "absent"
COMMIT = "interface.commit"


def ask(world: World, method: str, *arguments: Any) -> Any:
    """Return the value that a call which changes nothing answers."""
    world.unless_testbed_lacks(Capability.CARDS)
    done = world.target.run(call(method, *arguments, effect=Effect.READ))
    assert done.status == 0, done.stderr.strip()
    return read_value(done.stdout)


def change(world: World, method: str, *arguments: Any) -> Completed:
    """Make a call that may change something; return its answer.

    What was refused, and no step has expected that, cannot be committed.
    """
    world.unless_testbed_lacks(Capability.CARDS)
    if method == COMMIT:
        assert not world.refused, f"there is nothing to commit: {world.refused}"
    answer = world.run(call(method, *arguments), COMMIT_SECONDS)
    if method != COMMIT:
        world.refused = f"{method}: {errors_text(answer)}" if answer.status else ""
    return answer


def must(world: World, method: str, *arguments: Any) -> Completed:
    """Make a call without whose success the scenario makes no sense; return its answer."""
    answer = change(world, method, *arguments)
    assert answer.status == 0, f"{method}: {answer.stderr.strip()}"
    return answer


def interface(world: World, name: str) -> Mapping[str, Any]:
    """Return an interface as interface.query describes it."""
    name = world.named(name)
    found = ask(world, "interface.query", [["name", "=", name]])
    assert found, f"interface.query has no {name}"
    item: Mapping[str, Any] = found[0]
    return item


def _list(text: str) -> list[str]:
    return [] if text == "none" else [word.strip() for word in text.split(",")]


def _alias(text: str) -> dict[str, Any]:
    address, _, length = text.partition("/")
    family = "INET6" if ":" in address else "INET"
    return {"type": family, "address": address, "netmask": int(length)}


_FIELDS: Mapping[str, Callable[[str], Any]] = {
    "lag_ports": _list,
    "bridge_members": _list,
    "aliases": lambda text: [_alias(word) for word in _list(text)],
    "failover_aliases": lambda text: [{"address": word} for word in _list(text)],
    "failover_virtual_aliases": lambda text: [{"address": word} for word in _list(text)],
}


def _value(field: str, text: str) -> Any:
    if field in _FIELDS:
        return _FIELDS[field](text)
    try:
        return json.loads(text)
    except ValueError:
        return text


def request(world: World, rows: Sequence[Sequence[str]], **defaults: Any) -> dict[str, Any]:
    """Return the fields of a table over the defaults; one that is absent is left out."""
    fields = dict(defaults)
    for field, text in rows:
        fields.pop(field, None)
        if text != ABSENT:
            fields[field] = _value(field, world.named(text))
    return fields


def shown(value: Any) -> str:
    """Return a value of an answer as a table has it."""
    if isinstance(value, list):
        return ", ".join(shown(each) for each in value) or "none"
    if isinstance(value, dict) and "address" in value:
        return f"{value['address']}/{value['netmask']}"
    return value if isinstance(value, str) else json.dumps(value)
