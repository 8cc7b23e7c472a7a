/* The program's log: lines on standard error, as uvicorn writes them.
 *
 *     INFO:     127.0.0.1:51234 - "POST /predict/ HTTP/1.1" 200 OK
 *
 * Each line is one write, so lines of several threads never mix; bytes that would
 * change the terminal are written as \xNN. Started once, before any thread; then any
 * thread. */
#ifndef FLAMA_CLI_LOG_H
#define FLAMA_CLI_LOG_H

#include <flama.h>

/* Receives the library's log from now on. `level` is one of the names that
 * --server-log-level takes. */
void cli_log_start(const char *level, bool colors);

/* A line of the program's own; nothing below the level. */
void cli_log(flama_log_level level, const char *format, ...) FLAMA_PRINTF(2, 3);

/* Copies text, cut to fit, with control characters as \xNN; with `lines`, line ends
 * stay. Returns the length, without the NUL. */
size_t cli_escape(char *out, size_t size, const char *text, bool lines);

#endif
