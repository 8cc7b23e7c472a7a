"""Configuration: values from the environment, a file, or a default.

config = Config(".env", "ini")
DEBUG = config("DEBUG", cast=bool, default=False)
"""

import dataclasses
import importlib
import json
import os
import typing as t

from flama.exceptions import DependencyNotInstalled
from flama.types import FileFormat
from flama.url import URL

__all__ = ["URL", "Config", "ConfigError", "LoadError", "Secret"]

_Unknown = object()
_BOOLEANS = {
    **dict.fromkeys(("true", "1", "yes", "on"), True),
    **dict.fromkeys(("false", "0", "no", "off", ""), False),
}


class ConfigError(Exception):
    """A value is not what it is asked to be."""


class LoadError(ConfigError):
    """A file is not of its format."""


class Secret:
    """A text that is printed by `str` alone, not where objects are shown."""

    def __init__(self, value: str) -> None:
        self._value = str(value)

    def __repr__(self) -> str:
        return "Secret('*****')"

    def __str__(self) -> str:
        return self._value

    def __bool__(self) -> bool:
        return bool(self._value)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret | str) and str(self) == str(other)

    def __hash__(self) -> int:
        return hash(self._value)


class Config:
    """Values by name: the environment's first, then the file's, then the default.

    Parameters
    ----------
    config_file : str or path, optional
        One that is not there has no values.
    format : {"ini", "json", "yaml", "toml"}
        In "ini", lines before the first section are values, sections are dicts of
        values.

    Raises
    ------
    LoadError
        When the file is not of its format.
    """

    def __init__(
        self,
        config_file: str | os.PathLike[str] | None = None,
        format: str | FileFormat = FileFormat.ini,
    ) -> None:
        try:
            read = _READERS[FileFormat(format)]
        except ValueError:
            raise ConfigError(f"there is no format {format!r}: {_FORMATS}") from None
        self.values: dict[str, t.Any] = {}
        if config_file is None or not os.path.exists(config_file):
            return
        with open(config_file, encoding="utf-8") as file:
            try:
                found = read(file.read())
            except ValueError as why:
                raise LoadError(f"{config_file}: {why}") from why
        if not isinstance(found, dict):
            raise LoadError(f"{config_file}: its values have no names")
        self.values = found

    def __call__(
        self,
        key: str,
        *,
        default: t.Any = _Unknown,
        cast: t.Callable[[t.Any], t.Any] | None = None,
    ) -> t.Any:
        """The value of a name.

        Parameters
        ----------
        default : object, optional
            What stands for it where there is none; None is not cast.
        cast : type or callable, optional
            What makes the value of it: bool reads true, 1, yes, on and their
            opposites; a dataclass reads a mapping, or JSON of one.

        Raises
        ------
        KeyError
            When there is none and no default.
        ConfigError
            When it can't be cast.
        """
        value = os.environ.get(key, self.values.get(key, default))
        if value is _Unknown:
            raise KeyError(key)
        if cast is None or value is None:
            return value
        try:
            return _cast(value, cast)
        except (TypeError, ValueError) as why:
            name = getattr(cast, "__name__", cast)
            raise ConfigError(f"the value of {key} is no {name}") from why


def _cast(value: t.Any, cast: t.Callable[[t.Any], t.Any]) -> t.Any:
    if cast is bool and isinstance(value, str):
        if value.lower() not in _BOOLEANS:
            raise ValueError(value)
        return _BOOLEANS[value.lower()]
    if isinstance(cast, type) and dataclasses.is_dataclass(cast):
        return cast(**(json.loads(value) if isinstance(value, str) else value))
    return cast(value)


def _read_ini(text: str) -> dict[str, t.Any]:
    import configparser

    reader = configparser.RawConfigParser(strict=True)
    reader.optionxform = str  # type: ignore[assignment, method-assign]
    first = "\0"  # of the lines before the first section
    try:
        reader.read_string(f"[{first}]\n{text}")
    except configparser.Error as why:
        raise ValueError(str(why).replace("\n", " ")) from None
    sections = {name: dict(reader[name]) for name in reader.sections()}
    return {**sections.pop(first), **sections}


def _library(*names: str) -> t.Any:
    """The first of these modules that is installed."""
    for name in names:
        try:
            return importlib.import_module(name)
        except ImportError:
            continue
    raise DependencyNotInstalled(dependency=names[-1], dependant="Config")


def _read_toml(text: str) -> t.Any:
    return _library("tomllib", "tomli").loads(text)  # tomllib: from Python 3.11


def _read_yaml(text: str) -> t.Any:
    yaml = _library("yaml")
    try:
        return yaml.safe_load(text)
    except yaml.YAMLError as why:
        raise ValueError(str(why).replace("\n", " ")) from None


_READERS: dict[FileFormat, t.Callable[[str], t.Any]] = {
    FileFormat.ini: _read_ini,
    FileFormat.json: json.loads,
    FileFormat.yaml: _read_yaml,
    FileFormat.toml: _read_toml,
}
_FORMATS = ", ".join(one.value for one in FileFormat)
