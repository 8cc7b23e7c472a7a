"""Marks methods of resources as routes."""

from dataclasses import dataclass, field

from flama.routing import known_pagination

__all__ = ["ResourceRoute", "resource_method"]


@dataclass
class MethodOptions:
    """What a method was marked with."""

    path: str
    methods: list = field(default_factory=lambda: ["GET"])
    name: str = None
    include_in_schema: bool = True
    pagination: str = None
    blocking: bool = None
    tags: dict = None


def resource_method(path, methods=None, name=None, *, pagination=None, **options):
    """Marks a method of a resource as a route below the resource's path.

    Parameters
    ----------
    path : str
        "/predict/".
    methods : sequence of str, optional
        ["GET"].
    name : str, optional
        The function's own.
    include_in_schema, pagination, blocking, tags : optional
        As those of a Route.
    """
    known_pagination(pagination)

    def mark(function):
        function._resource_method = MethodOptions(
            path, list(methods or ["GET"]), name or function.__name__,
            pagination=pagination, **options,
        )  # fmt: skip
        return function

    return mark


class ResourceRoute:
    """The newer spelling: `@ResourceRoute.method("/predict/")`."""

    method = staticmethod(resource_method)
