"""Steps that configure the NAS, and what a command answered."""

import shlex

import pytest
from pytest_bdd import given, parsers, then, when

from lagg_tool.command import Completed, change, read
from lagg_tool.wire.ethernet import mac_text
from steps.world import NAS_ADDRESS, NEIGHBOUR, World
from steps.world.frames import NEIGHBOUR_MAC

RC_CONF = "/etc/rc.conf.local"
_LINK_SECONDS = 10.0  # autonegotiation takes two or three
# Interfaces whose ends can be ports, made of nothing.
_CABLES = 'i=0; while [ $i -lt "$1" ]; do ifconfig epair create; i=$((i+1)); done'

_RUNS = parsers.parse('the administrator runs "{line}"')
_ADDRESS = parsers.re(r"(?P<name>lagg0|port \d) (is given|has) the address (?P<address>\S+)")
_DESCRIBED = parsers.parse('{name} is described as "{text}"')
_LINK = parsers.parse("port {port:d} is up and has its link")


@given(parsers.parse("an empty LAGG {name}"))
def empty_lagg(world: World, name: str) -> None:
    world.must(["ifconfig", name, "create"])


@given(parsers.re(r"a LAGG (?P<name>\w+) with protocol (?P<protocol>\w+) on (?P<ports>ports? .*)"))
def lagg(world: World, name: str, protocol: str, ports: str) -> None:
    """Create it; the address of the NAS is lagg0's, since no other LAGG can have it as well."""
    chosen = world.names(ports)
    words = [word for port in chosen for word in ("laggport", port)]
    if name == "lagg0":
        world.unless_taken(NAS_ADDRESS)
        words += [NAS_ADDRESS]
    world.laggs += [] if name in world.laggs else [name]
    world.must(
        *(["ifconfig", port, "up"] for port in chosen),
        ["ifconfig", name, "create"],
        ["ifconfig", name, "laggproto", protocol, *words, "up"],
    )


@given(_LINK)
@when(_LINK)
def has_link(world: World, port: int) -> None:
    """Wait for a card that loses its link when it is taken up or joins, as em(4) does."""
    name = world.name(port)
    world.must(["ifconfig", name, "up"])
    reached = world.wait_until(
        lambda: world.interface(name).status == "active", _LINK_SECONDS, "the link"
    )
    assert reached, f"port {port} ({name}) has no link after {_LINK_SECONDS:.0f} seconds"


@given("a neighbour that the NAS knows")
@when("the administrator adds the neighbour to the ARP table")
def neighbour(world: World) -> None:
    world.must(world.dialect.neighbour(str(NEIGHBOUR), mac_text(NEIGHBOUR_MAC)))


@given(_RUNS, target_fixture="answer")
@when(_RUNS, target_fixture="answer")
def administrator_runs(world: World, line: str) -> Completed:
    return world.administrator(line)


@when(parsers.parse('the administrator looks with "{line}"'), target_fixture="answer")
def administrator_looks(world: World, line: str) -> Completed:
    """Run what changes nothing, so that it runs on a NAS in production as well."""
    return world.run(read(*shlex.split(world.named(line))))


@given("rc.conf has")
def rc_conf(world: World, datatable: list[list[str]], request: pytest.FixtureRequest) -> None:
    """Write variables into the second file of rc.conf(5), where the first is left alone."""
    if world.target.run(read("test", "-e", RC_CONF)).status == 0:
        pytest.skip(f"the NAS has a {RC_CONF}, which is not touched")
    request.addfinalizer(lambda: world.target.run(change("rm", "-f", RC_CONF)))
    variables = [f"{name}={world.named(value)}" for name, value in datatable]
    world.must(["sysrc", "-f", RC_CONF, *variables])


@given(_DESCRIBED)
@when(_DESCRIBED)
def described(world: World, name: str, text: str) -> None:
    world.must(["ifconfig", name, "description", text])


@given(_ADDRESS, target_fixture="answer")
@when(_ADDRESS, target_fixture="answer")
def address(world: World, name: str, address: str) -> Completed:
    family = "inet6" if ":" in address else "inet"
    return world.administrator(f"ifconfig {name.replace(' ', '')} {family} {address} alias")


@given(parsers.parse("{count:d} virtual cables"), target_fixture="cables")
def virtual_cables(world: World, count: int) -> list[str]:
    """Return the names of one end of each."""
    cables = world.script(_CABLES, str(count)).stdout.split()
    assert len(cables) == count, f"{len(cables)} virtual cables were created, not {count}"
    return cables


@when(parsers.parse("lagg0 takes the ends of {count:d} virtual cables as ports"))
def takes_cables(world: World, cables: list[str], count: int) -> None:
    ends = [cables.pop(0) for _ in range(count)]
    world.must(["ifconfig", "lagg0", *(word for end in ends for word in ("laggport", end))])


@when("lagg0 takes the end of one more virtual cable", target_fixture="answer")
def takes_one_more(world: World, cables: list[str]) -> Completed:
    return world.administrator(f"ifconfig lagg0 laggport {cables.pop(0)}")


@then("the command succeeds")
def succeeds(answer: Completed) -> None:
    assert answer.status == 0, f"{answer.command.text}: {answer.stderr.strip()}"


@then(parsers.parse('the command is refused with "{words}"'))
def refused(world: World, answer: Completed, words: str) -> None:
    known = world.dialect.refusals
    assert answer.status in known, f"exit status {answer.status}, expected was {min(known)}"
    said = answer.stderr.strip()
    assert words in said, f"{answer.command.text} was refused with {said!r}, expected was {words!r}"


@then(parsers.parse('the output has the line "{line}"'))
def output_has(answer: Completed, line: str) -> None:
    said = answer.stdout.strip()
    assert line in said.splitlines(), f"the output has no line {line!r}: {said}"


@then("every command succeeds without an error message")
def no_error(answer: Completed) -> None:
    ended = f"exit status {answer.status}: {answer.stderr.strip() or 'no message'}"
    assert (answer.status, answer.stderr) == (0, ""), f"{ended}, expected was 0 without a message"
