"""pytest-testinfra, over paramiko and over ssh(1): `warm`, `job`, `warm_ssh`, `job_ssh`."""

import testinfra

from tests.benchmarks.contenders import loop


def host(kind: str) -> object:
    return testinfra.get_host(
        f"{kind}://root@benchmark",
        ssh_config=loop.setting("SSH_CONFIG"),
        ssh_identity_file=loop.setting("KEY"),
    )


def warm_over(kind: str) -> None:
    target = host(kind)
    loop.serve(lambda: target.run("true"))


def job_over(kind: str) -> None:
    target = host(kind)
    loop.check([target.run(line).stdout for line in loop.commands()])


loop.main(
    warm=lambda: warm_over("paramiko"),
    job=lambda: job_over("paramiko"),
    warm_ssh=lambda: warm_over("ssh"),
    job_ssh=lambda: job_over("ssh"),
)
