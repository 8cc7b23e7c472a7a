"""The schema libraries that are known; none is imported before its user did.

A library is a module with

    owns(schema)               whether it is a schema of that library
    name_of(schema)            a name for one that was registered under none
    describe(schema, type_of)  (fields, validate): see below

`fields` are dicts as flama._core.Type takes them. `type_of(schema)` describes another
schema (or gives None). `validate` is None when these fields say everything the library
would; else it is called with what the core let through, gives what the handler gets,
and raises flama.exceptions.ValidationError.
"""

import importlib
import sys

MODULES = {"typesystem": "flama.schemas.typesystem"}


def find(schema):
    """The library that a schema belongs to, or None."""
    for name, module in MODULES.items():
        if name in sys.modules:
            library = importlib.import_module(module)
            if library.owns(schema):
                return library
    return None
