/* What each thread that the library starts does first: nothing, unless somebody has set
 * something before. */
#ifndef FLAMA_BASE_THREAD_H
#define FLAMA_BASE_THREAD_H

/* Sets what that is; while there is one thread. */
void flama_thread_prepare(void (*function)(void));

/* Called by each such thread. */
void flama_thread_begin(void);

#endif
