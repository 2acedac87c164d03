"""Fuzzed inputs for what reads files and answers that others wrote: ``python -m tests.fuzz``.

Each input is a real one with a few things done to it. Whatever comes out must be a value or
the one kind of error that is promised. Words go through the machine's /bin/sh and come back.
``make chaos`` runs a million of each and writes the counts into docs/explanation/chaos.md;
the usual tests run a few hundred.
"""

from __future__ import annotations

import argparse
import datetime as dt
import os
import platform
import random
import re
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from multiprocessing import Pool

from lagg_tool.claims.document import parse_claims
from lagg_tool.command import login_line, quote, read
from lagg_tool.errors import DocumentError, SpecError, UsageError
from lagg_tool.ifconfig import parse
from lagg_tool.lagg.toml import parse_specs
from lagg_tool.wire import slow
from lagg_tool.wire.slow import Info, Lacpdu, Marker, State
from tests.support.paths import ROOT

PAGE = ROOT / "docs" / "explanation" / "chaos.md"
MILLION = 1_000_000
# Where the counts are in the page.
BEGIN, END = "<!-- counted -->", "<!-- /counted -->"

LISTING = """\
lagg0: flags=8843<UP,BROADCAST,RUNNING,SIMPLEX,MULTICAST> metric 0 mtu 1500
\toptions=800b8<VLAN_MTU,VLAN_HWTAGGING,JUMBO_MTU,VLAN_HWCSUM,LINKSTATE>
\tether 52:54:00:aa:00:01
\tinet 192.0.2.1 netmask 0xffffff00 broadcast 192.0.2.255
\tlaggproto lacp lagghash l2,l3,l4
\tlagg options:
\t\tflags=14<USE_NUMA,LACP_STRICT>
\t\tflowid_shift: 16
\tlag id: [(8000,52-54-00-AA-00-01,012B,0000,0000),
\t\t (8000,02-00-00-00-00-FE,0007,0000,0000)]
\tlaggport: vtnet1 flags=1c<ACTIVE,COLLECTING,DISTRIBUTING> state=3d<ACTIVITY,AGGREGATION>
\tgroups: lagg
\tmedia: Ethernet autoselect
\tstatus: active
\tnd6 options=29<PERFORMNUD,IFDISABLED,AUTO_LINKLOCAL>
"""
SPEC = """\
name = "lagg0"
description = "the uplink"
protocol = "lacp"
ports = ["vtnet1", "vtnet2"]
mtu = 9000
addresses = ["192.0.2.1/24", "2001:db8::1/64"]
dhcp = false
options = "lacp_fast_timeout -lacp_strict"
"""
HOST = bytes.fromhex("020000000001")
PDU = Lacpdu(Info(0x8000, HOST, 7, 0x8000, 1, State(0x3D)), slow.NOBODY).encode(HOST)
WORDS = (
    *("\n", "\t", '"', "'", "[", "]", "[[", "=", "<", ">", ",", ":", "#", "\\", "\0", "\u2028"),
    *("-1", "0x", "99999999999999999999", "1e400", "nan", "true", "\ud800", "é", "ß", "/", "%"),
    *("name", "ports", "lacp", "laggport: ", "state=", "flags=", "inet6 ", "metric", "mtu "),
)


@dataclass(frozen=True)
class Outcome:
    """How many inputs were taken and how many refused; an input that did something else ends it."""

    taken: int = 0
    refused: int = 0


def mutate(text: str, rng: random.Random) -> str:
    """Return the text with one to four things done to it."""
    for _ in range(rng.randrange(1, 5)):
        at = rng.randrange(len(text) + 1)
        size = rng.choice((1, 1, 2, 5, 20, 100))
        match rng.randrange(4):
            case 0:
                text = text[:at] + text[at + size :]
            case 1:
                text = text[:at] + text[at : at + size] + text[at:]
            case 2:
                text = text[:at] + rng.choice(WORDS) + text[at:]
            case _:
                text = text[:at] + chr(rng.randrange(256)) + text[at + 1 :]
    return text


def listing(rng: random.Random) -> bool:
    """Read what ifconfig might have printed: nothing is refused, and nothing is lost."""
    text = mutate(LISTING, rng)
    if parse(text).text != text:
        raise AssertionError("a line was changed")
    return True


def pdu(rng: random.Random) -> bool:
    """Decode a slow protocols frame; what is taken encodes to a frame that says the same."""
    frame = bytearray(PDU)
    for _ in range(rng.randrange(1, 4)):
        frame[rng.randrange(len(frame))] = rng.randrange(256)
    cut = bytes(frame[: rng.choice((124, 124, 124, rng.randrange(125)))])
    found = Lacpdu.parse(cut)
    Marker.parse(cut)
    if found is not None and Lacpdu.parse(found.encode(HOST)) != found:
        raise AssertionError("it does not come back")
    return found is not None


def exchange(text: str, rng: random.Random) -> str:
    """Return the text with another value between two quotes: it stays TOML."""
    at = rng.choice([found.span(1) for found in re.finditer(r'"([^"\n]*)"', text)])
    letters = "".join(rng.choice("abclagvtnet0123456789.:/- ,") for _ in range(rng.randrange(12)))
    return text[: at[0]] + letters + text[at[1] :]


