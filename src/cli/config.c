#include "cli/config.h"

#include <string.h>
#include <unistd.h>

#include "cli/files.h"

#define FILE_LIMIT (1 << 20)

#define EXAMPLE_APP                                                                   \
    "{\"app\": {\"debug\": false, \"title\": \"API title\", \"version\": \"0.1.0\", " \
    "\"description\": \"API description\", \"schema\": \"/schema/\", "                \
    "\"docs\": \"/docs/\", \"models\": [{\"url\": \"/model-url/\", "                  \
    "\"path\": \"model-path.flm\", \"name\": \"model-name\", "                        \
    "\"channel_scanner\": null, \"tool_scanner\": null, \"tool_parser\": null, "      \
    "\"params\": null, \"serving\": null}]}, \"server\": {"

/* FNV-1a (64 bits) of the sorted, compact "log_config" that the original writes into a
 * full file: 1.x, 2.x. It configures Python's logging and says nothing to this program.
 */
static const uint64_t original_log_configs[] = {
    UINT64_C(0xc106997fecb87ad4),
    UINT64_C(0xef68a4ba7e843f54),
};

typedef struct reader {
    flama_arena *arena;
    const char *path;
    cli_settings *settings;
    cli_models *models;
    flama_error *err;
} reader;

static int no_memory(flama_error *err)
{
    return flama_error_set(err, FLAMA_EMEMORY, "out of memory");
}

/* "server" and "limit-head" from "server-limit-head": the key, with underscores. */
static char *key_of(flama_arena *arena, const cli_option *option)
{
    const char *name = strchr(option->name, '-') + 1;
    char *key = flama_arena_copy(arena, name, strlen(name));
    for (char *p = key; p && *p; p++)
        if (*p == '-')
            *p = '_';
    return key;
}

static const cli_option *find_option(const reader *r, const cli_option *table,
                                     flama_string name)
{
    for (; table->name; table++) {
        const char *key = key_of(r->arena, table);
        if (key && strlen(key) == name.size && memcmp(key, name.data, name.size) == 0)
            return table;
    }
    return NULL;
}

static bool fits(const cli_option *option, flama_kind kind)
{
    bool scalar = kind == FLAMA_KIND_BOOL || kind == FLAMA_KIND_INTEGER ||
                  kind == FLAMA_KIND_NUMBER || kind == FLAMA_KIND_STRING;
    if (option->refused)
        return scalar;
    switch (option->kind) {
    case CLI_FLAG:
    case CLI_SWITCH:
        return kind == FLAMA_KIND_BOOL;
    case CLI_INTEGER:
        return kind == FLAMA_KIND_INTEGER;
    case CLI_NUMBER:
        return kind == FLAMA_KIND_INTEGER || kind == FLAMA_KIND_NUMBER;
    case CLI_TEXT:
    case CLI_CHOICE:
    case CLI_LIST:
        break;
    }
    return kind == FLAMA_KIND_STRING;
}

static const char *kind_wanted(const cli_option *option)
{
    static const char *const names[] = {
        [CLI_FLAG] = "a boolean",
        [CLI_SWITCH] = "a boolean",
        [CLI_TEXT] = "a string",
        [CLI_CHOICE] = "a string",
        [CLI_INTEGER] = "an integer",
        [CLI_NUMBER] = "a number",
        [CLI_LIST] = "a list of \"Name: value\"",
    };
    return names[option->kind];
}

/* A scalar as the text that the option would be given. */
static const char *value_text(const reader *r, const flama_value *value)
{
    flama_string text;
    if (value->kind == FLAMA_KIND_STRING)
        text = value->string;
    else if (flama_json_encode(r->arena, value, 0, &text, r->err))
        return NULL;
    if (text.size && memchr(text.data, 0, text.size))
        return NULL;
    return flama_arena_copy(r->arena, text.data, text.size);
}

static int wrong_kind(const reader *r, const cli_option *option, cli_place place)
{
    return flama_error_set(r->err, FLAMA_EARGUMENT,
                           "Invalid value for '%s'%s: it must be %s.", place.name,
                           place.where, kind_wanted(option));
}

