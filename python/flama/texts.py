"""Parameters that are texts of the path or the query, by their annotations.

The core reads and checks them, and documents them; a converter makes of a parameter
what the core does not know.
"""

import datetime
import decimal
import enum
import json
import typing
import uuid

from flama import _core
from flama._encode import encode
from flama.annotations import EMPTY, is_class
from flama.exceptions import ValidationError

__all__ = ["parameter"]

SCALARS = {int: "integer", float: "number", bool: "boolean", str: "string"}


def _decimal(text):
    try:
        return decimal.Decimal(text)
    except decimal.InvalidOperation:
        raise ValueError("Must be a decimal number.") from None


def _datetime(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))


TEXTS = {  # format, converter
    uuid.UUID: ("uuid", uuid.UUID),
    datetime.date: ("date", datetime.date.fromisoformat),
    datetime.time: ("time", datetime.time.fromisoformat),
    datetime.datetime: ("date-time", _datetime),
    decimal.Decimal: (None, _decimal),
    bytes: (None, str.encode),
}


def parameter(name, annotation, default):
    """The core's parameter (name, type, optional, converter, in_query); None when no
    text stands for the annotation."""
    items = typing.get_args(annotation)
    is_list = typing.get_origin(annotation) is list and bool(items)
    item = items[0] if is_list else annotation
    found = _kind_of(item)
    if found is None:
        return None
    kind, rules, convert = found
    if is_list:
        kind, rules = "array", {"items": _core.Type(kind, kind, rules=rules)}
        convert = _converter_of_all(name, convert or item)
    elif convert:
        convert = _converter(name, convert)
    if default is not EMPTY:
        rules["default_value"] = _json(default, item, is_list)
    made = _core.Type(kind, kind, rules=rules)
    return name, made, default is not EMPTY, convert, is_list


def _kind_of(annotation):
    """(kind of the core, rules, converter)."""
    if not is_class(annotation):
        return None
    if annotation in SCALARS:
        return SCALARS[annotation], {}, None
    if annotation in TEXTS:
        format, convert = TEXTS[annotation]
        return "string", {"format": format}, convert
    if issubclass(annotation, enum.Enum):
        whole = all(type(member.value) is int for member in annotation)
        kind, read = ("integer", int) if whole else ("string", str)
        members = {read(member.value): member for member in annotation}
        return kind, {"enumeration": json.dumps(list(members))}, members.__getitem__
    return None


def _converter(name, convert):
    """Names the parameter whose text a converter refuses."""

    def checked(text):
        try:
            return convert(text)
        except ValueError as why:
            raise ValidationError({name: [str(why)]}) from None

    return checked


def _converter_of_all(name, convert):
    def checked(texts):
        made, mistakes = [], {}
        for index, text in enumerate(texts):
            try:
                made.append(convert(text))
            except ValueError as why:
                mistakes[str(index)] = [str(why)]
        if mistakes:
            raise ValidationError({name: mistakes})
        return made

    return checked


def _is_plain(value, kind):
    """Whether a default is of its annotation, and written as the core reads it."""
    if issubclass(kind, enum.Enum):
        kinds = {type(member.value) for member in kind}
        return isinstance(value, kind) and kinds in ({int}, {str})
    if kind is float:
        return type(value) in (int, float)
    plain = (int, bool, str, uuid.UUID, datetime.date)
    return kind in plain and type(value) is kind


def _json(default, item, is_list):
    """A default as it is documented; None for one that is not."""
    if isinstance(default, list | tuple) != is_list:
        return None
    if not all(_is_plain(one, item) for one in (default if is_list else [default])):
        return None
    try:
        return json.dumps(default, default=encode, allow_nan=False)
    except ValueError:
        return None
