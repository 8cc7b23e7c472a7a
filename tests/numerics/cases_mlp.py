from data import inputs, labels, named, probes, target
from sklearn.neural_network import MLPClassifier, MLPRegressor


def cases():
    x = inputs() / 3
    rows = probes(x)
    common = dict(max_iter=20, random_state=0)
    single = dict(hidden_layer_sizes=(9,), **common)
    for activation in ("identity", "logistic", "tanh", "relu"):
        for sizes in ((), (8,), (7, 6, 5)):
            reg = MLPRegressor(
                hidden_layer_sizes=sizes, activation=activation, **common
            )
            yield f"reg-{activation}-{len(sizes)}", reg, x, target(x), rows
            for classes in (2, 4):
                clf = MLPClassifier(
                    hidden_layer_sizes=sizes, activation=activation, **common
                )
                name = f"clf-{activation}-{len(sizes)}-{classes}"
                yield name, clf, x, labels(x, classes), rows
    yield "reg-outputs", MLPRegressor(**single), x, target(x, outputs=3), rows
    yield "reg-column", MLPRegressor(**single), x, target(x, outputs=1), rows
    f32 = x.astype("float32")
    yield "reg-float32", MLPRegressor(**single), f32, target(f32), rows
    for solver in ("sgd", "lbfgs"):
        clf = MLPClassifier(solver=solver, early_stopping=solver == "sgd", **single)
        yield f"clf-{solver}", clf, x, labels(x, 3), rows
    clf = MLPClassifier(**single)
    yield "clf-str", clf, x, named(labels(x, 3)), rows
    multilabel = (target(x, outputs=3) > 0).astype(int)
    yield "clf-multilabel", MLPClassifier(**single), x, multilabel, rows
    if "loss" in MLPRegressor().get_params():
        reg = MLPRegressor(loss="poisson", **single)
        yield "reg-poisson", reg, x, abs(target(x)), x
