"""Annotations of handlers as objects, also those written as text.

typing.get_type_hints refuses schema instances on Python 3.10 and knows no class bodies,
so texts are evaluated here: in the function's globals, the class's namespace and the
names that the decorator saw.
"""

import inspect
import sys
import typing

EMPTY = inspect.Parameter.empty


class UnknownName(NameError):
    """An annotation names what can't be found."""


def is_class(annotation):
    """Whether an annotation is a class; Python 3.10 takes list[int] for one too."""
    return isinstance(annotation, type) and typing.get_origin(annotation) is None


def caller_locals(depth):
    """The locals `depth` frames up, or {} in a module, where they are the globals."""
    frame = sys._getframe(depth + 1)
    return {} if frame.f_locals is frame.f_globals else dict(frame.f_locals)


def resolve(annotation, function, namespace):
    """The object that an annotation stands for.

    Raises
    ------
    UnknownName
        When a name in it is not to be found.
    """
    scope = {**getattr(inspect.unwrap(function), "__globals__", {}), **namespace}
    for _ in range(8):
        if not isinstance(annotation, str):
            return annotation
        try:
            annotation = eval(annotation, scope)
        except NameError as missing:
            raise UnknownName(f"{annotation!r}: {missing}") from None
    return annotation


def signature(function, namespace=None):
    """inspect.signature with annotations resolved.

    Returns
    -------
    parameters : list of inspect.Parameter
    returned : object
        The return annotation, or EMPTY.
    mistakes : list of str
    """
    namespace = namespace or {}
    found = inspect.signature(function)
    parameters, mistakes = [], []
    for parameter in found.parameters.values():
        try:
            annotation = resolve(parameter.annotation, function, namespace)
        except UnknownName as why:
            mistakes.append(f"parameter '{parameter.name}' is annotated {why}")
            annotation = EMPTY
        parameters.append(parameter.replace(annotation=annotation))
    try:
        returned = resolve(found.return_annotation, function, namespace)
    except UnknownName as why:
        mistakes.append(f"the return is annotated {why}")
        returned = EMPTY
    return parameters, returned, mistakes
