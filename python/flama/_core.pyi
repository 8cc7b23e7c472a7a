"""The extension module. Its callers are flama's own files."""

import collections.abc as c
import typing as t

from typing_extensions import disjoint_base

version: str

def __getattr__(name: str) -> t.Any: ...  # what only flama itself uses

types: dict[str, Type]

class CoreError(Exception):
    path: str

@t.final
class Type:
    def __init__(
        self,
        name: str,
        kind: str,
        fields: c.Iterable[dict[str, t.Any]] = ...,
        rules: dict[str, t.Any] | None = ...,
        description: str | None = ...,
    ) -> None: ...
    @property
    def name(self) -> str: ...
    @property
    def kind(self) -> str: ...
    def define(self, fields: c.Iterable[dict[str, t.Any]], /) -> None: ...

@disjoint_base
class RowsBase(list[t.Any]): ...

def running() -> tuple[str, float] | None: ...
def log(level: int, text: str, /) -> None: ...
def log_to_stderr(least: int, colours: bool, /) -> None: ...
def dumps(object: t.Any, /) -> bytes: ...
def listen(
    host: str | None, port: int, uds: str | None, fd: int, backlog: int, /
) -> tuple[int, int]: ...
