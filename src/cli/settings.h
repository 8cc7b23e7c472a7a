/* What a served app can be told, whatever told it: the options --app-... and
 * --server-..., and the keys of a configuration file, which are the same names.
 *
 * cli_launch turns settings and models into a running server. Everything is borrowed
 * from the arena that the settings were parsed into. One thread. */
#ifndef FLAMA_CLI_SETTINGS_H
#define FLAMA_CLI_SETTINGS_H

#include "cli/options.h"

typedef struct cli_settings {
    bool debug;
    const char *title;
    const char *version;
    const char *description;
    const char *schema;
    const char *docs;

    const char *host;
    int64_t port; /* 0: the system chooses */
    const char *uds;
    int64_t fd; /* -1: none */
    int64_t workers;
    const char *env_file;
    const char *log_level;
    bool access_log;
    bool use_colors;
    bool proxy_headers;
    bool server_header;
    bool date_header;
    const char *forwarded_allow_ips;
    const char *root_path;
    int64_t limit_concurrency;
    int64_t backlog;
    int64_t limit_max_requests;
    int64_t limit_body;
    int64_t limit_head;
    double timeout_keep_alive; /* seconds, as the two below */
    double timeout_request;
    double timeout_stop;
    bool reload;
    double reload_delay; /* seconds */
    cli_list headers;
} cli_settings;

/* One model to serve. */
typedef struct cli_model {
    const char *file;
    const char *url;
    const char *name;
    const char *methods; /* served besides predict: "predict_proba+transform" */
} cli_model;

/* The tables, for commands that put their settings first in their struct. */
extern const cli_option cli_app_options[];
extern const cli_option cli_server_options[];

/* What of the app's options can be told to an app that says the others itself. */
extern const cli_option cli_debug_options[];

/* What only the Python package can do. */
extern const cli_option cli_trust_options[];

/* Settings before any option: what has no default in the tables. */
void cli_settings_init(cli_settings *settings);

/* A header given as "Name: value": 0, or FLAMA_EARGUMENT when it is not one. */
int cli_check_header(flama_arena *arena, const char *text, flama_error *err);

/* Serves the models until a signal; returns the program's exit status, having printed
 * whatever went wrong. */
int cli_launch(flama_arena *arena, const cli_settings *settings,
               const cli_model *models, size_t count);

/* The same for the app `name` of a C source or a shared object. */
int cli_launch_file(flama_arena *arena, const cli_settings *settings, const char *file,
                    const char *name);

#endif
