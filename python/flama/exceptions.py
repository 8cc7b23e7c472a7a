"""What goes wrong: at set-up, and in the answer to a request."""

import http as _http

from flama import _core

__all__ = [
    "ApplicationError",
    "DecodeError",
    "DependencyNotInstalled",
    "FlamaException",
    "FrameworkNotInstalled",
    "FrameworkVersionWarning",
    "HTTPException",
    "MethodNotAllowedException",
    "NoCodecAvailable",
    "NotFoundException",
    "ResourceAttributeError",
    "ResourceModelNotFound",
    "SerializationError",
    "ValidationError",
    "WebSocketException",
]


class FlamaException(Exception):
    """The base of flama's own exceptions."""


class ApplicationError(FlamaException):
    """An app is not set up right; `problems` lists everything that is wrong."""

    def __init__(self, problems):
        self.problems = [problems] if isinstance(problems, str) else list(problems)
        super().__init__("\n".join(self.problems))


class DependencyNotInstalled(ApplicationError, ImportError):
    """A package is needed that is not installed; `dependency` names it."""

    def __init__(self, *, dependency=None, dependant=None, msg=""):
        self.dependency = getattr(dependency, "value", dependency)
        self.dependant = dependant
        text = f"{self.dependency or 'a dependency'} must be installed"
        if dependant:
            text += f" to use {dependant}"
        super().__init__(f"{text} ({msg})" if msg else text)


class FrameworkNotInstalled(FlamaException, ImportError):
    """The framework that made a model is not installed."""


class FrameworkVersionWarning(UserWarning):
    """A model was made by another version of its framework than the one here."""


class NoCodecAvailable(FlamaException):
    """The body is of a content type that nothing reads."""


class DecodeError(FlamaException, ValueError):
    """The body is not what its content type says."""


class WebSocketException(FlamaException):
    """Closes a web socket with a code and a reason."""

    def __init__(self, code, reason=None):
        self.code = code
        self.reason = reason or ""
        super().__init__(code, self.reason)


class ResourceAttributeError(ApplicationError, AttributeError):
    """A resource lacks an attribute, or has one that can't be."""


class ResourceModelNotFound(ResourceAttributeError):
    """A model resource has neither `model_path` nor `component`."""


class HTTPException(FlamaException):
    """Raised by a handler: the request is answered with this status and detail.

    Parameters
    ----------
    status_code : int
    detail : str or dict, optional
        Any data for JSON; the status's own phrase when left out.
    headers : mapping, optional
    """

    error = "HTTPException"

    def __init__(self, status_code, detail=None, headers=None):
        self.status_code = int(status_code)
        if detail is None:
            known = self.status_code in set(_http.HTTPStatus)
            detail = _http.HTTPStatus(self.status_code).phrase if known else ""
        self.detail = detail
        self.headers = dict(headers or {})
        super().__init__(self.status_code, detail)


class NotFoundException(HTTPException):
    """404: nothing is at this path, or has this name with these parameters."""

    def __init__(self, path=None, params=None, name=None):
        super().__init__(404)
        self.path = path
        self.params = params
        self.name = name


class MethodNotAllowedException(HTTPException):
    """405: the path is served for other methods."""

    def __init__(self, path, method, allowed):
        super().__init__(405, headers={"allow": ", ".join(sorted(allowed))})
        self.path = path
        self.method = method
        self.allowed = allowed


class ValidationError(HTTPException, ValueError):
    """The request's data are not what they must be: 400 with a detail by field."""

    error = "ValidationError"

    def __init__(self, detail=None, status_code=400):
        super().__init__(status_code, detail)


class SerializationError(HTTPException, ValueError):
    """The handler's answer is not what it promised: 500 with a detail by field."""

    error = "SerializationError"

    def __init__(self, detail=None, status_code=500):
        super().__init__(status_code, detail)


_PUBLIC = {
    one.error: one for one in (HTTPException, ValidationError, SerializationError)
} | {_core.ENOT_FOUND: NotFoundException, _core.EMETHOD: MethodNotAllowedException}


def _public(kind):
    """The class that stands for an error of the core; itself where there is none."""
    return _PUBLIC.get(kind) or _PUBLIC.get(kind.error, kind)


def kinds_of(kind):
    """The classes that exceptions of a class are of, the nearest first; an error of the
    core is what stands for it, too."""
    if not issubclass(kind, _core.CoreError):
        return kind.__mro__
    first = (one for one in _public(kind).__mro__ if one not in kind.__mro__)
    return (*first, *kind.__mro__)


def of_core(why, request, detail=None, allow=""):
    """The exception that stands for an error of the core.

    Parameters
    ----------
    why : CoreError
    request : Request
    detail : str or dict, optional
        What the answer says of it.
    allow : str
        Of a 405: the methods that there are, by commas.
    """
    kind = _public(type(why))
    if detail is None:
        detail = str(why)
        if why.path and why.path not in detail:
            detail = f"{why.path}: {detail}"
    if kind is type(why):
        why.detail = detail
        return why
    if kind is NotFoundException:
        made = kind(request.path)
    elif kind is MethodNotAllowedException:
        made = kind(request.path, request.method, allow.split(", "))
        made.headers = {}  # the core has added it
    elif kind is HTTPException:
        made = kind(why.status_code, detail)
    else:
        made = kind(detail, why.status_code)
    made.__cause__ = why
    return made
