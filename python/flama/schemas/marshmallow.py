"""marshmallow (3 and later): classes of schemas, and instances of them.

marshmallow coerces ("5" is 5) and has hooks in Python, so that its own code decides
about everything.
"""

import marshmallow
from marshmallow import fields as kinds
from marshmallow import validate as rules

from flama.annotations import is_class
from flama.exceptions import SerializationError, ValidationError
from flama.schemas.libraries import NotExact, plain

JSON_KINDS = {
    "Boolean": {"type": "boolean"},
    "Date": {"type": "string", "format": "date"},
    "DateTime": {"type": "string", "format": "date-time"},
    "Decimal": {"type": "number"},
    "Dict": {"type": "object"},
    "Email": {"type": "string", "format": "email"},
    "Enum": {},
    "Float": {"type": "number"},
    "IPv4": {"type": "string", "format": "ipv4"},
    "IPv6": {"type": "string", "format": "ipv6"},
    "Integer": {"type": "integer"},
    "List": {"type": "array"},
    "Mapping": {"type": "object"},
    "Number": {"type": "number"},
    "String": {"type": "string"},
    "Time": {"type": "string", "format": "time"},
    "TimeDelta": {"type": "number"},
    "Tuple": {"type": "array"},
    "UUID": {"type": "string", "format": "uuid"},
    "Url": {"type": "string", "format": "uri"},
}


def owns(schema):
    """Whether it is a schema, or a class of them."""
    if is_class(schema):
        return issubclass(schema, marshmallow.Schema) and (
            schema is not marshmallow.Schema
        )
    return isinstance(schema, marshmallow.Schema)


def name_of(schema):
    """The class's name, without "Schema" at its end, as apispec has it."""
    kind = schema if isinstance(schema, type) else type(schema)
    return kind.__name__.removesuffix("Schema") or kind.__name__


def gives_instances(_schema):
    """What load gives is the library's own matter."""
    return True


def fields(_schema, _type_of):
    """The core has nothing as marshmallow has it."""
    raise NotExact


def instance(schema):
    """The schema, made of its class if it is one."""
    return schema() if isinstance(schema, type) else schema


# For the documentation


def document(schema, reference):
    """Its JSON Schema."""
    made = instance(schema)
    out = {
        "type": "object",
        "properties": {
            field.data_key or name: _property(field, reference)
            for name, field in made.fields.items()
        },
    }
    required = [
        field.data_key or name for name, field in made.fields.items() if field.required
    ]
    if required:
        out["required"] = required
    if made.unknown == marshmallow.RAISE:
        out["additionalProperties"] = False
    return {"type": "array", "items": out} if made.many else out


def _property(field, reference):
    if isinstance(field, kinds.Nested):
        return _nested(field, reference)
    names = [base.__name__ for base in type(field).__mro__]
    known = [JSON_KINDS[name] for name in names if name in JSON_KINDS]
    out = dict(known[0]) if known else {}
    if getattr(field, "as_string", False):
        out["type"] = "string"
    if out.get("type") and field.allow_none:
        out["type"] = [out["type"], "null"]
    for name in ("title", "description", "example"):
        if name in (field.metadata or {}):
            out[name] = field.metadata[name]
    default = getattr(field, "load_default", marshmallow.missing)
    if default is not marshmallow.missing and not callable(default):
        out["default"] = plain(default)
    if field.dump_only:
        out["readOnly"] = True
    if field.load_only:
        out["writeOnly"] = True
    return out | _parts(field, reference) | _rules(field)


def _nested(field, reference):
    made = field.schema
    if field.only or field.exclude:
        out = document(made, reference)
        out = out["items"] if made.many else out
    else:
        out = reference(type(made))
    if field.many or made.many:
        return {"type": "array", "items": out}
    return {"anyOf": [out, {"type": "null"}]} if field.allow_none else out


def _parts(field, reference):
    out = {}
    if isinstance(field, kinds.List):
        out["items"] = _property(field.inner, reference)
    elif isinstance(field, kinds.Tuple):
        out["prefixItems"] = [_property(one, reference) for one in field.tuple_fields]
    elif isinstance(field, kinds.Mapping) and field.value_field:
        out["additionalProperties"] = _property(field.value_field, reference)
    elif hasattr(kinds, "Enum") and isinstance(field, kinds.Enum):
        names = [plain(one.value) if field.by_value else one.name for one in field.enum]
        out["enum"] = names
    elif isinstance(field, kinds.Constant):
        out["const"] = plain(field.constant)
    return out


def _rules(field):
    is_list = isinstance(field, kinds.List)
    least, most = ("minItems", "maxItems") if is_list else ("minLength", "maxLength")
    out = {}
    for rule in field.validators:
        if isinstance(rule, rules.Length):
            out[least] = rule.min if rule.equal is None else rule.equal
            out[most] = rule.max if rule.equal is None else rule.equal
        elif isinstance(rule, rules.Range):
            inclusive = rule.min_inclusive
            out["minimum" if inclusive else "exclusiveMinimum"] = rule.min
            inclusive = rule.max_inclusive
            out["maximum" if inclusive else "exclusiveMaximum"] = rule.max
        elif isinstance(rule, rules.OneOf):
            out["enum"] = list(rule.choices)
        elif isinstance(rule, rules.Regexp):
            out["pattern"] = rule.regex.pattern
        elif isinstance(rule, rules.Equal):
            out["const"] = rule.comparable
    return {name: plain(value) for name, value in out.items() if value is not None}


# For data


def loader(schema, partial, plain):
    """What `load` gives."""
    made = instance(schema)

    def load(value):
        try:
            return made.load(value, partial=partial or None)
        except marshmallow.ValidationError as wrong:
            raise ValidationError(wrong.normalized_messages()) from None

    return load


def dumper(schema, partial):
    """What `dump` gives, which then must be what the schema takes."""
    made = instance(schema)
    takes = {
        field.data_key or name
        for name, field in made.fields.items()
        if not field.dump_only
    }
    unasked = tuple(name for name, field in made.fields.items() if field.load_only)

    def check(data):
        kept = {name: part for name, part in data.items() if name in takes}
        wrong = made.validate(kept, many=False, partial=partial or unasked)
        if wrong:
            raise SerializationError(wrong)

    def dump(value):
        try:
            data = made.dump(value)
        except (ValueError, AttributeError, TypeError) as why:
            raise SerializationError({"": [str(why)]}) from why
        for one in data if made.many else [data]:
            check(plain(one))
        return data

    return dump
