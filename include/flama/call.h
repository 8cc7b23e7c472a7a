/* One call of a handler or a model: its memory, its error, its time.
 *
 * A call is made by whoever calls (the app for a request, flama_call_new for a program
 * of one's own) and belongs to one thread at a time. All output of the call lives in
 * its arena. */
#ifndef FLAMA_CALL_H
#define FLAMA_CALL_H

#include <flama/value.h>

FLAMA_BEGIN_DECLS

typedef struct flama_call flama_call;

/* A call of one's own, for code outside a request. NULL without memory.
 * flama_call_reset drops its output and its error and makes it ready again. */
FLAMA_API flama_call *flama_call_new(void);
FLAMA_API void flama_call_reset(flama_call *call);
FLAMA_API void flama_call_free(flama_call *call);

/* The arena; `size` bytes of it; the error (code 0: none). Borrowed from the call. */
FLAMA_API flama_arena *flama_call_arena(flama_call *call);
FLAMA_API void *flama_call_alloc(flama_call *call, size_t size);
FLAMA_API const flama_error *flama_call_error(const flama_call *call);

/* True once the client is gone or the time is over: long work should look now and then,
 * and end with flama_call_stopped, which sets FLAMA_ECANCELLED or FLAMA_ETIMEOUT. */
FLAMA_API bool flama_call_cancelled(const flama_call *call);
FLAMA_API int flama_call_stopped(flama_call *call);

/* Says that the call failed, and why, keeping file, line and function:
 *     return flama_fail(call, FLAMA_EINPUT, "row %zu is empty", row);
 * flama_fail_at names the place in the input too ("$.input[0][3]"). Returns the code.
 */
#define flama_fail(call, code, ...) \
    flama_call_fail((call), (code), NULL, __FILE__, __LINE__, __func__, __VA_ARGS__)
#define flama_fail_at(call, code, path, ...) \
    flama_call_fail((call), (code), (path), __FILE__, __LINE__, __func__, __VA_ARGS__)

/* An object built in place, in the call's arena:
 *     return flama_give(call, out, FLAMA_OBJECT(call, {"name", flama_value_text(name)},
 *                                               {"size", flama_value_integer(4)}));
 * Names are borrowed. Without memory the call has failed, which flama_give returns. */
typedef struct flama_pair {
    const char *name;
    flama_value value;
} flama_pair;

#define FLAMA_OBJECT(call, ...)                                  \
    flama_call_object((call), (const flama_pair[]){__VA_ARGS__}, \
                      sizeof((const flama_pair[]){__VA_ARGS__}) / sizeof(flama_pair))

FLAMA_API flama_value flama_call_object(flama_call *call, const flama_pair *pairs,
                                        size_t count);

/* Sets *out to a copy of the value in the call's arena. 0, or the code of the call's
 * error, when it has failed. */
FLAMA_API int flama_give(flama_call *call, const flama_value **out, flama_value value);

FLAMA_API int flama_call_fail(flama_call *call, int code, const char *path,
                              const char *file, int line, const char *function,
                              const char *format, ...) FLAMA_PRINTF(7, 8);

FLAMA_END_DECLS

#endif
