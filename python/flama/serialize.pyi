import collections.abc as c
import datetime
import os
import pathlib
import typing as t
import uuid
from dataclasses import dataclass

__all__ = ["Metadata", "ModelArtifact", "dump", "load", "manifest", "meta"]

_Path: t.TypeAlias = str | os.PathLike[str]
_File: t.TypeAlias = _Path | t.BinaryIO
_Data: t.TypeAlias = c.Mapping[str, t.Any]

class Attributes(dict[str, t.Any]):
    def __getattr__(self, name: str) -> t.Any: ...

class Metadata(Attributes):
    @classmethod
    def from_dict(cls, data: _Data) -> Metadata: ...
    def to_dict(self) -> dict[str, t.Any]: ...

@dataclass
class ModelArtifact:
    model: t.Any
    meta: Metadata
    artifacts: dict[str, pathlib.Path] = ...
    directory: pathlib.Path | None = ...

def dump(
    m: t.Any,
    f: _File | None = None,
    /,
    *,
    path: _Path | None = None,
    family: t.Literal["ml"] = "ml",
    protocol: t.Literal[1, 2] = 2,
    compression: t.Literal[
        "zstd", "zlib", "lzma", "bz2", "fast", "standard", "high"
    ] = "zstd",
    model_id: str | bytes | uuid.UUID | None = None,
    timestamp: datetime.datetime | str | None = None,
    params: _Data | None = None,
    metrics: _Data | None = None,
    extra: _Data | None = None,
    config: _Data | None = None,
    artifacts: c.Mapping[str, _Path] | None = None,
    lib: t.Literal["sklearn", "torch", "tensorflow", "keras"] | None = None,
    **options: t.Any,
) -> None: ...
def load(
    f: _File | None = None,
    /,
    *,
    path: _Path | None = None,
    trust: bool | None = None,
) -> ModelArtifact: ...
def meta(f: _File | None = None, /, *, path: _Path | None = None) -> Metadata: ...
def manifest(
    f: _File | None = None, /, *, path: _Path | None = None
) -> tuple[str, ...]: ...
