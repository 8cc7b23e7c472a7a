"""Components: what provides the parameters that handlers ask for by type."""

import inspect
import urllib.parse

from flama import http, types

__all__ = ["Component", "Components"]


class Component:
    """Provides one type to handlers, by its method `resolve`.

    `resolve` may be `async`; its return annotation names the type, and its own
    parameters are provided as a handler's are.
    """

    def can_handle_parameter(self, parameter):
        """Whether this component provides the parameter (an inspect.Parameter)."""
        provided = inspect.signature(self.resolve).return_annotation
        if provided is inspect.Signature.empty:
            name = type(self).__name__
            raise TypeError(f"component {name}: resolve needs a return annotation")
        return parameter.annotation is provided or parameter.annotation == provided


class Components(list):
    """An app's components, in the order they are asked."""

    def __init__(self, components=()):
        super().__init__(components or ())

    def find_handler(self, parameter):
        """The first component that provides the parameter, or None."""
        for component in self:
            if component.can_handle_parameter(parameter):
                return component
        return None


class RequestPart(Component):
    """Provides a part of the request to handlers that ask for its type."""

    def __init__(self, kind, part):
        self.kind = kind
        self.part = part

    def can_handle_parameter(self, parameter):
        return parameter.annotation is self.kind

    def resolve(self, request: http.Request):
        """The part, as an object of its type."""
        found = self.part(request)
        return found if isinstance(found, self.kind) else self.kind(found)


def _server(request):
    named = urllib.parse.urlsplit(request.url)
    return types.Server(named.hostname or "", named.port)


REQUEST_PARTS = Components(
    RequestPart(kind, part)
    for kind, part in (
        (types.Method, lambda request: request.method),
        (types.Scheme, lambda request: request.scheme),
        (types.Path, lambda request: request.path),
        (types.QueryString, lambda request: request.query),
        (types.URL, lambda request: request.url),
        (types.Server, _server),
        (types.Cookies, lambda request: request.cookies),
        (types.Body, lambda request: request._body),
        (http.QueryParams, lambda request: request.query),
        (http.Headers, lambda request: request.headers),
        (http.State, lambda request: request.state),
    )
)
