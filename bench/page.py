"""The page's own predict for the Python face, and its built-in twin."""

import os

import typesystem as ts
from flama import Flama
from flama.models import ModelResource
from flama.resources import resource_method

MODELS = os.environ["BENCH_MODELS"]
app = Flama()

X = ts.Schema(fields={"input": ts.fields.Array()})
Y = ts.Schema(fields={"output": ts.fields.Array()})
app.schema.register_schema("X", X)
app.schema.register_schema("Y", Y)


def add(path, file):
    class Own(ModelResource):
        name = path
        model_path = os.path.join(MODELS, file)

        @resource_method("/predict/", methods=["POST"], name=f"{path}-predict")
        def predict(self, data: X) -> Y:
            return {"output": self.model.predict(data["input"])}

    app.models.add_model_resource(f"/{path}", Own)
    app.models.add_model(f"/builtin-{path}/", os.path.join(MODELS, file), f"{path}-b")


add("iris", "sklearn_model.flm")
add("wide", "sk_logreg_binary.flm")
