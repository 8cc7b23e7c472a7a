#include "cli/commands.h"

#include <string.h>

#include "cli/config.h"
#include "cli/help.h"

typedef struct start_settings {
    const char *create;
} start_settings;

static const cli_option start_options[] = {
    {.name = "create-config",
     .kind = CLI_CHOICE,
     .field = offsetof(start_settings, create),
     .choices = "simple|full",
     .help = "Create a config file: 'simple' only includes the host and port of the "
             "webserver; 'full' includes all the details of the webserver."},
    {.name = NULL},
};

static const cli_option *const tables[] = {start_options, NULL};

static int start_from(flama_arena *arena, const char *path)
{
    cli_settings settings;
    cli_models models = {0};
    flama_error err = {0};
    cli_settings_init(&settings);
    if (cli_store_defaults(arena, cli_app_options, &settings, &err) ||
        cli_store_defaults(arena, cli_server_options, &settings, &err) ||
        cli_config_read(arena, path, &settings, &models, &err) ||
        cli_models_name(arena, &models, &err))
        return cli_failed(&err);
    return cli_launch(arena, &settings, models.items, models.count);
}

static int start(flama_arena *arena, int argc, char **argv)
{
    start_settings settings = {.create = NULL};
    cli_list arguments = {0};
    flama_error err = {0};
    int status;
    if (!cli_ready(arena, &cli_start_command, argc, argv, &settings, &arguments,
                   &status))
        return status;
    const char *variable;
    const char *path = arguments.count ? arguments.items[0]
                                       : cli_variable(arena, "config", NULL, &variable);
    if (path == NULL)
        path = "flama.json";
    if (settings.create == NULL)
        return start_from(arena, path);
    bool full = strcmp(settings.create, "full") == 0;
    return cli_config_write(arena, path, full, &err) ? cli_failed(&err) : 0;
}

const cli_command cli_start_command = {
    .name = "start",
    .usage = "flama start [OPTIONS] [FLAMA_CONFIG]",
    .summary = "Start a Flama Application based on a config file.",
    .text = "Starts a Flama Application with the configuration specified in the file "
            "FLAMA_CONFIG (default: flama.json; variable: FLAMA_CONFIG), a JSON object "
            "whose \"app\" and \"server\" have the options of 'flama serve' as keys, "
            "and whose \"app\" lists the \"models\".",
    .tables = tables,
    .arguments = 1,
    .run = start,
};
