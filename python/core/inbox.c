/* The inbox of the interpreter's thread: what the core has for Python, posted without
 * the lock. A turn of the loop that the thread shares with the core ends then, and what
 * was posted is run. */
#include <stdatomic.h>

#include "core.h"

_Thread_local PyThreadState *core_inside;

static _Atomic(core_item *) newest;
static _Atomic(flama_serving *) serving;

static void wake(void)
{
    flama_serving *now = atomic_load(&serving);
    if (now)
        flama_serving_interrupt(now);
}

void core_inbox_wakes(flama_serving *now)
{
    atomic_store(&serving, now);
    wake(); /* for what was posted while the server's threads began */
}

bool core_served(void)
{
    return atomic_load(&serving) != NULL;
}

void core_inbox_post(core_item *item)
{
    core_item *before = atomic_load(&newest);
    do
        item->next = before;
    while (!atomic_compare_exchange_weak(&newest, &before, item));
    if (before == NULL)
        wake();
}

static core_item *in_order(core_item *item)
{
    core_item *first = NULL;
    while (item) {
        core_item *next = item->next;
        item->next = first;
        first = item;
        item = next;
    }
    return first;
}

/* What an interruption leaves is posted again. */
int core_inbox_drain(void)
{
    int rc = 0;
    core_item *item = in_order(atomic_exchange(&newest, NULL));
    while (item) {
        core_item *next = item->next;
        if (rc == 0)
            rc = item->run(item);
        else
            core_inbox_post(item);
        item = next;
    }
    return rc;
}
