#include "net/timeouts.h"

#include <uv.h>

#include "base/alloc.h"

typedef struct timeout_list {
    flama_timeout *first; /* the next to expire */
    flama_timeout *last;
    unsigned milliseconds;
} timeout_list;

struct flama_timeouts {
    uv_timer_t timer;
    flama_loop *loop;
    timeout_list lists[FLAMA_TIMEOUT_KINDS];
    flama_timeout_expired expired;
    uint64_t armed; /* when the timer rings: never after the first entry's time */
};

static void on_timer(uv_timer_t *timer);

static void arm(flama_timeouts *timeouts, uint64_t when)
{
    uint64_t now = flama_loop_now(timeouts->loop);
    timeouts->armed = when;
    uv_timer_start(&timeouts->timer, on_timer, when > now ? when - now : 0, 0);
}

static void expire(flama_timeouts *timeouts, timeout_list *list, int kind, uint64_t now)
{
    flama_timeout *timeout;
    while ((timeout = list->first) != NULL && timeout->expires <= now) {
        flama_timeout_stop(timeouts, timeout);
        timeouts->expired(timeout, kind);
    }
}

static void on_timer(uv_timer_t *timer)
{
    flama_timeouts *timeouts = timer->data;
    uint64_t now = flama_loop_now(timeouts->loop);
    timeouts->armed = UINT64_MAX;
    for (int kind = 0; kind < FLAMA_TIMEOUT_KINDS; kind++)
        expire(timeouts, &timeouts->lists[kind], kind, now);
    uint64_t earliest = UINT64_MAX;
    for (int kind = 0; kind < FLAMA_TIMEOUT_KINDS; kind++) {
        const flama_timeout *first = timeouts->lists[kind].first;
        if (first && first->expires < earliest)
            earliest = first->expires;
    }
    if (earliest < timeouts->armed)
        arm(timeouts, earliest);
}

int flama_timeouts_new(flama_timeouts **out, flama_loop *loop,
                       const unsigned milliseconds[FLAMA_TIMEOUT_KINDS],
                       flama_timeout_expired expired)
{
    flama_timeouts *timeouts = flama_calloc(1, sizeof *timeouts);
    if (timeouts == NULL)
        return FLAMA_EMEMORY;
    timeouts->loop = loop;
    timeouts->expired = expired;
    timeouts->armed = UINT64_MAX;
    for (int kind = 0; kind < FLAMA_TIMEOUT_KINDS; kind++)
        timeouts->lists[kind].milliseconds = milliseconds[kind];
    uv_timer_init(flama_loop__uv(loop), &timeouts->timer);
    timeouts->timer.data = timeouts;
    *out = timeouts;
    return 0;
}

static void on_closed(uv_handle_t *handle)
{
    flama_free(handle->data);
}

void flama_timeouts_free(flama_timeouts *timeouts)
{
    if (timeouts)
        uv_close((uv_handle_t *)&timeouts->timer, on_closed);
}

void flama_timeout_init(flama_timeout *timeout)
{
    timeout->kind = -1;
}

void flama_timeout_stop(flama_timeouts *timeouts, flama_timeout *timeout)
{
    if (timeout->kind < 0)
        return;
    timeout_list *list = &timeouts->lists[timeout->kind];
    if (timeout->previous)
        timeout->previous->next = timeout->next;
    else
        list->first = timeout->next;
    if (timeout->next)
        timeout->next->previous = timeout->previous;
    else
        list->last = timeout->previous;
    timeout->kind = -1;
}

void flama_timeout_start(flama_timeouts *timeouts, flama_timeout *timeout, int kind)
{
    timeout_list *list = &timeouts->lists[kind];
    uint64_t expires = flama_loop_now(timeouts->loop) + list->milliseconds;
    if (timeout->kind == kind && timeout->expires == expires)
        return;
    flama_timeout_stop(timeouts, timeout);
    timeout->kind = kind;
    timeout->expires = expires;
    timeout->next = NULL;
    timeout->previous = list->last;
    if (list->last)
        list->last->next = timeout;
    else
        list->first = timeout;
    list->last = timeout;
    if (timeout->expires < timeouts->armed)
        arm(timeouts, timeout->expires);
}
