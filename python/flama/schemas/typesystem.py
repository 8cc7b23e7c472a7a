"""typesystem: schemas with `fields` (0.3, 0.4) and schemas that are classes (0.2).

The core has arrays, objects, numbers and booleans exactly, where they are not coerced.
Strings are the library's (it strips them and takes out NUL), and so are formats.
"""

import json

import typesystem

from flama import _core
from flama.annotations import is_class
from flama.exceptions import SerializationError, ValidationError
from flama.schemas.libraries import NotExact, nested, plain

ANY, ARRAY, OBJECT, NUMBER, BOOLEAN = (
    _core.Type(kind, kind) for kind in ("any", "array", "object", "number", "boolean")
)
BOUNDS = "minimum", "maximum", "exclusive_minimum", "exclusive_maximum"
OBJECT_RULES = (
    "properties", "pattern_properties", "property_names", "min_properties",
    "max_properties", "required",
)  # fmt: skip
MOST = 2**50  # of a bound, which the core compares as a double
JSON_TYPES = {
    "String": "string",
    "Integer": "integer",
    "Number": "number",
    "Boolean": "boolean",
    "Array": "array",
    "Object": "object",
}
JSON_FORMATS = {"datetime": "date-time", "url": "uri", "text": None}
JSON_NAMES = {
    "minimum": "minimum",
    "maximum": "maximum",
    "exclusive_minimum": "exclusiveMinimum",
    "exclusive_maximum": "exclusiveMaximum",
    "multiple_of": "multipleOf",
    "min_length": "minLength",
    "max_length": "maxLength",
    "pattern": "pattern",
    "min_items": "minItems",
    "max_items": "maxItems",
    "min_properties": "minProperties",
    "max_properties": "maxProperties",
}


def owns(schema):
    """Whether it is one, or, before 0.3, a class of them."""
    if is_class(schema):
        return issubclass(schema, typesystem.Schema) and bool(
            getattr(schema, "fields", None)
        )
    return isinstance(schema, typesystem.Schema) and isinstance(
        schema, typesystem.Field
    )


def name_of(schema):
    """A class's own name."""
    return schema.__name__ if isinstance(schema, type) else schema.title or "Schema"


def gives_instances(schema):
    """Before 0.3 a schema is the class of its data."""
    return isinstance(schema, type)


# For the core


def fields(schema, type_of):
    """The fields as the core has them."""
    return [
        {"name": name, **describe(field, type_of)}
        for name, field in schema.fields.items()
    ]


def describe(field, type_of):
    """One field; NotExact when the core has no such check."""
    kind = type(field).__name__
    out = {
        "nullable": bool(field.allow_null),
        "description": field.description or field.title or None,
    }
    if getattr(field, "read_only", False):
        raise NotExact
    if field.has_default():
        out |= _default(field)
    if owns(field):
        return {**out, "type": type_of(field)}
    if type(field).__module__.partition(".")[0] != "typesystem" or (
        kind not in ("Any", "Array", "Boolean", "Number", "Object", "Reference")
    ):
        raise NotExact
    if kind == "Reference":
        return {**out, "type": type_of(field.target)}
    if kind in ("Boolean", "Number") and getattr(field, "coerce_types", True):
        raise NotExact  # "5" would be 5
    if kind == "Any":
        return {**out, "type": ANY}
    if kind == "Boolean":
        return {**out, "type": BOOLEAN}
    if kind == "Number":
        return {**out, "type": NUMBER, **_bounds(field)}
    if kind == "Array":
        return {**out, "type": ARRAY, **_items(field, type_of)}
    if any(getattr(field, rule) for rule in OBJECT_RULES) or (
        field.additional_properties is not True
    ):
        raise NotExact
    return {**out, "type": OBJECT}


def _default(field):
    if callable(field.default):
        raise NotExact
    found, wrong = field.validate_or_error(field.default)
    try:
        text = json.dumps(field.default)
    except (TypeError, ValueError):
        raise NotExact from None
    if wrong or found != field.default:
        raise NotExact
    return {"optional": True, "default_value": text}


def _bounds(field):
    given = {name: getattr(field, name) for name in BOUNDS}
    given = {name: bound for name, bound in given.items() if bound is not None}
    twice = [{"minimum", "exclusive_minimum"}, {"maximum", "exclusive_maximum"}]
    if field.multiple_of is not None or field.precision is not None:
        raise NotExact
    if any(type(bound) is not int or abs(bound) > MOST for bound in given.values()):
        raise NotExact  # the core would print it otherwise
    if any(names <= given.keys() for names in twice):
        raise NotExact
    if given.get("minimum", -MOST) > given.get("maximum", MOST):
        raise NotExact
    return given


