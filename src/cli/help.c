#include "cli/help.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define WIDTH 79
#define COLUMN 33

/* Prints `text` from column `at` on, later lines indented to `indent`; a line end in
 * the text starts a new line, whose own indentation stays. */
static void print_wrapped(const char *text, int at, int indent)
{
    while (*text) {
        size_t spaces = strspn(text, " ");
        size_t word = strcspn(text + spaces, " \n");
        if (at > indent && at + (int)(spaces + word) > WIDTH) {
            printf("\n%*s", indent, "");
            at = indent;
        } else {
            at += printf("%.*s", (int)spaces, text);
        }
        at += printf("%.*s", (int)word, text + spaces);
        text += spaces + word;
        if (*text == '\n') {
            text++;
            printf("\n%*s", *text == '\n' ? 0 : indent, "");
            at = indent;
        }
    }
    printf("\n");
}

static const char *metavar(flama_arena *arena, const cli_option *option)
{
    if (option->metavar)
        return option->metavar;
    switch (option->kind) {
    case CLI_FLAG:
    case CLI_SWITCH:
        return "";
    case CLI_INTEGER:
        return "INTEGER";
    case CLI_NUMBER:
        return "NUMBER";
    case CLI_CHOICE:
        return flama_arena_format(arena, "[%s]", option->choices);
    case CLI_TEXT:
    case CLI_LIST:
        break;
    }
    return "TEXT";
}

static const char *heading(flama_arena *arena, const cli_option *option)
{
    char letter[8] = "";
    if (option->letter)
        snprintf(letter, sizeof letter, "-%c, ", option->letter);
    if (option->off)
        return flama_arena_format(arena, "--%s / --%s", option->name, option->off);
    const char *takes = metavar(arena, option);
    return flama_arena_format(arena, "%s--%s%s%s", letter, option->name,
                              takes && *takes ? " " : "", takes);
}

static const char *default_text(const cli_option *option)
{
    if (option->kind != CLI_SWITCH || option->initial == NULL)
        return option->initial;
    return strcmp(option->initial, "true") == 0 ? "on" : "off";
}

static void print_row(const char *head, const char *text)
{
    int at = printf("  %s", head);
    if (at + 2 > COLUMN) {
        printf("\n");
        at = 0;
    }
    printf("%*s", COLUMN - at, "");
    print_wrapped(text, COLUMN, COLUMN);
}

static void print_option(flama_arena *arena, const cli_option *option)
{
    const char *initial = default_text(option);
    const char *text =
        initial && *initial
            ? flama_arena_format(arena, "%s  [default: %s]", option->help, initial)
            : option->help;
    const char *head = heading(arena, option);
    if (head && text)
        print_row(head, text);
}

static void print_options(flama_arena *arena, const cli_command *command)
{
    printf("\nOptions:\n");
    for (const cli_option *const *table = command->tables; *table; table++)
        for (const cli_option *option = *table; option->name; option++)
            if (option->refused == NULL)
                print_option(arena, option);
    print_row("--help", "Show this message and exit.");
}

/* The options that the original has and this program refuses, by name only: each is
 * told why when it is used. */
static void print_refused(flama_arena *arena, const cli_command *command)
{
    char *names = NULL;
    for (const cli_option *const *table = command->tables; *table; table++)
        for (const cli_option *option = *table; option->name; option++)
            if (option->refused)
                names = names
                            ? flama_arena_format(arena, "%s, --%s", names, option->name)
                            : flama_arena_format(arena, "--%s", option->name);
    if (names == NULL)
        return;
    printf("\nRefused, each with the reason:\n  ");
    print_wrapped(names, 2, 2);
}

/* One example says how all variables are spelled. */
static void print_variables(flama_arena *arena, const cli_command *command)
{
    if (command->tables[0] == NULL)
        return;
    const char *name = command->tables[0][0].name;
    const char *text = "An option that is not given is taken from the variable "
                       "FLAMA_<OPTION>";
    for (const cli_option *const *table = command->tables; *table; table++)
        if (strncmp((*table)[0].name, "server-", 7) == 0)
            name = NULL;
    if (name == NULL)
        text = "An option that is not given is taken from its variable: --server-port "
               "from FLAMA_SERVER_PORT, then SERVER_PORT; --model, whose name is "
               "short, only from FLAMA_MODEL. An option that can be repeated takes one "
               "value a line.";
    else
        text = flama_arena_format(arena, "%s.", text);
    printf("\nVariables:\n  ");
    print_wrapped(text ? text : "", 2, 2);
}

static void print_commands(const cli_command *const *commands)
{
    printf("\nCommands:\n");
    for (; *commands; commands++) {
        int at = printf("  %-9s", (*commands)->name);
        print_wrapped((*commands)->summary, at, at);
    }
}

void cli_print_help(flama_arena *arena, const cli_command *command)
{
    printf("Usage: %s\n\n  ", command->usage);
    print_wrapped(command->summary, 2, 2);
    if (command->text) {
        printf("\n  ");
        print_wrapped(command->text, 2, 2);
    }
    print_options(arena, command);
    print_refused(arena, command);
    if (command->inside)
        print_commands(command->inside);
    else
        print_variables(arena, command);
}

int cli_no_such_command(const cli_command *group, const char *name)
{
    const char *names[8];
    size_t count = 0;
    for (; count < 8 && group->inside[count]; count++)
        names[count] = group->inside[count]->name;
    const char *closest = cli_closest(name, names, count);
    if (closest)
        return cli_usage_error(group, "No such command '%s'. Did you mean '%s'?", name,
                               closest);
    return cli_usage_error(group, "No such command '%s'.", name);
}

/* A message may quote a file or a word that somebody else wrote. */
static void print_error(const char *format, va_list args)
{
    char raw[2000], text[4 * sizeof raw];
    vsnprintf(raw, sizeof raw, format, args);
    flama_escape(text, sizeof text, raw, true);
    fprintf(stderr, "Error: %s\n", text);
}

int cli_usage_error(const cli_command *command, const char *format, ...)
{
    size_t name = strcspn(command->usage, "[");
    while (name && command->usage[name - 1] == ' ')
        name--;
    fprintf(stderr, "Usage: %s\nTry '%.*s --help' for help.\n\n", command->usage,
            (int)name, command->usage);
    va_list args;
    va_start(args, format);
    print_error(format, args);
    va_end(args);
    return 2;
}

int cli_error(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    print_error(format, args);
    va_end(args);
    return 1;
}

int cli_failed(const flama_error *err)
{
    bool placed = err->path[0] && strstr(err->message, err->path) == NULL;
    return placed ? cli_error("%s (at %s)", err->message, err->path)
                  : cli_error("%s", err->message);
}

bool cli_ready(flama_arena *arena, const cli_command *command, int argc, char **argv,
               void *settings, cli_list *arguments, int *status)
{
    flama_error err = {0};
    int rc = cli_parse(arena, command, argc, argv, settings, arguments, &err);
    if (rc == 0)
        return true;
    if (rc == CLI_HELP) {
        cli_print_help(arena, command);
        *status = 0;
    } else {
        *status = rc == FLAMA_EARGUMENT ? cli_usage_error(command, "%s", err.message)
                                        : cli_failed(&err);
    }
    return false;
}
