"""Kernel modules in the order to load them."""

import lzma
from pathlib import Path

import pytest

from lagg_tool.errors import HostError
from lagg_tool.testbed.linux_vm.modules import in_order


@pytest.fixture
def kernel(tmp_path: Path) -> Path:
    (tmp_path / "modules.builtin").write_text("kernel/drivers/virtio/virtio.ko\n")
    for name, depends in {"bonding": "tls", "8021q": "mrp,garp", "garp": "stp", "mrp": ""}.items():
        module(tmp_path / f"{name}.ko", depends)
    module(tmp_path / "stp.ko", "llc")
    module(tmp_path / "llc.ko", "")
    packed = tmp_path / "tls.ko.xz"
    module(packed, "")
    packed.write_bytes(lzma.compress(packed.read_bytes()))
    return tmp_path


def module(path: Path, depends: str) -> None:
    path.write_bytes(b"\x7fELF\0license=GPL\0depends=" + depends.encode() + b"\0name=x\0")


def test_each_module_comes_after_what_it_needs(kernel: Path) -> None:
    assert list(in_order(kernel, ["8021q", "bonding"])) == [
        *("mrp", "llc", "stp", "garp", "8021q", "tls", "bonding")
    ]


def test_a_packed_module_is_unpacked(kernel: Path) -> None:
    assert in_order(kernel, ["tls"])["tls"].startswith(b"\x7fELF")


def test_what_is_built_in_is_left_out(kernel: Path) -> None:
    assert list(in_order(kernel, ["virtio"])) == []


def test_a_module_that_is_nowhere_is_named(kernel: Path) -> None:
    with pytest.raises(HostError, match="no module veth"):
        in_order(kernel, ["veth"])
