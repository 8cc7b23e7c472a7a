#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "cli/commands.h"
#include "cli/help.h"

typedef struct program_settings {
    bool version;
} program_settings;

static const cli_option program_options[] = {
    {.name = "version",
     .kind = CLI_FLAG,
     .field = offsetof(program_settings, version),
     .help = "Print the version and exit."},
    {.name = NULL},
};

static const cli_option *const tables[] = {program_options, NULL};

/* A new command is a file and its line here. */
static const cli_command *const commands[] = {
    &cli_model_command, &cli_run_command, &cli_serve_command, &cli_start_command, NULL,
};

static const cli_command program = {
    .name = "flama",
    .usage = "flama [OPTIONS] COMMAND [ARGS]...",
    .summary = "Fire up your models with Flama",
    .tables = tables,
    .inside = commands,
};

typedef struct refused_command {
    const char *name;
    const char *why;
} refused_command;

/* Commands of the original that are no part of this program. */
static const refused_command refused[] = {
    {"get", "'flama get' is not supported: the program downloads nothing; fetch the "
            ".flm file with a tool of your choice."},
    {"upgrade", "'flama upgrade' is not supported: it rewrites Python code, and this "
                "program has none to rewrite."},
};

static int run_command(flama_arena *arena, int argc, char **argv)
{
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++)
        if (strcmp(refused[i].name, argv[0]) == 0)
            return cli_usage_error(&program, "%s", refused[i].why);
    const cli_command *command = cli_find_command(commands, argv[0]);
    return command ? command->run(arena, argc, argv)
                   : cli_no_such_command(&program, argv[0]);
}

static int run(flama_arena *arena, int argc, char **argv)
{
    if (argc < 2)
        return cli_usage_error(&program, "Missing command.");
    if (argv[1][0] != '-')
        return run_command(arena, argc - 1, argv + 1);
    program_settings settings = {.version = false};
    cli_list arguments = {0};
    int status;
    if (!cli_ready(arena, &program, 2, argv, &settings, &arguments, &status))
        return status;
    if (!settings.version)
        return cli_usage_error(&program, "Missing command.");
    printf("Flama %s\n", flama_version());
    return 0;
}

/* What a large request gave back the next one takes: to have the system clear pages
 * anew takes longer than most of what is done in them. */
static void keep_memory(void)
{
#ifdef M_MMAP_THRESHOLD
    mallopt(M_MMAP_THRESHOLD, 8 << 20);
    mallopt(M_TRIM_THRESHOLD, 16 << 20);
#endif
}

int main(int argc, char **argv)
{
    keep_memory();
    /* A reader that goes away is an error like any other, told and not fatal. */
    signal(SIGPIPE, SIG_IGN);
    flama_arena *arena = flama_arena_new(0);
    if (arena == NULL)
        return cli_error("out of memory");
    int status = run(arena, argc, argv);
    flama_arena_free(arena);
    if (fflush(stdout) || ferror(stdout))
        return cli_error("can't write to standard output");
    return status;
}