static int store_scalar(const reader *r, const cli_option *option, cli_place place,
                        const flama_value *value)
{
    const char *text = fits(option, value->kind) ? value_text(r, value) : NULL;
    if (text == NULL && !option->refused)
        return wrong_kind(r, option, place);
    return cli_store(r->arena, option, place, text ? text : "", r->settings, r->err);
}

/* A header is "Name: value", or a pair as the original takes it. */
static int store_header(const reader *r, const cli_option *option, cli_place place,
                        const flama_value *item)
{
    if (item->kind != FLAMA_KIND_ARRAY)
        return store_scalar(r, option, place, item);
    const flama_value *pair = item->array.items;
    if (item->array.count != 2 || pair[0].kind != FLAMA_KIND_STRING ||
        pair[1].kind != FLAMA_KIND_STRING)
        return wrong_kind(r, option, place);
    const char *name = value_text(r, &pair[0]);
    const char *value = value_text(r, &pair[1]);
    if (name == NULL || value == NULL)
        return wrong_kind(r, option, place);
    char *text = flama_arena_format(r->arena, "%s: %s", name, value);
    return text ? cli_store(r->arena, option, place, text, r->settings, r->err)
                : no_memory(r->err);
}

static bool is_empty_list(const flama_value *value)
{
    return value->kind == FLAMA_KIND_TENSOR && value->tensor->count == 0;
}

static int store_list(const reader *r, const cli_option *option, cli_place place,
                      const flama_value *value)
{
    if (is_empty_list(value))
        return 0;
    if (value->kind != FLAMA_KIND_ARRAY)
        return wrong_kind(r, option, place);
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < value->array.count; i++)
        rc = store_header(r, option, place, &value->array.items[i]);
    return rc;
}

static bool is_original_log_config(const reader *r, const flama_value *value)
{
    flama_string text;
    if (flama_json_encode(r->arena, value, FLAMA_JSON_SORTED, &text, NULL))
        return false;
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    for (size_t i = 0; i < text.size; i++)
        hash = (hash ^ (unsigned char)text.data[i]) * UINT64_C(0x100000001b3);
    return hash == original_log_configs[0] || hash == original_log_configs[1];
}

static int store_member(const reader *r, const cli_option *option, cli_place place,
                        const flama_value *value)
{
    if (value->kind == FLAMA_KIND_NULL) {
        bool route = strcmp(option->name, "app-schema") == 0 ||
                     strcmp(option->name, "app-docs") == 0;
        return route ? cli_store(r->arena, option, place, "", r->settings, r->err) : 0;
    }
    if (strcmp(option->name, "server-log-config") == 0 &&
        is_original_log_config(r, value))
        return 0;
    return option->kind == CLI_LIST ? store_list(r, option, place, value)
                                    : store_scalar(r, option, place, value);
}

static int unknown_key(const reader *r, const char *section, flama_string name)
{
    return flama_error_set(r->err, FLAMA_EARGUMENT, "%s: unknown key '%s%s%.*s'.",
                           r->path, section, *section ? "." : "", (int)name.size,
                           name.data);
}

static int read_models(const reader *r, const flama_value *models)
{
    if (models->kind == FLAMA_KIND_NULL || is_empty_list(models))
        return 0;
    if (models->kind != FLAMA_KIND_ARRAY)
        return flama_error_set(r->err, FLAMA_EARGUMENT,
                               "%s: 'app.models' must be a list of objects.", r->path);
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < models->array.count; i++) {
        const char *where =
            flama_arena_format(r->arena, "%s: app.models[%zu]: ", r->path, i);
        rc = where ? cli_models_add_object(r->arena, r->models, &models->array.items[i],
                                           "path", where, r->err)
                   : no_memory(r->err);
    }
    return rc;
}

