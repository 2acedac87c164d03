"""Steps that use the middleware of TrueNAS, and what it answers."""

import pytest
from pytest_bdd import given, parsers, then, when

from lagg_tool.command import Completed, read
from lagg_tool.command import change as command
from lagg_tool.evidence import Provenance
from lagg_tool.nas.truenas.midclt import errors
from steps.world import World, middleware
from steps.world.reboot import reboot

LOG = "/var/log/middlewared.log"
Table = list[list[str]]

_LAGG = parsers.parse("the middleware is asked for a LAGG with")
_CHANGE = parsers.parse("the middleware is asked to change {name} to")
_FOR_GOOD = "the change is committed for good"


# --- changes of the database ---


@given(
    parsers.re(
        r"the middleware has a LAGG (?P<name>\w+) with protocol (?P<protocol>\w+)"
        r" on (?P<ports>ports? .*)"
    )
)
def has_lagg(world: World, name: str, protocol: str, ports: str) -> None:
    lagg = {"name": name, "lag_protocol": protocol, "lag_ports": world.names(ports)}
    middleware.must(world, "interface.create", {"type": "LINK_AGGREGATION", **lagg})


@given(_LAGG, target_fixture="answer")
@when(_LAGG, target_fixture="answer")
def asked_for_lagg(world: World, datatable: Table) -> Completed:
    """Ask for lagg0, failover, on ports 1 and 2, unless the table says otherwise."""
    lagg = {"name": "lagg0", "lag_protocol": "FAILOVER", "lag_ports": world.names("1 2")}
    fields = middleware.request(world, datatable, type="LINK_AGGREGATION", **lagg)
    return middleware.change(world, "interface.create", fields)


@when(parsers.parse("the middleware is asked for an interface with"), target_fixture="answer")
def asked_for_interface(world: World, datatable: Table) -> Completed:
    return middleware.change(world, "interface.create", middleware.request(world, datatable))


@given(parsers.parse("the middleware has a VLAN {name} on {parent}"))
def has_vlan(world: World, name: str, parent: str) -> None:
    vlan = {"name": name, "vlan_parent_interface": world.named(parent), "vlan_tag": int(name[4:])}
    middleware.must(world, "interface.create", {"type": "VLAN", **vlan})


@given(_CHANGE, target_fixture="answer")
@when(_CHANGE, target_fixture="answer")
def asked_to_change(world: World, name: str, datatable: Table) -> Completed:
    fields = middleware.request(world, datatable)
    return middleware.change(world, "interface.update", world.named(name), fields)


@when(parsers.re(r"the middleware is asked to delete (?P<name>\w+)"), target_fixture="answer")
def asked_to_delete(world: World, name: str) -> Completed:
    return middleware.change(world, "interface.delete", world.named(name))


@given("no interface of the NAS was ever configured")
def nothing_configured(world: World) -> None:
    """Delete the rows without a commit: the kernel keeps all, the database forgets."""
    _only_simulated(world, "it takes the NAS's own interfaces out of its database")
    for item in middleware.ask(world, "interface.query"):
        middleware.must(world, "interface.delete", item["name"])


@given("no interface with an address is left in the database")
def nothing_with_address(world: World) -> None:
    """Take every address away, with no commit: the kernel keeps them."""
    _only_simulated(world, "it takes the NAS's own addresses out of its database")
    none = {"aliases": [], "ipv4_dhcp": False, "ipv6_auto": False}
    for item in middleware.ask(world, "interface.query"):
        if item["aliases"] or item["ipv4_dhcp"] or item["ipv6_auto"]:
            middleware.must(world, "interface.update", item["name"], none)


@given(parsers.re(r"a licence for two controllers, with failover switched (?P<way>on|off)"))
def licensed(world: World, way: str) -> None:
    _only_simulated(world, "it needs a system of two controllers")
    files = ["/data/license", *(["/data/failover_disabled"] if way == "off" else [])]
    world.must(["touch", *files])
    world.afterwards.append(command("rm", *files))


# --- from the database to the kernel ---


@when("the change is committed", target_fixture="answer")
def committed(world: World) -> Completed:
    return middleware.change(world, middleware.COMMIT)


@given(_FOR_GOOD, target_fixture="answer")
@when(_FOR_GOOD, target_fixture="answer")
def committed_for_good(world: World) -> Completed:
    return middleware.must(world, middleware.COMMIT, {"rollback": False})


@when("the change is checked in")
def checked_in(world: World) -> None:
    middleware.must(world, "interface.checkin")


@when("the change is rolled back")
def rolled_back(world: World) -> None:
    middleware.must(world, "interface.rollback")


