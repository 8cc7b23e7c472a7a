/* Configuration files: the JSON that `flama start` takes.
 *
 *     {"app": {"title": ..., "models": [{"url": ..., "path": ..., "name": ...}]},
 *      "server": {"host": ..., "port": ...}}
 *
 * A key of "app" or "server" is the option's name with underscores, and its value means
 * what the option's does; null is the default. What an option refuses the key refuses,
 * unless it holds what the original writes there. */
#ifndef FLAMA_CLI_CONFIG_H
#define FLAMA_CLI_CONFIG_H

#include "cli/spec.h"

/* Reads the file into settings that hold their defaults already, and models. 0 or a
 * code with the sentence. */
int cli_config_read(flama_arena *arena, const char *path, cli_settings *settings,
                    cli_models *models, flama_error *err);

/* Writes a new file with an example: address and port only, or with `full` every key of
 * the server with its default. FLAMA_EIO when there is a file already. */
int cli_config_write(flama_arena *arena, const char *path, bool full, flama_error *err);

#endif
