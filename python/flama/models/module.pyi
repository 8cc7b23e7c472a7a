import collections.abc as c
import os
import typing as t

from flama.models.model import Model
from flama.resources.module import ResourcesModule
from flama.resources.resource import Resource

__all__ = ["ModelsModule"]

_R = t.TypeVar("_R", bound=type[Resource])

class ModelsModule(ResourcesModule):
    def add_model(
        self,
        path: str,
        model: str | os.PathLike[str] | Model,
        name: str,
        tags: t.Any = None,
        *,
        trust: bool | None = None,
        methods: str | c.Iterable[str] | None = None,
    ) -> None: ...
    def add_model_resource(
        self, path: str, resource: Resource | type[Resource], tags: t.Any = None
    ) -> None: ...
    def model_resource(self, path: str, tags: t.Any = None) -> c.Callable[[_R], _R]: ...
    def model(self, path: str, tags: t.Any = None) -> c.Callable[[_R], _R]: ...
