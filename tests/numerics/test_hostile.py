"""Pickles made to run code, to take all memory or never to end: each is refused, and
the refusal names what was not allowed."""

import builtins
import code
import functools
import importlib
import io
import operator
import os
import pickle
import runpy
import shutil
import subprocess
import sys
import time
import webbrowser

import joblib
import numpy as np
import pytest
from sklearn.compose import ColumnTransformer, TransformedTargetRegressor
from sklearn.ensemble import (
    BaggingRegressor,
    StackingRegressor,
    VotingRegressor,
)
from sklearn.feature_selection import RFE
from sklearn.linear_model import LinearRegression
from sklearn.model_selection import GridSearchCV
from sklearn.multioutput import MultiOutputRegressor, RegressorChain
from sklearn.pipeline import FeatureUnion, Pipeline, make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

X = np.random.RandomState(0).normal(size=(20, 3))
Y = X.sum(axis=1)
SECONDS = 20


class Call:
    """Pickled as a call of a function."""

    def __init__(self, function, *arguments):
        self.reduced = (function, arguments)

    def __reduce__(self):
        return self.reduced


CALLS = [
    (os.system, "id"),
    (os.popen, "id"),
    (os.execv, "/bin/sh", []),
    (os.remove, "x"),
    (subprocess.Popen, "id"),
    (subprocess.check_output, "id"),
    (builtins.eval, "1"),
    (builtins.exec, "1"),
    (builtins.compile, "1", "x", "eval"),
    (builtins.open, "/etc/passwd"),
    (builtins.__import__, "os"),
    (builtins.setattr, 1, "a", 2),
    (builtins.globals,),
    (builtins.print, "x"),
    (builtins.map, print, []),
    (importlib.import_module, "os"),
    (runpy.run_path, "x.py"),
    (shutil.rmtree, "x"),
    (webbrowser.open, "http://localhost"),
    (code.InteractiveConsole,),
    (operator.attrgetter("system").__class__, "system"),
    (operator.methodcaller("system").__class__, "system"),
    (functools.reduce, operator.add, []),
    (pickle.loads, b"x"),
    (joblib.load, "x"),
    (np.load, "x"),
    (np.fromfile, "x"),
    (io.open_code, "x"),
    (sys.exit, 1),
    (time.sleep, 100),
]


def fitted():
    return make_pipeline(StandardScaler(), LinearRegression()).fit(X, Y)


def at_root(call):
    return call


def in_an_attribute(call):
    model = fitted()
    model.steps[1][1].note = call
    return model


def as_a_step(call):
    model = fitted()
    model.steps.append(("more", call))
    return model


def as_a_member(call):
    model = VotingRegressor([("a", LinearRegression())]).fit(X, Y)
    model.estimators_.append(call)
    return model


def as_a_function(call):
    return FunctionTransformer(call)


def as_an_argument(call):
    return FunctionTransformer(functools.partial(np.log1p, call))


def as_a_key(call):
    model = GridSearchCV(LinearRegression(), {"positive": [True]}, cv=2).fit(X, Y)
    model.cv_results_[call] = 1
    return model


def in_an_array(call):
    model = fitted()
    model.steps[1][1].coef_ = np.array([call, 1, 2], dtype=object)
    return model


PLACES = [
    in_an_attribute,
    as_a_step,
    as_a_member,
    as_a_function,
    as_an_argument,
    as_a_key,
    in_an_array,
]


def answer(engine, tmp_path, data):
    path = tmp_path / "hostile.pkl"
    path.write_bytes(data)
    start = time.monotonic()
    got = engine.ask(path, "predict", [[1, 2, 3]])
    assert time.monotonic() - start < SECONDS
    return got


def check_refused(engine, tmp_path, place, call, protocol):
    function, *arguments = call
    data = pickle.dumps(place(Call(function, *arguments)), protocol=protocol)
    got = answer(engine, tmp_path, data)
    assert got.get("code") == "EUNSUPPORTED", (function, got)
    name = function.__qualname__.rsplit(".", 1)[-1]
    assert name in got["error"], (function, got)


@pytest.mark.parametrize("protocol", [2, 3, 4, 5])
def test_calls_are_refused_by_name(engine, tmp_path, protocol):
    for call in CALLS:
        check_refused(engine, tmp_path, at_root, call, protocol)


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("protocol", [2, 5])
def test_calls_are_refused_wherever_they_stand(engine, tmp_path, place, protocol):
    check_refused(engine, tmp_path, place, CALLS[0], protocol)


