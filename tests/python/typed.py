"""An application with annotated schemas, as `mypy --strict` takes it."""

import typing as t

import flama
import typesystem as ts
from flama import Flama
from flama.exceptions import HTTPException
from flama.models import ModelResource
from flama.resources import resource_method
from flama.schemas import SchemaMetadata, SchemaType

app = Flama(title="Typed", version="1.0.0")

X = ts.Schema(fields={"input": ts.fields.Array()})
Y = ts.Schema(fields={"output": ts.fields.Array()})
app.schema.register_schema("X", X)
app.schema.register_schema("Y", Y)

Input = t.Annotated[SchemaType, SchemaMetadata(X)]
Output = t.Annotated[SchemaType, SchemaMetadata(Y)]


class Iris(ModelResource):
    name = "iris"
    verbose_name = "Iris"
    model_path = "sklearn_model.flm"

    @resource_method("/predict/", methods=["POST"], name="predict")
    def predict(self, data: Input) -> Output:
        return {"output": self.model.predict(data["input"])}


@app.get("/hello/{name}/")
async def hello(name: str, times: int = 1) -> dict[str, str]:
    if times < 1:
        raise HTTPException(status_code=400, detail="once at least")
    return {"text": name * times}


@app.on_event("startup")
def begin() -> None: ...


app.models.add_model_resource("/iris", Iris)
app.models.add_model("/plain/", "sklearn_model.flm", name="plain")

if __name__ == "__main__":
    raise SystemExit(flama.run(flama_app=app, server_port=8080))
