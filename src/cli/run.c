#include "cli/commands.h"

#include <string.h>

#include "cli/help.h"
#include "cli/python.h"
#include "cli/settings.h"

static const cli_option *const tables[] = {
    cli_debug_options,
    cli_server_options,
    cli_trust_options,
    NULL,
};

static bool ends_with(const char *text, const char *end)
{
    size_t size = strlen(text), length = strlen(end);
    return size > length && strcmp(text + size - length, end) == 0;
}

/* "dir/app.c:app" in two; the exit status of what is not that, or 0. */
static int split(flama_arena *arena, const char *target, const char **file,
                 const char **name)
{
    const char *colon = strrchr(target, ':');
    if (colon == NULL || colon[1] == '\0')
        return cli_usage_error(
            &cli_run_command,
            "'%s' names no app: write FILE.c:APP, as in 'main.c:app'.", target);
    *file = flama_arena_copy(arena, target, (size_t)(colon - target));
    *name = colon + 1;
    if (*file == NULL)
        return cli_error("out of memory");
    if (ends_with(*file, ".c") || ends_with(*file, ".so"))
        return 0;
    return cli_usage_error(
        &cli_run_command,
        "'%s' is no app: write FILE.c:APP, FILE.so:APP, or MODULE:APP "
        "for Python.",
        target);
}

/* Python's face takes all options itself. */
static int run(flama_arena *arena, int argc, char **argv)
{
    cli_settings settings;
    cli_list arguments = {0};
    const char *file = NULL, *name = NULL, *variable;
    int status;
    const char *target = cli_first_argument(&cli_run_command, argc, argv);
    if (target == NULL)
        target = cli_variable(arena, "app", NULL, &variable);
    if (target && cli_is_python(target))
        return cli_run_python(arena, target, argc, argv);
    cli_settings_init(&settings);
    if (!cli_ready(arena, &cli_run_command, argc, argv, &settings, &arguments, &status))
        return status;
    if (target == NULL)
        target = cli_variable(arena, "app", NULL, &variable);
    if (target == NULL)
        return cli_usage_error(&cli_run_command, "Missing argument 'FLAMA_APP'.");
    status = split(arena, target, &file, &name);
    return status ? status : cli_launch_file(arena, &settings, file, name);
}

const cli_command cli_run_command = {
    .name = "run",
    .usage = "flama run [OPTIONS] FLAMA_APP",
    .summary = "Run a Flama Application based on a route.",
    .text =
        "FLAMA_APP (variable FLAMA_APP) is the file of the application and its name "
        "there: FILE.c:APP, a C source, which is compiled; FILE.so:APP, a shared "
        "object; or MODULE:APP, which the package 'flama' of python3 runs.\n\n"
        "A C source is compiled by $CC (cc) with $CFLAGS and $LDLIBS, and only when "
        "it or a file that it includes has changed.\n\n"
        "Example:\n"
        "    flama run main.c:app --app-debug --server-reload",
    .tables = tables,
    .arguments = 1,
    .run = run,
};
