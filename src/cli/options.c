#include "cli/options.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NAME_SIZE 64

typedef struct parser {
    flama_arena *arena;
    const cli_command *command;
    void *settings;
    char **argv;
    int argc;
    int next;
    cli_list *arguments;
    cli_list given; /* names of the options on the command line */
    flama_error *err;
} parser;

static int no_memory(flama_error *err)
{
    return flama_error_set(err, FLAMA_EMEMORY, "out of memory");
}

int cli_list_add(flama_arena *arena, cli_list *list, const char *item, flama_error *err)
{
    size_t size = list->count * sizeof *list->items;
    const char **items = flama_arena_grow(arena, list->items, size, size + sizeof item);
    if (items == NULL)
        return no_memory(err);
    items[list->count++] = item;
    list->items = items;
    return 0;
}

const cli_command *cli_find_command(const cli_command *const *commands,
                                    const char *name)
{
    for (; *commands; commands++)
        if (strcmp((*commands)->name, name) == 0)
            return *commands;
    return NULL;
}

/* Edit distance (Levenshtein 1965), one row at a time. */
static size_t distance(const char *a, const char *b)
{
    size_t row[NAME_SIZE + 1];
    size_t width = strlen(b);
    for (size_t j = 0; j <= width; j++)
        row[j] = j;
    for (size_t i = 1; a[i - 1]; i++) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j <= width; j++) {
            size_t best = diagonal + (a[i - 1] != b[j - 1]);
            diagonal = row[j];
            if (row[j] + 1 < best)
                best = row[j] + 1;
            if (row[j - 1] + 1 < best)
                best = row[j - 1] + 1;
            row[j] = best;
        }
    }
    return row[width];
}

const char *cli_closest(const char *name, const char *const *names, size_t count)
{
    size_t length = strlen(name);
    if (length > NAME_SIZE)
        return NULL;
    const char *closest = NULL;
    size_t least = (length + 1) / 3 + 1;
    for (size_t i = 0; i < count; i++) {
        size_t d = strlen(names[i]) > NAME_SIZE ? least : distance(name, names[i]);
        if (d < least) {
            least = d;
            closest = names[i];
        }
    }
    return closest;
}

static const char *upper_name(flama_arena *arena, const char *prefix, const char *name)
{
    char *text = flama_arena_format(arena, "%s%s", prefix, name);
    for (char *p = text; p && *p; p++)
        *p = *p == '-' ? '_' : (char)toupper((unsigned char)*p);
    return text;
}

/* Only names that begin like these are distinct enough to be read without a prefix. */
static bool has_bare_variable(const char *name)
{
    return strncmp(name, "app-", 4) == 0 || strncmp(name, "server-", 7) == 0 ||
           strncmp(name, "model-", 6) == 0;
}

const char *cli_variable(flama_arena *arena, const char *name, const char *last,
                         const char **variable)
{
    const char *names[] = {
        upper_name(arena, "FLAMA_", name),
        has_bare_variable(name) ? upper_name(arena, "", name) : NULL,
        last,
    };
    for (size_t i = 0; i < 3; i++) {
        const char *value = names[i] ? getenv(names[i]) : NULL;
        if (value && *value) {
            *variable = names[i];
            return value;
        }
    }
    return NULL;
}

/* "'-p' / '--pretty'": how an error names the option. */
static const char *label(flama_arena *arena, const cli_option *option, cli_place place)
{
    bool letter = option->letter && strncmp(place.name, "--", 2) == 0;
    const char *text =
        letter ? flama_arena_format(arena, "'-%c' / '%s'%s", option->letter, place.name,
                                    place.where)
               : flama_arena_format(arena, "'%s'%s", place.name, place.where);
    return text ? text : option->name;
}

static int parse_bool(const char *text, bool *out)
{
    static const char *const words[] = {"0", "1", "false", "true", "f",   "t",
                                        "n", "y", "no",    "yes",  "off", "on"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (strcasecmp(text, words[i]) == 0) {
            *out = i % 2;
            return 0;
        }
    }
    return FLAMA_EARGUMENT;
}

