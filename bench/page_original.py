"""The same for the original, flama 2.2.2, in the spelling that it takes."""

import os
import typing as t

import typesystem as ts
from flama import Flama, types
from flama.models import MLResource
from flama.resources.routing import ResourceRoute

MODELS = os.environ["BENCH_MODELS"]
app = Flama(schema_library="typesystem")

X = ts.Schema(fields={"input": ts.fields.Array()})
Y = ts.Schema(fields={"output": ts.fields.Array()})
app.schema.register_schema("X", X)
app.schema.register_schema("Y", Y)
Input = t.Annotated[types.Schema, types.SchemaMetadata(X)]
Output = t.Annotated[types.Schema, types.SchemaMetadata(Y)]


def add(path, file):
    class Own(MLResource):
        name = path
        model_path = os.path.join(MODELS, file)

        @ResourceRoute.method("/predict/", methods=["POST"], name=f"{path}-predict")
        def predict(self, data: Input) -> Output:
            return {"output": self.model.predict(data["input"])}

    app.models.add_model_resource(f"/{path}", Own)
    app.models.add_model(f"/builtin-{path}/", os.path.join(MODELS, file), f"{path}-b")


add("iris", "sklearn_model.flm")
add("wide", "sk_logreg_binary.flm")
