"""The schemas of an app: each is described to the core once."""

import typing
from dataclasses import dataclass

from flama import _core
from flama.schemas import SchemaMetadata, libraries


@dataclass
class Described:
    """A schema as the core has it.

    `validate` is None when the core decides alone; else a callable that the library
    decides with, which gets what the core let through and raises ValueError.
    """

    type: object
    validate: object = None


class SchemaModule:
    """`app.schema`: registers schemas, and gives the OpenAPI document."""

    def __init__(self, app):
        self._app = app
        self._names = {}  # name -> schema
        self._described = {}  # id of a schema -> (schema, Described)

    def register_schema(self, name, schema):
        """Makes a schema known under a name: it stands in the documentation.

        Parameters
        ----------
        name : str
        schema : object
            A schema of typesystem, marshmallow or pydantic.

        Raises
        ------
        TypeError
            When it is no schema of a library known.
        """
        if self.type_of(schema, name) is None:
            raise TypeError(
                f"schema {name}: {schema!r} is no schema of a known library"
            )
        self._names[name] = schema

    @property
    def schemas(self):
        """The schemas registered, by name."""
        return dict(self._names)

    @property
    def schema(self):
        """The OpenAPI document of the app, which is started if it was not."""
        return self._app._document()

    def type_of(self, annotation, name=None):
        """What the core is to check for an annotation, or None when it is no schema."""
        if typing.get_origin(annotation) is typing.Annotated:
            for extra in annotation.__metadata__:
                if isinstance(extra, SchemaMetadata):
                    return self.type_of(extra.schema, name)
            return self.type_of(annotation.__origin__, name)
        if typing.get_origin(annotation) is list:
            return self._list_of(typing.get_args(annotation)[0])
        known = self._described.get(id(annotation))
        if known:
            return known[1]
        library = libraries.find(annotation)
        if library is None:
            return None
        described = self._describe(library, annotation, name)
        return described

    def _list_of(self, inner):
        item = self.type_of(inner)
        if item is None:
            return None
        check = item.validate
        return Described(
            _core.Type("list", "array", rules={"items": item.type}),
            check and (lambda items: [check(one) for one in items]),
        )

    def _describe(self, library, schema, name):
        """Described before its fields are: they may lead back to it."""
        name = name or self._free_name(library.name_of(schema))
        described = Described(_core.Type(name, "schema", []))
        self._described[id(schema)] = schema, described
        fields, validate = library.describe(schema, self.type_of)
        described.type.define(fields)
        described.validate = validate
        return described

    def _free_name(self, name):
        taken = {described.type.name for _, described in self._described.values()}
        taken |= set(self._names)
        number, free = 1, name
        while free in taken:
            number += 1
            free = f"{name}{number}"
        return free

    def _hand_over(self, core):
        """Registers everything with the app of the core."""
        by_name = {id(schema): name for name, schema in self._names.items()}
        for key, (_, described) in self._described.items():
            core.add_schema(by_name.get(key, described.type.name), described.type)
