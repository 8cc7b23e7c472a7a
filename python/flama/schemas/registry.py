"""The schemas of an app: each is described to the core once."""

import collections.abc
import json
import re
import typing
from dataclasses import dataclass

from flama import _core, exceptions
from flama.pagination import Page
from flama.schemas import SchemaMetadata, libraries

REFERENCE = "#/components/schemas/"
OBJECT = _core.Type("object", "object")
LISTS = (list, collections.abc.Sequence, collections.abc.Iterable)


@dataclass
class Described:
    """A schema as the core has it.

    `load` makes of what the core let through what the handler gets, `dump` of what it
    returned what the core prints; None where the core alone decides. They raise
    ValidationError and SerializationError.
    """

    type: object
    load: object = None
    dump: object = None


class SchemaModule:
    """`app.schema`: registers schemas, and gives the OpenAPI document."""

    def __init__(self, app):
        self._app = app
        self._names = {}  # name -> schema
        self._types = {}  # (id of a schema, partial) -> (schema, type of the core)
        self._exact = {}  # id of a schema -> whether the core decides alone
        self._described = {}  # (id of a schema, partial, plain) -> Described
        self._documents = {}  # name -> (what it says, type of the core)

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
        libraries.known(schema)
        self._names[name] = schema

    @property
    def schemas(self):
        """The schemas registered, by name."""
        return dict(self._names)

    @property
    def schema(self):
        """The OpenAPI document of the app, which is started if it was not."""
        return self._app._document()

    def type_of(self, annotation, partial=False, plain=False):
        """How the core has an annotation, or None when it is no schema.

        Parameters
        ----------
        annotation : object
            A schema, a list of one, or an Annotated type with a SchemaMetadata.
        partial : bool, optional
            Whether members may be left out.
        plain : bool, optional
            Whether the handler gets dicts, whatever the library makes.
        """
        if isinstance(annotation, Page):
            return self._page(annotation)
        origin = typing.get_origin(annotation)
        if origin is typing.Annotated:
            for extra in annotation.__metadata__:
                if isinstance(extra, SchemaMetadata):
                    return self._within(annotation.__origin__, extra)
        library = libraries.find(annotation)
        if library:
            return self._describe(library, annotation, partial, plain)
        if origin is typing.Annotated:
            return self.type_of(annotation.__origin__, partial, plain)
        if origin in LISTS and len(typing.get_args(annotation)) == 1:
            item = self.type_of(typing.get_args(annotation)[0], partial, plain)
            return item and list_of(item)
        return None

    def _page(self, page):
        """What a page of a list is, when the list's items have a schema."""
        items = self.type_of(page.items)
        if items is None:
            return None
        made = _core.Type(self._free_name("Page"), "schema", [
            {"name": "meta", "type": OBJECT}, {"name": "data", "type": items.type},
        ])  # fmt: skip
        self._types[id(page), False] = page, made
        if items.dump is None:
            return Described(made)
        return Described(
            made, None, lambda value: {**value, "data": items.dump(value["data"])}
        )

    def _within(self, around, metadata):
        """`Annotated[SchemaType, ...]`, or `Annotated[list[SchemaType], ...]`."""
        found = self.type_of(metadata.schema, metadata.partial, plain=True)
        if found and typing.get_origin(around) in LISTS:
            return list_of(found)
        return found

    def _describe(self, library, schema, partial, plain):
        key = id(schema), partial, plain
        if key not in self._described:
            made = self._type(library, schema, partial)
            exact = not partial and self._is_exact(library, schema)
            loads = not exact or (library.gives_instances(schema) and not plain)
            self._described[key] = Described(
                made,
                library.loader(schema, partial, plain) if loads else None,
                None if exact else library.dumper(schema, partial),
            )
        return self._described[key]

    def _type(self, library, schema, partial=False):
        """The core's type; made before what it says, which may lead back to it."""
        key = id(schema), partial
        if key not in self._types:
            made = _core.Type(self._name(library, schema, partial), "schema", [])
            self._types[key] = schema, made
            if not partial and self._is_exact(library, schema):
                made.define(library.fields(schema, self._type_within))
            else:
                made.document(json.dumps(self._document(library, schema, partial)))
        return self._types[key][1]

    def _type_within(self, schema):
        return self._type(libraries.find(schema), schema)

    def _is_exact(self, library, schema):
        """Whether the core decides alone about it and all that it refers to."""
        if id(schema) not in self._exact:
            seen, waiting = {}, [schema]
            stand_in = _core.Type("any", "schema", [])

            def refer(to):
                waiting.append(to)
                return stand_in

            try:
                while waiting:
                    one = waiting.pop()
                    if id(one) not in seen:
                        seen[id(one)] = one
                        library.fields(one, refer)
                self._exact[id(schema)] = True
            except libraries.NotExact:
                self._exact[id(schema)] = False
        return self._exact[id(schema)]

    # Documentation

    def _document(self, library, schema, partial):
        document = library.document(schema, self._reference)
        if partial:
            document.pop("required", None)
        parts = document.pop("$defs", {})
        names = {f"#/$defs/{name}": self._part(name, parts) for name in parts}
        return libraries.renamed(document, names)

    def _part(self, name, parts):
        """The reference to a part of a document, a component of its own."""
        known = self._documents.get(name)
        if known is None or known[0] != parts[name]:
            free = self._free_name(name)
            made = _core.Type(free, "schema", [])
            self._documents[free] = known = parts[name], made
            names = {f"#/$defs/{inner}": self._part(inner, parts) for inner in parts}
            made.document(json.dumps(libraries.renamed(parts[name], names)))
        return REFERENCE + known[1].name

    def _reference(self, schema):
        """{"$ref": ...} to another schema's component."""
        return {"$ref": REFERENCE + self._type_within(schema).name}

    def _name(self, library, schema, partial):
        for name, registered in self._names.items():
            if registered is schema:
                return name if not partial else self._free_name(f"{name}Partial")
        own = re.sub(r"[^A-Za-z0-9._-]+", "_", library.name_of(schema)).strip("_")
        return self._free_name(f"{own}Partial" if partial else own)

    def _free_name(self, name):
        taken = {made.name for _, made in self._types.values()}
        taken |= {*self._names, *self._documents}
        number, free = 1, name
        while free in taken:
            number += 1
            free = f"{name}{number}"
        return free

    def _hand_over(self, core):
        """Registers everything with the app of the core."""
        for schema in self._names.values():
            self._type(libraries.find(schema), schema)
        for _, made in [*self._types.values(), *self._documents.values()]:
            core.add_schema(made.name, made)


def list_of(item):
    """A list of what is described."""
    return Described(
        _core.Type("list", "array", rules={"items": item.type}),
        item.load and _each(item.load, exceptions.ValidationError),
        item.dump and _each(item.dump, exceptions.SerializationError),
    )


def _each(convert, refused):
    def converted(items):
        out, wrong = [], {}
        if not isinstance(items, collections.abc.Iterable) or isinstance(items, dict):
            raise refused({"": ["Must be an array."]})
        for number, item in enumerate(items):
            try:
                out.append(convert(item))
            except refused as why:
                wrong[str(number)] = why.detail
        if wrong:
            raise refused(wrong)
        return out

    return converted
