#include "net/loop.h"

#include <stdatomic.h>
#include <uv.h>

#include "base/alloc.h"
#include "base/error.h"

struct flama_loop {
    uv_loop_t uv;
    uv_async_t async;
    uv_timer_t timer;             /* of a turn */
    _Atomic(flama_task *) posted; /* newest first, or &closed */
    atomic_bool wake;
    void (*woken)(void *ctx);
    void *ctx;
};

static flama_task closed;
static _Thread_local const flama_loop *running;

static flama_task *in_order(flama_task *newest)
{
    flama_task *first = NULL;
    while (newest) {
        flama_task *next = newest->next;
        newest->next = first;
        first = newest;
        newest = next;
    }
    return first;
}

static void run_tasks(flama_loop *loop, flama_task *replacement)
{
    flama_task *task = in_order(atomic_exchange(&loop->posted, replacement));
    while (task) {
        flama_task *next = task->next;
        task->run(task);
        task = next;
    }
}

static void on_async(uv_async_t *async)
{
    flama_loop *loop = async->data;
    run_tasks(loop, NULL);
    if (atomic_exchange(&loop->wake, false))
        loop->woken(loop->ctx);
}

int flama_loop_new(flama_loop **out, void (*woken)(void *ctx), void *ctx,
                   flama_error *err)
{
    flama_loop *loop = flama_calloc(1, sizeof *loop);
    if (loop == NULL)
        return flama_error__memory(err);
    int rc = uv_loop_init(&loop->uv);
    if (rc == 0 && (rc = uv_async_init(&loop->uv, &loop->async, on_async)) != 0)
        uv_loop_close(&loop->uv);
    if (rc == 0)
        uv_timer_init(&loop->uv, &loop->timer);
    if (rc != 0) {
        flama_free(loop);
        return flama_error_set(err, FLAMA_EIO, "can't make an event loop: %s",
                               uv_strerror(rc));
    }
    loop->async.data = loop;
    loop->woken = woken;
    loop->ctx = ctx;
    *out = loop;
    return 0;
}

const flama_loop *flama_loop_enter(flama_loop *loop)
{
    const flama_loop *outer = running;
    running = loop;
    uv_update_time(&loop->uv);
    return outer;
}

void flama_loop_leave(const flama_loop *outer)
{
    running = outer;
}

static void on_timer(uv_timer_t *timer)
{
    uv_stop(timer->loop);
}

void flama_loop_turn(flama_loop *loop, int timeout)
{
    const flama_loop *outer = flama_loop_enter(loop);
    if (timeout > 0)
        uv_timer_start(&loop->timer, on_timer, (uint64_t)timeout, 0);
    uv_run(&loop->uv, timeout == 0 ? UV_RUN_NOWAIT : UV_RUN_DEFAULT);
    uv_timer_stop(&loop->timer);
    flama_loop_leave(outer);
}

void flama_loop_run(flama_loop *loop)
{
    flama_loop_turn(loop, -1);
}

void flama_loop_stop(flama_loop *loop)
{
    uv_stop(&loop->uv);
}

void flama_loop_close_tasks(flama_loop *loop)
{
    const flama_loop *outer = flama_loop_enter(loop);
    run_tasks(loop, &closed);
    flama_loop_leave(outer);
}

static void close_handle(uv_handle_t *handle, void *ctx)
{
    (void)ctx;
    if (!uv_is_closing(handle))
        uv_close(handle, NULL);
}

void flama_loop_free(flama_loop *loop)
{
    if (loop == NULL)
        return;
    uv_walk(&loop->uv, close_handle, NULL);
    uv_run(&loop->uv, UV_RUN_DEFAULT);
    uv_loop_close(&loop->uv);
    flama_free(loop);
}

bool flama_loop_post(flama_loop *loop, flama_task *task)
{
    flama_task *newest = atomic_load(&loop->posted);
    do {
        if (newest == &closed)
            return false;
        task->next = newest;
    } while (!atomic_compare_exchange_weak(&loop->posted, &newest, task));
    if (newest == NULL)
        uv_async_send(&loop->async);
    return true;
}

void flama_loop_wake(flama_loop *loop)
{
    atomic_store(&loop->wake, true);
    uv_async_send(&loop->async);
}

bool flama_loop_here(const flama_loop *loop)
{
    return running == loop;
}

uint64_t flama_loop_now(const flama_loop *loop)
{
    return uv_now(&loop->uv);
}

struct uv_loop_s *flama_loop__uv(flama_loop *loop)
{
    return &loop->uv;
}
