/* Tells when one of a list of files has changed, appeared or gone.
 *
 * The folders that hold the files are watched, since editors replace files; a change is
 * told once the files stood still for the delay. A watch belongs to its loop's thread.
 */
#ifndef FLAMA_NET_WATCH_H
#define FLAMA_NET_WATCH_H

#include "net/loop.h"

typedef struct flama_watch flama_watch;

/* A watch of no files yet; `delay` is in milliseconds. 0 or FLAMA_EMEMORY. */
int flama_watch_new(flama_watch **out, flama_loop *loop, unsigned delay,
                    void (*changed)(void *ctx), void *ctx, flama_error *err);

/* Watches these files from now on, instead of those before; the paths are copied. What
 * was changed at or after `since` (nanoseconds of the system's clock, 0: never) counts
 * as a change. What can't be watched is logged. 0 or FLAMA_EMEMORY. */
int flama_watch_files(flama_watch *watch, const char *const *files, size_t count,
                      int64_t since, flama_error *err);

/* Stops it; its memory goes when the loop has run its close callbacks. NULL is fine. */
void flama_watch_free(flama_watch *watch);

#endif