@pytest.mark.parametrize(
    ("module", "name"),
    [
        ("sklearn.utils", "os.popen"),
        ("sklearn", "pipeline.os.system"),
        ("sklearn.pipeline", "Pipeline.__init__"),
        ("sklearn.pipeline", "Pipeline.fit.__globals__"),
        ("sklearn.linear_model._base", "LinearRegression.__class__"),
        ("numpy", "dtype.__class__"),
        ("numpy", "core.os.system"),
        ("collections", "OrderedDict.__reduce__"),
        ("sklearn.pipeline ", "Pipeline"),
        ("sklearn.pipeline", "pipeline"),
        ("Sklearn.pipeline", "Pipeline"),
        ("sklearn.pipeline\0", "Pipeline"),
        ("sklearn.pipeline", "Pipeline\0"),
        ("sklearn.pipeline", ""),
        ("", "Pipeline"),
        ("__main__", "Pipeline"),
    ],
)
def test_names_are_whole(engine, tmp_path, module, name):
    def text(value):
        return b"X" + len(value.encode()).to_bytes(4, "little") + value.encode()

    data = b"\x80\x04" + text(module) + text(name) + b"\x93)\x81}b."
    got = answer(engine, tmp_path, data)
    assert got.get("code") == "EUNSUPPORTED", got
    assert "which is not among the classes and functions" in got["error"]


def name_of(module, name):
    return b"c" + module + b"\n" + name + b"\n"


# Functions that published attacks and scanners of pickles name.
KNOWN = """
posix system | nt system | os execve | os spawnl | os putenv | os rename | pty spawn
subprocess call | subprocess run | subprocess getoutput | commands getoutput
builtins getattr | builtins exec | __builtin__ eval | __builtin__ execfile
builtins breakpoint | builtins delattr | builtins vars | builtins input
builtins super | builtins type | builtins memoryview | builtins classmethod
importlib reload | imp load_source | zipimport zipimporter | runpy run_module
pydoc locate | pydoc pipepager | pkgutil resolve_name | ctypes CDLL
ctypes.util find_library | types CodeType | types FunctionType
types.FunctionType __call__ | marshal loads | copyreg _reconstructor
copyreg __newobj_ex__ | copy_reg _reconstructor | operator attrgetter
operator itemgetter | operator methodcaller | functools reduce
functools partialmethod | functools cached_property | itertools starmap
code InteractiveInterpreter | codeop compile_command | bdb Bdb | pdb Pdb | pdb.Pdb run
cProfile run | profile run | trace Trace | timeit timeit | doctest debug_script
asyncio.unix_events _UnixSubprocessTransport | multiprocessing.util spawnv_passfds
concurrent.futures.process _process_worker | threading Thread
socket create_connection | urllib.request urlopen | http.client HTTPSConnection
requests.api get | httplib HTTPSConnection | ftplib FTP | smtplib SMTP
webbrowser open | shutil move | tempfile mkstemp | pathlib PosixPath
pathlib.Path unlink | io FileIO | io.open_code open_code | codecs open
logging.config dictConfig | logging FileHandler | sqlite3 connect | dbm open
shelve open | pickle Unpickler | _pickle loads | dill._dill _load_type
cloudpickle.cloudpickle loads | cloudpickle.cloudpickle _make_function
joblib.numpy_pickle load | torch load | torch.hub load
torch.storage _load_from_bytes | torch._utils _rebuild_tensor_v2 | numpy load
numpy memmap | numpy.core.multiarray fromfile | numpy.f2py compile
numpy.testing._private.utils runstring | numpy.distutils.exec_command exec_command
numpy.lib.npyio load | numpy.lib.utils _Deprecate | numpy vectorize.__call__
pandas read_pickle | pandas eval | pandas.io.pickle read_pickle
pandas.io.common get_handle | pandas.core.frame DataFrame.to_csv
pandas.core.frame DataFrame.eval | pyarrow.lib memory_map | pyarrow.lib OSFile
pyarrow.lib foreign_buffer | scipy.weave inline | scipy.io loadmat
scipy._lib._ccallback LowLevelCallable | sklearn.utils._testing TempMemmap
sklearn.datasets load_files | sklearn.externals.joblib load
sklearn.utils.fixes _joblib_load | sklearn.datasets._base fetch_file
setuptools sandbox | sys modules | sys settrace | sys exit | site execsitecustomize
signal raise_signal | atexit register | weakref finalize | ensurepip _run_pip
venv main | aiohttp.client ClientSession
"""


