"""Types for annotations."""

from flama.schemas import Schema, SchemaMetadata, SchemaType

__all__ = ["Schema", "SchemaMetadata", "SchemaType"]
