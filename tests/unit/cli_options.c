/* cli: the option parser, on a table of its own. */
#include "test.h"

#include <stdlib.h>

#include "cli/options.h"

typedef struct settings {
    bool debug;
    bool log;
    const char *title;
    const char *level;
    int64_t port;
    double wait;
    cli_list headers;
} settings;

static int no_spaces(flama_arena *arena, const char *text, flama_error *err)
{
    (void)arena;
    return strchr(text, ' ')
               ? flama_error_set(err, FLAMA_EARGUMENT, "'%s' has a space.", text)
               : 0;
}

#define AT(member) .field = offsetof(settings, member)
static const cli_option app_table[] = {
    {.name = "app-debug", .letter = 'd', .kind = CLI_FLAG, AT(debug), .help = "D"},
    {.name = "app-title",
     .letter = 't',
     .kind = CLI_TEXT,
     AT(title),
     .initial = "Flama",
     .help = "T"},
    {.name = NULL},
};
static const cli_option server_table[] = {
    {.name = "server-port",
     .kind = CLI_INTEGER,
     AT(port),
     .least = 0,
     .most = 65535,
     .initial = "8000",
     .variable = "PORT",
     .help = "P"},
    {.name = "server-wait",
     .kind = CLI_NUMBER,
     AT(wait),
     .least = 0.5,
     .most = 10,
     .initial = "5",
     .help = "W"},
    {.name = "server-log",
     .off = "server-no-log",
     .kind = CLI_SWITCH,
     AT(log),
     .initial = "true",
     .help = "L"},
    {.name = "server-level",
     .kind = CLI_CHOICE,
     AT(level),
     .choices = "error|info",
     .initial = "info",
     .help = "V"},
    {.name = "headers", .kind = CLI_LIST, AT(headers), .check = no_spaces, .help = "H"},
    {.name = "server-loop",
     .kind = CLI_TEXT,
     .initial = "auto",
     .refused = "is not supported: there is one."},
    {.name = "server-ping",
     .kind = CLI_NUMBER,
     .initial = "20.0",
     .refused = "is not supported: no ping."},
    {.name = "server-reload", .kind = CLI_FLAG, .refused = "is not supported: no."},
    {.name = "port", .kind = CLI_INTEGER, AT(port), .help = "Same as --server-port."},
    {.name = NULL},
};
static const cli_option *const tables[] = {app_table, server_table, NULL};
static const cli_command command = {
    .name = "c",
    .usage = "flama c [OPTIONS] [FILE]",
    .summary = "C",
    .tables = tables,
    .arguments = 1,
};

typedef struct parsed {
    flama_arena *arena;
    settings s;
    cli_list arguments;
    flama_error err;
    int rc;
} parsed;

/* Parses the words up to NULL into *state. */
static parsed *parse(void **state, const char *const *words)
{
    parsed *p = *state;
    flama_arena_free(p->arena);
    *p = (parsed){.arena = flama_arena_new(0)};
    char *argv[16] = {"c"};
    int argc = 1;
    for (; *words; words++)
        argv[argc++] = flama_arena_format(p->arena, "%s", *words);
    p->rc = cli_parse(p->arena, &command, argc, argv, &p->s, &p->arguments, &p->err);
    return p;
}

#define PARSE(...) parse(state, (const char *const[]){__VA_ARGS__ __VA_OPT__(, ) NULL})

static void assert_refused(const parsed *p, const char *message)
{
    assert_int_equal(p->rc, FLAMA_EARGUMENT);
    assert_string_equal(p->err.message, message);
}

static void defaults_stand_when_nothing_is_said(void **state)
{
    parsed *p = PARSE();
    assert_int_equal(p->rc, 0);
    assert_string_equal(p->s.title, "Flama");
    assert_int_equal(p->s.port, 8000);
    assert_true(p->s.log);
    assert_false(p->s.debug);
    assert_true(p->s.wait > 4.9 && p->s.wait < 5.1);
    assert_int_equal(p->s.headers.count, 0);
    assert_int_equal(p->arguments.count, 0);
}

