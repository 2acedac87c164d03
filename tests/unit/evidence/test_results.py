"""results.json is read back as it was written, and so are those of version 1."""

from __future__ import annotations

import contextlib
import gzip
import json
import os
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lagg_tool import whole_file
from lagg_tool.errors import DocumentError
from lagg_tool.evidence import BatchPart, CommandEvent, Results
from tests.support.synthetic import synthetic_results


def test_a_pipe_is_written_to_and_stays_a_pipe(tmp_path: Path) -> None:
    pipe = tmp_path / "results.json"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)

    synthetic_results().write(pipe)

    assert [path.is_fifo() for path in tmp_path.iterdir()] == [True]
    written = os.read(reader, 1 << 16)  # a pipe holds that much, and the results are smaller
    os.close(reader)
    assert Results.from_json(written.decode()) == synthetic_results()


def test_results_are_read_back_as_they_were_written(tmp_path: Path) -> None:
    results = synthetic_results()
    path = tmp_path / "results.json"

    results.write(path)

    assert Results.read(path) == results


def test_every_field_is_described_and_an_unknown_one_is_refused() -> None:
    data = json.loads(synthetic_results().to_json())
    data["features"][0]["scenarios"][0]["mood"] = "fine"

    with pytest.raises(DocumentError, match=r"\$\.features\[0\]\.scenarios\[0\].*mood"):
        Results.from_json(json.dumps(data))


@given(st.data())
def test_a_damaged_file_is_refused_or_still_says_what_it_holds(data: st.DataObject) -> None:
    whole = json.loads(synthetic_results().to_json())
    node = whole
    while isinstance(node, dict | list) and node:
        parent = node
        key = data.draw(st.sampled_from(sorted(node) if isinstance(node, dict) else [0]))
        node = node[key]
        if data.draw(st.booleans()):
            break
    parent[key] = data.draw(st.sampled_from([None, -1, "x", [], {}, True]))

    with contextlib.suppress(DocumentError):
        assert json.loads(Results.from_json(json.dumps(whole)).to_json()) == whole


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("status", 300, r"evidence\[0\]\.status must be smaller"),
        ("seconds", None, r"evidence\[0\]\.seconds must be number"),
        ("kind", "sound", r"evidence\[0\]\.kind must be one of"),
        ("smell", "none", r"evidence\[0\] must not contain \{'smell'\}"),
    ],
)
def test_a_wrong_event_is_named_with_its_place_and_the_rule(
    field: str, value: object, words: str
) -> None:
    data = json.loads(synthetic_results().to_json())
    steps = data["features"][0]["scenarios"][0]["steps"]
    steps[0]["evidence"][0][field] = value

    with pytest.raises(DocumentError, match=rf"^x: \$\.features\[0\]\.scenarios\[0\].*{words}"):
        Results.from_json(json.dumps(data), "x")


def test_a_command_has_a_duration_or_its_batch_has_one() -> None:
    data = json.loads(synthetic_results().to_json())
    event = data["features"][0]["scenarios"][0]["steps"][0]["evidence"][0]
    event["batch"] = {"number": 1, "size": 2, "seconds": 0.5}

    with pytest.raises(DocumentError, match="seconds must be null"):
        Results.from_json(json.dumps(data))

    event["seconds"] = None
    [feature, *_] = Results.from_json(json.dumps(data)).features
    [read_back, *_] = feature.scenarios[0].steps[0].evidence
    assert isinstance(read_back, CommandEvent)
    assert read_back.batch == BatchPart(1, 2, 0.5)


# --- compressed ---


def test_a_compressed_file_is_read_like_any_other(tmp_path: Path) -> None:
    results = synthetic_results()
    path = tmp_path / "freebsd-13.2.json.gz"

    results.write(path)

    assert gzip.decompress(path.read_bytes()).decode() == results.to_json()
    assert Results.read(path) == results
    assert [file.name for file in tmp_path.iterdir()] == [path.name]


def test_a_byte_order_mark_is_skipped(tmp_path: Path) -> None:
    path = tmp_path / "run.json"
    path.write_text(synthetic_results().to_json(), "utf-8-sig")

    assert Results.read(path) == synthetic_results()


PACKED = gzip.compress(bytes(range(256)))
STARTED = replace(synthetic_results(), started="2026-02-31T09:00:00Z").to_json().encode()
WAY_OUT = "; name a file that accept --results has written"


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (None, f": cannot be read: No such file or directory{WAY_OUT}"),
        (b'{"version": "\xff"}', f": cannot be read: it is not UTF-8 text{WAY_OUT}"),
        (b"", f":1: is not JSON from column 1 on{WAY_OUT}"),
        (b'{\n"version": 2,\n', f":3: is not JSON from column 1 on{WAY_OUT}"),
        (b'{"version": %s}' % (b"1" * 5000), f": has a number that is none{WAY_OUT}"),
        (b'{"version": NaN}', f": has a number that is none{WAY_OUT}"),
        (b'{"version": -Infinity}', f": has a number that is none{WAY_OUT}"),
        (STARTED, f": started is no time of ISO 8601{WAY_OUT}"),
        (b"[" * 1_000_000, f": is nested too deeply{WAY_OUT}"),
        (b"[]", ": results of version None; this tool reads 1 and 2"),
        (b'{"version": 99}', ": results of version 99;"),
        (b'{"version": true}', ": results of version True;"),
        (b'{"version": [2]}', ": results of version [2];"),
        (b'{"version": 1}', ": $ must contain"),
        (b'{"version": 2, "targets": 3}', ": $ must contain"),
        (PACKED[:-20], ": cannot be read: "),
        (PACKED[:40] + b"\xff" * 20 + PACKED[60:], ": cannot be read: "),
        (PACKED[:2], ": cannot be read: "),
        (gzip.compress(b"\xff\xfe"), f": cannot be read: it is not UTF-8 text{WAY_OUT}"),
    ],
)
def test_a_file_that_is_no_results_is_refused_in_plain_words(
    tmp_path: Path, data: bytes | None, said: str
) -> None:
    path = tmp_path / "run.json"
    if data is not None:
        path.write_bytes(data)

    with pytest.raises(DocumentError) as refused:
        Results.read(path)

    assert str(refused.value).startswith(f"{path}{said}")


