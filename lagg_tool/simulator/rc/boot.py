"""What rc(8) does at boot, in the order of rcorder(8), as far as the network sees it."""

from __future__ import annotations

from lagg_tool.simulator.rc.configuration import Configuration
from lagg_tool.simulator.system.nodes import FileError
from lagg_tool.simulator.system.process import Process

_TMP = "/tmp"  # noqa: S108 - inside the simulated host
# rc.d/routing's blackholes for IPv6, in its order: rejected, through the loopback.
_REJECTED6 = (
    "::ffff:0.0.0.0 -prefixlen 96",
    "::0.0.0.0 -prefixlen 96",
    "fe80:: -prefixlen 10",
    "ff02:: -prefixlen 16",
)


async def boot(process: Process) -> int:
    """Run the boot scripts: cleanvar, cleartmp, hostname, sysctl.conf, netif, routing, rc.local."""
    files = process.system.filesystem
    configuration = Configuration(process)
    await configuration.read_all()
    files.clear_files("/var/run")  # find -x /var/run \( -type f -or -type s … \) -delete
    if configuration.is_yes("clear_tmp_enable") and files.find(_TMP) is not None:
        for name in files.names(_TMP):
            files.remove_tree(f"{_TMP}/{name}")
    process.system.hostname = configuration.get("hostname")
    await _sysctl_conf(process)
    await configuration.read_netif()
    if configuration.is_yes("netif_enable"):
        await process.system.network_setup(process, configuration).start([])
    if configuration.is_yes("middlewared_enable"):
        await middleware(process)
    await routes(process, configuration)
    for script in ("/etc/rc.local",):
        if files.find(script) is not None:
            await _run(process, "/bin/sh", script)
    return 0


async def middleware(process: Process) -> None:
    """Start middlewared, and have it bring up what its database says."""
    await _run(process, "/usr/local/etc/rc.d/middlewared", "start")
    await _run(process, "/usr/local/bin/midclt", "call", "interface.sync")


async def _run(process: Process, *argv: str) -> None:
    """Run a program; report a missing one on the console and go on with the boot."""
    try:
        child = process.spawn(argv)
    except FileError as error:
        process.err(f"{argv[0]}: {error}\n")
        return
    await process.wait(child)


async def _sysctl_conf(process: Process) -> None:
    try:
        text = process.system.filesystem.read_text("/etc/sysctl.conf")
    except FileError:
        return
    for line in text.splitlines():
        setting = line.split("#")[0].strip()
        if setting:
            await _run(process, "/sbin/sysctl", setting)


async def routes(process: Process, configuration: Configuration) -> None:
    """rc.d/routing: the default routes and static_routes."""
    wanted: list[list[str]] = []
    router = configuration.get("defaultrouter")
    if router and router.lower() != "no":
        wanted.append(["default", *router.split()])
    wanted += [
        configuration.get(f"route_{name.split(':')[0]}").split()
        for name in configuration.get("static_routes").split()
    ]
    router = configuration.get("ipv6_defaultrouter")
    if router and router.lower() != "no":
        wanted.append(["-inet6", "default", *router.split()])
    wanted += [
        ["-inet6", *configuration.get(f"ipv6_route_{name}").split()]
        for name in configuration.get("ipv6_static_routes").split()
    ]
    wanted += [["-inet6", *prefix.split(), "::1", "-reject"] for prefix in _REJECTED6]
    for words in wanted:
        if words:
            await _run(process, "/sbin/route", "-q", "add", *words)
