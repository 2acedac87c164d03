"""What the host knows of a change: the answer to scripts/status.sh, read."""

from __future__ import annotations

from dataclasses import dataclass, field

from lagg_tool.nas.contract import read_user


@dataclass(frozen=True)
class Status:
    """A change as the host knows it; times in seconds, exit statuses None while unknown."""

    boot: str = "rc.conf"  # how messages call what boots the host
    user: str = ""  # the user who ran the script, unless root
    hidden: bool = False  # there are changes that only root can read
    pending: str = ""
    token: str = ""
    last: str = ""
    lapsed: str = ""
    interrupted: str = ""  # a change that a reboot found neither confirmed nor undone
    rebooted: bool = False  # the host has been rebooted since the change, and keeps nothing of it
    kept: bool = False  # before that, the boot configuration had it
    stored: bool = False  # since a reboot it is known only by what is kept to undo it
    there: bool = False
    guard: bool = False
    started: bool = False
    decided: bool = False
    undone: bool = False
    stalled: bool = False  # the process that decides it, or undoes it, was ended
    confirming: bool = False
    keeping: bool = False
    by: str = ""
    who: str = ""
    name: str = ""
    left: float = 0.0
    codes: dict[str, int | None] = field(default_factory=dict)
    said: dict[str, str] = field(default_factory=dict)

    def code(self, part: str) -> int | None:
        """Return the exit status of apply, revert, confirm, persist, keep or undo."""
        return self.codes.get(part)

    @property
    def reboot_text(self) -> str:
        """What a reboot, or something before it, made of the change; "" if that is not known.

        In every case that is known the old configuration holds.
        """
        if not self.rebooted:
            return ""
        if not self.decided:
            return (
                f"the host was rebooted before {self.token} was confirmed, and came up with the"
                f" configuration of its {self.boot}, which is the old one"
            )
        if self.undone or self.by in ("guard", "rollback"):
            return f"{self.token} was undone before the host was rebooted"
        if self.kept:
            return ""
        state = "confirmed" if self.by == "confirm" else "just being decided"
        return (
            f"{self.token} was {state} and not in {self.boot} when the host was rebooted,"
            " which brought that configuration back, the old one"
        )


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else None


def read_status(text: str, boot: str = "rc.conf") -> Status:
    """Return the status; a line that cannot be read counts as absent."""
    said = dict(line.split(" ", 1) for line in text.splitlines() if " " in line)
    armed, seconds = _number(said.get("when", "")), _number(said.get("seconds", ""))
    now = _number(said.get("now", ""))
    left = armed + seconds - now if armed is not None and seconds is not None and now else 0
    codes = ("apply", "revert", "confirm", "persist", "keep", "undo")
    logs = ("apply", "confirm", "persist", "restore")
    return Status(
        boot=boot,
        user=read_user(said["user"]) if "user" in said else "",
        hidden="hidden" in said,
        pending=said.get("pending", "").strip(),
        token=said.get("token", "").strip(),
        last=said.get("last", "").strip(),
        lapsed=said.get("lapsed", "").strip(),
        interrupted=said.get("interrupted", "").strip(),
        rebooted="rebooted" in said,
        kept="kept" in said,
        stored="stored" in said,
        there="there" in said,
        guard="guard" in said,
        started="started" in said,
        decided="decided" in said,
        undone="undone" in said,
        stalled="stalled" in said,
        confirming="confirming" in said,
        keeping="keeping" in said,
        by=said.get("decided", "").strip(),
        who=said.get("who", ""),
        name=said.get("name", "").strip(),
        left=max(0.0, float(left)),
        codes={each: _number(said.get(f"{each}.rc", "").strip()) for each in codes},
        said={each: said.get(f"{each}.log", "") for each in logs},
    )
