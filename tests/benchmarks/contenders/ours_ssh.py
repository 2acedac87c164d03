"""lagg_tool.ssh: `warm`, `job` (ten execs), `batched` (the job as the tool does it)."""

from pathlib import Path

from lagg_tool.command import Command, Effect
from lagg_tool.ssh.address import Address
from lagg_tool.ssh.connection import Connection
from lagg_tool.ssh.hostkeys import HostKeys
from tests.benchmarks.contenders import loop


def connect() -> Connection:
    return Connection(
        Address("root", loop.HOST, int(loop.setting("PORT"))),
        HostKeys(files=(Path(loop.setting("KNOWN_HOSTS")),)),
        identities=[Path(loop.setting("KEY"))],
    )


def commands() -> list[Command]:
    return [Command(tuple(line.split()), Effect.CHANGE) for line in loop.commands()]


def warm() -> None:
    with connect() as connection:
        true = Command(("true",), Effect.READ)
        loop.serve(lambda: connection.run(true))


def job() -> None:
    with connect() as connection:
        loop.check([connection.run(command).stdout for command in commands()])


def batched() -> None:
    reads, changes, verify = commands()[:3], commands()[3:-1], commands()[-1:]
    with connect() as connection:
        for group in (reads, changes, verify):  # each needs to know how the one before ended
            answers = connection.run_batch(group)
        loop.check([done.stdout for done in answers])


loop.main(warm=warm, job=job, batched=batched)
