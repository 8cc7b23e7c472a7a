import collections.abc as c
import os
import typing as t

from flama.models.model import Model
from flama.resources.resource import Resource

__all__ = ["ModelsModule"]

_R = t.TypeVar("_R", bound=type[Resource])

class ModelsModule:
    added: list[t.Any]
    def __init__(self, app: t.Any) -> None: ...
    def add_model(
        self,
        path: str,
        model: str | os.PathLike[str] | Model,
        name: str,
        *_args: t.Any,
        trust: bool | None = None,
        **_options: t.Any,
    ) -> None: ...
    def add_model_resource(
        self,
        path: str,
        resource: Resource | type[Resource],
        *_args: t.Any,
        **_options: t.Any,
    ) -> None: ...
    def model_resource(
        self, path: str, *_args: t.Any, **_options: t.Any
    ) -> c.Callable[[_R], _R]: ...
    def model(
        self, path: str, *_args: t.Any, **_options: t.Any
    ) -> c.Callable[[_R], _R]: ...
