"""A function and a model; run it with `flama run hello:app` beside this file."""

from flama import Flama

app = Flama(title="Hello")


@app.get("/hello/{name}/")
def hello(name: str, times: int = 1):
    return {"text": " ".join([f"hello {name}"] * times)}


app.models.add_model("/iris/", "iris.flm", name="iris")
