"""fabric: `warm` and `job`."""

from fabric import Config, Connection

from tests.benchmarks.contenders import loop


def connect() -> Connection:
    return Connection(
        loop.HOST,
        user="root",
        port=int(loop.setting("PORT")),
        config=Config(lazy=True),
        connect_kwargs={
            "key_filename": loop.setting("KEY"),
            "allow_agent": False,
            "look_for_keys": False,
        },
    )


def run(connection: Connection, line: str) -> str:
    return str(connection.run(line, hide=True, in_stream=False).stdout)


def warm() -> None:
    connection = connect()
    loop.serve(lambda: run(connection, "true"))


def job() -> None:
    with connect() as connection:
        loop.check([run(connection, line) for line in loop.commands()])


loop.main(warm=warm, job=job)
