"""Hosts that several modules use: processes that live as long as the tests of one module."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from lagg_tool.ssh.connection import Connection
from tests.support import nas_process, openssh
from tests.support.nas_process import Nas


@pytest.fixture(scope="module")
def nas(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nas]:
    """Run a simulated NAS as a process; modules that need another kind override this."""
    with nas_process.running(tmp_path_factory.mktemp("nas")) as found:
        yield found


@pytest.fixture(scope="module")
def truenas(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nas]:
    """Run a simulated TrueNAS as a process, beside ``nas``."""
    directory = tmp_path_factory.mktemp("truenas")
    with nas_process.running(directory, system="truenas-13.3") as found:
        yield found


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[openssh.OpenSshServer]:
    """Run OpenSSH's server."""
    with openssh.running(tmp_path_factory.mktemp("sshd")) as running:
        yield running


@pytest.fixture
def connection(server: openssh.OpenSshServer) -> Iterator[Connection]:
    """Give a connection to ``server``, as the user that runs the tests."""
    with openssh.connect(server) as made:
        yield made
