import collections.abc as c
import inspect
import typing as t

__all__ = ["Component", "Components"]

class Component:
    resolve: c.Callable[..., t.Any]
    def can_handle_parameter(self, parameter: inspect.Parameter) -> bool: ...

class Components(list[Component]):
    def __init__(self, components: c.Iterable[Component] | None = ()) -> None: ...
    def find_handler(self, parameter: inspect.Parameter) -> Component | None: ...

class RequestPart(Component):
    kind: type
    part: c.Callable[[t.Any], t.Any]
    def __init__(self, kind: type, part: c.Callable[[t.Any], t.Any]) -> None: ...

REQUEST_PARTS: Components
