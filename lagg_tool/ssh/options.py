"""The options that say how to log in, and whom to trust; they are the same for every verb."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path


def add_login_options(add: Callable[..., object]) -> None:
    """Add the options with argparse's ``add_argument``, or pytest's ``addoption``."""
    add(
        "--identity",
        action="append",
        type=Path,
        default=[],
        metavar="FILE",
        help="a private key, or the .pub of one that the SSH agent holds; "
        "else the agent's keys and those of ~/.ssh",
    )
    add("--agent", action="store_true", help="use all keys of the SSH agent, and none of ~/.ssh")
    add(
        "--become",
        choices=["sudo", "doas"],
        help="become root with it, where root cannot log in",
    )
    add(
        "--ssh-config",
        type=Path,
        metavar="FILE",
        help="instead of ~/.ssh/config and /etc/ssh/ssh_config; none for neither; "
        "else $LAGG_TOOL_SSH_CONFIG",
    )
    add(
        "--host-key-policy",
        choices=["strict", "accept-new"],
        default="strict",
        help="strict: known_hosts must have the NAS's key; accept-new: add it if the NAS is new",
    )
    add("--host-key", metavar="SHA256:…", help="of any of the NAS's host keys, the only to accept")
