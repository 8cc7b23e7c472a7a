"""flama.config: values of the environment, of files, and defaults."""

import pytest

SET_UP = """
import dataclasses
from flama.config import URL, Config, ConfigError, LoadError, Secret

@dataclasses.dataclass
class Puppy:
    name: str
    age: int

def show(function):
    try:
        print(repr(function()))
    except Exception as why:
        print(type(why).__name__, why)

"""
INI = "FOO=1\nBar = two words \n# no\n[sec]\nx=3\n"


@pytest.fixture
def config(tmp_path, run_python):
    """A function that writes files, and shows what expressions of a Config give."""

    def run(expressions, files=(), **variables):
        for name, text in dict(files).items():
            (tmp_path / name).write_text(text)
        lines = "".join(f"show(lambda: {one})\n" for one in expressions)
        done = run_python("-c", SET_UP + lines, timeout=60, cwd=tmp_path, **variables)
        assert done.returncode == 0, done.stderr
        return done.stdout.splitlines()

    return run


def test_values_of_files(config):
    names = ("FOO", "Bar", "sec", "none")
    printed = config([f'Config("a.ini")({name!r})' for name in names], {"a.ini": INI})
    assert printed == ["'1'", "'two words'", "{'x': '3'}", "KeyError 'none'"]
    files = {"a.json": '{"A": [1]}', "bad.json": "{", "list.json": "[1]", "b.ini": "x"}
    printed = config(
        [
            'Config("a.json", "json")("A")',
            'Config("no.json", "json")("A", default=2)',
            'Config("bad.json", "json")',
            'Config("list.json", "json")',
            'Config("b.ini")',
            'Config("a.json", "xml")',
        ],
        files,
    )
    assert printed[:2] == ["[1]", "2"]
    assert printed[2].startswith("LoadError bad.json: Expecting property name")
    assert printed[3] == "LoadError list.json: its values have no names"
    assert printed[4].startswith("LoadError b.ini: ")
    assert printed[5] == "ConfigError there is no format 'xml': ini, json, yaml, toml"


def test_the_environment_comes_first(config):
    printed = config(
        ['Config("a.ini")("FOO", default="d")', 'Config()("Bar", default="d")'],
        {"a.ini": INI},
        FOO="env",
    )
    assert printed == ["'env'", "'d'"]


@pytest.mark.parametrize(
    ("text", "cast", "want"),
    [
        ("True", "bool", "True"),
        ("0", "bool", "False"),
        ("maybe", "bool", "ConfigError the value of V is no bool"),
        ("7", "int", "7"),
        ("x", "int", "ConfigError the value of V is no int"),
        ("7", "lambda v: v * 2", "'77'"),
        ("k", "Secret", "Secret('*****')"),
        ("http://a:1/p", "lambda v: URL(v).netloc", "'a:1'"),
        ('{"name": "n", "age": 3}', "Puppy", "Puppy(name='n', age=3)"),
        ('{"name": "n"}', "Puppy", "ConfigError the value of V is no Puppy"),
        ("{", "Puppy", "ConfigError the value of V is no Puppy"),
    ],
)
def test_casts(config, text, cast, want):
    assert config([f'Config()("V", cast={cast})'], V=text) == [want]


def test_defaults(config):
    printed = config(
        [
            'Config()("V", default="5", cast=int)',
            'Config()("V", default=None, cast=int)',
            'Secret("k") == "k" and str(Secret("k")) == "k" and not Secret("")',
        ]
    )
    assert printed == ["5", "None", "True"]
