"""``lagg-tool vm up IMAGE|qemu:linux | fetch | status | console | down``: a virtual NAS for people.

It outlives the command; its directory below the user's state directory says how to reach it.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

from lagg_tool import numbers
from lagg_tool.clock import SystemClock
from lagg_tool.command import quote
from lagg_tool.output import progress
from lagg_tool.own_command import own_command
from lagg_tool.target.linux import make
from lagg_tool.testbed.linux_vm import boot
from lagg_tool.testbed.linux_vm.cache import held
from lagg_tool.testbed.linux_vm.recipe import BY_URL
from lagg_tool.testbed.qemu import vm
from lagg_tool.testbed.udp import NAS_BASE, TESTBED_BASE, wire_base

NAME = "nas"
_EPILOG = """\
example: lagg-tool vm up freebsd.qcow2.xz --image-checksum sha256:HEX

exit status: 0 done; 1 vm status: none runs; 2 wrong usage, or no such machine; 3 the machine
did not answer SSH in time (its last console lines are shown, and nothing is left running), or
cannot be made here"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the actions of ``vm``, each with its options."""
    parser.epilog = _EPILOG
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    up = actions.add_parser("up", help="boot a machine and wait until it answers SSH")
    up.add_argument(
        "image",
        metavar="IMAGE",
        help=f"{', '.join(BY_URL)}, or a disk image: qcow2, raw, or compressed with xz",
    )
    _add_name(up)
    up.add_argument(
        "--wire-base",
        metavar="A:B",
        help=f"UDP ports of its cables and of the bench; of an image {NAS_BASE}:{TESTBED_BASE}",
    )
    up.add_argument("--image-checksum", metavar="sha256:HEX", help="what the image must have")
    up.add_argument("--memory", type=numbers.count, default=1024, metavar="MIB", help="%(default)s")
    up.add_argument(
        "--deadline",
        type=numbers.seconds,
        default=600.0,
        metavar="SECONDS",
        help="until it answers SSH; %(default)g",
    )
    up.add_argument("--json", action="store_true", help="how to reach it, as JSON")
    fetch = actions.add_parser("fetch", help="make what a Linux machine boots, and keep it")
    fetch.add_argument("url", choices=list(BY_URL), help="the target that boots it")
    status = actions.add_parser("status", help="the machines, and whether they run")
    status.add_argument("--json", action="store_true", help="as JSON")
    _add_name(actions.add_parser("console", help="join its serial console; ctrl-] leaves"))
    _add_name(actions.add_parser("down", help="end it, and forget what it wrote"))


def _add_name(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--name", default=NAME, help=f"which machine, if not {NAME!r}")


def run(options: argparse.Namespace) -> int:
    """Do what was asked. Returns the exit status."""
    return _ACTIONS[options.action](options)


def _up(options: argparse.Namespace) -> int:
    record = _boot_linux(options) if options.image in BY_URL else _boot_image(options)
    print(json.dumps(asdict(record), indent=1) if options.json else _reach(record))
    return 0


def _boot_image(options: argparse.Namespace) -> vm.MachineRecord:
    return vm.up(
        Path(options.image),
        options.name,
        SystemClock(),
        progress,
        wire_base=wire_base(options.wire_base or f"{NAS_BASE}:{TESTBED_BASE}"),
        deadline=options.deadline,
        checksum=options.image_checksum,
        memory_mib=options.memory,
    )


def _boot_linux(options: argparse.Namespace) -> vm.MachineRecord:
    return boot.up(
        BY_URL[options.image],
        options.name,
        SystemClock(),
        progress,
        wires=wire_base(options.wire_base) if options.wire_base else None,
        deadline=options.deadline,
    )


def _reach(record: vm.MachineRecord) -> str:
    name = [] if record.name == NAME else ["--name", record.name]
    return (
        f"{record.name} runs ({record.accelerator}, process {record.pid}); the way there:\n"
        f"  ssh {_login(record)}-p {record.ssh_port} root@127.0.0.1\n"
        f"{_uses(record)}"
        f"  {own_command('vm', 'console', *name)}\n"
        f"  {own_command('vm', 'down', *name)}"
    )


def _login(record: vm.MachineRecord) -> str:
    """Return ssh's options for a machine that was made with keys."""
    if not record.login_key:
        return ""
    return f"-i {quote(record.login_key)} -o UserKnownHostsFile={quote(record.known_hosts)} "


def _uses(record: vm.MachineRecord) -> str:
    """Return what the tool can do with a machine."""
    url = ("--target", f"ssh://root@127.0.0.1:{record.ssh_port}")
    if record.login_key:
        keys = ("--identity", record.login_key, "--host-key", record.host_key)
        return f"  {own_command('show', *url, *keys)}\n"
    wires = ("--wire-base", record.wire_base, "--qmp", record.qmp)
    return f"  {own_command('accept', *url, *wires, '--host-key-policy', 'accept-new')}\n"


def _status(options: argparse.Namespace) -> int:
    machines, kept = vm.status(), held()
    if options.json:
        data = [{**asdict(record), "running": runs} for record, runs in machines]
        cached = [
            {"url": edition.url, "kernel": made.version, "directory": str(made.directory)}
            for edition, made in kept
        ]
        print(json.dumps({"machines": data, "cache": cached}, indent=1))
    elif not machines:
        print(f"no virtual machine; {own_command('vm', 'up', 'IMAGE')} starts one", file=sys.stderr)
    else:
        for record, runs in machines:
            print(_reach(record) if runs else f"{record.name} does not run any more")
    if not options.json:
        for edition, made in kept:
            size = (made.kernel.stat().st_size + made.initrd.stat().st_size) >> 20
            print(
                f"kept for {edition.url}: Linux {made.version}, {size} MiB; remove {made.directory}"
                " to fetch Debian's newest",
                file=sys.stderr,
            )
    return 0 if any(runs for _, runs in machines) else 1


def _fetch(options: argparse.Namespace) -> int:
    made = make(options.url, progress)
    print(f"{options.url}: Linux {made.version} in {made.directory}", file=sys.stderr)
    return 0


def _console(options: argparse.Namespace) -> int:
    print(f"console of {options.name}; ctrl-] leaves", file=sys.stderr)
    vm.console(options.name)
    return 0


def _down(options: argparse.Namespace) -> int:
    vm.down(options.name, SystemClock())
    print(f"{options.name} is gone", file=sys.stderr)
    return 0


_ACTIONS: dict[str, Callable[[argparse.Namespace], int]] = {
    "up": _up,
    "fetch": _fetch,
    "status": _status,
    "console": _console,
    "down": _down,
}
