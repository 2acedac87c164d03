"""paramiko by itself, as its documentation shows: `warm` and `job`."""

import paramiko

from tests.benchmarks.contenders import loop


def connect() -> paramiko.SSHClient:
    client = paramiko.SSHClient()
    client.load_host_keys(loop.setting("KNOWN_HOSTS"))
    client.connect(
        loop.HOST,
        int(loop.setting("PORT")),
        "root",
        key_filename=loop.setting("KEY"),
        allow_agent=False,
        look_for_keys=False,
    )
    return client


def run(client: paramiko.SSHClient, line: str) -> str:
    _, stdout, stderr = client.exec_command(line)
    said = stdout.read().decode()
    stderr.read()
    stdout.channel.recv_exit_status()
    return said


def warm() -> None:
    client = connect()
    loop.serve(lambda: run(client, "true"))


def job() -> None:
    client = connect()
    loop.check([run(client, line) for line in loop.commands()])
    client.close()


loop.main(warm=warm, job=job)
