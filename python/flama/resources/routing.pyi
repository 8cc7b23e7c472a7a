import collections.abc as c
import typing as t

__all__ = ["ResourceRoute", "resource_method"]

_F = t.TypeVar("_F", bound=c.Callable[..., t.Any])

def resource_method(
    path: str,
    methods: c.Iterable[str] | None = None,
    name: str | None = None,
    *,
    pagination: t.Literal["limit_offset", "page_number"] | None = None,
    **options: t.Any,
) -> c.Callable[[_F], _F]: ...

class ResourceRoute:
    @staticmethod
    def method(
        path: str,
        methods: c.Iterable[str] | None = None,
        name: str | None = None,
        *,
        pagination: t.Literal["limit_offset", "page_number"] | None = None,
        **options: t.Any,
    ) -> c.Callable[[_F], _F]: ...
