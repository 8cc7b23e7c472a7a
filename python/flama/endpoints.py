"""Classes whose methods answer the methods of HTTP, for one path."""

import inspect

from flama._absent import names_of

__all__ = ["HTTPEndpoint"]

__getattr__ = names_of(__name__)


class HTTPEndpoint:
    """The base of such classes: `get`, `post`, ... are handlers. One instance is made
    when the application starts.

        @app.route("/counter/")
        class Counter(HTTPEndpoint):
            def get(self, start: int = 0): ...
    """

    @classmethod
    def methods_of(cls, endpoint):
        """The methods of HTTP that an endpoint's class answers; none of a function."""
        if not inspect.isclass(endpoint) or not issubclass(endpoint, cls):
            return []
        names = ("get", "head", "post", "put", "patch", "delete", "options")
        return [name.upper() for name in names if hasattr(endpoint, name)]