def _items(field, type_of):
    lengths = {"min_length": field.min_items or 0, "max_length": field.max_items or 0}
    if field.unique_items or isinstance(field.items, list | tuple):
        raise NotExact
    if field.max_items is not None and field.max_items < max(1, lengths["min_length"]):
        raise NotExact
    if field.items is None:
        return lengths
    item = describe(field.items, type_of)
    rules = {
        name: rule
        for name, rule in item.items()
        if rule and name not in ("type", "description", "optional", "default_value")
    }
    if not rules:
        return {**lengths, "items": item["type"]}
    if item["type"].kind == "schema":
        raise NotExact
    return {**lengths, "items": _core.Type("item", item["type"].kind, rules=rules)}


# For the documentation


def document(schema, reference):
    """Its JSON Schema."""
    out = {
        "properties": {
            name: _property(field, reference) for name, field in schema.fields.items()
        },
        "type": "object",
    }
    required = [
        name
        for name, field in schema.fields.items()
        if not field.has_default() and not getattr(field, "read_only", False)
    ]
    return {**out, "required": required} if required else out


def _property(field, reference):
    target = field if owns(field) else getattr(field, "target", None)
    if target is not None and owns(target):
        out = reference(target)
        return {"anyOf": [out, {"type": "null"}]} if field.allow_null else out
    out = {}
    for name in ("title", "description"):
        if getattr(field, name):
            out[name] = getattr(field, name)
    if field.has_default() and not callable(field.default):
        out["default"] = plain(field.default)
    kinds = [JSON_TYPES.get(base.__name__) for base in type(field).__mro__]
    kind = next(filter(None, kinds), None)
    if kind:
        out["type"] = [kind, "null"] if field.allow_null else kind
    for name, json_name in JSON_NAMES.items():
        if getattr(field, name, None) is not None:
            out[json_name] = plain(getattr(field, name))
    given = getattr(field, "format", None)
    if JSON_FORMATS.get(given, given):
        out["format"] = JSON_FORMATS.get(given, given)
    return out | _parts(field, reference)


def _parts(field, reference):
    out = {}
    if getattr(field, "choices", None):
        out["enum"] = [key for key, _ in field.choices]
    if hasattr(field, "const"):
        out["const"] = plain(field.const)
    for name, json_name in (("any_of", "anyOf"), ("one_of", "oneOf")):
        if getattr(field, name, None):
            out[json_name] = [_property(one, reference) for one in getattr(field, name)]
    items = getattr(field, "items", None)
    if isinstance(items, list | tuple):
        out["prefixItems"] = [_property(one, reference) for one in items]
    elif items is not None:
        out["items"] = _property(items, reference)
    if getattr(field, "properties", None):
        out["properties"] = {
            name: _property(one, reference) for name, one in field.properties.items()
        }
    return out


# For data


def loader(schema, partial, plain):
    """What the library makes of the data: a dict, or an instance of the class."""
    validate = _partial(schema) if partial else schema.validate
    as_dict = plain or not isinstance(schema, type)

    def load(value):
        try:
            found = validate(value)
        except typesystem.ValidationError as wrong:
            raise ValidationError(_detail(wrong)) from None
        return dict(found) if as_dict else found

    return load


def dumper(schema, partial):
    """Checks what a handler returned as if it came in, and writes formats out."""
    validate = _partial(schema) if partial else schema.validate

    def dump(value):
        try:
            found = validate(plain(value))
        except typesystem.ValidationError as wrong:
            raise SerializationError(_detail(wrong)) from None
        if isinstance(schema, type) and not partial:
            return dict(found)
        return {
            name: schema.fields[name].serialize(part) for name, part in found.items()
        }

    return dump


def _partial(schema):
    """Checks the members that are there."""
    members = {
        name: field
        for name, field in schema.fields.items()
        if not getattr(field, "read_only", False)
    }
    whole = typesystem.Object(properties=members, additional_properties=None)

    def validate(value):
        found = whole.validate(value)
        return {name: part for name, part in found.items() if name in value}

    return validate


def _detail(wrong):
    return nested((message.index, message.text) for message in wrong.messages())
