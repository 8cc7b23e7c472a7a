"""Predictions of the engine and of the scikit-learn installed here, side by side.

Each module cases_*.py has a function cases() that yields (name, estimator, x, y, rows):
an estimator, what to fit it on, and rows to ask about. A dict of options may follow:

refused       the engine must refuse it
refused_rows  it must refuse each row, as scikit-learn does
only_here     scikit-learn answers the rows that are refused
methods       ask only these
protocol      of the pickle
after         a function of the fitted estimator that gives the one to use
whole         do not ask for one row alone
tolerance     relative to the largest number of an answer
ask, sent     what to ask scikit-learn, and what to send to the engine, instead of rows:
              NaN there is null here
"""

import importlib
import pathlib

import numpy as np
import pytest
import sklearn

TOLERANCE = 1e-9
METHODS = ["predict", "predict_proba", "decision_function", "transform"]


def all_cases():
    for path in sorted(pathlib.Path(__file__).parent.glob("cases_*.py")):
        module = importlib.import_module(path.stem)
        for name, estimator, x, y, rows, *more in module.cases():
            options = more[0] if more else {}
            case = (estimator, x, y, rows, options)
            yield pytest.param(*case, id=f"{path.stem[6:]}-{name}")


def as_rows(rows):
    return rows.tolist() if hasattr(rows, "tolist") else rows


def as_lists(value):
    if isinstance(value, list):
        return [as_lists(v) for v in value]
    if hasattr(value, "toarray"):
        value = value.toarray()
    if hasattr(value, "to_numpy"):
        value = value.to_numpy()
    return value.tolist()


def leaves(value):
    if isinstance(value, list):
        for item in value:
            yield from leaves(item)
    else:
        yield value


def difference(got, want, within, path=""):
    """None, or the first place where they differ."""
    if isinstance(want, list):
        if not isinstance(got, list) or len(got) != len(want):
            return f"{path}: {str(got)[:60]} where {str(want)[:60]} is expected"
        pairs = zip(got, want)
        for i, (g, w) in enumerate(pairs):
            found = difference(g, w, within, f"{path}[{i}]")
            if found:
                return found
        return None
    if isinstance(want, float):
        ok = isinstance(got, (int, float)) and not isinstance(got, bool)
        ok = ok and (got == want or abs(got - want) <= within)
    else:
        ok = type(got) is type(want) and got == want
    return None if ok else f"{path}: {got!r} where {want!r} is expected"


def reference(function, *args):
    """What scikit-learn gives; a case its installed version cannot do is skipped."""
    try:
        return function(*args)
    except (ValueError, TypeError, RuntimeError, np.linalg.LinAlgError) as why:
        pytest.skip(f"scikit-learn {sklearn.__version__} itself fails: {why}")


def fit(estimator, x, y):
    """Fits it; a scipy newer than scikit-learn lacks attributes at times."""
    try:
        reference(estimator.fit, *([x] if y is None else [x, y]))
    except AttributeError as why:
        pytest.skip(f"scikit-learn {sklearn.__version__} itself fails: {why}")


def ask_library(function, rows):
    """What a method of scikit-learn gives for rows; 1.0 takes some as an array only."""
    try:
        return reference(function, rows)
    except AttributeError:
        return reference(function, np.array(rows))


def check(engine, path, estimator, method, rows, sent, tolerance):
    want = as_lists(ask_library(getattr(estimator, method), rows))
    if method == "transform":  # tells no integers from numbers
        want = [
            [v if v is None or isinstance(v, str) else float(v) for v in row]
            if isinstance(row, list)
            else float(row)
            for row in want
        ]
    answer = engine.ask(path, method, sent)
    numbers = [abs(v) for v in leaves(want) if isinstance(v, float)]
    if any(not np.isfinite(v) for v in numbers):
        assert answer.get("code") == "ENONFINITE"
        return
    assert "error" not in answer, answer["error"]
    scale = max(numbers, default=1.0) or 1.0
    found = difference(answer["output"], want, tolerance * scale)
    assert found is None, f"{method}{found}"


def check_refused(engine, path, estimator, row, sent, only_here):
    method = "predict" if hasattr(estimator, "predict") else "transform"
    if not only_here:
        with pytest.raises((ValueError, TypeError, AttributeError)):
            getattr(estimator, method)([row])
    answer = engine.ask(path, method, [sent])
    assert answer.get("code") == "EINPUT", answer


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("estimator, x, y, rows, options", list(all_cases()))
def test_same(engine, estimator, x, y, rows, options):
    fit(estimator, x, y)
    estimator = options.get("after", lambda fitted: fitted)(estimator)
    path = engine.dump(estimator, options.get("protocol", 4))
    rows = as_rows(options.get("ask", rows))
    sent = options.get("sent", rows)
    if options.get("refused"):
        answer = engine.ask(path, "predict", rows)
        assert answer.get("code") in ("EUNSUPPORTED", "ENOT_FOUND"), answer
        return
    if options.get("refused_rows"):
        for i, row in enumerate(rows):
            only_here = options.get("only_here")
            check_refused(engine, path, estimator, row, sent[i], only_here)
        return
    tolerance = options.get("tolerance", TOLERANCE)
    for method in options.get("methods", METHODS):
        if hasattr(estimator, method):
            check(engine, path, estimator, method, rows, sent, tolerance)
            if method in ("predict", "transform") and not options.get("whole"):
                check(engine, path, estimator, method, rows[:1], sent[:1], tolerance)
