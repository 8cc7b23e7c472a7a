/* Python apps: run by the package `flama` of the user's own Python. */
#ifndef FLAMA_CLI_PYTHON_H
#define FLAMA_CLI_PYTHON_H

#include "cli/options.h"

/* True for "package.module:app", which names a Python app. */
bool cli_is_python(const char *target);

/* Becomes `python3 -m flama ARGV...` (argv[0] is the command's name) of the active
 * virtual environment, else of the PATH. Returns only when that is not possible: the
 * exit status, the reason printed. */
int cli_run_python(flama_arena *arena, const char *target, int argc, char **argv);

#endif
