/* Serving under a supervisor: in a child process that is started again when it crashes.
 *
 * For programs in debug mode. The supervisor holds the listening sockets, so that
 * clients wait while a crashed server is replaced; it tells the log where the crash
 * was, answers the request whose handler crashed, and closes all other connections. */
#ifndef FLAMA_SYS_SUPERVISOR_H
#define FLAMA_SYS_SUPERVISOR_H

#include <flama/app.h>

FLAMA_BEGIN_DECLS

/* Runs serve(ctx), which makes an app and serves it with flama_app_run and these
 * options, in a child process, and gives the exit status: in the child, which goes on
 * from here as the program would, what `serve` gave; in the supervisor that of the last
 * child, or 1 after a crash before it served or too many in a row. SIGINT and SIGTERM
 * are handed on. Call it on the program's first thread, with no other started:
 * otherwise, or where the system refuses, serve(ctx) is just called. */
FLAMA_API int flama_supervise(const flama_run_options *options, int (*serve)(void *ctx),
                              void *ctx);

FLAMA_END_DECLS

#endif