static void every_spelling_is_read(void **state)
{
    parsed *p = PARSE("--server-port=80", "file", "--app-title", "--odd", "-d",
                      "--server-no-log", "--headers", "a", "--headers=b=c",
                      "--server-wait", "0.5", "--server-level", "error");
    assert_int_equal(p->rc, 0);
    assert_int_equal(p->s.port, 80);
    assert_string_equal(p->s.title, "--odd");
    assert_string_equal(p->s.level, "error");
    assert_true(p->s.debug);
    assert_false(p->s.log);
    assert_int_equal(p->s.headers.count, 2);
    assert_string_equal(p->s.headers.items[1], "b=c");
    assert_string_equal(p->arguments.items[0], "file");
}

static void letters_join(void **state)
{
    parsed *p = PARSE("-dtname");
    assert_int_equal(p->rc, 0);
    assert_true(p->s.debug);
    assert_string_equal(p->s.title, "name");
    assert_refused(PARSE("-dx"), "No such option '-x'.");
    assert_refused(PARSE("-t"), "Option '--app-title' requires an argument.");
}

static void two_dashes_end_the_options(void **state)
{
    parsed *p = PARSE("--", "--app-debug");
    assert_int_equal(p->rc, 0);
    assert_string_equal(p->arguments.items[0], "--app-debug");
    assert_string_equal(PARSE("-")->arguments.items[0], "-");
}

static void the_last_of_two_counts(void **state)
{
    assert_int_equal(PARSE("--server-port", "1", "--port", "2")->s.port, 2);
    assert_true(PARSE("--server-no-log", "--server-log")->s.log);
}

static void mistakes_are_named(void **state)
{
    assert_refused(PARSE("--server-porta"),
                   "No such option '--server-porta'. Did you mean '--server-port'?");
    assert_refused(PARSE("--zzz"), "No such option '--zzz'.");
    assert_refused(PARSE("--server-port"),
                   "Option '--server-port' requires an argument.");
    assert_refused(PARSE("--app-debug=1"),
                   "Option '--app-debug' does not take a value.");
    assert_refused(PARSE("a", "b"), "Got unexpected extra argument (b)");
    assert_refused(PARSE("--server-level", "e"),
                   "Invalid value for '--server-level': 'e' is not one of error|info.");
    assert_refused(PARSE("--server-level", "error|info"),
                   "Invalid value for '--server-level': 'error|info' is not one of "
                   "error|info.");
    assert_refused(PARSE("--headers", "a b"),
                   "Invalid value for '--headers': 'a b' has a space.");
}

