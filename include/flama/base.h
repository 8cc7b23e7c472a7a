/* What every other header stands on: visibility, strings, the allocator, the log.
 *
 * The library never prints and never exits. It allocates through one allocator, which
 * can be replaced before anything else is called, and says what it has to say through
 * one log function. Both are process-wide: set them once, on one thread, at start. */
#ifndef FLAMA_BASE_H
#define FLAMA_BASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
#define FLAMA_BEGIN_DECLS extern "C" {
#define FLAMA_END_DECLS }
#else
#define FLAMA_BEGIN_DECLS
#define FLAMA_END_DECLS
#endif

#define FLAMA_API __attribute__((visibility("default")))
#define FLAMA_UNUSED_ __attribute__((unused))
#define FLAMA_PRINTF(text, first) __attribute__((format(printf, text, first)))

#define FLAMA_VERSION "0.1.0"

FLAMA_BEGIN_DECLS

/* Bytes with a length; not necessarily NUL-terminated. Never owns its data. */
typedef struct flama_string {
    const char *data;
    size_t size;
} flama_string;

/* A flama_string over a string literal. */
#define FLAMA_STRING(literal) ((flama_string){(literal), sizeof(literal) - 1})

/* The version of the library at run time, as in "0.1.0". Static. */
FLAMA_API const char *flama_version(void);

/* Where memory comes from. Each function behaves as its counterpart of the C library;
 * ctx is passed through. Called from any thread. */
typedef struct flama_allocator {
    size_t size; /* sizeof(flama_allocator) */
    void *ctx;
    void *(*allocate)(void *ctx, size_t size);
    void *(*reallocate)(void *ctx, void *memory, size_t size);
    void (*release)(void *ctx, void *memory);
} flama_allocator;

/* Replaces the allocator; NULL brings the C library's back. Copies *allocator. Only
 * while the library holds no memory: before the first other call. */
FLAMA_API void flama_set_allocator(const flama_allocator *allocator);

typedef enum flama_log_level {
    FLAMA_LOG_TRACE,
    FLAMA_LOG_DEBUG,
    FLAMA_LOG_INFO,
    FLAMA_LOG_WARNING,
    FLAMA_LOG_ERROR,
    FLAMA_LOG_CRITICAL
} flama_log_level;

/* Receives one line without a line end. Called from any thread, several at once. */
typedef void (*flama_log_function)(void *ctx, flama_log_level level, const char *line);

/* Sets who receives the log, from `least` upwards; NULL silences it (the default). */
FLAMA_API void flama_set_log(flama_log_function function, void *ctx,
                             flama_log_level least);

/* Sends the log to standard error, as servers write theirs:
 *     INFO:     127.0.0.1:51234 - "POST /predict/ HTTP/1.1" 200
 * Each line is one write, so that lines of several threads never mix, and bytes that
 * would change a terminal are shown by flama_escape. */
FLAMA_API void flama_log_to_stderr(flama_log_level least, bool colours);

/* Writes one line to the log, cut at 2,000 bytes. Any thread. */
FLAMA_API void flama_log(flama_log_level level, const char *format, ...)
    FLAMA_PRINTF(2, 3);

/* True when a line of that level would be seen: asks before costly formatting. */
FLAMA_API bool flama_log_wanted(flama_log_level level);

/* Copies text, cut to fit, with control characters as \xNN; with `lines`, line ends
 * stay. Returns the length, without the NUL it ends with. */
FLAMA_API size_t flama_escape(char *out, size_t size, const char *text, bool lines);

FLAMA_END_DECLS

#endif
