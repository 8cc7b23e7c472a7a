"""How a handler's parameters become parameters of the core.

The core reads and checks what comes from the request. What components provide is made
in Python, around the function, out of parameters of the core.
"""

import collections.abc
import decimal
import functools
import inspect
import re
import types as _types
import typing
import uuid
from dataclasses import dataclass, field

from flama import _core, http, rows, texts, types  # noqa: F401 (rows is a hook)
from flama.annotations import EMPTY, is_class, signature
from flama.components import REQUEST_PARTS, Component, Components
from flama.pagination import paginated

__all__ = ["Component", "Components", "Injector", "Parameter"]

Parameter = inspect.Parameter  # what a component is asked about
NAMED = {  # texts that stand where their annotation says
    types.Header: "header", types.QueryParam: "string", types.PathParam: "string"
}  # fmt: skip
PATH_PARAM = re.compile(r"\{(\w+)(?::(\w+))?\}")
CONVERTERS = {"int": int, "float": float, "decimal": decimal.Decimal, "uuid": uuid.UUID}
ANY = _core.Type("any", "any")
OBJECT = _core.Type("object", "object")
ARRAY = _core.Type("array", "array")


@dataclass
class Plan:
    """What a handler asks of the core, and the function to be called with it."""

    function: object
    is_coroutine: bool = False
    params: list = field(default_factory=list)  # as _core.Handler takes them
    gives: object = ANY
    dump: object = None  # what is returned -> data for JSON
    mistakes: list = field(default_factory=list)


def without_none(annotation):
    """`int | None` -> (int, True)."""
    if typing.get_origin(annotation) in (typing.Union, _types.UnionType):
        rest = [a for a in typing.get_args(annotation) if a is not type(None)]
        if len(rest) == 1 and len(rest) < len(typing.get_args(annotation)):
            return rest[0], True
    return annotation, False