static void numbers_are_whole_and_in_range(void **state)
{
    static const char *const bad[] = {"", " 1", "1 ", "0x10", "1.0", "1e3", "a"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_int_equal(PARSE("--server-port", bad[i])->rc, FLAMA_EARGUMENT);
    assert_refused(
        PARSE("--server-port", "65536"),
        "Invalid value for '--server-port': 65536 is not in the range 0<=x<=65535.");
    assert_refused(PARSE("--server-port", "99999999999999999999"),
                   "Invalid value for '--server-port': '99999999999999999999' is not a "
                   "valid integer.");
    assert_int_equal(PARSE("--server-wait", "nan")->rc, FLAMA_EARGUMENT);
    assert_int_equal(PARSE("--server-wait", "inf")->rc, FLAMA_EARGUMENT);
    assert_int_equal(PARSE("--server-wait", "0.4")->rc, FLAMA_EARGUMENT);
}

static void a_refused_option_says_why(void **state)
{
    assert_refused(PARSE("--server-loop", "uvloop"),
                   "--server-loop is not supported: there is one.");
    assert_int_equal(PARSE("--server-loop", "auto")->rc, 0);
    assert_int_equal(PARSE("--server-ping", "20")->rc, 0);
    assert_refused(PARSE("--server-ping", "21"),
                   "--server-ping is not supported: no ping.");
    assert_refused(PARSE("--server-reload"), "--server-reload is not supported: no.");
}

static void help_is_asked_for(void **state)
{
    assert_int_equal(PARSE("--help", "--zzz")->rc, CLI_HELP);
    assert_refused(PARSE("--zzz", "--help"), "No such option '--zzz'.");
}

static void variables_stand_in_by_rank(void **state)
{
    setenv("PORT", "1", 1);
    assert_int_equal(PARSE()->s.port, 1);
    setenv("SERVER_PORT", "2", 1);
    assert_int_equal(PARSE()->s.port, 2);
    setenv("FLAMA_SERVER_PORT", "3", 1);
    assert_int_equal(PARSE()->s.port, 3);
    assert_int_equal(PARSE("--server-port", "4")->s.port, 4);
    assert_int_equal(PARSE("--port", "5")->s.port, 5);
    setenv("FLAMA_SERVER_PORT", "", 1);
    assert_int_equal(PARSE()->s.port, 2);
    setenv("SERVER_PORT", "x", 1);
    assert_refused(PARSE(), "Invalid value for '--server-port' (variable SERVER_PORT): "
                            "'x' is not a valid integer.");
    unsetenv("PORT");
    unsetenv("SERVER_PORT");
    unsetenv("FLAMA_SERVER_PORT");
}

static void short_names_need_the_prefix(void **state)
{
    setenv("HEADERS", "a", 1);
    assert_int_equal(PARSE()->s.headers.count, 0);
    setenv("FLAMA_HEADERS", "a\nb\r\n\nc", 1);
    parsed *p = PARSE();
    assert_int_equal(p->s.headers.count, 3);
    assert_string_equal(p->s.headers.items[1], "b");
    unsetenv("HEADERS");
    unsetenv("FLAMA_HEADERS");
}

static void variables_switch_both_ways(void **state)
{
    setenv("SERVER_LOG", "off", 1);
    setenv("APP_DEBUG", "Yes", 1);
    parsed *p = PARSE();
    assert_false(p->s.log);
    assert_true(p->s.debug);
    setenv("APP_DEBUG", "2", 1);
    assert_refused(PARSE(), "Invalid value for '-d' / '--app-debug' (variable "
                            "APP_DEBUG): '2' is not a valid boolean.");
    unsetenv("SERVER_LOG");
    unsetenv("APP_DEBUG");
    setenv("SERVER_RELOAD", "0", 1);
    assert_int_equal(PARSE()->rc, 0);
    setenv("SERVER_RELOAD", "1", 1);
    assert_refused(PARSE(), "--server-reload (variable SERVER_RELOAD) is not "
                            "supported: no.");
    unsetenv("SERVER_RELOAD");
}

static void the_closest_name_is_found(void **state)
{
    (void)state;
    static const char *const names[] = {"model", "serve", "start"};
    assert_string_equal(cli_closest("sreve", names, 3), "serve");
    assert_string_equal(cli_closest("stat", names, 3), "start");
    assert_null(cli_closest("x", names, 3));
    assert_null(cli_closest("", names, 3));
    char giant[1000] = {0};
    memset(giant, 's', sizeof giant - 1);
    assert_null(cli_closest(giant, names, 3));
}

int main(void)
{
    static parsed p;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_prestate(defaults_stand_when_nothing_is_said, &p),
        cmocka_unit_test_prestate(every_spelling_is_read, &p),
        cmocka_unit_test_prestate(letters_join, &p),
        cmocka_unit_test_prestate(two_dashes_end_the_options, &p),
        cmocka_unit_test_prestate(the_last_of_two_counts, &p),
        cmocka_unit_test_prestate(mistakes_are_named, &p),
        cmocka_unit_test_prestate(numbers_are_whole_and_in_range, &p),
        cmocka_unit_test_prestate(a_refused_option_says_why, &p),
        cmocka_unit_test_prestate(help_is_asked_for, &p),
        cmocka_unit_test_prestate(variables_stand_in_by_rank, &p),
        cmocka_unit_test_prestate(short_names_need_the_prefix, &p),
        cmocka_unit_test_prestate(variables_switch_both_ways, &p),
        cmocka_unit_test(the_closest_name_is_found),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    flama_arena_free(p.arena);
    return failed;
}