static int parse_integer(const char *text, int64_t *out)
{
    char *end;
    errno = 0;
    long long value = strtoll(text, &end, 10);
    if (end == text || *end || errno || isspace((unsigned char)*text))
        return FLAMA_EARGUMENT;
    *out = value;
    return 0;
}

static int parse_number(const char *text, double *out)
{
    char *end;
    double value = strtod(text, &end);
    if (end == text || *end || !(value - value == 0) || isspace((unsigned char)*text))
        return FLAMA_EARGUMENT;
    *out = value;
    return 0;
}

static bool is_choice(const char *choices, const char *text)
{
    size_t size = strlen(text);
    for (const char *p = choices; p; p = strchr(p, '|'), p = p ? p + 1 : NULL)
        if (size && strcspn(p, "|") == size && strncmp(p, text, size) == 0)
            return true;
    return false;
}

static int check_range(const cli_option *option, double value, const char *text,
                       const char *who, flama_error *err)
{
    bool any = option->least == 0 && option->most == 0;
    if (any || (value >= option->least && value <= option->most))
        return 0;
    return flama_error_set(err, FLAMA_EARGUMENT,
                           "Invalid value for %s: %s is not in the range "
                           "%.15g<=x<=%.15g.",
                           who, text, option->least, option->most);
}

static int not_valid(flama_error *err, const char *who, const char *text,
                     const char *kind)
{
    return flama_error_set(err, FLAMA_EARGUMENT,
                           "Invalid value for %s: '%s' is not a valid %s.", who, text,
                           kind);
}

/* True when a refused option is only given what it is anyway. */
static bool is_initial(const cli_option *option, const char *text)
{
    double a, b;
    if (option->initial == NULL)
        return false;
    if (strcasecmp(option->initial, text) == 0)
        return true;
    return option->kind != CLI_TEXT && parse_number(text, &a) == 0 &&
           parse_number(option->initial, &b) == 0 && a >= b && a <= b;
}

static int store_scalar(const cli_option *option, const char *who, const char *text,
                        void *field, flama_error *err)
{
    switch (option->kind) {
    case CLI_FLAG:
    case CLI_SWITCH:
        return parse_bool(text, field) ? not_valid(err, who, text, "boolean") : 0;
    case CLI_INTEGER:
        if (parse_integer(text, field))
            return not_valid(err, who, text, "integer");
        return check_range(option, (double)*(int64_t *)field, text, who, err);
    case CLI_NUMBER:
        if (parse_number(text, field))
            return not_valid(err, who, text, "number");
        return check_range(option, *(double *)field, text, who, err);
    case CLI_CHOICE:
        if (!is_choice(option->choices, text))
            return flama_error_set(err, FLAMA_EARGUMENT,
                                   "Invalid value for %s: '%s' is not one of %s.", who,
                                   text, option->choices);
        break;
    case CLI_TEXT:
    case CLI_LIST:
        break;
    }
    *(const char **)field = text;
    return 0;
}

int cli_store(flama_arena *arena, const cli_option *option, cli_place place,
              const char *text, void *settings, flama_error *err)
{
    if (option->refused) {
        if (is_initial(option, text))
            return 0;
        return flama_error_set(err, FLAMA_EARGUMENT, "%s%s %s", place.name, place.where,
                               option->refused);
    }
    const char *who = label(arena, option, place);
    flama_error why = {0};
    if (option->check && option->check(arena, text, &why))
        return flama_error_set(err, FLAMA_EARGUMENT, "Invalid value for %s: %s", who,
                               why.message);
    void *field = (char *)settings + option->field;
    if (option->kind == CLI_LIST)
        return cli_list_add(arena, field, text, err);
    return store_scalar(option, who, text, field, err);
}

int cli_store_defaults(flama_arena *arena, const cli_option *table, void *settings,
                       flama_error *err)
{
    int rc = 0;
    for (; rc == 0 && table->name; table++)
        if (table->initial && !table->refused)
            rc = cli_store(arena, table, (cli_place){table->name, ""}, table->initial,
                           settings, err);
    return rc;
}

