#include "cli/spec.h"

#include <string.h>

#include "cli/files.h"

#define SPEC_LIMIT (1 << 20)

static const char *const language_keys[] = {
    "channel_scanner", "tool_scanner", "tool_parser", "params", "serving",
};

static int no_memory(flama_error *err)
{
    return flama_error_set(err, FLAMA_EMEMORY, "out of memory");
}

int cli_models_add(flama_arena *arena, cli_models *models, cli_model model,
                   flama_error *err)
{
    size_t size = models->count * sizeof model;
    cli_model *items =
        flama_arena_grow(arena, models->items, size, size + sizeof model);
    if (items == NULL)
        return no_memory(err);
    if (model.url == NULL)
        model.url = "/";
    items[models->count++] = model;
    models->items = items;
    return 0;
}

static bool is_taken(const cli_models *models, const char *name)
{
    for (size_t i = 0; i < models->count; i++)
        if (models->items[i].name && strcmp(models->items[i].name, name) == 0)
            return true;
    return false;
}

int cli_models_name(flama_arena *arena, cli_models *models, flama_error *err)
{
    size_t number = 1;
    for (size_t i = 0; i < models->count; i++) {
        if (models->items[i].name)
            continue;
        const char *name = "model";
        while (is_taken(models, name)) {
            name = flama_arena_format(arena, "model-%zu", ++number);
            if (name == NULL)
                return no_memory(err);
        }
        models->items[i].name = name;
    }
    return 0;
}

static bool is_language_key(const char *key)
{
    for (size_t i = 0; i < sizeof language_keys / sizeof *language_keys; i++)
        if (strcmp(language_keys[i], key) == 0)
            return true;
    return false;
}

static int unknown_key(const char *where, const char *key, flama_error *err)
{
    if (is_language_key(key))
        return flama_error_set(err, FLAMA_EARGUMENT,
                               "%s%s is not supported for ML models.", where, key);
    return flama_error_set(err, FLAMA_EARGUMENT, "%sUnknown key(s): ['%s']", where,
                           key);
}

/* Where the value of a key goes, or NULL. */
static const char **slot(cli_model *model, const char *key, const char *file_key)
{
    if (strcmp(key, file_key) == 0)
        return &model->file;
    if (strcmp(key, "url") == 0)
        return &model->url;
    if (strcmp(key, "methods") == 0)
        return &model->methods;
    return strcmp(key, "name") == 0 ? &model->name : NULL;
}

static int add_complete(flama_arena *arena, cli_models *models, cli_model model,
                        const char *file_key, const char *where, flama_error *err)
{
    if (model.file == NULL || *model.file == 0)
        return flama_error_set(err, FLAMA_EARGUMENT, "%sMissing key: '%s'", where,
                               file_key);
    return cli_models_add(arena, models, model, err);
}

/* Text without a NUL inside, which no path or name can hold. */
static const char *copy_text(flama_arena *arena, const flama_value *value)
{
    flama_string text = value->string;
    if (memchr(text.data, 0, text.size))
        return NULL;
    return flama_arena_copy(arena, text.data, text.size);
}

/* The strings of a list with '+' between them; NULL when it is no such list. */
static const char *join_texts(flama_arena *arena, const flama_value *list)
{
    const char *joined = "";
    for (size_t i = 0; joined && i < list->array.count; i++) {
        const flama_value *item = &list->array.items[i];
        const char *text =
            item->kind == FLAMA_KIND_STRING ? copy_text(arena, item) : NULL;
        if (text == NULL)
            return NULL;
        joined = flama_arena_format(arena, "%s%s%s", joined, i ? "+" : "", text);
    }
    return joined;
}

static int take_member(flama_arena *arena, cli_model *model, const flama_member *member,
                       const char *file_key, const char *where, flama_error *err)
{
    const char *key = flama_arena_copy(arena, member->name.data, member->name.size);
    if (key == NULL)
        return no_memory(err);
    const char **to = slot(model, key, file_key);
    bool null = member->value.kind == FLAMA_KIND_NULL;
    if (to == NULL)
        return null && is_language_key(key) ? 0 : unknown_key(where, key, err);
    if (null)
        return 0;
    bool list = to == &model->methods && member->value.kind == FLAMA_KIND_ARRAY;
    *to = list                                      ? join_texts(arena, &member->value)
          : member->value.kind == FLAMA_KIND_STRING ? copy_text(arena, &member->value)
                                                    : NULL;
    return *to ? 0
               : flama_error_set(err, FLAMA_EARGUMENT, "%s'%s' must be a string.",
                                 where, key);
}

int cli_models_add_object(flama_arena *arena, cli_models *models,
                          const flama_value *object, const char *file_key,
                          const char *where, flama_error *err)
{
    if (object->kind != FLAMA_KIND_OBJECT)
        return flama_error_set(err, FLAMA_EARGUMENT, "%sA model must be an object.",
                               where);
    cli_model model = {0};
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < object->object.count; i++)
        rc = take_member(arena, &model, &object->object.members[i], file_key, where,
                         err);
    return rc ? rc : add_complete(arena, models, model, file_key, where, err);
}

static int add_file(flama_arena *arena, cli_models *models, const char *path,
                    flama_error *err)
{
    flama_string text;
    flama_value value;
    flama_error why = {0};
    if (cli_read_file(arena, path, SPEC_LIMIT, &text, &why))
        return flama_error_set(err, FLAMA_EARGUMENT, "Invalid value for '--model': %s",
                               why.message);
    if (flama_json_decode(arena, text.data, text.size, NULL, &value, &why))
        return flama_error_set(err, FLAMA_EARGUMENT,
                               "Invalid value for '--model': in %s: %s", path,
                               why.message);
    const char *where =
        flama_arena_format(arena, "Invalid value for '--model': in %s: ", path);
    if (where == NULL)
        return no_memory(err);
    if (value.kind != FLAMA_KIND_ARRAY)
        return cli_models_add_object(arena, models, &value, "file", where, err);
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < value.array.count; i++)
        rc = cli_models_add_object(arena, models, &value.array.items[i], "file", where,
                                   err);
    return rc;
}

/* file=PATH,url=URL,name=NAME */
static int add_pairs(flama_arena *arena, cli_models *models, const char *text,
                     flama_error *err)
{
    static const char where[] = "Invalid value for '--model': ";
    cli_model model = {0};
    while (*text) {
        size_t size = strcspn(text, ",");
        char *key = flama_arena_copy(arena, text, size);
        if (key == NULL)
            return no_memory(err);
        char *value = strchr(key, '=');
        if (value == NULL)
            return flama_error_set(err, FLAMA_EARGUMENT,
                                   "%s'%s' is not KEY=VALUE; the file is file=PATH.",
                                   where, key);
        *value++ = 0;
        const char **to = slot(&model, key, "file");
        if (to == NULL)
            return unknown_key(where, key, err);
        *to = value;
        text += size + (text[size] == ',');
    }
    return add_complete(arena, models, model, "file", where, err);
}

int cli_models_add_spec(flama_arena *arena, cli_models *models, const char *text,
                        flama_error *err)
{
    if (*text == '@')
        return add_file(arena, models, text + 1, err);
    if (strchr(text, '='))
        return add_pairs(arena, models, text, err);
    return add_complete(arena, models, (cli_model){.file = text}, "file",
                        "Invalid value for '--model': ", err);
}