@pytest.mark.parametrize("protocol", [2, 4])
def test_known_attacks_are_refused_by_name(engine, tmp_path, protocol):
    for pair in KNOWN.replace("\n", "|").split("|"):
        if not pair.strip():
            continue
        module, name = pair.split()
        named = name_of(module.encode(), name.encode())
        if protocol == 4:
            named = b"".join(
                b"\x8c" + bytes([len(part)]) + part.encode() for part in (module, name)
            )
            named += b"\x93"
        for call in (b")R", b"X\x01\0\0\0a\x85R", b")\x81}b", b"0N"):
            data = b"\x80" + bytes([protocol]) + named + call + b"."
            got = answer(engine, tmp_path, data)
            assert got.get("code") == "EUNSUPPORTED", (pair, got)
            if name != "getattr" or module != "builtins":
                assert f"{module}.{name}" in got["error"], (pair, got)


ATTRIBUTES = {
    "of a class": name_of(b"numpy", b"dtype") + b"X\x05\0\0\0newto\x86",
    "of a call": name_of(b"numpy", b"dtype") + b")RX\x0c\0\0\0__subclasses\x86",
    "hidden": name_of(b"numpy", b"dtype") + b")RX\x09\0\0\0__class__\x86",
    "of strings, hidden": name_of(b"builtins", b"str") + b"X\x09\0\0\0__class__\x86",
    "of a method of strings": name_of(b"builtins", b"getattr")
    + name_of(b"builtins", b"str")
    + b"X\x05\0\0\0split\x86RX\x01\0\0\0a\x86",
    "of text": b"X\x01\0\0\0aX\x06\0\0\0format\x86",
    "with a default": name_of(b"numpy", b"dtype") + b")RX\x01\0\0\0aN\x87",
    "without a name": name_of(b"numpy", b"dtype") + b")RN\x86",
    "of a method": name_of(b"builtins", b"getattr")
    + name_of(b"numpy", b"dtype")
    + b")RX\x01\0\0\0a\x86RX\x01\0\0\0b\x86",
}


@pytest.mark.parametrize("arguments", ATTRIBUTES.values(), ids=ATTRIBUTES)
def test_getattr_is_refused(engine, tmp_path, arguments):
    data = b"\x80\x02" + name_of(b"builtins", b"getattr") + arguments + b"R."
    got = answer(engine, tmp_path, data)
    assert got.get("code") == "EUNSUPPORTED", got
    assert "getattr" in got["error"] or "calls the result" in got["error"]


PIPELINE = name_of(b"sklearn.pipeline", b"Pipeline")
BYTES = {
    "the result is called": name_of(b"numpy", b"dtype") + b")R)R.",
    "an instance of protocol 0": b"(ios\nsystem\n.",
    "an object of protocol 1": b"(" + name_of(b"os", b"system") + b"o.",
    "extension 1": b"\x82\x01.",
    "extension 4": b"\x84\x01\x00\x00\x00.",
    "a persistent id": b"X\x01\0\0\0aQ.",
    "out of band": b"\x97.",
    "a text of 2**63 bytes": b"\x8d\xff\xff\xff\xff\xff\xff\xff\x7f",
    "bytes of 2**63": b"\x8e\xff\xff\xff\xff\xff\xff\xff\x7f",
    "a bytearray of 2**62": b"\x96\xff\xff\xff\xff\xff\xff\xff\x3f",
    "a number of 2**31 bytes": b"\x8b\xff\xff\xff\x7f",
    "a negative count": b"\x8b\xff\xff\xff\xff",
    "a frame of 2**63": b"\x95\xff\xff\xff\xff\xff\xff\xff\x7f.",
    "a memo of 2**31": b"Nr\xff\xff\xff\x7f.",
    "a memo that is not there": b"h\x05.",
    "the memo of a mark": b"(\x94.",
    "a pop too many": b"N00.",
    "a list of itself": b"]\x94h\x00a.",
    "a dict of itself": b"}\x94h\x00h\x00s.",
    "a state of itself": PIPELINE + b")\x81\x94h\x00b.",
    "no end": b"N" * 100,
    "a pair for a class": PIPELINE + b")\x81}}\x86b.",
    "a state that is no dict": PIPELINE + b")\x81K\x01b.",
    "2**40 by doubling": b"K\x01" + b"2\x86" * 40 + b".",
    "a dict of doubled keys": b"}" + b"K\x01" + b"2\x86" * 40 + b"Ns.",
    "a method for a model": name_of(b"builtins", b"getattr")
    + name_of(b"builtins", b"str")
    + b"X\x05\0\0\0split\x86R.",
    "100,000 marks": b"(" * 100000 + b".",
    "100,000 lists": b"]" * 100000 + b"a" * 99999 + b".",
    "100,000 tuples": b")" + b"\x85" * 100000 + b".",
    "100,000 calls": name_of(b"numpy", b"dtype") + b")R" * 100000 + b".",
    "a million texts": b"]\x94" + b"X\x01\0\0\0aa" * 1000000 + b".",
}


