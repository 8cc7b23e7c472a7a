/* Options of the program: tables in, typed settings out.
 *
 * A command is a name, its words for the help text, and tables of options. One row says
 * everything about an option: how it is written, what it takes, where its value goes in
 * the command's settings struct, its default, and what --help tells. The help text, the
 * variables and the keys of a configuration file come from the same rows.
 *
 * A value comes from the command line, else from the variable FLAMA_<OPTION>, else from
 * the variable <OPTION> (only --app-..., --server-... and --model-...), else from a
 * variable the row names, else it is the default. Everything parsed lives in the arena
 * or in argv. One thread. */
#ifndef FLAMA_CLI_OPTIONS_H
#define FLAMA_CLI_OPTIONS_H

#include <flama.h>

typedef struct cli_list {
    const char **items;
    size_t count;
} cli_list;

/* What a value is, and the type of the field it goes to. */
typedef enum cli_kind {
    CLI_FLAG,    /* bool: the option alone means true */
    CLI_SWITCH,  /* bool: `name` is true, `off` is false */
    CLI_TEXT,    /* const char * */
    CLI_CHOICE,  /* const char *: one of `choices` */
    CLI_INTEGER, /* int64_t: least..most */
    CLI_NUMBER,  /* double: least..most */
    CLI_LIST     /* cli_list: each time adds one; line ends separate in a variable */
} cli_kind;

typedef struct cli_option {
    const char *name; /* "server-port"; NULL ends a table */
    const char *off;  /* CLI_SWITCH: "server-no-access-log" */
    char letter;      /* 'p' for -p, or 0 */
    cli_kind kind;
    size_t field;        /* offset in the settings; rows with the same are one option */
    const char *metavar; /* "PATH"; NULL: after the kind */
    const char *choices; /* "simple|full" */
    double least, most;  /* both 0: any */
    const char *initial; /* the default as text, or NULL: the field stays as it is */
    const char *variable; /* one more variable, asked last */
    const char *help;
    const char *refused; /* "is not supported: ...": then only `initial` is accepted */
    bool early;          /* its variable is read before all others */

    /* (optional) looks at each text before it is stored. */
    int (*check)(flama_arena *arena, const char *text, flama_error *err);
} cli_option;

typedef struct cli_command {
    const char *name;                        /* "serve" */
    const char *usage;                       /* "flama serve [OPTIONS] [MODEL_PATH]" */
    const char *summary;                     /* one line */
    const char *text;                        /* paragraphs for --help, or NULL */
    const cli_option *const *tables;         /* ends with NULL */
    const struct cli_command *const *inside; /* commands below it, to a NULL; or NULL */
    size_t arguments;                        /* how many it takes at most */
    int (*run)(flama_arena *arena, int argc, char **argv);
} cli_command;

/* Where a text came from, for the error message. */
typedef struct cli_place {
    const char *name;  /* "--server-port", "server.port" */
    const char *where; /* "", " (variable SERVER_PORT)", " in flama.json" */
} cli_place;

/* Returned by cli_parse when --help was asked for. */
#define CLI_HELP 1

/* Fills *settings from argv[1..argc), the variables and the defaults; what is no option
 * goes to *arguments. 0, CLI_HELP, or an error code with the sentence to print. */
int cli_parse(flama_arena *arena, const cli_command *command, int argc, char **argv,
              void *settings, cli_list *arguments, flama_error *err);

/* The first word of argv[1..argc) that is no option and no option's value, or NULL:
 * for a command that is to know it before the options are its own to judge. */
const char *cli_first_argument(const cli_command *command, int argc, char **argv);

/* Stores the defaults of every row of a table. */
int cli_store_defaults(flama_arena *arena, const cli_option *table, void *settings,
                       flama_error *err);

/* Stores one text in the option's field. 0, FLAMA_EARGUMENT or FLAMA_EMEMORY. */
int cli_store(flama_arena *arena, const cli_option *option, cli_place place,
              const char *text, void *settings, flama_error *err);

/* Appends to a list. 0 or FLAMA_EMEMORY. */
int cli_list_add(flama_arena *arena, cli_list *list, const char *item,
                 flama_error *err);

/* The value of the variables that stand for `name` ("model-path"), or NULL when none is
 * set; an empty variable counts as not set. *variable is the one found. */
const char *cli_variable(flama_arena *arena, const char *name, const char *last,
                         const char **variable);

/* The one of that name among commands that end with NULL, or NULL. */
const cli_command *cli_find_command(const cli_command *const *commands,
                                    const char *name);

/* The one of `count` names that looks most like `name`, or NULL when none does. */
const char *cli_closest(const char *name, const char *const *names, size_t count);

#endif
