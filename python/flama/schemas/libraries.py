"""The schema libraries that are known; none is imported before its user did.

A library is a module with

    owns(schema)                    whether it is a schema of that library
    name_of(schema)                 a name for one that was registered under none
    fields(schema, type_of)         dicts of flama_field's members, as _core.Type takes
                                    them; raises NotExact when they don't say all
    document(schema, reference)     its JSON Schema, for the documentation
    loader(schema, partial, plain)  a function: data of a request -> what the handler
                                    gets, a dict when `plain`; raises ValidationError
    dumper(schema, partial)         a function: what a handler returned -> data for
                                    JSON; raises SerializationError
    gives_instances(schema)         whether `loader` gives other than a dict

The core decides by `fields` alone only when verdict, words and value are those of the
library; what is NotExact passes the core unchecked, and the library's loader decides.
"""

import importlib
import json
import sys

from flama import _core

MODULES = {
    "typesystem": "flama.schemas.typesystem",
    "marshmallow": "flama.schemas.marshmallow",
    "pydantic": "flama.schemas.pydantic",
}


class NotExact(Exception):
    """The core can't decide as the library does."""


def find(schema):
    """The library that a schema belongs to, or None."""
    for name, module in MODULES.items():
        if name in sys.modules:
            library = importlib.import_module(module)
            if library.owns(schema):
                return library
    return None


def known(schema):
    """The library that a schema belongs to; TypeError when there is none."""
    library = find(schema)
    if library is None:
        raise TypeError(f"{schema!r} is no schema of a known library")
    return library


def plain(value):
    """The value as JSON has it: lists, dicts, texts and numbers."""
    return json.loads(_core.dumps(value))


def nested(places):
    """(place, text) pairs as the detail of an error: {"rows": {"0": ["..."]}}."""
    detail = {}
    for place, text in places:
        *outer, last = [str(part) for part in place] or [""]
        here = detail
        for part in outer:
            inner = here.setdefault(part, {})
            if isinstance(inner, list):  # the whole of it is wrong as well
                inner = here[part] = {"": inner}
            here = inner
        there = here.setdefault(last, [])
        (there if isinstance(there, list) else there.setdefault("", [])).append(text)
    return detail


def renamed(document, names):
    """A JSON Schema with its references changed."""
    if isinstance(document, list):
        return [renamed(item, names) for item in document]
    if not isinstance(document, dict):
        return document
    return {
        key: names.get(value, value)
        if key == "$ref" and isinstance(value, str)
        else renamed(value, names)
        for key, value in document.items()
    }
