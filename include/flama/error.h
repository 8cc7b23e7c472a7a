/* Errors: one table, one struct.
 *
 * What can fail returns an int: 0, or one of the negative FLAMA_E... codes, and fills
 * the caller's flama_error when one was given. The struct has no heap behind it: it can
 * be copied, kept and thrown away. The first error set in it stays. */
#ifndef FLAMA_ERROR_H
#define FLAMA_ERROR_H

#include <flama/base.h>

/* name, number, HTTP status, name in the error envelope, Python exception, text */
#define FLAMA_ERRORS(X)                                                              \
    X(MEMORY, 1, 503, "MemoryError", "MemoryError", "out of memory")                 \
    X(ARGUMENT, 2, 500, "ValueError", "ValueError", "invalid argument")              \
    X(IO, 3, 500, "OSError", "OSError", "input or output failed")                    \
    X(FORMAT, 4, 400, "HTTPException", "ValueError", "damaged data")                 \
    X(UNSUPPORTED, 5, 501, "HTTPException", "NotImplementedError", "not supported")  \
    X(LIMIT, 6, 413, "HTTPException", "ValueError", "over the limit")                \
    X(JSON, 7, 400, "HTTPException", "ValueError", "malformed JSON")                 \
    X(VALIDATION, 8, 400, "ValidationError", "ValueError", "invalid data")           \
    X(SERIALIZATION, 9, 500, "SerializationError", "ValueError", "invalid answer")   \
    X(INPUT, 10, 400, "HTTPException", "ValueError", "input the model can't take")   \
    X(NONFINITE, 11, 500, "SerializationError", "ValueError", "not a finite number") \
    X(BAD_REQUEST, 12, 400, "HTTPException", "ValueError", "Bad Request")            \
    X(NOT_FOUND, 13, 404, "HTTPException", "LookupError", "Not Found")               \
    X(METHOD, 14, 405, "HTTPException", "LookupError", "Method Not Allowed")         \
    X(MEDIA_TYPE, 15, 415, "HTTPException", "ValueError", "Unsupported Media Type")  \
    X(TIMEOUT, 16, 504, "HTTPException", "TimeoutError", "Gateway Timeout")          \
    X(CANCELLED, 17, 503, "HTTPException", "RuntimeError", "cancelled")              \
    X(UNAVAILABLE, 18, 503, "HTTPException", "RuntimeError", "Service Unavailable")  \
    X(SETUP, 19, 500, "RuntimeError", "RuntimeError", "the app is not set up right") \
    X(INTERNAL, 20, 500, "RuntimeError", "RuntimeError", "Internal Server Error")

#define FLAMA_ERROR_ENUM_(name, number, status, envelope, exception, text) \
    FLAMA_E##name = -number,
enum { FLAMA_OK = 0, FLAMA_ERRORS(FLAMA_ERROR_ENUM_) FLAMA_ERROR_ENUM_END_ = -21 };

FLAMA_BEGIN_DECLS

/* One error. `path` names the place in a document ("$.input[0][3]") or is empty;
 * `offset` counts bytes from the start of the input, line and column from 1; 0 means
 * unknown for these two, SIZE_MAX for offset. `file`, `function` and `source_line` say
 * where the code gave up, when it told. */
typedef struct flama_error {
    int code;
    unsigned line;
    unsigned column;
    int source_line;
    size_t offset;
    const char *file;
    const char *function;
    char path[112];
    char message[400];
} flama_error;

/* Sets *err unless it is NULL or holds an error already; the text is cut to fit, at a
 * UTF-8 boundary. Returns code, so that a failing function can end with it. */
FLAMA_API int flama_error_set(flama_error *err, int code, const char *format, ...)
    FLAMA_PRINTF(3, 4);

/* The same with a place, as in "$.input[0][3]". */
FLAMA_API int flama_error_set_at(flama_error *err, int code, const char *path,
                                 const char *format, ...) FLAMA_PRINTF(4, 5);

/* Forgets the error. */
FLAMA_API void flama_error_clear(flama_error *err);

/* "EINPUT" and so on; the table's text; the HTTP status; the envelope's "error"; the
 * name of Python's exception. An unknown code counts as FLAMA_EINTERNAL. All static. */
FLAMA_API const char *flama_error_name(int code);
FLAMA_API const char *flama_error_text(int code);
FLAMA_API int flama_error_status(int code);
FLAMA_API const char *flama_error_envelope(int code);
FLAMA_API const char *flama_error_exception(int code);

FLAMA_END_DECLS

#endif
