import numpy as np
from data import labels
from sklearn.decomposition import NMF, LatentDirichletAllocation, TruncatedSVD
from sklearn.ensemble import RandomForestClassifier
from sklearn.feature_extraction.text import (
    CountVectorizer,
    HashingVectorizer,
    TfidfTransformer,
    TfidfVectorizer,
)
from sklearn.feature_selection import SelectKBest, chi2
from sklearn.linear_model import LogisticRegression, Ridge, SGDClassifier
from sklearn.naive_bayes import BernoulliNB, ComplementNB, MultinomialNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import FeatureUnion, make_pipeline
from sklearn.preprocessing import MaxAbsScaler, Normalizer
from sklearn.svm import SVC, LinearSVC

TEXT = """the quick brown fox jumps over a lazy dog and Then SLEEPS in the Sun while
its cubs_2 play near 42 trees don't look at me! naïve café Ångström ΟΔΥΣΣΕΥΣ İstanbul
straße ﬁne ½ x² 北京 大学 日本語 हिन्दी кот Коты ёж e\u0301te\u0301 Ǆungla ᾼδης 한국어
O'Neil e-mail C++ snake_case ٣٤٥ Ⅷ ﷺ a b c \U0001d54f"""
WORDS = TEXT.split()


def texts(n=60, seed=3):
    rng = np.random.RandomState(seed)
    gaps = [" ", " ", " ", "  ", "\n", ", ", "\t \t", ". ", "\u00a0", "\u2003"]
    made = []
    for _ in range(n):
        words = rng.choice(WORDS, size=rng.randint(3, 14))
        made.append("".join(w + gaps[rng.randint(len(gaps))] for w in words))
    return made


ODD = [
    "",
    " ",
    "x",
    "the the THE",
    "unknown wörds only",
    "AS ASA S AS. AS' AS'A SAS".translate({65: 0x391, 83: 0x3A3}),  # in Greek
    "a\u0301 b\u0327 \u0301 cubs_2cubs_2 ___",
    "\x1c\x1d\x85 the\x0bfox",
    "한국어 각 \u1100\u1161\u11a8 ﷺ ½",
    "\U0001f600 fox\U0001f600dog",
]


def analyzers():
    yield dict()
    yield dict(lowercase=False)
    yield dict(strip_accents="unicode")
    yield dict(strip_accents="ascii")
    yield dict(strip_accents="unicode", lowercase=False)
    yield dict(stop_words="english")
    yield dict(stop_words=["the", "кот"], ngram_range=(1, 2))
    yield dict(stop_words="english", ngram_range=(2, 3))
    yield dict(ngram_range=(1, 3))
    yield dict(token_pattern=r"(?u)\b\w+\b")
    yield dict(tokenizer=str.split, stop_words=["the"], ngram_range=(1, 2))
    yield dict(tokenizer=str.split, lowercase=False, strip_accents="unicode")
    yield dict(analyzer=str.split)
    yield dict(preprocessor=str.lower, strip_accents="unicode")
    yield dict(binary=True)
    for analyzer in ("char", "char_wb"):
        yield dict(analyzer=analyzer)
        yield dict(analyzer=analyzer, ngram_range=(1, 4), strip_accents="unicode")
        yield dict(analyzer=analyzer, ngram_range=(2, 5), lowercase=False)
        yield dict(analyzer=analyzer, ngram_range=(9, 12))


PATTERNS = [
    r"\b\w+\b",
    r"[a-zA-Z]+",
    r"(?u)\b[^\W\d_]{3,}\b",
    r"\S+",
    r"[^\S\n]\w",
    r"(?u)\b\w+['-]?\w*\b",
    r"\b(\w)\w+\b",
    r"(?<=\s)\w+|\d+",
    r"\w*",
    r"[\w.-]+@?[^\s\w]",
    r"\b[a-z]{2,5}\b(?!\s)",
    r".{3}",
    r"(?=(\w\w))",
    r"[][{}]|\w{2}",
    r"\Bo\w|\w\B",
    r"x{|\w+$",
    r"(?:a|e|é)+",
    r"(a)?b",
]


def weights():
    yield dict(sublinear_tf=True)
    yield dict(use_idf=False)
    yield dict(norm="l1", smooth_idf=False)
    yield dict(norm=None)
    yield dict(use_idf=False, norm=None, binary=True)
    yield dict(max_df=0.9, min_df=2, max_features=20)


