"""A campaign on the command line: moments one after the other, each with a mishap."""

from __future__ import annotations

import argparse
import concurrent.futures
import contextlib
import random
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

T = TypeVar("T")


def campaign(
    systems: Iterable[str],
    mishaps: Sequence[str],
    begin: Callable[[str], contextlib.AbstractContextManager[T]],
    befall: Callable[[T, str, int, float], list[str]],
    *,
    seed: str = "",
) -> int:
    """Try moments; print what was found, and the counts. Return the exit status.

    ``begin`` makes a NAS of a system. ``befall`` has a mishap happen to it, in the run of a
    number, after a share of the time that an undisturbed one takes; it returns what was wrong.
    """
    parser = argparse.ArgumentParser(description="Try moments, a mishap after the other.")
    parser.add_argument("--system", default="freebsd-13.2", choices=sorted(systems))
    parser.add_argument("--mishaps", nargs="+", default=list(mishaps))
    parser.add_argument("--runs", type=int, default=50)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--at-once", type=int, default=1, help="each at a NAS of its own")
    options = parser.parse_args()
    tried: Counter[str] = Counter()

    def share(first: int) -> int:
        wrong = 0
        with contextlib.ExitStack() as closing:
            at: T | None = None
            for run in range(first, options.seed + options.runs, options.at_once):
                mishap = options.mishaps[run % len(options.mishaps)]
                moment = random.Random(f"{options.system} {seed}{run}").uniform(0.1, 1.0)
                at = at or closing.enter_context(begin(options.system))
                found = befall(at, mishap, run, moment)
                tried[mishap] += 1
                for line in found or ["right"]:
                    print(f"{mishap} at {moment:.2f}, seed {run}: {line}", flush=True)
                wrong += len(found)
                if found or mishap == "killed":  # a fresh NAS
                    closing.close()
                    at = None
        return wrong

    with concurrent.futures.ThreadPoolExecutor(options.at_once) as pool:
        wrong = sum(pool.map(share, range(options.seed, options.seed + options.at_once)))
    each = ", ".join(f"{count} {name}" for name, count in tried.items())
    print(f"{options.system}: {wrong} wrong of {each}")
    return 1 if wrong else 0
