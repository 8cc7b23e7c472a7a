#include "base/thread.h"

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
