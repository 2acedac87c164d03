"""FreeBSD's error numbers and texts (sys/errno.h, lib/libc/gen/errlst.c)."""

from __future__ import annotations

import enum
from typing import Self


class Errno(enum.IntEnum):
    """An error number; ``text`` is what strerror(3) says."""

    text: str

    def __new__(cls, number: int, text: str) -> Self:
        """Make a member of its number and its text."""
        member = int.__new__(cls, number)
        member._value_ = number
        member.text = text
        return member

    EPERM = 1, "Operation not permitted"
    ENOENT = 2, "No such file or directory"
    ESRCH = 3, "No such process"
    ENXIO = 6, "Device not configured"
    E2BIG = 7, "Argument list too long"
    EBADF = 9, "Bad file descriptor"
    ENOMEM = 12, "Cannot allocate memory"
    EACCES = 13, "Permission denied"
    EBUSY = 16, "Device busy"
    EEXIST = 17, "File exists"
    ENOTDIR = 20, "Not a directory"
    EISDIR = 21, "Is a directory"
    EINVAL = 22, "Invalid argument"
    ENOSPC = 28, "No space left on device"
    EPIPE = 32, "Broken pipe"
    EDESTADDRREQ = 39, "Destination address required"
    EMSGSIZE = 40, "Message too long"
    EPROTONOSUPPORT = 43, "Protocol not supported"
    EOPNOTSUPP = 45, "Operation not supported"
    EADDRINUSE = 48, "Address already in use"
    EADDRNOTAVAIL = 49, "Can't assign requested address"
    ENETDOWN = 50, "Network is down"
    ENETUNREACH = 51, "Network is unreachable"
    ENOBUFS = 55, "No buffer space available"
    ECONNREFUSED = 61, "Connection refused"
    ELOOP = 62, "Too many levels of symbolic links"
    ENAMETOOLONG = 63, "File name too long"
    EHOSTDOWN = 64, "Host is down"
    EHOSTUNREACH = 65, "No route to host"
    ENOTEMPTY = 66, "Directory not empty"


class KernelError(Exception):
    """A system call failed; ``errno`` is what the program finds."""

    def __init__(self, errno: Errno) -> None:
        super().__init__(errno.text)
        self.errno = errno
