import numpy as np
from data import inputs, labels, target
from sklearn import preprocessing
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder

NAN = float("nan")


def words(n=60, seed=4):
    """Columns of strings: one of many, one of a few, one binary."""
    rng = np.random.RandomState(seed)
    many = np.array(["ash", "birch", "cédre", "elm", "", "fig", "Ash", "1", "木"])
    return np.array(
        [
            many[np.minimum(rng.geometric(0.3, n) - 1, 8)],
            many[rng.randint(3, size=n)],
            many[rng.randint(2, size=n)],
        ],
        dtype=object,
    ).T


def mixed(n=60, seed=5):
    """Objects: strings with None, numbers with NaN, booleans, integers."""
    rng = np.random.RandomState(seed)
    columns = [
        np.array(["ash", "elm", None], dtype=object)[rng.randint(3, size=n)],
        np.array([-1, 0.5, 7, NAN], dtype=object)[rng.randint(4, size=n)],
        np.array([True, False], dtype=object)[rng.randint(2, size=n)],
        np.array([3, 5, None, NAN], dtype=object)[rng.randint(4, size=n)],
    ]
    return np.array(columns, dtype=object).T


def numbers(n=60, seed=6):
    rng = np.random.RandomState(seed)
    x = rng.randint(5, size=(n, 3)).astype(float)
    x[:, 1] -= 2.5
    x[x[:, 2] == 4, 2] = np.nan
    return x


def made(kind, **options):
    """The encoder, or nothing where this scikit-learn has no such option."""
    known = kind().get_params()
    return [kind(**options)] if options.keys() <= known.keys() else []


def one_hots():
    for way in ("ignore", "infrequent_if_exist", "warn"):
        for drop in (None, "first", "if_binary"):
            for group in ({}, {"min_frequency": 8}, {"max_categories": 3}):
                if way != "ignore" or "min_frequency" in OneHotEncoder().get_params():
                    yield from made(
                        OneHotEncoder, handle_unknown=way, drop=drop, **group
                    )
    yield from made(OneHotEncoder, handle_unknown="ignore", max_categories=1)
    yield from made(OneHotEncoder, handle_unknown="ignore", dtype=np.int8)


def ordinals():
    for unknown in (-1, np.nan, 100):
        yield OrdinalEncoder(
            handle_unknown="use_encoded_value", unknown_value=unknown, dtype=float
        )
    unknown = dict(handle_unknown="use_encoded_value", unknown_value=-2)
    yield from made(OrdinalEncoder, encoded_missing_value=-7, **unknown)
    yield from made(OrdinalEncoder, min_frequency=8, **unknown)
    yield from made(
        OrdinalEncoder, max_categories=3, encoded_missing_value=50, **unknown
    )


def short(est):
    return str(est).replace("\n", "").replace(" ", "")


def sets():
    """name, what to fit on, rows to ask about."""
    w, m, n = words(), mixed(), numbers()
    strange = [["oak", "ash", "birch"], ["ash", "elm", None], [1, True, "ash"]]
    yield "words", w, w.tolist()[:20] + strange
    yield (
        "mixed",
        m,
        [
            ["ash", -1, True, 3],
            ["elm", 0.5, 0, 5.0],
            [None, 7.0, 1, None],
            ["None", -1, "True", "3"],
            ["elm", 1, 1.0, 3],
        ],
    )
    rows = [[0, -2.5, 0], [1, -1.5, 3], [4, 1.5, 2], [True, 0.5, 1], [9, 0, 7]]
    yield "numbers", n, rows
    yield "integers", n[:, :2].astype(int), [[0, -2], [4, 1], [True, False], [0.5, 9]]
    yield "nulls", n, [[0, -2.5, None], [None, 1.5, 1.0]]
    yield "booleans", n[:, :2] > 1, [[True, False], [False, False], [1, 0.0], [2, 1]]
    yield "text", w.astype(str), w.tolist()[:10] + strange[:1]


def nulls(name, rows):
    """null is NaN where only that is a category."""
    if name != "nulls":
        return {}
    return dict(ask=np.array(rows, dtype=float), sent=rows)


def cases():
    for name, x, rows in sets():
        for est in [*one_hots(), *ordinals()]:
            yield f"{short(est)}-{name}", est, x, None, rows, nulls(name, rows)
    many = np.random.RandomState(1).randint(200, size=(300, 3))
    known = many[:20].tolist()
    yield "many", OneHotEncoder(), many, None, known
    est = OneHotEncoder(handle_unknown="ignore", drop="first")
    yield "many-ignore", est, many, None, [*known, [0, 700, 1], [800, 700, 900]]
    pipe = make_pipeline(OneHotEncoder(), LogisticRegression())
    yield "many-pipe", pipe, many, labels(inputs(300)), known
    w = words()
    drop = ["elm", "birch", "birch"]
    yield "drop-list", OneHotEncoder(drop=drop), w, None, w.tolist()
    for est in (OneHotEncoder(), OrdinalEncoder()):
        unknown = [["oak", "ash", "birch"], ["ash", None, "birch"], ["ash", 1, "birch"]]
        known = [["ash", "ash", "birch"]]
        yield short(est), est, w, None, known
        yield short(est) + "-unknown", est, w, None, unknown, dict(refused_rows=True)
        rows = [[7, 0, 0], [0, 0, None], ["0", 0, 0]]
        n = np.nan_to_num(numbers().round())
        yield short(est) + "-number", est, n, None, rows, dict(refused_rows=True)
    order = [["elm", "ash"], ["b", "a", "c"]]
    x = np.array([["ash", "a"], ["elm", "b"]], dtype=object)
    for kind in (OneHotEncoder, OrdinalEncoder):
        yield f"{kind.__name__}-order", kind(categories=order), x, None, x.tolist()
    x = inputs()
    if hasattr(preprocessing, "TargetEncoder"):
        kind = preprocessing.TargetEncoder
        for smooth in ("auto", 5.0):
            for name, fit, rows in sets():
                base = inputs(len(fit))
                goals = [target(base), labels(base, 2), labels(base, 3)]
                for y in goals[: 3 if kind().get_params().get("cv") else 2]:
                    est = kind(smooth=smooth, random_state=0)
                    label = f"target-{len(set(y))}-{smooth}-{name}"
                    yield label, est, fit, y, rows, nulls(name, rows)
    pipe = make_pipeline(OneHotEncoder(handle_unknown="ignore"), LogisticRegression())
    rows = [*w.tolist()[:10], ["oak", "ash", "birch"]]
    yield "pipe-one-hot", pipe, w, labels(inputs(60)), rows
    ordinal = OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1)
    yield "pipe-ordinal", make_pipeline(ordinal, Ridge()), w, target(inputs(60)), rows