def in_a_file(text: str) -> str:
    """Return what is read of a file with this text: half a character is refused there."""
    return text.encode("utf-8", "surrogatepass").decode("utf-8")


def spec(rng: random.Random) -> bool:
    """Read a LAGG's file: a spec, or an error with file and line."""
    try:
        parse_specs(in_a_file(rng.choice((mutate, exchange))(SPEC, rng)), "lagg.toml")
    except (DocumentError, SpecError, UnicodeDecodeError):
        return False
    return True


def _claims_text() -> str:
    """Return the beginning of our article.toml: a file of a hundred claims is read slowly."""
    text = (ROOT / "features" / "core" / "article.toml").read_text(encoding="utf-8")
    body, _, sketches = text.partition("\n[sketch]\n")
    head = "\n[[".join(body.split("\n[[")[:5])
    used = [line for line in sketches.splitlines() if line[:16].strip('" ') in head and line]
    return "\n".join((head, "[sketch]", *used, ""))


CLAIMS = _claims_text()


def claims(rng: random.Random) -> bool:
    """Read an article.toml: claims, or an error with file and line."""
    try:
        parse_claims("article.toml", in_a_file(rng.choice((mutate, exchange))(CLAIMS, rng)))
    except (DocumentError, UnicodeDecodeError):
        return False
    return True


# What shells, printf(1) and our own encoding take for something else than itself.
_LETTERS = (*"'\"\\!$`\n\t *?[]{}~#&|;<>()^%=-0123abn", "\\0", "$(", "${", "é", "€", "😀", "\0")
_BYTES = tuple(bytes([number]).decode("utf-8", "surrogateescape") for number in range(128, 256))
WORDS_AT_ONCE = 200


def word(rng: random.Random) -> str:
    """Return a word such as no administrator would type."""
    letters = rng.choices(_LETTERS, k=rng.randrange(12))
    if rng.random() < 0.1:
        letters += rng.choices(_BYTES, k=3)
    return "".join(letters)


def quoting(count: int, seed: int) -> Outcome:
    """Send words through a login line and a real shell; one with a NUL character is refused."""
    rng = random.Random(seed)
    refused = 0
    for start in range(0, count, WORDS_AT_ONCE):
        words = []
        for made in (word(rng) for _ in range(min(WORDS_AT_ONCE, count - start))):
            try:
                quote(made)
                words.append(made)
            except UsageError:
                refused += 1
        line = login_line(read("printf", "%s\\0", *words).text)
        done = subprocess.run(["/bin/sh", "-c", line], capture_output=True, check=True)
        # Bytes are compared: a few of them that are no character each may be one together.
        for sent, arrived in zip(words, done.stdout.split(b"\0"), strict=False):
            if os.fsencode(sent) != arrived:
                raise AssertionError(f"words, seed {seed}, from {start}: {sent!r}: {arrived!r}")
        if done.stdout.count(b"\0") != len(words):
            raise AssertionError(f"words, seed {seed}, from {start}: not as many came back")
    return Outcome(count - refused, refused)


KINDS: Mapping[str, Callable[[random.Random], bool]] = {
    "output of ifconfig": listing,
    "LACPDUs": pdu,
    "LAGG specifications": spec,
    "article.toml": claims,
}
QUOTING = "words through /bin/sh"


def fuzz(kind: str, count: int, seed: int) -> Outcome:
    """Try so many inputs. Raises AssertionError with the seed of the one that went wrong."""
    if kind == QUOTING:
        return quoting(count, seed)
    taken = 0
    for number in range(count):
        rng = random.Random(f"{seed} {number}")
        try:
            taken += KINDS[kind](rng)
        except Exception as error:
            raise AssertionError(f"{kind}, seed {seed}, input {number}: {error!r}") from error
    return Outcome(taken, count - taken)


def _share(work: tuple[str, int, int]) -> Outcome:
    return fuzz(*work)


def main() -> None:
    """Run them all, on every core, and write the counts down."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--count", type=int, default=MILLION)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(MILLION))
    options = parser.parse_args()
    print(f"seed {options.seed}", flush=True)
    rows = []
    with Pool() as pool:
        for kind in (*KINDS, QUOTING):
            shares = 20
            work = [(kind, options.count // shares, options.seed + n) for n in range(shares)]
            outcomes = pool.map(_share, work)
            taken = sum(outcome.taken for outcome in outcomes)
            refused = sum(outcome.refused for outcome in outcomes)
            rows.append(f"| {kind} | {taken + refused:,} | {taken:,} | {refused:,} |")
            print(rows[-1], flush=True)
    text = PAGE.read_text(encoding="utf-8")
    before, after = text.partition(BEGIN)[0], text.partition(END)[2]
    counted = _COUNTED.format(
        seed=options.seed,
        rows="\n".join(rows),
        date=f"{dt.datetime.now(tz=dt.UTC):%d %B %Y}",
        on=f"{platform.system()} {platform.machine()} with {os.cpu_count()} cores",
        python=f"{platform.python_implementation()} {platform.python_version()}",
    )
    PAGE.write_text(f"{before}{BEGIN}\n{counted}\n{END}{after}", encoding="utf-8")


_COUNTED = """\
Last run: {date}, seed {seed}, {python} on {on}.

| kind | inputs | accepted | refused |
|---|---:|---:|---:|
{rows}"""

if __name__ == "__main__":
    main()