static bool same_name(const char *name, const char *text, size_t size)
{
    return name && strlen(name) == size && memcmp(name, text, size) == 0;
}

/* The row that `text` names, with or without "no". */
static const cli_option *find_long(const cli_command *command, const char *text,
                                   size_t size)
{
    for (const cli_option *const *table = command->tables; *table; table++)
        for (const cli_option *option = *table; option->name; option++)
            if (same_name(option->name, text, size) ||
                same_name(option->off, text, size))
                return option;
    return NULL;
}

static const cli_option *find_letter(const cli_command *command, char letter)
{
    for (const cli_option *const *table = command->tables; *table; table++)
        for (const cli_option *option = *table; option->name; option++)
            if (option->letter == letter)
                return option;
    return NULL;
}

static int no_such_option(parser *p, const char *name)
{
    cli_list names = {0};
    for (const cli_option *const *table = p->command->tables; *table; table++) {
        for (const cli_option *option = *table; option->name; option++) {
            cli_list_add(p->arena, &names, option->name, NULL);
            if (option->off)
                cli_list_add(p->arena, &names, option->off, NULL);
        }
    }
    const char *closest = cli_closest(name, names.items, names.count);
    if (closest)
        return flama_error_set(p->err, FLAMA_EARGUMENT,
                               "No such option '--%s'. Did you mean '--%s'?", name,
                               closest);
    return flama_error_set(p->err, FLAMA_EARGUMENT, "No such option '--%s'.", name);
}

/* Stores a value from the command line and remembers that the option was given. */
static int take(parser *p, const cli_option *option, const char *name, const char *text)
{
    int rc = cli_list_add(p->arena, &p->given, option->name, p->err);
    return rc ? rc
              : cli_store(p->arena, option, (cli_place){name, ""}, text, p->settings,
                          p->err);
}

/* The text of an option that takes one: after "=", or the next word. A refused option
 * that has no accepted value needs none to be refused. */
static int value_of(parser *p, const cli_option *option, const char *name,
                    const char *attached, const char **out)
{
    *out = attached;
    if (attached)
        return 0;
    if (p->next < p->argc) {
        *out = p->argv[p->next++];
        return 0;
    }
    if (option->refused) {
        *out = "";
        return 0;
    }
    return flama_error_set(p->err, FLAMA_EARGUMENT, "Option '%s' requires an argument.",
                           name);
}

static bool takes_text(const cli_option *option)
{
    return option->kind != CLI_FLAG && option->kind != CLI_SWITCH;
}

static int parse_long(parser *p, const char *word)
{
    size_t size = strcspn(word, "=");
    const char *text = word[size] ? word + size + 1 : NULL;
    char *name = flama_arena_format(p->arena, "--%.*s", (int)size, word);
    if (name == NULL)
        return no_memory(p->err);
    if (same_name("help", word, size) && text == NULL)
        return CLI_HELP;
    const cli_option *option = find_long(p->command, word, size);
    if (option == NULL)
        return no_such_option(p, name + 2);
    if (takes_text(option)) {
        int rc = value_of(p, option, name, text, &text);
        return rc ? rc : take(p, option, name, text);
    }
    if (text)
        return flama_error_set(p->err, FLAMA_EARGUMENT,
                               "Option '%s' does not take a value.", name);
    return take(p, option, name, same_name(option->off, word, size) ? "false" : "true");
}

static int parse_letters(parser *p, const char *word)
{
    for (; *word; word++) {
        const cli_option *option = find_letter(p->command, *word);
        if (option == NULL)
            return flama_error_set(p->err, FLAMA_EARGUMENT, "No such option '-%c'.",
                                   *word);
        const char *name = flama_arena_format(p->arena, "--%s", option->name);
        if (name == NULL)
            return no_memory(p->err);
        if (takes_text(option)) {
            const char *text = word[1] ? word + 1 : NULL;
            int rc = value_of(p, option, name, text, &text);
            return rc ? rc : take(p, option, name, text);
        }
        int rc = take(p, option, name, "true");
        if (rc)
            return rc;
    }
    return 0;
}

