"""The table ``[set]`` of an article.toml: which article a claim set is about, and which NAS."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lagg_tool.claims.reader import TableReader

_NAME = re.compile(r"[a-z][a-z0-9-]*")
_ADDRESS = re.compile(r"([a-z0-9-]+/)*")
_PUBLISHED = re.compile(r"(https?://[^\s\"<>]+)?")
_TEXTS = ("name", "title", "about")
_LISTS = ("article", "products", "targets", "references")


@dataclass(frozen=True)
class Header:
    """What a set says about itself; a set without a table ``[set]`` says nothing.

    ``order`` sorts the articles, the newest last. ``article`` are the names of its own pages,
    ``products`` the systems that it is about (all without any), ``targets`` what it is run on,
    ``references`` the releases that its verdicts and defects were found on, ``address`` the
    folder of its pages on the site, and ``published`` where readers find the article.
    """

    name: str = ""
    title: str = ""
    about: str = ""
    order: int = 0
    article: tuple[str, ...] = ()
    products: tuple[str, ...] = ()
    targets: tuple[str, ...] = ()
    references: tuple[str, ...] = ()
    address: str = ""
    published: str = ""


def read_header(reader: TableReader, document: Mapping[str, Any]) -> Header:
    """Check the table ``[set]`` of a document. Raises DocumentError with the line."""
    if "set" not in document:
        return Header()
    table, line = document["set"], reader.line_of(r"\[{1,2}\s*set\b|set\b")
    if not isinstance(table, dict):
        raise reader.fail(line, "set must be a table: [set]")
    reader.only(table, {*_TEXTS, *_LISTS, "order", "address", "published"}, line)
    name, title, about = (reader.string(table, key, line) for key in _TEXTS)
    if not _NAME.fullmatch(name):
        at = reader.line_of(r"name\b", line)
        raise reader.fail(at, f"name = {name!r}; write small letters, digits and hyphens")
    order = table.get("order", 0)
    if type(order) is not int:
        raise reader.fail(reader.line_of(r"order\b", line), "order must be a whole number")
    address = table.get("address", f"{name}/")
    if not isinstance(address, str) or not _ADDRESS.fullmatch(address):
        at = reader.line_of(r"address\b", line)
        raise reader.fail(at, f"address = {address!r}; write a folder such as {name}/")
    published = reader.string(table, "published", line, empty=True)
    if not _PUBLISHED.fullmatch(published):
        at = reader.line_of(r"published\b", line)
        raise reader.fail(at, f"published = {published!r}; write an address: https://host/page")
    lists = {key: _strings(reader, table, key, line) for key in _LISTS}
    return Header(
        name,
        title,
        about,
        order,
        **lists,
        address=address,
        published=published,
    )


def _strings(reader: TableReader, table: Mapping[str, Any], key: str, line: int) -> tuple[str, ...]:
    found = table.get(key, [])
    if not isinstance(found, list) or not all(isinstance(one, str) and one for one in found):
        raise reader.fail(reader.line_of(rf"{key}\b", line), f"{key} must be a list of texts")
    return tuple(found)