def test_a_small_file_cannot_fill_the_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(whole_file, "LARGEST", 1 << 20)
    path = tmp_path / "bomb.json.gz"
    path.write_bytes(gzip.compress(bytes(2 << 20)))

    with pytest.raises(DocumentError, match="File too large"):
        Results.read(path)


def test_half_a_character_is_shown_escaped() -> None:
    odd = r'"\ud83d\ude00\udcff\uDCFF \ud800"'
    text = synthetic_results().to_json().replace('"synthetic 0"', odd)

    results = Results.from_json(text)

    assert results.tool == "\U0001f600\\xff\\xff \\ud800"
    assert results.to_json().encode()


def test_half_a_character_in_the_name_of_a_fact_is_shown_escaped() -> None:
    data = json.loads(synthetic_results().to_json())
    data["targets"][0]["facts"] = {"board \udcff": "1"}

    results = Results.from_json(json.dumps(data))

    assert results.targets[0].facts == {"board \\xff": "1"}
    assert results.to_json().encode()


# --- version 1 ---


def version_1(*commands: tuple[float, float]) -> str:
    """Return a document of version 1; its first step ran commands: (start, duration)."""
    data = json.loads(synthetic_results().to_json())
    data["version"] = 1
    for target in data["targets"]:
        target["bench"] = target.pop("testbed")
    steps = [s for f in data["features"] for scenario in f["scenarios"] for s in scenario["steps"]]
    for step in steps:
        step["seconds"] = step["seconds"] or 0.0
        for event in step["evidence"]:
            event.pop("batch", None)
    example = steps[0]["evidence"][0]
    steps[0]["evidence"] = [
        {**example, "at": at, "seconds": seconds, "command": f"echo {number}"}
        for number, (at, seconds) in enumerate(commands)
    ]
    return json.dumps(data)


def first_commands(text: str) -> list[CommandEvent]:
    events = Results.from_json(text).features[0].scenarios[0].steps[0].evidence
    return [event for event in events if isinstance(event, CommandEvent)]


def test_what_version_1_divided_evenly_is_the_duration_of_a_batch() -> None:
    # 10.0 to 10.9 in three parts, as floats that were added up; then one that ran by itself.
    each = 0.9 / 3
    commands = [(10.0, each), (10.0 + each, each), (10.0 + 2 * each, each), (11.0, 0.25)]

    events = first_commands(version_1(*commands))

    assert [event.seconds for event in events] == [None, None, None, 0.25]
    assert [event.at for event in events] == [10.0, 10.0, 10.0, 11.0]
    assert [event.batch and event.batch.number for event in events] == [1, 2, 3, None]
    assert {event.batch.size for event in events if event.batch} == {3}
    assert all(event.batch.seconds == pytest.approx(0.9) for event in events if event.batch)
    assert sum(event.measured for event in events) == pytest.approx(1.15)


@pytest.mark.parametrize(
    "commands",
    [
        [(10.0, 0.3), (10.4, 0.3)],  # something was between them
        [(10.0, 0.3), (10.3, 0.2)],
        [(10.0, 0.0), (10.0, 0.0)],  # no time passed on a virtual clock: that was measured
    ],
)
def test_what_version_1_measured_stays(commands: list[tuple[float, float]]) -> None:
    events = first_commands(version_1(*commands))

    assert [(event.at, event.seconds) for event in events] == commands
    assert [event.batch for event in events] == [None] * len(commands)


def test_a_step_that_did_not_run_took_no_time_in_version_1_and_has_none_now() -> None:
    data = json.loads(version_1((0.0, 0.1)))
    step = data["features"][0]["scenarios"][0]["steps"][1]
    step.update(status="not run", seconds=0.0, evidence=[])

    results = Results.from_json(json.dumps(data))

    assert results.features[0].scenarios[0].steps[1].seconds is None


def test_version_1_is_written_as_version_2() -> None:
    results = Results.from_json(version_1((1.0, 0.5), (1.5, 0.5)))

    assert json.loads(results.to_json())["version"] == 2
    assert Results.from_json(results.to_json()) == results
    assert results.targets == synthetic_results().targets


def test_version_1_is_held_to_its_own_schema() -> None:
    data = json.loads(version_1((0.0, 0.1)))
    data["features"][0]["scenarios"][0]["steps"][0]["evidence"][0]["batch"] = None

    with pytest.raises(DocumentError, match=r"evidence\[0\] must not contain \{'batch'\}"):
        Results.from_json(json.dumps(data))
