"""pydantic (2 and later): models, its dataclasses, and unions of them.

pydantic coerces ("5" is 5), so that its own code decides about everything.
"""

import copy
import functools
import typing

import pydantic

from flama.annotations import is_class
from flama.exceptions import SerializationError, ValidationError
from flama.schemas.libraries import NotExact, nested, plain, renamed


def owns(schema):
    """Whether it is a model, or a type made of models (but not a list of them)."""
    if is_class(schema):
        return (
            issubclass(schema, pydantic.BaseModel) and schema is not pydantic.BaseModel
        ) or pydantic.dataclasses.is_pydantic_dataclass(schema)
    if isinstance(schema, pydantic.TypeAdapter | pydantic.BaseModel):
        return isinstance(schema, pydantic.TypeAdapter)
    origin = typing.get_origin(schema)
    if origin in (None, list, typing.Annotated):
        return origin is typing.Annotated and owns(typing.get_args(schema)[0])
    return any(owns(part) for part in typing.get_args(schema))


def name_of(schema):
    """The class's own name; of a union all their names."""
    if isinstance(schema, type):
        return schema.__name__
    parts = [name_of(part) for part in typing.get_args(schema) if owns(part)]
    return "Or".join(parts) or "Schema"


def gives_instances(_schema):
    """A model's data are its instances."""
    return True


def fields(_schema, _type_of):
    """The core has nothing as pydantic has it."""
    raise NotExact


@functools.lru_cache(maxsize=1024)
def _made(schema):
    return pydantic.TypeAdapter(schema)


def adapter(schema):
    """What validates and dumps."""
    return schema if isinstance(schema, pydantic.TypeAdapter) else _made(schema)


def document(schema, reference):
    """Its JSON Schema; models that it refers to are components of their own."""
    out = adapter(schema).json_schema(ref_template="#/$defs/{model}")
    parts = out.get("$defs", {})
    if "$ref" in out:  # it contains itself
        out = {**parts[out["$ref"].rpartition("/")[2]], "$defs": parts}
    names = {}
    for found in _models_in(schema, {}).values():
        names.setdefault(found.__name__, []).append(found)
    ours = {name: names[name][0] for name in parts if len(names.get(name, ())) == 1}
    others = {name: part for name, part in parts.items() if name not in ours}
    if others:
        out["$defs"] = others
    else:
        out.pop("$defs", None)
    to = {f"#/$defs/{name}": reference(found)["$ref"] for name, found in ours.items()}
    return renamed(out, to)


def _models_in(annotation, seen):
    """The models that an annotation leads to, by id."""
    if isinstance(annotation, pydantic.TypeAdapter):
        annotation = annotation._type
    if isinstance(annotation, type) and owns(annotation) and id(annotation) not in seen:
        seen[id(annotation)] = annotation
        is_model = issubclass(annotation, pydantic.BaseModel)
        members = (
            annotation.model_fields if is_model else annotation.__pydantic_fields__
        )
        for field in members.values():
            _models_in(field.annotation, seen)
    for part in typing.get_args(annotation):
        _models_in(part, seen)
    return seen


def loader(schema, partial, plain):
    """An instance, or a dict of what it holds."""
    check = adapter(_optional(schema) if partial else schema)

    def load(value):
        try:
            found = check.validate_python(value)
        except pydantic.ValidationError as wrong:
            raise ValidationError(_detail(wrong)) from None
        return check.dump_python(found, exclude_unset=partial) if plain else found

    return load


def dumper(schema, partial):
    """Data for JSON, of an instance or of what one can be made of."""
    check = adapter(_optional(schema) if partial else schema)

    def dump(value):
        try:
            found = check.validate_python(value, from_attributes=True)
        except pydantic.ValidationError:
            try:
                found = check.validate_python(plain(value))
            except pydantic.ValidationError as wrong:
                raise SerializationError(_detail(wrong)) from None
        return check.dump_python(
            found, mode="json", by_alias=True, exclude_unset=partial
        )

    return dump


@functools.lru_cache(maxsize=1024)
def _optional(model):
    """The model with all members optional; those left out count as unset."""
    if not isinstance(model, type) or not issubclass(model, pydantic.BaseModel):
        raise TypeError(f"{model!r} can't be partial: it is no model")
    members = {}
    for name, field in model.model_fields.items():
        changed = copy.copy(field)
        changed.default, changed.default_factory = None, None
        members[name] = field.annotation, changed
    return pydantic.create_model(model.__name__, __base__=model, **members)


def _detail(wrong):
    return nested(
        (error["loc"], error["msg"])
        for error in wrong.errors(include_url=False, include_context=False)
    )
