"""Marks methods of resources as routes."""

from dataclasses import dataclass, field

__all__ = ["ResourceRoute", "resource_method"]


@dataclass
class MethodOptions:
    """What a method was marked with."""

    path: str
    methods: list = field(default_factory=lambda: ["GET"])
    name: str = None
    blocking: bool = None


def resource_method(path, methods=None, name=None, *, blocking=None, **_options):
    """Marks a method of a resource as a route below the resource's path.

    Parameters
    ----------
    path : str
        "/predict/".
    methods : sequence of str, optional
        ["GET"].
    name : str, optional
        The function's own.
    blocking : bool, optional
        As that of a Route.
    """

    def mark(function):
        function._resource_method = MethodOptions(
            path, list(methods or ["GET"]), name or function.__name__, blocking
        )
        return function

    return mark


class ResourceRoute:
    """The newer spelling: `@ResourceRoute.method("/predict/")`."""

    method = staticmethod(resource_method)
