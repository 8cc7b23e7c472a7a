#include "base/thread.h"

#include <signal.h>
#include <stddef.h>

static void (*first)(void);

void flama_thread_prepare(void (*function)(void))
{
    first = function;
}

void flama_thread_begin(void)
{
    if (first)
        first();
}

int flama_thread_start(pthread_t *thread, void *(*function)(void *arg), void *arg)
{
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int rc = pthread_create(thread, NULL, function, arg);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return rc;
}