class Injector:
    """Plans handlers of one app."""

    def __init__(self, app, components=None):
        self.app = app
        self.components = app.components if components is None else components

    def with_components(self, components):
        """One that asks these components first."""
        return Injector(self.app, Components([*components, *self.components]))

    def plan(self, function, path, namespace=None, bound=False, pagination=None):
        """The plan of a handler at `path`; `bound`: its first parameter is given."""
        parameters, returned, mistakes = signature(function, namespace)
        if pagination:
            function, parameters, returned = paginated(
                function, pagination, parameters, returned
            )
        plan = Plan(function, inspect.iscoroutinefunction(function), mistakes=mistakes)
        steps, constants, direct = [], {}, []
        own = parameters[1:] if bound else parameters
        # What gathers others takes them as they are asked for elsewhere: last.
        for parameter in sorted(own, key=lambda p: p.annotation is types.PathParams):
            if parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD):
                continue
            if parameter.kind is parameter.POSITIONAL_ONLY:
                plan.mistakes.append(
                    f"parameter '{parameter.name}' can't be given by name"
                )
                continue
            direct.append(parameter.name)
            self._wire(plan, parameter, path, steps, constants, ())
        plan.gives, plan.dump = self._gives(returned)
        if steps or constants:
            self._wrap(plan, steps, constants, direct, bound)
        return plan

    def _wire(self, plan, parameter, path, steps, constants, within):
        """Finds where a parameter comes from, for the function or a component."""
        if self._is_app(parameter.annotation):
            constants[parameter.name] = self.app
        elif parameter.annotation is types.PathParams:
            self._wire_path(plan, parameter, path, steps, constants, within)
        elif found := self._param(parameter, path):
            if all(given[0] != parameter.name for given in plan.params):
                plan.params.append(found)
        else:
            component = self.components.find_handler(
                parameter
            ) or REQUEST_PARTS.find_handler(parameter)
            if component is None:
                plan.mistakes.append(self._unknown(parameter))
            elif component in within:
                plan.mistakes.append(
                    f"component {type(component).__name__} needs what it provides"
                )
            else:
                self._provide(
                    plan, parameter, component, path, steps, constants, within
                )

    def _wire_path(self, plan, parameter, path, steps, constants, within):
        """Gathers all parameters of the path."""
        names = {}
        for name, kind in PATH_PARAM.findall(path):
            own = inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY,
                                    annotation=CONVERTERS.get(kind, str))  # fmt: skip
            self._wire(plan, own, path, steps, constants, within)
            names[name] = name
        steps.append((parameter.name, types.PathParams, names))

    def _provide(self, plan, parameter, component, path, steps, constants, within):
        parameters, _, mistakes = signature(component.resolve)
        plan.mistakes += mistakes
        names = {}
        for own in parameters:
            if own.annotation is Parameter:
                key = f"{parameter.name}.parameter"
                constants[key] = parameter
            elif self._is_app(own.annotation) or self._param(own, path):
                key = own.name
                self._wire(plan, own, path, steps, constants, (*within, component))
            else:
                key = f"{parameter.name}.{own.name}"
                renamed = own.replace()
                inner = _named(renamed, key)
                self._wire(plan, inner, path, steps, constants, (*within, component))
            names[own.name] = key
        steps.append((parameter.name, component.resolve, names))

    def _is_app(self, annotation):
        return is_class(annotation) and annotation in (types.App, type(self.app))

    def _param(self, parameter, path):
        """The core's parameter for it, or None when it is no matter of the core."""
        annotation, nullable = without_none(parameter.annotation)
        optional = parameter.default is not EMPTY
        name = parameter.name
        in_path = f"{{{name}}}" in path or f"{{{name}:" in path
        if annotation is EMPTY:
            return (name, _core.types["string"], False, None) if in_path else None
        if found := texts.parameter(name, annotation, parameter.default):
            return found
        if is_class(annotation):
            if annotation in NAMED and (annotation is not types.PathParam or in_path):
                return (name, _core.types[NAMED[annotation]], optional, annotation)
            if issubclass(annotation, http.Request):
                return (name, _core.types["request"], False, self._placing(path))
            if annotation is types.RequestData:
                return (name, OBJECT, False, types.RequestData)
        if annotation is dict or typing.get_origin(annotation) is dict:
            return (name, OBJECT, False, None)
        found = self.app.schema.type_of(annotation)
        if found is None and annotation is list:
            return (name, ARRAY, False, None)
        del nullable
        return found and (name, found.type, False, found.load)

    def _placing(self, path):
        """A function that tells a request where it is answered."""
        reader = _path_reader(path)

        def place(request):
            request.app, request._path_reader = self.app, reader
            return request

        return place

    def _unknown(self, parameter):
        if parameter.annotation is EMPTY:
            return (
                f"parameter '{parameter.name}' has no type: annotate it with a schema, "
                "a type, or what a component provides"
            )
        return (
            f"parameter '{parameter.name}' ({parameter.annotation!r}) is provided by "
            "nothing: it is neither a schema nor a type that the request holds, and no "
            "component resolves it"
        )

    def _gives(self, returned):
        annotation, nullable = without_none(returned)
        found = self.app.schema.type_of(annotation)
        if found is None:
            return ANY, None
        if not nullable:
            return found.type, found.dump
        dump = found.dump or (lambda value: value)
        return ANY, lambda value: None if value is None else dump(value)

    def _wrap(self, plan, steps, constants, direct, bound):
        """Makes what components provide, then calls the function."""
        function = plan.function
        waits = plan.is_coroutine or any(
            inspect.iscoroutinefunction(resolve) for _, resolve, _ in steps
        )

        def pick(values, owner):
            return owner, {name: values[name] for name in direct if name in values}

        @functools.wraps(function)
        def call(*owner, **given):
            values = {**constants, **given}
            for name, resolve, names in steps:
                values[name] = resolve(**_given(values, names))
            owner, chosen = pick(values, owner)
            return function(*owner, **chosen)

        @functools.wraps(function)
        async def wait(*owner, **given):
            values = {**constants, **given}
            for name, resolve, names in steps:
                value = resolve(**_given(values, names))
                if isinstance(value, collections.abc.Awaitable):
                    value = await value
                values[name] = value
            owner, chosen = pick(values, owner)
            result = function(*owner, **chosen)
            return await result if inspect.isawaitable(result) else result

        plan.function = wait if waits else call
        plan.is_coroutine = waits


def _path_reader(path):
    """A function that reads a route's parameters off a path; None when it has none."""
    kinds = PATH_PARAM.findall(path)
    if not kinds:
        return None
    first, *others = map(re.escape, re.split(r"\{[^}]*\}", path))
    texts = ("(.*)" if kind == "path" else "([^/]+)" for _, kind in kinds)
    rests = map("".join, zip(texts, others, strict=True))
    pattern = re.compile(first + "".join(rests), re.DOTALL)

    def read(path):
        found = pattern.fullmatch(path)
        return {
            name: CONVERTERS.get(kind, str)(text)
            for (name, kind), text in zip(kinds, found.groups(), strict=True)
        }

    return read


def _given(values, names):
    return {name: values[key] for name, key in names.items() if key in values}


class _named:
    """A parameter under another name (which is no identifier)."""

    def __init__(self, parameter, name):
        self.name = name
        self.annotation = parameter.annotation
        self.default = parameter.default
        self.kind = parameter.kind
