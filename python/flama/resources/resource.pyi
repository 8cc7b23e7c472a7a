import types
import typing as t

__all__ = ["Resource", "ResourceType"]

class ResourceType(type):
    def routes(cls) -> list[t.Any]: ...

class Resource(metaclass=ResourceType):
    name: str
    verbose_name: str
    _meta: types.SimpleNamespace