static int read_member(const reader *r, const char *section, const cli_option *table,
                       const flama_member *member)
{
    if (table == cli_app_options && member->name.size == 6 &&
        memcmp(member->name.data, "models", 6) == 0)
        return read_models(r, &member->value);
    const cli_option *option = find_option(r, table, member->name);
    if (option == NULL)
        return unknown_key(r, section, member->name);
    cli_place place = {
        flama_arena_format(r->arena, "%s.%s", section, key_of(r->arena, option)),
        flama_arena_format(r->arena, " in %s", r->path),
    };
    return place.name && place.where ? store_member(r, option, place, &member->value)
                                     : no_memory(r->err);
}

static int read_section(const reader *r, const char *name, const cli_option *table,
                        const flama_value *section)
{
    if (section->kind != FLAMA_KIND_OBJECT)
        return flama_error_set(r->err, FLAMA_EARGUMENT, "%s: '%s' must be an object.",
                               r->path, name);
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < section->object.count; i++)
        rc = read_member(r, name, table, &section->object.members[i]);
    return rc;
}

static int read_top(const reader *r, const flama_member *member)
{
    if (member->name.size == 3 && memcmp(member->name.data, "app", 3) == 0)
        return read_section(r, "app", cli_app_options, &member->value);
    if (member->name.size == 6 && memcmp(member->name.data, "server", 6) == 0)
        return read_section(r, "server", cli_server_options, &member->value);
    return unknown_key(r, "", member->name);
}

int cli_config_read(flama_arena *arena, const char *path, cli_settings *settings,
                    cli_models *models, flama_error *err)
{
    const reader r = {arena, path, settings, models, err};
    flama_string text;
    flama_value value;
    flama_error why = {0};
    int rc = cli_read_file(arena, path, FILE_LIMIT, &text, err);
    if (rc)
        return rc;
    if (flama_json_decode(arena, text.data, text.size, NULL, &value, &why))
        return flama_error_set(err, FLAMA_EARGUMENT, "%s: %s", path, why.message);
    if (value.kind != FLAMA_KIND_OBJECT)
        return flama_error_set(err, FLAMA_EARGUMENT,
                               "%s must hold an object with \"app\" and \"server\".",
                               path);
    for (size_t i = 0; rc == 0 && i < value.object.count; i++)
        rc = read_top(&r, &value.object.members[i]);
    return rc;
}

/* The default as JSON. */
static const char *initial_json(flama_arena *arena, const cli_option *option)
{
    if (option->initial == NULL)
        return "null";
    if (option->kind == CLI_TEXT || option->kind == CLI_CHOICE)
        return flama_arena_format(arena, "\"%s\"", option->initial);
    return option->initial;
}

/* Another name of an option that the file has already. */
static bool is_alias(const cli_option *option)
{
    for (const cli_option *o = cli_server_options; o < option; o++)
        if (o->field == option->field && !o->refused)
            return true;
    return false;
}

static const char *full_text(flama_arena *arena)
{
    const char *text = EXAMPLE_APP;
    for (const cli_option *o = cli_server_options; text && o->name; o++) {
        if (o->refused || is_alias(o))
            continue;
        const char *key = key_of(arena, o);
        const char *value = initial_json(arena, o);
        if (key == NULL || value == NULL)
            return NULL;
        text = flama_arena_format(arena, "%s%s\"%s\": %s", text,
                                  o == cli_server_options ? "" : ", ", key, value);
    }
    return text ? flama_arena_format(arena, "%s}}", text) : NULL;
}

int cli_config_write(flama_arena *arena, const char *path, bool full, flama_error *err)
{
    const char *text = full ? full_text(arena)
                            : EXAMPLE_APP "\"host\": \"127.0.0.1\", \"port\": 8000}}";
    if (text == NULL)
        return no_memory(err);
    if (strcmp(path, "-") != 0 && access(path, F_OK) == 0)
        return flama_error_set(err, FLAMA_EIO,
                               "'%s' is there already; remove it or give another name.",
                               path);
    int fd = cli_open_output(path, true, err);
    if (fd < 0)
        return FLAMA_EIO;
    int rc = cli_write(fd, path, (flama_string){text, strlen(text)}, err);
    int closed = cli_close_output(fd, path, err);
    return rc ? rc : closed;
}
