"""The document results.json: decompressed, parsed, checked by its schema, brought to date.

Version 2 is described by results.schema.json in this package. Version 1 is read as well. It
differs in three things, and all three are mended on reading:

- It divided the time of a batch evenly among its commands. Commands in a row with the same
  duration, each of which begins when the one before ends, are taken for a batch: they get
  the sum as the batch's duration and begin together. Two commands of one duration that ran
  by themselves are taken for one too, where no other event tells; their sum is right then.
- A step that did not run took 0.0 s, and has no duration now.
- A target's ``testbed`` was called ``bench``.
"""

from __future__ import annotations

import functools
import gzip
import io
import json
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from importlib import resources
from itertools import pairwise
from pathlib import Path
from typing import Any

from lagg_tool.errors import DocumentError, why_unread
from lagg_tool.output import encodable
from lagg_tool.whole_file import read_to_end, read_whole

RESULTS_VERSION = 2
_GZIP = b"\x1f\x8b"
# What a float of version 1 lost: it computed each start again from that of the batch.
_ROUNDING = 1e-6
_MESSAGE_LENGTH = 300
_WAY_OUT = "name a file that accept --results has written"


def read_text(path: Path) -> str:
    """Return the text of a file that may be compressed with gzip. Raises DocumentError."""
    try:
        data = read_whole(path)
        if data.startswith(_GZIP):
            with gzip.open(io.BytesIO(data)) as file:
                data = read_to_end(file.read, str(path))  # a few bytes can hold very much
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise DocumentError(
            str(path), None, f"cannot be read: it is not UTF-8 text; {_WAY_OUT}"
        ) from error
    except (OSError, EOFError, zlib.error) as error:
        raise DocumentError(
            str(path), None, f"cannot be read: {why_unread(error)}; {_WAY_OUT}"
        ) from error


def parse(text: str, name: str) -> dict[str, Any]:
    """Return the document as one of ``RESULTS_VERSION`` that keeps to the schema.

    Raises DocumentError, which names the file, the field and the rule.
    """
    try:
        # An editor may add a byte-order mark.
        data = json.loads(text.removeprefix("\ufeff"), parse_constant=_refuse)
    except json.JSONDecodeError as error:
        where = f"is not JSON from column {error.colno} on"
        raise DocumentError(name, error.lineno, f"{where}; {_WAY_OUT}") from error
    except RecursionError as error:
        raise DocumentError(name, None, f"is nested too deeply; {_WAY_OUT}") from error
    except ValueError as error:  # a constant, or a number of more than 4300 digits
        raise DocumentError(name, None, f"has a number that is none; {_WAY_OUT}") from error
    version = data.get("version") if isinstance(data, dict) else None
    if type(version) is not int or version not in _SCHEMAS:
        known = " and ".join(map(str, _SCHEMAS))
        raise DocumentError(name, None, f"results of version {version}; this tool reads {known}")
    _check(data, version, name)
    if "\\ud" in text.casefold():  # half a character is written so
        data = _encodable(data)
    return _upgraded(data) if version == 1 else data


def _encodable(value: Any) -> Any:
    """Return a value of JSON with what UTF-8 cannot hold escaped."""
    match value:
        case str():
            return encodable(value)
        case list():
            return [_encodable(each) for each in value]
        case dict():
            return {encodable(key): _encodable(each) for key, each in value.items()}
    return value


def _check(data: dict[str, Any], version: int, name: str) -> None:
    from fastjsonschema import JsonSchemaValueException  # noqa: PLC0415 - heavy

    try:
        _checker(version)(data, name_prefix="$")
        datetime.fromisoformat(data["started"])
    except JsonSchemaValueException as error:
        raise DocumentError(name, None, str(error)[:_MESSAGE_LENGTH]) from error
    except ValueError as error:
        raise DocumentError(name, None, f"started is no time of ISO 8601; {_WAY_OUT}") from error


def _refuse(constant: str) -> float:
    """Refuse NaN and Infinity, which Python takes and JSON has not. Raises ValueError."""
    raise ValueError(constant)


@functools.cache
def _checker(version: int) -> Callable[..., Any]:
    import fastjsonschema  # noqa: PLC0415 - heavy

    checker: Callable[..., Any] = fastjsonschema.compile(_SCHEMAS[version]())
    return checker


def _schema() -> dict[str, Any]:
    text = resources.files("lagg_tool.evidence").joinpath("results.schema.json").read_text("utf-8")
    schema: dict[str, Any] = json.loads(text)
    return schema


def _schema_of_version_1() -> dict[str, Any]:
    """Return the schema of version 1: that of version 2 without what it brought."""
    schema = _schema()
    schema["properties"]["version"] = {"const": 1}
    command, step, target = (schema["$defs"][name] for name in ("command", "step", "target"))
    for word in ("if", "then", "else"):
        del command[word]
    del command["properties"]["batch"]
    command["required"].remove("batch")
    for timed in (command, step):
        timed["properties"]["seconds"]["type"] = "number"
    target["properties"]["bench"] = target["properties"].pop("testbed")
    target["required"][target["required"].index("testbed")] = "bench"
    return schema


_SCHEMAS: Mapping[int, Callable[[], dict[str, Any]]] = {1: _schema_of_version_1, 2: _schema}


def _upgraded(data: dict[str, Any]) -> dict[str, Any]:
    """Return a document of version 1, which is changed, as one of version 2."""
    data["version"] = 2
    for target in data["targets"]:
        target["testbed"] = target.pop("bench")
    for step in (
        step for feature in data["features"] for s in feature["scenarios"] for step in s["steps"]
    ):
        if step["seconds"] == 0:
            step["seconds"] = None
        for run in _runs([event for event in step["evidence"] if event["kind"] == "command"]):
            _time(run)
    return data


def _runs(commands: Sequence[dict[str, Any]]) -> Iterator[Sequence[dict[str, Any]]]:
    """Part commands where version 1 cannot have divided one duration among them."""
    begin = 0
    for number, (before, after) in enumerate(pairwise(commands), 1):
        seconds = before["seconds"]
        follows = abs(before["at"] + seconds - after["at"]) < _ROUNDING
        if seconds == 0 or seconds != after["seconds"] or not follows:
            yield commands[begin:number]
            begin = number
    yield commands[begin:]


def _time(commands: Sequence[dict[str, Any]]) -> None:
    """Give commands that are a batch the batch's duration, and a single one its own."""
    whole = sum(command["seconds"] for command in commands)
    for number, command in enumerate(commands, 1):
        command["batch"] = None
        if len(commands) > 1:
            command["batch"] = {"number": number, "size": len(commands), "seconds": whole}
            command["seconds"] = None
            command["at"] = commands[0]["at"]
