/* What the program says of itself: help texts and the two kinds of error.
 *
 * Help goes to standard output, plain and wrapped at 80 columns; errors go to standard
 * error. One thread. */
#ifndef FLAMA_CLI_HELP_H
#define FLAMA_CLI_HELP_H

#include "cli/options.h"

/* Prints the help text of a command. */
void cli_print_help(flama_arena *arena, const cli_command *command);

/* "Usage: ...", a blank line, "Error: ..."; returns 2. */
int cli_usage_error(const cli_command *command, const char *format, ...)
    FLAMA_PRINTF(2, 3);

/* The same for a command that the group has not. */
int cli_no_such_command(const cli_command *group, const char *name);

/* "Error: ..."; returns 1. The second form adds the place that *err names. */
int cli_error(const char *format, ...) FLAMA_PRINTF(1, 2);
int cli_failed(const flama_error *err);

/* cli_parse, help and usage errors in one: true to go on, else *status is how the
 * program ends and what there was to say has been said. */
bool cli_ready(flama_arena *arena, const cli_command *command, int argc, char **argv,
               void *settings, cli_list *arguments, int *status);

#endif