def name_of(est, options):
    inner = ",".join(f"{k}={v!r}" for k, v in options.items())
    return f"{type(est).__name__}({inner})".replace(" ", "")


def pipes():
    yield make_pipeline(TfidfVectorizer(), LogisticRegression())
    yield make_pipeline(CountVectorizer(), MultinomialNB())
    yield make_pipeline(CountVectorizer(ngram_range=(1, 2)), ComplementNB())
    yield make_pipeline(CountVectorizer(), BernoulliNB())
    yield make_pipeline(CountVectorizer(), TfidfTransformer(), LinearSVC())
    yield make_pipeline(HashingVectorizer(), SGDClassifier(random_state=0))
    yield make_pipeline(HashingVectorizer(n_features=50), LogisticRegression())
    yield make_pipeline(CountVectorizer(), RandomForestClassifier(5, random_state=0))
    yield make_pipeline(
        TfidfVectorizer(), TruncatedSVD(5, random_state=0), LogisticRegression()
    )
    yield make_pipeline(TfidfVectorizer(), SelectKBest(chi2, k=20), LinearSVC())
    yield make_pipeline(CountVectorizer(), Normalizer(), LogisticRegression())
    yield make_pipeline(CountVectorizer(), MaxAbsScaler(), LogisticRegression())
    both = FeatureUnion(
        [("words", TfidfVectorizer()), ("char", CountVectorizer(analyzer="char"))]
    )
    yield make_pipeline(both, LogisticRegression(max_iter=1000))
    yield make_pipeline(TfidfVectorizer(), SVC(kernel="linear"))
    lda = LatentDirichletAllocation(4, random_state=0)
    yield make_pipeline(CountVectorizer(), lda, LogisticRegression())
    yield make_pipeline(TfidfVectorizer(), NMF(3, random_state=0), LogisticRegression())


def cases():
    fitted = texts()
    asked = texts(20, seed=8) + ODD
    for options in analyzers():
        for kind in (CountVectorizer, TfidfVectorizer):
            est = kind(**options)
            yield name_of(est, options), est, fitted, None, asked
        for more in (dict(n_features=64), dict(n_features=7, alternate_sign=False)):
            est = HashingVectorizer(**options, **more)
            yield name_of(est, {**options, **more}), est, fitted, None, asked
    for options in weights():
        est = TfidfVectorizer(**options)
        yield name_of(est, options), est, fitted, None, asked
    for norm in ("l1", "l2", None):
        est = HashingVectorizer(norm=norm, n_features=100, binary=norm is None)
        yield f"hashing-{norm}", est, fitted, None, asked
    given = {"the": 2, "fox": 0, "dog": 1}
    for vocabulary in (given, ["fox", "dog", "the"]):
        est = CountVectorizer(vocabulary=vocabulary)
        yield f"given-{type(vocabulary).__name__}", est, fitted, None, asked
    counts = np.random.RandomState(0).poisson(1, size=(40, 6)).astype(float)
    for options in (dict(), dict(sublinear_tf=True), dict(norm="l1", use_idf=False)):
        est = TfidfTransformer(**options)
        yield name_of(est, options), est, counts, None, np.vstack([counts, 0 * counts])
    wrong = [7, None, ["fox"], {"fox": 1}]
    yield "no-text", CountVectorizer(), fitted, None, wrong, dict(refused_rows=True)
    for pattern in PATTERNS:
        for more in ({}, dict(ngram_range=(1, 2), stop_words=["the", "fox"])):
            est = HashingVectorizer(token_pattern=pattern, n_features=97, **more)
            yield f"{pattern}-{len(more)}", est, fitted, None, asked
    for options in (dict(tokenizer=str.split), dict(token_pattern=r"(?i)x(?=y)|z")):
        est = CountVectorizer(**options)
        yield name_of(est, {}), est, ["xy z"], None, ["xy z"], dict(refused=True)
    y = labels(np.random.RandomState(1).normal(size=(60, 4)))
    for est in pipes():
        name = "-".join(type(step).__name__ for _, step in est.steps)
        yield f"pipe-{name}", est, fitted, y, asked
    # A text without known words is equally near to all others.
    est = make_pipeline(TfidfVectorizer(), KNeighborsClassifier(3))
    yield "pipe-neighbors", est, fitted, y, asked[:20]
    est = make_pipeline(TfidfVectorizer(), Ridge())
    yield "pipe-ridge", est, fitted, y.astype(float), asked
