/* For the face of another language: handlers that answer in their own time, and
 * exchanges from a transport of one's own.
 *
 * Such a face builds types (flama_type.as_value) and handlers (flama_handler.begin) at
 * run time. A handler that was begun owns its call, and what hangs on it, until it
 * finishes it. */
#ifndef FLAMA_SYS_FACE_H
#define FLAMA_SYS_FACE_H

#include <flama/app.h>
#include <flama/sys/exchange.h>

FLAMA_BEGIN_DECLS

/* The exchange that the call is to answer: for the request, and to add headers to the
 * response. Borrowed; NULL for a call outside a request. */
FLAMA_API flama_exchange *flama_call_exchange(flama_call *call);

/* Ends a call that was begun: with what the handler gives (code 0), checked by its type
 * and printed before this returns; else with the call's error. The call is gone then.
 * Any thread, exactly once. */
FLAMA_API void flama_call_finish(flama_call *call, int code, const flama_value *gives);

/* The same with an answer made by the handler itself. The strings are not copied: they
 * live in the call's arena, or for ever. */
FLAMA_API void flama_call_answer(flama_call *call, int status,
                                 flama_string content_type, flama_string body);

/* Ends a call that failed with its error, without asking the app's error handlers: the
 * face has asked its own. */
FLAMA_API void flama_call_give_up(flama_call *call, int code);

/* A frame of another language. */
typedef struct flama_face_frame {
    const char *function;
    const char *file;   /* or NULL */
    int line;           /* negative: no frame, but `function` says of which earlier
                           failure the frames that follow are */
    const char *locals; /* its variables, "name = value" a line; or NULL */
} flama_face_frame;

/* Adds a frame to the backtrace that the debug page shows of the call's failure, the
 * innermost first, in place of the C frames. The texts are copied. Nothing is added
 * after 64 of them, nor where flama_call_wants_frames is false: without debug mode. */
FLAMA_API void flama_call_add_frame(flama_call *call, const flama_face_frame *frame);
FLAMA_API bool flama_call_wants_frames(const flama_call *call);

/* The one way through a started app: matches the exchange's request and answers it,
 * then or later. Any thread. */
FLAMA_API void flama_app_dispatch(flama_app *app, flama_exchange *exchange);

/* flama_app_run in parts, for a program whose thread has a loop of its own to run:
 * begin, turns in between, and end, all on one thread, which has one such server at a
 * time. The server has `workers` threads that take connections, and a loop on this one,
 * to which a connection moves once an answer is given on this thread (as a handler that
 * was begun may): from then on its requests come within turns, and answers given
 * between two turns are written at once. While the thread is away for longer than a few
 * milliseconds, another one turns that loop in its stead: it answers all but handlers
 * that wait for this thread, and those with 504 when their time is over. */
typedef struct flama_serving flama_serving;

/* Starts the app if need be, binds and listens; signals are the caller's. The
 * descriptor is watched during turns. *port is the port bound, 0 for a Unix socket. As
 * flama_app_run. */
FLAMA_API int flama_serving_begin(flama_serving **out, flama_app *app,
                                  const flama_run_options *options, int descriptor,
                                  int *port, flama_error *err);

/* Serves for at most so many milliseconds (0: what is there, negative: any time), until
 * flama_serving_interrupt, or until the descriptor is readable, as *readable then says.
 * False when all is answered after flama_app_stop. */
FLAMA_API bool flama_serving_turn(flama_serving *serving, int timeout, bool *readable);

/* Ends the turn, or the next one at its beginning. Any thread. */
FLAMA_API void flama_serving_interrupt(flama_serving *serving);

/* Frees it, when the last turn gave false. */
FLAMA_API void flama_serving_end(flama_serving *serving);

/* A listening socket as the options' address asks for, to be inherited by processes
 * that serve on it (use_fd); closed on exec until then. *port is the port bound, 0 for
 * a Unix socket, whose file the caller removes in the end. 0, or FLAMA_EIO. */
FLAMA_API int flama_run_listen(const flama_run_options *options, int *fd, int *port,
                               flama_error *err);

FLAMA_END_DECLS

#endif
