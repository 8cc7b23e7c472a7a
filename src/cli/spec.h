/* What --model takes: a path, file=PATH[,url=URL][,name=NAME][,methods=M+M], or
 * @SPEC_FILE, a JSON file that holds an object with these keys, or a list of such
 * objects; methods may be a list of strings there. */
#ifndef FLAMA_CLI_SPEC_H
#define FLAMA_CLI_SPEC_H

#include "cli/settings.h"

/* Models in the order they were given; in the arena. */
typedef struct cli_models {
    cli_model *items;
    size_t count;
} cli_models;

/* Adds what one text names. 0, or FLAMA_EARGUMENT with the sentence. */
int cli_models_add_spec(flama_arena *arena, cli_models *models, const char *text,
                        flama_error *err);

/* Adds a model from a JSON object whose file stands under `file_key`; `where` begins
 * the messages. Keys of language models are accepted only when null. */
int cli_models_add_object(flama_arena *arena, cli_models *models,
                          const flama_value *object, const char *file_key,
                          const char *where, flama_error *err);

/* Adds one; a NULL url is "/". 0 or FLAMA_EMEMORY. */
int cli_models_add(flama_arena *arena, cli_models *models, cli_model model,
                   flama_error *err);

/* Names those without a name "model", "model-2" and so on. 0 or FLAMA_EMEMORY. */
int cli_models_name(flama_arena *arena, cli_models *models, flama_error *err);

#endif
