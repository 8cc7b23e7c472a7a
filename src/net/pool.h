/* A pool of threads for work that would hold up a loop: dear predictions, blocking
 * handlers. Made and freed by its owner; jobs come from any thread. */
#ifndef FLAMA_NET_POOL_H
#define FLAMA_NET_POOL_H

#include <flama/error.h>

typedef struct flama_pool flama_pool;

/* A pool of `threads` threads (0: one a core) that lets at most `queue` jobs wait
 * (0: 1024). 0, FLAMA_EMEMORY, or FLAMA_EIO when the system gives no threads. */
int flama_pool_new(flama_pool **out, unsigned threads, size_t queue, flama_error *err);

/* Has fn(arg) called on one of the threads, first come, first served. 0, or
 * FLAMA_EUNAVAILABLE when the queue is full. */
int flama_pool_submit(flama_pool *pool, void (*fn)(void *arg), void *arg);

/* Jobs that wait at the moment. */
size_t flama_pool_waiting(flama_pool *pool);

/* Lets everything submitted run to its end, then frees the pool. NULL is fine. */
void flama_pool_free(flama_pool *pool);

#endif
