/* The threads that the library starts. None of them takes signals, which are for the
 * threads of the program. What each does first is nothing, unless somebody has set
 * something before. */
#ifndef FLAMA_BASE_THREAD_H
#define FLAMA_BASE_THREAD_H

#include <pthread.h>

/* Starts a thread that takes no signals. 0, or what pthread_create says. */
int flama_thread_start(pthread_t *thread, void *(*function)(void *arg), void *arg);

/* Sets what that is; while there is one thread. */
void flama_thread_prepare(void (*function)(void));

/* Called by each such thread. */
void flama_thread_begin(void);

#endif
