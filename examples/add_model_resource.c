/* Models with methods of their own: own schemas, own documentation, own attributes.
 *
 *     flama run examples/add_model_resource.c:app --app-debug
 *     cc examples/add_model_resource.c $(pkg-config --cflags --libs flama) */
#include <time.h>

#include <flama.h>

/* [schemas] */
/* What /predict/ takes and gives. */
FLAMA_SCHEMA(X, (array, input, .description = "rows to predict"))
FLAMA_SCHEMA(Y, (array, output))
/* [schemas] */

/* [attributes] */
/* A resource with attributes of its own: `base` comes first, and the app fills it. */
typedef struct Info {
    flama_resource base;
    const char *model_version;
    const char *library_version;
} Info;
FLAMA_RESOURCE_TYPE(Info);
/* [attributes] */

/* [predict] */
FLAMA_HANDLER(predict, Y, (flama_resource, self), (X, data))
{
    return flama_model_predict(in->self->model, call, in->data->input, &out->output);
}
/* [predict] */

/* [inspect] */
FLAMA_HANDLER(inspect, flama_object, (flama_resource, self))
{
    const flama_value *known = flama_model_inspect(in->self->model);
    return flama_give(call, out, FLAMA_OBJECT(call, {"params", *known}));
}
/* [inspect] */

/* What the clock says, as `format` puts it, in the call's arena. */
static flama_value now(flama_call *call, const char *format)
{
    struct tm parts;
    time_t seconds = time(NULL);
    char *text = flama_call_alloc(call, 32);
    if (text)
        strftime(text, 32, format, localtime_r(&seconds, &parts));
    return flama_value_text(text ? text : "");
}

/* [metadata] */
FLAMA_HANDLER(metadata, flama_object, (Info, self))
{
    const Info *self = in->self;
    flama_value built_in =
        FLAMA_OBJECT(call, {"verbose_name", flama_value_text(self->base.verbose_name)},
                     {"name", flama_value_text(self->base.name)});
    flama_value custom =
        FLAMA_OBJECT(call, {"model_version", flama_value_text(self->model_version)},
                     {"library_version", flama_value_text(self->library_version)},
                     {"date", now(call, "%Y-%m-%d")}, {"time", now(call, "%H:%M:%S")});
    flama_value both = FLAMA_OBJECT(call, {"built-in", built_in}, {"custom", custom});
    return flama_give(call, out, FLAMA_OBJECT(call, {"metadata", both}));
}
/* [metadata] */

/* [resource] */
FLAMA_RESOURCE(
    MySKModel, .name = "sk_model", .verbose_name = "My ScikitLearn Model",
    .model_path = "sklearn_model.flm",
    FLAMA_ATTRIBUTES(Info, .model_version = "1.0.0", .library_version = "1.0.2"),
    FLAMA_METHODS(
        {"/predict/", FLAMA_POST, .name = "model-predict", .handler = &predict,
         .doc = "tags:\n"
                "  - My ScikitLearn Model\n"
                "summary: Run predict method.\n"
                "description: This is a more detailed description of the predict "
                "method.\n"
                "responses:\n"
                "  200:\n"
                "    description: ML model prediction.\n"},
        {"/inspect/", FLAMA_GET, .name = "model-inspect-model", .handler = &inspect,
         .doc = "tags:\n"
                "  - My ScikitLearn Model\n"
                "summary: Get metadata info.\n"
                "description: This is a more detailed description of the method.\n"
                "responses:\n"
                "  200:\n"
                "    description: ML model info.\n"},
        {"/metadata/", FLAMA_GET, .name = "metadata-method", .handler = &metadata,
         .doc = "tags:\n"
                "  - My ScikitLearn Model\n"
                "summary: Get metadata info.\n"
                "description: This is a more detailed description of the method.\n"
                "responses:\n"
                "  200:\n"
                "    description: ML model metadata.\n"}));
/* [resource] */

/* [table] */
/* More models, with the built-in prediction and a method of their own. The page gives
 * two of them the same name: each is served, and a warning says that no URL can be
 * resolved by it. */
FLAMA_RESOURCE(
    PyTorchModel, .name = "pythorch_model", .verbose_name = "PyTorch model",
    .model_path = "pytorch_model.flm",
    FLAMA_ATTRIBUTES(Info, .model_version = "1.0.0", .library_version = "1.0.2"),
    FLAMA_METHODS(
        {"/metadata/", FLAMA_GET, .name = "pytorch-metadata", .handler = &metadata,
         .doc = "tags:\n"
                "  - PyTorch model\n"
                "summary: Get metadata info.\n"
                "description: Method returning relevant metadata information.\n"
                "responses:\n"
                "  200:\n"
                "    description: ML model metadata.\n"}));

FLAMA_RESOURCE(
    SKLearnModel, .name = "pythorch_model", .verbose_name = "ScikitLearn model",
    .model_path = "sklearn_model.flm",
    FLAMA_ATTRIBUTES(Info, .model_version = "1.0.0", .library_version = "1.0.2"),
    FLAMA_METHODS(
        {"/metadata/", FLAMA_GET, .name = "sklearn-metadata", .handler = &metadata,
         .doc = "tags:\n"
                "  - ScikitLearn model\n"
                "summary: Get metadata info.\n"
                "description: Method returning relevant metadata information.\n"
                "responses:\n"
                "  200:\n"
                "    description: ML model metadata.\n"}));

FLAMA_RESOURCE(
    TensorFlowModel, .name = "tensorflow_model", .verbose_name = "TensorFlow model",
    .model_path = "tensorflow_model.flm",
    FLAMA_ATTRIBUTES(Info, .model_version = "1.0.0", .library_version = "1.0.2"),
    FLAMA_METHODS(
        {"/metadata/", FLAMA_GET, .name = "tensorflow-metadata", .handler = &metadata,
         .doc = "tags:\n"
                "  - TensorFlow model\n"
                "summary: Get metadata info.\n"
                "description: Method returning relevant metadata information.\n"
                "responses:\n"
                "  200:\n"
                "    description: ML model metadata.\n"}));
/* [table] */

/* [app] */
FLAMA_APP(app, .title = "Flama ML", .version = "0.1.0",
          .description = "Machine learning API using Flama 🔥",
          FLAMA_RESOURCES({"/pytorch_model/", &PyTorchModel},
                          {"/sklearn_model/", &SKLearnModel},
                          {"/tensorflow_model/", &TensorFlowModel}))
{
    flama_register_schema(app, X);
    flama_register_schema(app, Y);
    flama_models_add_resource(app, "/my_model", &MySKModel);
}
/* [app] */

/* [main] */
int main(void)
{
    return flama_run(app, .host = "", .port = 8080, .reload = true);
}
/* [main] */
