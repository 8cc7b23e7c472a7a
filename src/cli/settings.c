#include "cli/settings.h"

#include <ctype.h>
#include <string.h>
#include <unistd.h>

#include "cli/environment.h"

#define AT(member) .field = offsetof(cli_settings, member)

#define NO_CHOICE_OF_FILES                                                       \
    "is not supported: the sources and model files that the app is made of are " \
    "watched, wherever they are; leave it out."
#define NO_CHOICE(what) \
    "is not supported: there is one " what ", part of the program; leave it out."
#define NO_SOCKETS                                                                   \
    "is not supported: models are served over plain HTTP, there are no WebSockets; " \
    "leave it out."
#define NO_TLS                                                                        \
    "is not supported: the server speaks plain HTTP; let a proxy in front of it end " \
    "TLS."
#define NO_PYTHON "is not supported: no Python application is loaded; leave it out."
#define NO_LOG_CONFIG                                                            \
    "is not supported: the log goes to standard error; use --server-log-level, " \
    "--server-access-log and --server-use-colors."

const cli_option cli_app_options[] = {
    {.name = "app-debug",
     .kind = CLI_FLAG,
     AT(debug),
     .help = "Debug mode: error pages with source and backtrace, and a start anew "
             "after a crash."},
    {.name = "app-title",
     .kind = CLI_TEXT,
     AT(title),
     .initial = "Flama",
     .help = "Name of the application."},
    {.name = "app-version",
     .kind = CLI_TEXT,
     AT(version),
     .initial = "0.1.0",
     .help = "Version of the application."},
    {.name = "app-description",
     .kind = CLI_TEXT,
     AT(description),
     .initial = "Fire up with the flame",
     .help = "Description of the application."},
    {.name = "app-schema",
     .kind = CLI_TEXT,
     AT(schema),
     .initial = "/schema/",
     .help = "Route of the application schema; empty for none."},
    {.name = "app-docs",
     .kind = CLI_TEXT,
     AT(docs),
     .initial = "/docs/",
     .help = "Route of the application documentation; empty for none."},
    {.name = NULL},
};

const cli_option cli_trust_options[] = {
    {.name = "trust",
     .kind = CLI_FLAG,
     .refused = "is for apps in Python: nothing here runs code of a model file."},
    {.name = NULL},
};

const cli_option cli_debug_options[] = {
    {.name = "app-debug", .kind = CLI_FLAG, AT(debug), .help = "Debug mode."},
    {.name = NULL},
};

