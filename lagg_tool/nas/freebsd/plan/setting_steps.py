"""From one configuration of a lagg to another: all but protocol and ports."""

from __future__ import annotations

from lagg_tool.command import load_script, script
from lagg_tool.lagg import OFFLOADS, SWITCHES, HostState
from lagg_tool.nas.freebsd.plan.config import LaggConfig, capable_offloads
from lagg_tool.nas.freebsd.plan.step import (
    ask_lease_step,
    drop_lease_step,
    family_of,
    ifconfig_step,
)
from lagg_tool.nas.step import Step

# The IPv6 addresses that the kernel made cannot be predicted.
DROP_IPV6 = load_script("lagg_tool.nas.freebsd.scripts", "drop_ipv6")


def settings_steps(now: LaggConfig, after: LaggConfig, host: HostState) -> list[Step]:
    """Return the commands for everything but protocol and ports."""
    name = after.name
    steps: list[Step] = []
    if now.mtu != after.mtu:
        steps.append(ifconfig_step("MTU of the LAGG and its ports", name, "mtu", str(after.mtu)))
    if now.layers != after.layers and after.layers:
        layers = ",".join(after.layers)
        steps.append(ifconfig_step("layers of the hash", name, "lagghash", layers))
    steps += _switch_steps(now, after)
    if after.flowid_shift is not None and now.flowid_shift != after.flowid_shift:
        shift = str(after.flowid_shift)
        steps.append(ifconfig_step("shift of flow identifiers", name, "flowid_shift", shift))
    if after.rr_limit is not None and now.rr_limit != after.rr_limit:
        limit = str(after.rr_limit)
        steps.append(ifconfig_step("packets per port and turn", name, "rr_limit", limit))
    steps += _offload_steps(now, after, host)
    if now.description != after.description:
        words = ("description", after.description) if after.description else ("-description",)
        steps.append(ifconfig_step("description", name, *words))
    if after.up and not now.up:
        steps.append(ifconfig_step("the LAGG is up", name, "up"))
    steps += _port_steps(now, after)
    addresses = _address_steps(now, after)
    return steps + addresses + _down_steps(now, after, touched=bool(addresses))


def _port_steps(now: LaggConfig, after: LaggConfig) -> list[Step]:
    """Bring up the ports that stay and are down, or take them down again."""
    why = "a port that is down carries nothing"
    up = [ifconfig_step(why, port, "up") for port in after.ports if port in now.down - after.down]
    down = [port for port in after.ports if port in after.down - now.down]
    return up + [ifconfig_step("the port was down before", port, "down") for port in down]


def _down_steps(now: LaggConfig, after: LaggConfig, *, touched: bool) -> list[Step]:
    """Take the LAGG down, behind its addresses, since one brings it up (ether_ioctl).

    Since FreeBSD 15 it takes its ports along, up and down (lagg_if_updown), so each gets its own
    word after it.
    """
    if after.up or not (now.up or touched):
        return []
    words = {port: "down" if port in after.down else "up" for port in after.ports}
    return [
        ifconfig_step("the LAGG is down", after.name, "down"),
        *(ifconfig_step(f"the port was {word} before", port, word) for port, word in words.items()),
    ]


def _switch_steps(now: LaggConfig, after: LaggConfig) -> list[Step]:
    have = set(now.switches)
    words: list[str] = []
    if "USE_FLOWID" in have and "USE_FLOWID" not in after.switches:
        words.append("-use_flowid")
        have -= {"USE_FLOWID", "USE_NUMA"}  # B-17: both go
    for word, (flag, only) in SWITCHES.items():
        if only not in (None, after.protocol.value):
            continue
        if flag in after.switches and flag not in have:
            words.append(word)
        elif flag in have and flag not in after.switches:
            words.append(f"-{word}")
    return [ifconfig_step("options of the LAGG", after.name, *words)] if words else []


def _offload_steps(now: LaggConfig, after: LaggConfig, host: HostState) -> list[Step]:
    """Switch what differs; if the present state is unknown, all that can be switched."""
    if after.enabled is None or not after.ports:
        return []
    may = capable_offloads(after.ports, host)
    off = (may if now.enabled is None else now.enabled) - after.enabled
    on = after.enabled - (now.enabled or frozenset())
    words = [f"-{word}" for word, flag in OFFLOADS.items() if flag in off]
    words += [word for word, flag in OFFLOADS.items() if flag in on]
    return [ifconfig_step("hardware offloading", after.name, *words)] if words else []


def _address_steps(now: LaggConfig, after: LaggConfig) -> list[Step]:
    name = after.name
    steps: list[Step] = []
    if now.dhcp and not after.dhcp:
        stay = [str(each.ip) for each in now.addresses if each.version == 4]
        why = "no DHCP any more, and no address of a lease"
        steps.append(drop_lease_step(why, name, *stay))
    # What stays has to be the beginning of what is wanted: new ones come after the old.
    kept = [address for address in now.addresses if address in after.addresses]
    while tuple(kept) != after.addresses[: len(kept)]:
        kept.pop()
    for address in now.addresses:
        if address not in kept:
            family, ip = family_of(address), str(address.ip)
            steps.append(ifconfig_step("remove an address", name, family, ip, "-alias"))
    auto = ("accept_rtadv",) if after.ipv6_auto else ("-accept_rtadv",) if now.ipv6_auto else ()
    is_new = all(each.version == 4 for each in now.addresses)
    # A boot without such addresses may have disabled IPv6 since.
    starts = is_new and any(each.version == 6 for each in after.addresses)
    starts = after.ipv6 and (starts or not now.ipv6)
    if starts:
        # Before the addresses, as network.subr does: the link-local one is the first then.
        steps.append(ifconfig_step("IPv6", name, "inet6", "-ifdisabled", *auto))
    for address in after.addresses[len(kept) :]:
        family = family_of(address)
        steps.append(ifconfig_step("add an address", name, family, str(address), "alias"))
    if now.ipv6 and not after.ipv6:
        steps.append(Step(script(DROP_IPV6, name), "IPv6 was disabled"))
    elif not starts and now.ipv6_auto != after.ipv6_auto:
        auto = ("-ifdisabled", *auto) if after.ipv6_auto else auto
        steps.append(ifconfig_step("IPv6 autoconfiguration", name, "inet6", *auto))
    if after.dhcp and not now.dhcp:
        steps.append(ask_lease_step("ask for an IPv4 address by DHCP", name))
    return steps
