"""The configuration database's network tables, and the snapshot of the first pending change.

Tables are lists of rows, a row a dict; as in the product's datastore a row's ``id`` is
never given to another row.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from typing import Any

Row = dict[str, Any]

# plugins/network.py get_datastores(): the tables that a roll-back restores.
TABLES = (
    "network.interfaces",
    "network.alias",
    "network.bridge",
    "network.lagginterface",
    "network.lagginterfacemembers",
    "network.vlan",
)


def _has(row: Row, equal: dict[str, object]) -> bool:
    return all(row.get(column) == value for column, value in equal.items())


class Database:
    """All tables, kept across reboots (``save`` writes them where the NAS keeps files)."""

    def __init__(self, save: Callable[[str], None], saved: str = "") -> None:
        self._save = save
        self._tables: dict[str, list[Row]] = {table: [] for table in TABLES}
        self._next_id = 1
        if saved:
            document = json.loads(saved)
            self._tables, self._next_id = document["tables"], document["next_id"]

    def query(self, table: str, **equal: object) -> list[Row]:
        """Return copies of the rows that have the given values, in the order of insertion."""
        return [copy.deepcopy(row) for row in self._tables[table] if _has(row, equal)]

    def insert(self, table: str, row: Row) -> int:
        """Add a row and return its id."""
        row_id, self._next_id = self._next_id, self._next_id + 1
        self._tables[table].append({**copy.deepcopy(row), "id": row_id})
        self._write()
        return row_id

    def update(self, table: str, row_id: int, columns: Row) -> None:
        """Change columns of one row."""
        for row in self._tables[table]:
            if row["id"] == row_id:
                row.update(copy.deepcopy(columns))
        self._write()

    def delete(self, table: str, **equal: object) -> None:
        """Remove the rows that have the given values."""
        self._tables[table] = [row for row in self._tables[table] if not _has(row, equal)]
        self._write()

    def snapshot(self) -> dict[str, list[Row]]:
        """Return a copy of all tables."""
        return copy.deepcopy(self._tables)

    def restore(self, snapshot: dict[str, list[Row]]) -> None:
        """Put all tables back to a snapshot."""
        self._tables = copy.deepcopy(snapshot)
        self._write()

    def _write(self) -> None:
        self._save(json.dumps({"tables": self._tables, "next_id": self._next_id}))
