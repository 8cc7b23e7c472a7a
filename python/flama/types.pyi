from flama.schemas import Schema as Schema
from flama.schemas import SchemaMetadata as SchemaMetadata
from flama.schemas import SchemaType as SchemaType

__all__ = ["Schema", "SchemaMetadata", "SchemaType"]
