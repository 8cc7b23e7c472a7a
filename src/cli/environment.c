#include "cli/environment.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "cli/files.h"

#define FILE_LIMIT (1 << 20)

static char *trim(char *text)
{
    while (isspace((unsigned char)*text))
        text++;
    size_t size = strlen(text);
    while (size && isspace((unsigned char)text[size - 1]))
        text[--size] = 0;
    return text;
}

static bool is_name(const char *text)
{
    if (*text == 0 || isdigit((unsigned char)*text))
        return false;
    for (; *text; text++)
        if (!isalnum((unsigned char)*text) && *text != '_')
            return false;
    return true;
}

static char *unquote(char *value)
{
    size_t size = strlen(value);
    bool quoted =
        size >= 2 && (*value == '"' || *value == '\'') && value[size - 1] == *value;
    if (!quoted)
        return value;
    value[size - 1] = 0;
    return value + 1;
}

static int load_line(char *line)
{
    line = trim(line);
    if (*line == 0 || *line == '#')
        return 0;
    if (strncmp(line, "export ", 7) == 0)
        line += 7;
    char *equals = strchr(line, '=');
    if (equals == NULL)
        return FLAMA_EARGUMENT;
    *equals = 0;
    char *name = trim(line);
    if (!is_name(name))
        return FLAMA_EARGUMENT;
    return setenv(name, unquote(trim(equals + 1)), 0) ? FLAMA_EMEMORY : 0;
}

int cli_load_environment(flama_arena *arena, const char *path, flama_error *err)
{
    flama_string text;
    int rc = cli_read_file(arena, path, FILE_LIMIT, &text, err);
    if (rc)
        return rc;
    char *line = flama_arena_copy(arena, text.data, text.size);
    if (line == NULL)
        return flama_error_set(err, FLAMA_EMEMORY, "out of memory");
    for (size_t number = 1; line; number++) {
        char *end = strchr(line, '\n');
        if (end)
            *end = 0;
        rc = load_line(line);
        if (rc == FLAMA_EARGUMENT)
            return flama_error_set(err, rc, "'%s' line %zu is not NAME=VALUE.", path,
                                   number);
        if (rc)
            return flama_error_set(err, rc, "out of memory");
        line = end ? end + 1 : NULL;
    }
    return 0;
}
