"""Schemas: what data must be, written with typesystem, marshmallow or pydantic.

A schema stands bare as an annotation (`data: X`), or as
`Annotated[SchemaType, SchemaMetadata(X)]`, or as `Schema[X]`.
"""

import typing

__all__ = ["Schema", "SchemaMetadata", "SchemaType"]


SchemaType = dict[str, typing.Any]  # what data with a schema are to a type checker


class SchemaMetadata:
    """Names the schema of an Annotated type.

    Parameters
    ----------
    schema : object
        A schema of any library known.
    partial : bool, optional
        Whether required members may be left out.
    """

    def __init__(self, schema, partial=False):
        self.schema = schema
        self.partial = partial


class Schema:
    """`Schema[X]` is `Annotated[SchemaType, SchemaMetadata(X)]`."""

    def __class_getitem__(cls, schema):
        return typing.Annotated[SchemaType, SchemaMetadata(schema)]
