"""Objects, lists of names, labels: requests that are no rows."""

import numpy as np
from sklearn.ensemble import RandomForestClassifier
from sklearn.feature_extraction import DictVectorizer, FeatureHasher
from sklearn.feature_extraction.text import TfidfTransformer
from sklearn.feature_selection import SelectKBest
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression, Ridge, SGDClassifier
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import FeatureUnion, make_pipeline
from sklearn.preprocessing import (
    LabelBinarizer,
    LabelEncoder,
    MaxAbsScaler,
    MultiLabelBinarizer,
    StandardScaler,
)

CITIES = ["Ávila", "Bergen", "", "a=b", "Łódź"]


def records(n=60, seed=0):
    """Objects: numbers, texts, booleans, lists of texts; not all in each."""
    rng = np.random.RandomState(seed)
    made = []
    for i in range(n):
        one = {"size": float(rng.normal()), "city": CITIES[rng.randint(5)]}
        if i % 2:
            one["rooms"] = int(rng.randint(1, 5))
        if i % 3 == 0:
            one["new"] = bool(rng.randint(2))
        if i % 4 == 0:
            one["tags"] = ["a", "b", "a", "é"][: rng.randint(5)]
        made.append(one)
    return made


ODD = [
    {},
    {"size": None},
    {"size": 1e300, "size=": 2},
    {"unknown": 3, "city": "nowhere", "rooms": "three"},
    {"city=Bergen": 2, "city": "Bergen"},
    {"tags": []},
    {"tags": ["a", "a", "zz"], "new": True, "rooms": 12345678901234567890},
]
NUMBERS = [row for row in ODD if row.get("size", 0) is not None]


def flat(rows):
    """The same without lists, which FeatureHasher does not take."""
    return [
        {k: v for k, v in row.items() if not isinstance(v, list) and v is not None}
        for row in rows
    ]


def cases():
    yield from vectorizers()
    yield from hashers()
    yield from labels()


def vectorizers():
    x = records()
    y = np.arange(60) % 3
    rows = x[:8] + NUMBERS
    for name, vectorizer in [
        ("sparse", DictVectorizer()),
        ("dense", DictVectorizer(sparse=False)),
        ("unsorted", DictVectorizer(sort=False, separator="::")),
        ("float32", DictVectorizer(dtype=np.float32)),
    ]:
        yield f"dict-{name}", vectorizer, x, None, x[:8] + NUMBERS
    yield (
        "dict-missing",
        make_pipeline(DictVectorizer(sparse=False), SimpleImputer()),
        x,
        None,
        x[:8] + ODD,
    )
    for name, last in [
        ("logistic", LogisticRegression()),
        ("sgd", SGDClassifier(random_state=0)),
        ("forest", RandomForestClassifier(5, random_state=0)),
        ("ridge", Ridge()),
    ]:
        model = make_pipeline(DictVectorizer(), MaxAbsScaler(), last)
        yield (
            f"dict-{name}",
            model,
            x,
            np.array(["ash", "elm", "fig"])[y] if name != "ridge" else y * 0.5,
            rows,
        )
    model = make_pipeline(
        DictVectorizer(sparse=False), StandardScaler(), SelectKBest(k=3), Ridge()
    )
    yield "dict-steps", model, x, y * 1.0, rows
    union = FeatureUnion([("a", DictVectorizer()), ("b", DictVectorizer(sort=False))])
    yield "dict-union", make_pipeline(union, Ridge()), x, y * 1.0, rows
    search = GridSearchCV(
        make_pipeline(DictVectorizer(), LogisticRegression()),
        {"logisticregression__C": [0.1, 1]},
        cv=2,
    )
    yield "dict-search", search, x, y, rows
    wrong = [{"size": {"a": 1}}, [1, 2], 5, "size", {"tags": [1]}, None, ["size"]]
    yield "dict-wrong", DictVectorizer(), x, None, wrong, dict(refused_rows=True)


def hashers():
    x = flat(records())
    rows = x[:8] + flat(NUMBERS) + [{"a": 0}, {str(i): i for i in range(100)}]
    for name, hasher in [
        ("plain", FeatureHasher(n_features=64)),
        ("signless", FeatureHasher(n_features=7, alternate_sign=False)),
        ("float32", FeatureHasher(n_features=5, dtype=np.float32)),
        ("one", FeatureHasher(n_features=1)),
    ]:
        yield f"hash-{name}", hasher, x, None, rows
    pairs = [list(map(list, row.items())) for row in x]
    hasher = FeatureHasher(n_features=32, input_type="pair")
    yield "hash-pairs", hasher, pairs, None, [*pairs[:8], [], [["a", 1], ["a", 2]]]
    names = [[str(v) for v in row.values()] for row in x]
    hasher = FeatureHasher(n_features=32, input_type="string")
    yield "hash-names", hasher, names, None, [*names[:8], [], ["a", "a", "é"]]
    model = make_pipeline(
        FeatureHasher(n_features=50), TfidfTransformer(), LogisticRegression()
    )
    yield "hash-model", model, x, np.arange(60) % 2, rows
    wrong = [{"a": None}, {"a": ["b"]}, {"a": {}}, 5, [1, 2], "a"]
    yield "hash-wrong", FeatureHasher(), x, None, wrong, dict(refused_rows=True)
    wrong = [[1, 2], 5, [None]]
    yield "hash-wrong-names", hasher, names, None, wrong, dict(refused_rows=True)


def labels():
    words = ["elm", "ash", "élan", "fig", "ash"]
    for name, known, asked in [
        ("text", words, ["ash", "élan", "fig", "elm"]),
        ("int", [5, 3, -2, 5], [3, 5, -2]),
        ("float", [2.0, 0.0, 7.0], [7.0, 0, 2]),
        ("bool", [True, False, True], [False, True]),
        ("two", ["no", "yes"], ["yes", "no", "yes"]),
        ("one", ["no"], ["no", "no"]),
    ]:
        yield f"encoder-{name}", LabelEncoder(), known, None, asked
        yield f"binarizer-{name}", LabelBinarizer(), known, None, asked
    signs = LabelBinarizer(neg_label=-2, pos_label=3)
    yield "binarizer-signs", signs, words, None, ["fig", "none such", "ash"]
    zero = LabelBinarizer(neg_label=-1, pos_label=0)
    yield "binarizer-zero", zero, words, None, ["fig", "none such", "ash"]
    sparse = LabelBinarizer(sparse_output=True)
    yield "binarizer-sparse", sparse, words, None, ["fig", "elm"]
    yield (
        "encoder-wrong",
        LabelEncoder(),
        words,
        None,
        ["oak", 5, None],
        dict(refused_rows=True),
    )
    lists = [["a", "b"], [], ["é"], ["a", "é", "a"]]
    for name, known, asked in [
        ("text", lists, [*lists, ["zz", "b"], [5]]),
        ("int", [[1, 2], [3]], [[1, 2], [3, 3], [4, 1], []]),
        ("square", [[1, 2], [3, 2]], [[1, 2], [3, 1]]),
        ("mixed", [["a", "b"], ["c"]], [["a", 1, None, True], ["b", "c"]]),
    ]:
        yield f"lists-{name}", MultiLabelBinarizer(), known, None, asked
    given = MultiLabelBinarizer(classes=["b", "é", "a"], sparse_output=True)
    yield "lists-given", given, lists, None, lists
    wrong = [5, [["a"]], None]
    yield (
        "lists-wrong",
        MultiLabelBinarizer(),
        lists,
        None,
        wrong,
        dict(refused_rows=True),
    )
