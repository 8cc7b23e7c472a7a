/* Files of NAME=VALUE lines, read into the environment. */
#ifndef FLAMA_CLI_ENVIRONMENT_H
#define FLAMA_CLI_ENVIRONMENT_H

#include <flama.h>

/* Reads the file at `path`: blank lines and lines that begin with "#" say nothing,
 * "export " before a name and quotes around a value are taken off. A variable that the
 * environment has already stays as it is. 0, or FLAMA_EARGUMENT with the line that is
 * wrong. Before any thread is started. */
int cli_load_environment(flama_arena *arena, const char *path, flama_error *err);

#endif
