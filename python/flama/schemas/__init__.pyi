import typing as t

__all__ = ["Schema", "SchemaMetadata", "SchemaType"]

SchemaType = dict[str, t.Any]

class SchemaMetadata:
    schema: t.Any
    partial: bool
    def __init__(self, schema: t.Any, partial: bool = False) -> None: ...

class Schema:
    def __class_getitem__(cls, schema: t.Any) -> t.Any: ...