static int parse_argument(parser *p, const char *word)
{
    if (p->arguments->count == p->command->arguments)
        return flama_error_set(p->err, FLAMA_EARGUMENT,
                               "Got unexpected extra argument (%s)", word);
    return cli_list_add(p->arena, p->arguments, word, p->err);
}

static int parse_line(parser *p)
{
    bool options = true;
    while (p->next < p->argc) {
        const char *word = p->argv[p->next++];
        int rc;
        if (options && strcmp(word, "--") == 0) {
            options = false;
            continue;
        }
        if (options && strncmp(word, "--", 2) == 0)
            rc = parse_long(p, word + 2);
        else if (options && word[0] == '-' && word[1])
            rc = parse_letters(p, word + 1);
        else
            rc = parse_argument(p, word);
        if (rc)
            return rc;
    }
    return 0;
}

const char *cli_first_argument(const cli_command *command, int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        const char *word = argv[i];
        if (word[0] != '-' || word[1] == '\0')
            return word;
        if (strcmp(word, "--") == 0)
            return i + 1 < argc ? argv[i + 1] : NULL;
        size_t size = strlen(word + 1) ? strlen(word + 2) : 0;
        const cli_option *option = find_long(command, word + 2, size);
        i += option && takes_text(option);
    }
    return NULL;
}

/* True when the command line has set the option's field, by any name of it. */
static bool was_given(const parser *p, const cli_option *option)
{
    for (size_t i = 0; i < p->given.count; i++) {
        const char *name = p->given.items[i];
        const cli_option *other = find_long(p->command, name, strlen(name));
        if (other == option ||
            (other->field == option->field && !other->refused && !option->refused))
            return true;
    }
    return false;
}

static int store_lines(parser *p, const cli_option *option, cli_place place,
                       const char *text)
{
    int rc = 0;
    while (rc == 0 && *text) {
        size_t size = strcspn(text, "\r\n");
        const char *line = flama_arena_copy(p->arena, text, size);
        if (line == NULL)
            return no_memory(p->err);
        if (size)
            rc = cli_store(p->arena, option, place, line, p->settings, p->err);
        text += size;
        text += *text != 0;
    }
    return rc;
}

/* Gives an option that the command line left out its variable's value. */
static int store_variable(parser *p, const cli_option *option)
{
    const char *variable;
    const char *text =
        cli_variable(p->arena, option->name, option->variable, &variable);
    if (text == NULL || was_given(p, option))
        return 0;
    cli_place place = {flama_arena_format(p->arena, "--%s", option->name),
                       flama_arena_format(p->arena, " (variable %s)", variable)};
    if (place.name == NULL || place.where == NULL)
        return no_memory(p->err);
    if (option->kind == CLI_LIST)
        return store_lines(p, option, place, text);
    bool off;
    if (option->refused && !takes_text(option) && parse_bool(text, &off) == 0 && !off)
        return 0;
    return cli_store(p->arena, option, place, text, p->settings, p->err);
}

static int store_variables(parser *p, bool early)
{
    int rc = 0;
    for (const cli_option *const *table = p->command->tables; *table; table++)
        for (const cli_option *option = *table; rc == 0 && option->name; option++)
            if (option->early == early)
                rc = store_variable(p, option);
    return rc;
}

int cli_parse(flama_arena *arena, const cli_command *command, int argc, char **argv,
              void *settings, cli_list *arguments, flama_error *err)
{
    parser p = {.arena = arena,
                .command = command,
                .settings = settings,
                .argv = argv,
                .argc = argc,
                .next = 1,
                .arguments = arguments,
                .err = err};
    int rc = 0;
    for (size_t i = 0; rc == 0 && command->tables[i]; i++)
        rc = cli_store_defaults(arena, command->tables[i], settings, err);
    if (rc == 0)
        rc = parse_line(&p);
    if (rc == 0)
        rc = store_variables(&p, true);
    return rc ? rc : store_variables(&p, false);
}
