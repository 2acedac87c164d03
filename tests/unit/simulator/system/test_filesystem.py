"""The file system in memory, against a model that is a plain dictionary."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lagg_tool.simulator.kernel.errno import Errno
from lagg_tool.simulator.system.filesystem import FileSystem
from lagg_tool.simulator.system.nodes import Directory, File, FileError

NAMES = st.sampled_from(["a", "b", "c"])
PATHS = st.lists(NAMES, min_size=1, max_size=3).map(lambda names: "/" + "/".join(names))
OPERATIONS = st.lists(
    st.one_of(
        st.tuples(st.just("mkdir"), PATHS, PATHS),
        st.tuples(st.just("write"), PATHS, PATHS),
        st.tuples(st.just("unlink"), PATHS, PATHS),
        st.tuples(st.just("rmdir"), PATHS, PATHS),
        st.tuples(st.just("rename"), PATHS, PATHS),
    ),
    max_size=25,
)


def parent(path: str) -> str:
    return path.rsplit("/", 1)[0] or "/"


class Model:
    """Paths to contents; None for a directory."""

    def __init__(self) -> None:
        self.tree: dict[str, str | None] = {"/": None}

    def _inside(self, path: str) -> list[str]:
        return [other for other in self.tree if other.startswith(path + "/")]

    def _can_make(self, path: str) -> bool:
        return parent(path) in self.tree and self.tree[parent(path)] is None

    def mkdir(self, path: str, _other: str) -> bool:
        if path in self.tree or not self._can_make(path):
            return False
        self.tree[path] = None
        return True

    def write(self, path: str, other: str) -> bool:
        if not self._can_make(path) or self.tree.get(path, "") is None:
            return False
        self.tree[path] = other
        return True

    def unlink(self, path: str, _other: str) -> bool:
        if self.tree.get(path) is None:
            return False
        del self.tree[path]
        return True

    def rmdir(self, path: str, _other: str) -> bool:
        if path not in self.tree or self.tree[path] is not None or self._inside(path):
            return False
        del self.tree[path]
        return True

    def rename(self, old: str, new: str) -> bool:
        if old not in self.tree or not self._can_make(new):
            return False
        if old == new:
            return True
        directory = self.tree[old] is None
        if new.startswith(old + "/"):
            return False
        if new in self.tree and ((self.tree[new] is None) != directory or self._inside(new)):
            return False
        self.tree.pop(new, None)
        for path in [old, *self._inside(old)]:
            self.tree[new + path[len(old) :]] = self.tree.pop(path)
        return True


def attempt(files: FileSystem, verb: str, path: str, other: str) -> bool:
    actions: dict[str, Callable[[], object]] = {
        "mkdir": lambda: files.make_directory(path),
        "write": lambda: files.write_text(path, other),
        "unlink": lambda: files.unlink(path),
        "rmdir": lambda: files.remove_directory(path),
        "rename": lambda: files.rename(path, other),
    }
    try:
        actions[verb]()
    except FileError:
        return False
    return True


@given(OPERATIONS)
def test_the_tree_is_what_a_dictionary_says(operations: list[tuple[str, str, str]]) -> None:
    files, model = FileSystem(lambda: 0.0), Model()
    free = files.free_inodes

    for verb, path, other in operations:
        assert attempt(files, verb, path, other) == getattr(model, verb)(path, other), verb

    for path, contents in model.tree.items():
        node = files.lookup(path)
        assert isinstance(node, Directory if contents is None else File)
        assert contents is None or files.read_text(path) == contents
    assert len(list(files.walk("/"))) == len(model.tree)
    assert files.free_inodes == free - (len(model.tree) - 1)


def test_a_full_disk_makes_nothing_new_and_grows_a_file_to_its_fragment_s_end() -> None:
    files = FileSystem(lambda: 0.0)
    file = files.write_text("/rc.conf", "x" * 10)
    files.fill()

    with pytest.raises(FileError) as made:
        files.create("/new")
    files.write_at(file, 10, b"y" * 100)
    with pytest.raises(FileError) as grown:
        files.write_at(file, 110, b"z" * 4096)

    assert made.value.errno is grown.value.errno is Errno.ENOSPC
    assert file.size == 110
    files.free()
    files.create("/new")


def test_another_user_may_read_and_not_write() -> None:
    files = FileSystem(lambda: 0.0)
    files.write_text("/secret", "s", mode=0o600)

    with pytest.raises(FileError) as read:
        files.read_text("/secret", uid=65534)
    with pytest.raises(FileError) as made:
        files.create("/mine", uid=65534)

    assert read.value.errno is made.value.errno is Errno.EACCES


def test_symbolic_links_lead_on_and_loops_end() -> None:
    files = FileSystem(lambda: 0.0)
    files.make_directory("/usr")
    files.write_text("/usr/x", "here")
    files.make_symlink("usr", "/link")
    files.make_symlink("/loop", "/loop")

    with pytest.raises(FileError) as loop:
        files.lookup("/loop")

    assert files.read_text("/link/x") == "here"
    assert loop.value.errno is Errno.ELOOP
