"""Resources with models and methods of their own; bare schemas as annotations."""

from datetime import datetime

import typesystem as ts
from flama import Flama
from flama.models import ModelResource
from flama.resources import Resource, resource_method

app = Flama(
    title="Flama ML",
    version="0.1.0",
    description="Machine learning API using Flama 🔥",
)

X = ts.Schema(fields={"input": ts.fields.Array()})
Y = ts.Schema(fields={"output": ts.fields.Array()})

app.schema.register_schema("X", X)
app.schema.register_schema("Y", Y)


class SKModel(ModelResource):
    verbose_name = "My ScikitLearn Model"
    model_path = "sklearn_model.flm"
    name = "sk_model"

    @resource_method("/predict/", methods=["POST"], name="model-predict")
    def predict(self, data: X) -> Y:
        """
        tags:
            - My ScikitLearn Model
        summary:
            Run predict method.
        responses:
            200:
                description: ML model prediction.
        """
        return {"output": self.model.predict(data["input"]), "more": 1}

    @resource_method("/broken/", name="broken")
    def broken(self) -> Y:
        return {"ouput": []}

    @resource_method("/twice/", methods=["POST"])
    async def twice(self, data: "X") -> "Y":
        return {"output": [*data["input"], *data["input"]]}


class MyModel(ModelResource):
    name = "my_model"
    verbose_name = "My ML model"
    model_path = "sklearn_model.flm"

    info = {  # noqa: RUF012
        "model_version": "1.0.0",
        "library_version": "1.0.2",
    }

    @resource_method("/inspect/", methods=["GET"], name="model-inspect-model")
    def inspect_model(self):
        return {"params": self.model.inspect()}

    @resource_method("/metadata/", methods=["GET"], name="metadata-method")
    def metadata(self):
        return {
            "metadata": {
                "built-in": {
                    "verbose_name": self._meta.verbose_name,
                    "name": self._meta.name,
                },
                "custom": {
                    **self.info,
                    "date": datetime.now().date(),
                    "time": datetime.now().time(),
                },
            }
        }


app.models.add_model_resource(path="/sk_model", resource=SKModel)
app.models.add_model_resource(path="/my_model", resource=MyModel())


@app.models.model("/decorated/")
class Decorated(ModelResource):
    name = "my_model"
    model_path = "sk_logreg_binary.flm"


@app.resources.resource("/plain/")
class Plain(Resource):
    @resource_method("/{count:int}/")
    def count(self, count: int, step: int = 1):
        return list(range(0, count, step))
