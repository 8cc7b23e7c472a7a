import collections.abc as c
import typing as t

from flama.resources.resource import Resource

__all__ = ["MountedResource", "ResourcesModule"]

_F = t.TypeVar("_F", bound=c.Callable[..., t.Any])
_R = t.TypeVar("_R", bound=type[Resource])

class MountedResource:
    path: str
    resource: Resource
    tags: t.Any
    def __init__(
        self, path: str, resource: Resource | type[Resource], tags: t.Any = None
    ) -> None: ...

class ResourcesModule:
    added: list[t.Any]
    def __init__(self, app: t.Any) -> None: ...
    def add_resource(
        self, path: str, resource: Resource | type[Resource], tags: t.Any = None
    ) -> None: ...
    def resource(self, path: str, tags: t.Any = None) -> c.Callable[[_R], _R]: ...
    @staticmethod
    def method(
        path: str,
        methods: c.Iterable[str] | None = None,
        name: str | None = None,
        *,
        pagination: t.Literal["limit_offset", "page_number"] | None = None,
        **options: t.Any,
    ) -> c.Callable[[_F], _F]: ...

def further_methods(names: str | c.Iterable[str] | None) -> str | None: ...
