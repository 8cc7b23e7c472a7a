"""typesystem: schemas with `fields` (0.3, 0.4) and schemas that are classes (0.2)."""

import json
import re

import typesystem

from flama import _core
from flama.exceptions import ValidationError

fields_of_package = getattr(typesystem, "fields", typesystem)
IS_CLASS = isinstance(typesystem.Schema, type) and hasattr(
    typesystem.Schema, "__class_getitem__"
)
SCALARS = {
    "Integer": "integer",
    "Number": "number",
    "Boolean": "boolean",
    "String": "string",
    "Text": "string",
    "Date": "string",
    "Time": "string",
    "DateTime": "string",
    "UUID": "string",
    "Email": "string",
    "URL": "string",
    "Any": "any",
    "Choice": "any",
    "Array": "array",
    "Object": "object",
}
FORMATS = {"Date": "date", "Time": "time", "DateTime": "date-time", "UUID": "uuid"}
TYPES = {kind: _core.Type(kind, kind) for kind in set(SCALARS.values())}


class NotExact(Exception):
    """The core can't decide as the library does."""


def owns(schema):
    """Whether it is one, or, before 0.3, a class of them."""
    if isinstance(schema, type):
        return issubclass(schema, typesystem.Schema) and schema is not typesystem.Schema
    return isinstance(schema, typesystem.Schema) and not isinstance(schema, dict)


def name_of(schema):
    """A class's own name."""
    return schema.__name__ if isinstance(schema, type) else "Schema"


def describe(schema, type_of):
    """The fields, as exactly as the core can have them."""
    described, exact = [], True
    for name, field in schema.fields.items():
        try:
            described.append({"name": name, **describe_field(field, type_of)})
        except NotExact:
            exact = False
            described.append(
                {"name": name, "type": TYPES["any"], "optional": field.has_default()}
            )
    return described, None if exact else _validator(schema)


def describe_field(field, type_of):
    """One field; NotExact when the core has no such check."""
    kind = type(field).__name__
    out = {
        "nullable": bool(field.allow_null),
        "description": field.description or field.title or None,
    }
    if field.has_default():
        out |= _default(field)
    if kind in ("Reference", "Nested"):
        target = getattr(field, "target", None) or getattr(field, "schema", None)
        described = type_of(target)
        if described is None or described.validate:
            raise NotExact
        return {**out, "type": described.type}
    if getattr(field, "coerce_types", False) or kind in ("Float", "Decimal"):
        raise NotExact  # "5" would be 5
    if type(field).__module__.split(".")[0] != "typesystem" or kind not in SCALARS:
        raise NotExact
    return {**out, "type": TYPES[SCALARS[kind]], **_rules(kind, field, type_of)}


def _default(field):
    default = field.get_default_value()
    if callable(field.default):
        raise NotExact
    if default is None and field.allow_null:
        return {"optional": True, "default_value": "null"}
    try:
        return {"optional": True, "default_value": json.dumps(default)}
    except TypeError:
        raise NotExact from None


def _rules(kind, field, type_of):
    if kind in FORMATS:
        return {"format": FORMATS[kind]}
    if kind in ("Integer", "Number"):
        return _bounds(field)
    if kind in ("String", "Text"):
        return _lengths(field)
    if kind == "Choice":
        return {"enumeration": json.dumps([key for key, _ in field.choices])}
    if kind == "Array":
        return _items(field, type_of)
    if kind == "Object" and (field.properties or field.pattern_properties):
        raise NotExact
    if kind in ("Email", "URL"):
        raise NotExact
    return {}


def _bounds(field):
    if field.multiple_of is not None or getattr(field, "precision", None) is not None:
        raise NotExact
    names = "minimum", "maximum", "exclusive_minimum", "exclusive_maximum"
    return {name: getattr(field, name) for name in names}


def _lengths(field):
    if field.format is not None or field.pattern is not None:
        raise NotExact
    if getattr(field, "trim_whitespace", True) or not field.allow_blank:
        raise NotExact
    return {"min_length": field.min_length or 0, "max_length": field.max_length or 0}


def _items(field, type_of):
    lengths = {"min_length": field.min_items or 0, "max_length": field.max_items or 0}
    if field.unique_items:
        raise NotExact
    if field.items is None:
        return lengths
    if isinstance(field.items, list | tuple):
        raise NotExact
    item = describe_field(field.items, type_of)
    rules = {k: v for k, v in item.items() if k not in ("type", "description") and v}
    if not rules:
        return {**lengths, "items": item["type"]}
    kind = item["type"].kind
    if kind == "schema":
        raise NotExact
    return {**lengths, "items": _core.Type("item", kind, rules=rules)}


def _validator(schema):
    def validate(value):
        try:
            found = schema.validate(value)
        except typesystem.ValidationError as wrong:
            raise ValidationError(_detail(wrong)) from None
        return dict(found)

    return validate


def _detail(wrong):
    """Messages by place: {"rows": {"0": ["..."]}}."""
    detail = {}
    for message in wrong.messages():
        place = [str(part) for part in message.index] or [""]
        here = detail
        for part in place[:-1]:
            here = here.setdefault(part, {})
        here.setdefault(place[-1], []).append(re.sub(r"\s+", " ", message.text))
    return detail
