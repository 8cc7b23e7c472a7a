#include "cli/commands.h"

#include <string.h>

#include "cli/help.h"
#include "cli/settings.h"
#include "cli/spec.h"

typedef struct serve_settings {
    cli_settings common;
    cli_list specs;
    const char *url;
    const char *name;
    const char *methods;
} serve_settings;

static const cli_option model_options[] = {
    {.name = "model",
     .kind = CLI_LIST,
     .field = offsetof(serve_settings, specs),
     .metavar = "SPEC",
     .help = "A model to serve: PATH, file=PATH[,url=URL][,name=NAME][,methods=M+M], "
             "or @SPEC_FILE, a JSON file with these keys. Can be repeated."},
    {.name = "model-url",
     .kind = CLI_TEXT,
     .field = offsetof(serve_settings, url),
     .help = "Route of the model given as MODEL_PATH; / when not given."},
    {.name = "model-name",
     .kind = CLI_TEXT,
     .field = offsetof(serve_settings, name),
     .help = "Name of the model given as MODEL_PATH; model when not given."},
    {.name = "model-methods",
     .kind = CLI_TEXT,
     .field = offsetof(serve_settings, methods),
     .metavar = "METHODS",
     .help = "Methods of the model given as MODEL_PATH to serve besides predict, with "
             "'+' between them: predict_proba, decision_function, transform."},
    {.name = NULL},
};

static const cli_option *const tables[] = {
    model_options, cli_app_options, cli_server_options, cli_trust_options, NULL,
};

/* The model of the argument, or of its variable when no other is given. */
static int add_argument(flama_arena *arena, const serve_settings *settings,
                        const cli_list *arguments, cli_models *models, flama_error *err)
{
    const char *variable;
    const char *path = arguments->count ? arguments->items[0] : NULL;
    if (path == NULL && settings->specs.count == 0)
        path = cli_variable(arena, "model-path", NULL, &variable);
    if (path)
        return cli_models_add(
            arena, models,
            (cli_model){path, settings->url, settings->name, settings->methods}, err);
    if (settings->specs.count == 0)
        return flama_error_set(err, FLAMA_EARGUMENT, "Missing option '--model'.");
    if (settings->url || settings->name || settings->methods)
        return flama_error_set(err, FLAMA_EARGUMENT,
                               "--model-url, --model-name and --model-methods are for "
                               "a model given as MODEL_PATH; with --model write "
                               "file=PATH,url=URL,name=NAME,methods=METHOD+METHOD.");
    return 0;
}

static int collect(flama_arena *arena, const serve_settings *settings,
                   const cli_list *arguments, cli_models *models, flama_error *err)
{
    int rc = add_argument(arena, settings, arguments, models, err);
    for (size_t i = 0; rc == 0 && i < settings->specs.count; i++)
        rc = cli_models_add_spec(arena, models, settings->specs.items[i], err);
    return rc ? rc : cli_models_name(arena, models, err);
}

static int serve(flama_arena *arena, int argc, char **argv)
{
    serve_settings settings = {.url = NULL};
    cli_settings_init(&settings.common);
    cli_list arguments = {0};
    cli_models models = {0};
    flama_error err = {0};
    int status;
    if (!cli_ready(arena, &cli_serve_command, argc, argv, &settings, &arguments,
                   &status))
        return status;
    if (collect(arena, &settings, &arguments, &models, &err))
        return cli_usage_error(&cli_serve_command, "%s", err.message);
    return cli_launch(arena, &settings.common, models.items, models.count);
}

const cli_command cli_serve_command = {
    .name = "serve",
    .usage = "flama serve [OPTIONS] [MODEL_PATH]",
    .summary = "Serve ML model files within a Flama Application.",
    .text = "Each model is inspected with GET on its URL and predicts with POST on "
            "predict/ below it; further methods are asked for with methods=. A file is "
            "given as MODEL_PATH (variable FLAMA_MODEL_PATH, then MODEL_PATH) or with "
            "--model, as often as there are models.\n\n"
            "Example:\n"
            "    flama serve model.flm --server-port 8080\n"
            "    flama serve --model file=a.flm,url=/a/,name=a --model "
            "file=b.flm,url=/b/",
    .tables = tables,
    .arguments = 1,
    .run = serve,
};
