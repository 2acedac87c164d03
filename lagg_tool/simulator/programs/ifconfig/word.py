"""What one word of ifconfig's command line is (struct cmd, sbin/ifconfig/ifconfig.h)."""

from __future__ import annotations

import enum
from collections.abc import Callable
from dataclasses import dataclass

from lagg_tool.simulator.programs.ifconfig.session import Session


class Arguments(enum.Enum):
    """What follows a word."""

    NONE = "nothing"
    ONE = "an argument"  # NEXTARG
    OPTIONAL = "an argument, if there is one"  # OPTARG


Handler = Callable[[Session, str], None]


@dataclass(frozen=True)
class Word:
    """A word: what follows it, and what is done with its argument (or with itself)."""

    arguments: Arguments
    handler: Handler
