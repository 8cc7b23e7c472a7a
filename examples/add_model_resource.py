"""Models with methods of their own: own schemas, own documentation, own attributes.

    flama run add_model_resource:app --app-debug

beside this file, or `python add_model_resource.py`. It takes typesystem.
"""

import datetime

import flama
import typesystem as ts
from flama import Flama
from flama.models import ModelResource
from flama.resources import resource_method

app = Flama(
    title="Flama ML",
    version="0.1.0",
    description="Machine learning API using Flama 🔥",
)

# What /predict/ takes and gives.
X = ts.Schema(fields={"input": ts.fields.Array()})
Y = ts.Schema(fields={"output": ts.fields.Array()})

app.schema.register_schema("X", X)
app.schema.register_schema("Y", Y)

# An attribute of one's own.
INFO = {"model_version": "1.0.0", "library_version": "1.0.2"}


def describe(resource):
    """What a resource says of itself, and the attributes it has been given."""
    now = datetime.datetime.now()
    meta = resource._meta
    return {
        "metadata": {
            "built-in": {"verbose_name": meta.verbose_name, "name": meta.name},
            "custom": {**resource.info, "date": now.date(), "time": now.time()},
        }
    }


class MySKModel(ModelResource):
    name = "sk_model"
    verbose_name = "My ScikitLearn Model"
    model_path = "sklearn_model.flm"

    info = INFO

    @resource_method("/predict/", methods=["POST"], name="model-predict")
    def predict(self, data: X) -> Y:
        """
        tags:
            - My ScikitLearn Model
        summary:
            Run predict method.
        description:
            This is a more detailed description of the predict method.
        responses:
            200:
                description: ML model prediction.
        """
        return {"output": self.model.predict(data["input"])}

    @resource_method("/inspect/", methods=["GET"], name="model-inspect-model")
    def inspect(self):
        """
        tags:
            - My ScikitLearn Model
        summary:
            Get metadata info.
        description:
            This is a more detailed description of the method.
        responses:
            200:
                description: ML model info.
        """
        return {"params": self.model.inspect()}

    @resource_method("/metadata/", methods=["GET"], name="metadata-method")
    def metadata(self):
        """
        tags:
            - My ScikitLearn Model
        summary:
            Get metadata info.
        description:
            This is a more detailed description of the method.
        responses:
            200:
                description: ML model metadata.
        """
        return describe(self)


app.models.add_model_resource(path="/my_model", resource=MySKModel)


# More models, with the built-in prediction and a method of their own. The page gives
# two of them the same name: each is served, and a warning says that no URL can be
# resolved by it.


@app.models.model("/pytorch_model/")
class PyTorchModel(ModelResource):
    name = "pythorch_model"
    verbose_name = "PyTorch model"
    model_path = "pytorch_model.flm"

    info = INFO

    @resource_method("/metadata/", methods=["GET"], name="pytorch-metadata")
    def metadata(self):
        """
        tags:
            - PyTorch model
        summary:
            Get metadata info.
        description:
            Method returning relevant metadata information.
        responses:
            200:
                description: ML model metadata.
        """
        return describe(self)


@app.models.model("/sklearn_model/")
class SKLearnModel(ModelResource):
    name = "pythorch_model"
    verbose_name = "ScikitLearn model"
    model_path = "sklearn_model.flm"

    info = INFO

    @resource_method("/metadata/", methods=["GET"], name="sklearn-metadata")
    def metadata(self):
        """
        tags:
            - ScikitLearn model
        summary:
            Get metadata info.
        description:
            Method returning relevant metadata information.
        responses:
            200:
                description: ML model metadata.
        """
        return describe(self)


@app.models.model("/tensorflow_model/")
class TensorFlowModel(ModelResource):
    name = "tensorflow_model"
    verbose_name = "TensorFlow model"
    model_path = "tensorflow_model.flm"

    info = INFO

    @resource_method("/metadata/", methods=["GET"], name="tensorflow-metadata")
    def metadata(self):
        """
        tags:
            - TensorFlow model
        summary:
            Get metadata info.
        description:
            Method returning relevant metadata information.
        responses:
            200:
                description: ML model metadata.
        """
        return describe(self)


if __name__ == "__main__":
    flama.run(flama_app="__main__:app", server_port=8080, server_reload=True)