/* In the order in which a full configuration file lists them. */
const cli_option cli_server_options[] = {
    {.name = "server-host",
     .kind = CLI_TEXT,
     AT(host),
     .initial = "127.0.0.1",
     .help = "Bind socket to this host; empty for every interface."},
    {.name = "server-port",
     .kind = CLI_INTEGER,
     AT(port),
     .most = 65535,
     .initial = "8000",
     .help = "Bind socket to this port; 0 lets the system choose."},
    {.name = "server-uds",
     .kind = CLI_TEXT,
     AT(uds),
     .metavar = "PATH",
     .help = "Bind to a UNIX domain socket instead."},
    {.name = "server-fd",
     .kind = CLI_INTEGER,
     AT(fd),
     .most = 65535,
     .help = "Serve on this inherited listening socket instead."},
    {.name = "server-loop",
     .kind = CLI_TEXT,
     .initial = "auto",
     .refused = NO_CHOICE("event loop")},
    {.name = "server-http",
     .kind = CLI_TEXT,
     .initial = "auto",
     .refused = NO_CHOICE("HTTP implementation")},
    {.name = "server-ws", .kind = CLI_TEXT, .initial = "auto", .refused = NO_SOCKETS},
    {.name = "server-ws-max-size",
     .kind = CLI_INTEGER,
     .initial = "16777216",
     .refused = NO_SOCKETS},
    {.name = "server-ws-ping-interval",
     .kind = CLI_NUMBER,
     .initial = "20.0",
     .refused = NO_SOCKETS},
    {.name = "server-ws-ping-timeout",
     .kind = CLI_NUMBER,
     .initial = "20.0",
     .refused = NO_SOCKETS},
    {.name = "server-ws-per-message-deflate",
     .kind = CLI_TEXT,
     .initial = "true",
     .refused = NO_SOCKETS},
    {.name = "server-lifespan",
     .kind = CLI_TEXT,
     .initial = "auto",
     .refused = NO_PYTHON},
    {.name = "server-interface",
     .kind = CLI_TEXT,
     .initial = "auto",
     .refused = NO_PYTHON},
    {.name = "server-reload",
     .kind = CLI_FLAG,
     AT(reload),
     .initial = "false",
     .help = "Enable auto-reload: when a source or a model file changes, the app is "
             "made anew, and no request is lost."},
    {.name = "server-reload-dirs", .kind = CLI_TEXT, .refused = NO_CHOICE_OF_FILES},
    {.name = "server-reload-includes", .kind = CLI_TEXT, .refused = NO_CHOICE_OF_FILES},
    {.name = "server-reload-excludes", .kind = CLI_TEXT, .refused = NO_CHOICE_OF_FILES},
    {.name = "server-reload-delay",
     .kind = CLI_NUMBER,
     AT(reload_delay),
     .least = 0.001,
     .most = 3600,
     .initial = "0.25",
     .metavar = "SECONDS",
     .help = "How long files must stand still after a change."},
    {.name = "server-workers",
     .kind = CLI_INTEGER,
     AT(workers),
     .least = 1,
     .most = 1024,
     .variable = "WEB_CONCURRENCY",
     .help = "Number of threads that serve; they share one copy of the models. "
             "$WEB_CONCURRENCY when that is set, else one for each core."},
    {.name = "server-env-file",
     .kind = CLI_TEXT,
     AT(env_file),
     .metavar = "PATH",
     .early = true,
     .check = cli_load_environment,
     .help = "File of NAME=VALUE lines: variables for what is not in the "
             "environment."},
    {.name = "server-log-config", .kind = CLI_TEXT, .refused = NO_LOG_CONFIG},
    {.name = "server-log-level",
     .kind = CLI_CHOICE,
     AT(log_level),
     .choices = "critical|error|warning|info|debug|trace",
     .initial = "info",
     .help = "Log level."},
    {.name = "server-access-log",
     .off = "server-no-access-log",
     .kind = CLI_SWITCH,
     AT(access_log),
     .initial = "true",
     .help = "Enable/Disable access log."},
    {.name = "server-proxy-headers",
     .off = "server-no-proxy-headers",
     .kind = CLI_SWITCH,
     AT(proxy_headers),
     .initial = "true",
     .help = "Enable/Disable X-Forwarded-Proto and X-Forwarded-For from trusted "
             "proxies."},
    {.name = "server-server-header",
     .off = "server-no-server-header",
     .kind = CLI_SWITCH,
     AT(server_header),
     .initial = "true",
     .help = "Enable/Disable default Server header."},
    {.name = "server-date-header",
     .off = "server-no-date-header",
     .kind = CLI_SWITCH,
     AT(date_header),
     .initial = "true",
     .help = "Enable/Disable default Date header."},
    {.name = "server-forwarded-allow-ips",
     .kind = CLI_TEXT,
     AT(forwarded_allow_ips),
     .variable = "FORWARDED_ALLOW_IPS",
     .help = "Comma separated list of IPs to trust with proxy headers. "
             "$FORWARDED_ALLOW_IPS when that is set, else 127.0.0.1."},
    {.name = "server-root-path",
     .kind = CLI_TEXT,
     AT(root_path),
     .initial = "",
     .metavar = "PATH",
     .help = "Prefix of the URL path that a proxy takes off."},
    {.name = "server-limit-concurrency",
     .kind = CLI_INTEGER,
     AT(limit_concurrency),
     .least = 1,
     .most = 10000000,
     .help = "Maximum number of connections at a time; further ones are answered "
             "503."},
    {.name = "server-backlog",
     .kind = CLI_INTEGER,
     AT(backlog),
     .least = 1,
     .most = 65535,
     .initial = "2048",
     .help = "Maximum number of connections to hold in backlog."},
    {.name = "server-limit-max-requests",
     .kind = CLI_INTEGER,
     AT(limit_max_requests),
     .least = 1,
     .most = 1e15,
     .help = "Maximum number of requests to answer before the server stops."},
    {.name = "server-limit-body",
     .kind = CLI_INTEGER,
     AT(limit_body),
     .least = 1,
     .most = 1e12,
     .metavar = "BYTES",
     .initial = "67108864",
     .help = "Maximum size of a request's body."},
    {.name = "server-limit-head",
     .kind = CLI_INTEGER,
     AT(limit_head),
     .least = 256,
     .most = 16777216,
     .metavar = "BYTES",
     .initial = "16384",
     .help = "Maximum size of a request's head: request line and headers."},
    {.name = "server-timeout-keep-alive",
     .kind = CLI_NUMBER,
     AT(timeout_keep_alive),
     .least = 0.001,
     .most = 86400,
     .metavar = "SECONDS",
     .initial = "5",
     .help = "Close Keep-Alive connections if no new data is received within this "
             "timeout."},
    {.name = "server-timeout-request",
     .kind = CLI_NUMBER,
     AT(timeout_request),
     .least = 0.001,
     .most = 86400,
     .metavar = "SECONDS",
     .initial = "60",
     .help = "Answer 504 to a request that has got no other answer within this "
             "time."},
    {.name = "server-timeout-graceful-shutdown",
     .kind = CLI_NUMBER,
     AT(timeout_stop),
     .least = 0.001,
     .most = 86400,
     .metavar = "SECONDS",
     .initial = "30",
     .help = "When told to stop, wait at most this long for what is in flight."},
    {.name = "server-ssl-keyfile", .kind = CLI_TEXT, .refused = NO_TLS},
    {.name = "server-ssl-certfile", .kind = CLI_TEXT, .refused = NO_TLS},
    {.name = "server-ssl-keyfile-password", .kind = CLI_TEXT, .refused = NO_TLS},
    {.name = "server-ssl-version",
     .kind = CLI_INTEGER,
     .initial = "17",
     .refused = NO_TLS},
    {.name = "server-ssl-cert-reqs",
     .kind = CLI_INTEGER,
     .initial = "0",
     .refused = NO_TLS},
    {.name = "server-ssl-ca-certs", .kind = CLI_TEXT, .refused = NO_TLS},
    {.name = "server-ssl-ciphers",
     .kind = CLI_TEXT,
     .initial = "TLSv1",
     .refused = NO_TLS},
    {.name = "server-headers",
     .kind = CLI_LIST,
     AT(headers),
     .metavar = "NAME:VALUE",
     .check = cli_check_header,
     .help = "Header for every answer. Can be repeated."},
    {.name = "server-use-colors",
     .off = "server-no-use-colors",
     .kind = CLI_SWITCH,
     AT(use_colors),
     .help = "Enable/Disable colorized logging; on when standard error is a "
             "terminal."},
    {.name = "server-app-dir", .kind = CLI_TEXT, .initial = ".", .refused = NO_PYTHON},
    {.name = "server-factory",
     .kind = CLI_FLAG,
     .initial = "false",
     .refused = NO_PYTHON},
    {.name = "server-h11-max-incomplete-event-size",
     .kind = CLI_INTEGER,
     AT(limit_head),
     .least = 256,
     .most = 16777216,
     .metavar = "BYTES",
     .help = "Another name of --server-limit-head."},
    {.name = NULL},
};

void cli_settings_init(cli_settings *settings)
{
    *settings = (cli_settings){.fd = -1, .use_colors = isatty(STDERR_FILENO)};
}

int cli_check_header(flama_arena *arena, const char *text, flama_error *err)
{
    (void)arena;
    size_t name = strcspn(text, ":");
    bool valid = name > 0 && text[name] == ':';
    for (size_t i = 0; i < name; i++)
        valid = valid &&
                (isalnum((unsigned char)text[i]) || strchr("!#$%&'*+-.^_`|~", text[i]));
    for (const char *p = text + name; *p; p++)
        valid = valid && ((unsigned char)*p >= ' ' || *p == '\t') && *p != 0x7f;
    return valid
               ? 0
               : flama_error_set(err, FLAMA_EARGUMENT,
                                 "'%s' is not a header of the form Name:Value.", text);
}
