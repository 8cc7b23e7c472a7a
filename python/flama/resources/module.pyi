import collections.abc as c
import typing as t

from flama.resources.resource import Resource

__all__ = ["MountedResource", "ResourcesModule"]

_R = t.TypeVar("_R", bound=type[Resource])

class MountedResource:
    path: str
    resource: Resource
    def __init__(self, path: str, resource: Resource | type[Resource]) -> None: ...

class ResourcesModule:
    added: list[MountedResource]
    def __init__(self, app: t.Any) -> None: ...
    def add_resource(
        self,
        path: str,
        resource: Resource | type[Resource],
        *_args: t.Any,
        **_options: t.Any,
    ) -> None: ...
    def resource(
        self, path: str, *_args: t.Any, **_options: t.Any
    ) -> c.Callable[[_R], _R]: ...