@pytest.mark.parametrize("body", BYTES.values(), ids=BYTES)
def test_tricks_are_refused(engine, tmp_path, body):
    got = answer(engine, tmp_path, b"\x80\x02" + body)
    assert got.get("code") in ("EFORMAT", "EUNSUPPORTED", "ELIMIT"), got


@pytest.mark.parametrize("shape", [(1 << 40,), (1 << 32, 1 << 32), (-1,), (1 << 62,)])
def test_arrays_larger_than_their_bytes_are_refused(engine, tmp_path, shape):
    model = LinearRegression().fit(X, Y)
    data = pickle.dumps(model, protocol=2)
    small = pickle.dumps((3,), protocol=2)[2:-1]
    assert small.startswith(b"K\x03\x85")
    large = b"".join(pickle.dumps(n, protocol=2)[2:-1] for n in shape)
    large += b"\x85" if len(shape) == 1 else b"\x86"
    assert b"K\x03\x85" in data
    got = answer(engine, tmp_path, data.replace(b"K\x03\x85", large, 1))
    assert got.get("code") in ("EFORMAT", "EUNSUPPORTED", "ELIMIT"), got


def cycles():
    """Estimators that are parts of themselves."""
    model = Pipeline([("a", StandardScaler().fit(X)), ("b", LinearRegression())])
    model.fit(X, Y).steps[1] = ("b", model)
    yield model
    model = VotingRegressor([("a", LinearRegression())]).fit(X, Y)
    model.estimators_[0] = model
    yield model
    model = StackingRegressor([("a", LinearRegression())], cv=2).fit(X, Y)
    model.final_estimator_ = model
    yield model
    model = StackingRegressor([("a", LinearRegression())], cv=2).fit(X, Y)
    model.estimators_[0] = model
    yield model
    model = GridSearchCV(LinearRegression(), {"positive": [True]}, cv=2).fit(X, Y)
    model.best_estimator_ = model
    yield model
    model = BaggingRegressor(LinearRegression(), 2).fit(X, Y)
    model.estimators_[1] = model
    yield model
    model = ColumnTransformer([("a", StandardScaler(), [0, 1])]).fit(X)
    model.transformers_[0] = ("a", model, [0, 1])
    yield model
    model = FeatureUnion([("a", StandardScaler())]).fit(X)
    model.transformer_list[0] = ("a", model)
    yield model
    model = TransformedTargetRegressor(LinearRegression()).fit(X, Y)
    model.regressor_ = model
    yield model
    model = RFE(LinearRegression()).fit(X, Y)
    model.estimator_ = model
    yield model
    for kind in (MultiOutputRegressor, RegressorChain):
        model = kind(LinearRegression()).fit(X, X)
        model.estimators_ = [model] * 3
        yield model


@pytest.mark.parametrize("model", cycles(), ids=lambda m: type(m).__name__)
def test_cycles_of_estimators_are_refused(engine, tmp_path, model):
    got = answer(engine, tmp_path, pickle.dumps(model, protocol=4))
    assert got.get("code") in ("EUNSUPPORTED", "ELIMIT"), got
    assert "stands in more than" in got["error"] or "repeats itself" in got["error"]


def test_nested_estimators_are_bounded(engine, tmp_path):
    model = LinearRegression().fit(X, Y)
    for _ in range(40):
        model = Pipeline([("inner", model)])
    got = answer(engine, tmp_path, pickle.dumps(model, protocol=4))
    assert got.get("code") == "EUNSUPPORTED"
    assert "stands in more than 32 estimators" in got["error"]


def test_estimators_shared_again_and_again_are_bounded(engine, tmp_path):
    model = VotingRegressor([("a", LinearRegression())]).fit(X, Y)
    for _ in range(30):
        outer = VotingRegressor([("a", LinearRegression())]).fit(X, Y)
        outer.estimators_ = [model, model]
        model = outer
    got = answer(engine, tmp_path, pickle.dumps(model, protocol=4))
    assert got.get("code") == "ELIMIT", got
    assert "repeats itself" in got["error"]
