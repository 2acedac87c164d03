"""asyncssh: `warm` and `job`."""

import asyncio

import asyncssh

from tests.benchmarks.contenders import loop


async def connect() -> asyncssh.SSHClientConnection:
    return await asyncssh.connect(
        loop.HOST,
        int(loop.setting("PORT")),
        username="root",
        client_keys=[loop.setting("KEY")],
        known_hosts=loop.setting("KNOWN_HOSTS"),
        config=None,
        agent_path=None,
    )


def warm() -> None:
    with asyncio.Runner() as runner:
        connection = runner.run(connect())
        loop.serve(lambda: runner.run(connection.run("true")))


async def work() -> None:
    async with await connect() as connection:
        answers = [str((await connection.run(line)).stdout) for line in loop.commands()]
    loop.check(answers)


def job() -> None:
    asyncio.run(work())


loop.main(warm=warm, job=job)
