"""What goes wrong: at set-up, and in the answer to a request."""

import http as _http

__all__ = [
    "ApplicationError",
    "FlamaException",
    "HTTPException",
    "MethodNotAllowedException",
    "NotFoundException",
    "ResourceAttributeError",
    "ResourceModelNotFound",
    "SerializationError",
    "ValidationError",
]


class FlamaException(Exception):
    """The base of flama's own exceptions."""


class ApplicationError(FlamaException):
    """An app is not set up right; `problems` lists everything that is wrong."""

    def __init__(self, problems):
        self.problems = [problems] if isinstance(problems, str) else list(problems)
        super().__init__("\n".join(self.problems))


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
            detail = _http.HTTPStatus(self.status_code).phrase
        self.detail = detail
        self.headers = dict(headers or {})
        super().__init__(self.status_code, detail)


class NotFoundException(HTTPException):
    """404."""

    def __init__(self, detail=None):
        super().__init__(404, detail)


class MethodNotAllowedException(HTTPException):
    """405."""

    def __init__(self, detail=None):
        super().__init__(405, detail)


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