@when("middlewared is restarted")
def restarted(world: World) -> None:
    world.must(["service", "middlewared", "restart"])


@when("the NAS is rebooted")
def rebooted(world: World) -> None:
    _only_simulated(world, "it reboots the NAS")
    reboot(world, command("reboot"))


def _only_simulated(world: World, why: str) -> None:
    if world.target.result.provenance is not Provenance.SIMULATED:
        pytest.skip(f"not on a real NAS: {why}")


# --- what it answers ---


@then("the middleware accepts it")
def accepts(answer: Completed) -> None:
    assert answer.status == 0, answer.stderr.strip()


@then(parsers.re(r'the middleware refuses (?P<field>interface_\S+): "(?P<text>.*)"'))
def refuses_field(world: World, answer: Completed, field: str, text: str) -> None:
    assert answer.status == 1, "the middleware accepted it"
    world.refused = ""
    expected, found = world.named(f"[EINVAL] {field}: {text}"), errors(answer.stderr)
    assert expected in found, f"the middleware says {found}, expected was {expected!r}"


@then(parsers.re(r'the middleware fails with "(?P<text>.*)"'))
def fails_with(world: World, answer: Completed, text: str) -> None:
    assert answer.status == 1, "the middleware accepted it"
    world.refused = ""
    expected, found = [world.named(text)], errors(answer.stderr)
    assert found == expected, f"the middleware says {found}, expected was {expected}"


@then(parsers.parse("the middleware shows {name} with"))
def shows(world: World, name: str, datatable: Table) -> None:
    item = middleware.interface(world, name)
    for field, expected in datatable:
        value: object = item
        for part in field.split("."):
            assert isinstance(value, dict), f"{name} has no field {field}"
            value = value[part]
        found = middleware.shown(value)
        assert found == world.named(expected), f"{field} is {found!r}, expected was {expected!r}"


@then(parsers.parse("the middleware shows no {name}"))
def shows_no(world: World, name: str) -> None:
    found = middleware.ask(world, "interface.query", [["name", "=", name]])
    assert found == [], f"the middleware shows {name}, expected was that it does not"


@then(parsers.re(r"(?P<name>\w+) is among the middleware's choices for (?P<what>.*)"))
def among_choices(world: World, name: str, what: str) -> None:
    method = {"a VLAN's parent": "interface.vlan_parent_interface_choices"}[what]
    choices = list(middleware.ask(world, method))
    assert world.named(name) in choices, f"{name} is not among the choices: {choices}"


@then(parsers.parse("the middleware offers the protocols {names}"))
def offers(world: World, names: str) -> None:
    found = middleware.ask(world, "interface.lag_supported_protocols")
    offered = ", ".join(sorted(found))
    assert offered == ", ".join(sorted(names.split(", "))), f"the middleware offers {offered}"


@then("a change is pending")
def pending(world: World) -> None:
    pending = middleware.ask(world, "interface.has_pending_changes")
    assert pending is True, "no change is pending, expected was one"


@then("no change is pending")
def nothing_pending(world: World) -> None:
    pending = middleware.ask(world, "interface.has_pending_changes")
    assert pending is False, "a change is pending, expected was none"


@then(parsers.re(r"the middleware waits (?P<least>\d+) to (?P<most>\d+) seconds for a check-in"))
def waits(world: World, least: str, most: str) -> None:
    seconds = middleware.ask(world, "interface.checkin_waiting")
    right = float(least) <= seconds <= float(most)
    assert right, f"the middleware waits {seconds} s, expected were {least} to {most} s"


@then(parsers.parse('the middleware\'s log has "{words}"'))
def log_has(world: World, words: str) -> None:
    world.expect_state(
        lambda: world.named(words) in world.target.run(read("tail", "-n", "200", LOG)).stdout,
        lambda: f"{LOG} does not have {world.named(words)!r}",
    )


@then(parsers.re(r'there is the alert "(?P<title>[^"]*)": "(?P<text>.*)"'))
def alert(world: World, title: str, text: str) -> None:
    def found() -> set[tuple[str, str]]:
        return {(a["title"], a["formatted"]) for a in middleware.ask(world, "alert.list")}

    world.expect_state(
        lambda: (title, world.named(text)) in found(),
        lambda: f"alerts: {sorted(found())}; expected was {title!r}: {world.named(text)!r}",
    )


@then("there is no alert about lagg0")
def no_alert(world: World) -> None:
    texts = [alert["formatted"] for alert in middleware.ask(world, "alert.list")]
    about = [text for text in texts if "lagg0" in text]
    assert not about, f"alerts about lagg0: {about}; expected was none"
