#include "http/turns.h"

#include <string.h>
#include <time.h>
#include <uv.h>

#include "base/alloc.h"
#include "base/error.h"
#include "base/thread.h"

enum { OVERSEE_MS = 200 };

struct flama_http_turns {
    flama_http_worker *worker;
    pthread_mutex_t lock; /* of all that belongs to the worker */
    bool here;            /* the owner has it */
    const flama_loop *outer;
    uv_poll_t *poll;
    bool readable;
    pthread_t overseer;
    pthread_mutex_t wait;
    pthread_cond_t end;
    bool ending;
};

static _Thread_local flama_http_turns *mine;

/* The overseer. */

static void act_for_owner(flama_http_turns *turns)
{
    flama_http_worker *worker = turns->worker;
    if (pthread_mutex_trylock(&turns->lock) != 0)
        return;
    const flama_loop *outer = flama_loop_enter(worker->loop);
    worker->away = true;
    flama_timeouts_expire(worker->timeouts);
    worker->away = false;
    flama_loop_leave(outer);
    pthread_mutex_unlock(&turns->lock);
}

static struct timespec next_time(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    t.tv_nsec += OVERSEE_MS * 1000000L;
    t.tv_sec += t.tv_nsec / 1000000000L;
    t.tv_nsec %= 1000000000L;
    return t;
}

static void *oversee(void *arg)
{
    flama_http_turns *turns = arg;
    flama_thread_begin();
    pthread_mutex_lock(&turns->wait);
    while (!turns->ending) {
        struct timespec next = next_time();
        pthread_cond_timedwait(&turns->end, &turns->wait, &next);
        act_for_owner(turns);
    }
    pthread_mutex_unlock(&turns->wait);
    return NULL;
}

static void init_end(pthread_cond_t *end)
{
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(end, &attributes);
    pthread_condattr_destroy(&attributes);
}

/* The descriptor. */

static void on_readable(uv_poll_t *poll, int status, int events)
{
    (void)status, (void)events;
    flama_http_turns *turns = poll->data;
    turns->readable = true;
    flama_loop_stop(turns->worker->loop);
}

static void free_poll(uv_handle_t *handle)
{
    flama_free(handle);
}

static int watch(flama_http_turns *turns, int descriptor, flama_error *err)
{
    uv_poll_t *poll = flama_malloc(sizeof *poll);
    if (poll == NULL)
        return flama_error__memory(err);
    int rc = uv_poll_init(flama_loop__uv(turns->worker->loop), poll, descriptor);
    if (rc != 0) {
        flama_free(poll);
        return flama_error_set(err, FLAMA_EIO, "can't watch a descriptor: %s",
                               uv_strerror(rc));
    }
    poll->data = turns;
    turns->poll = poll;
    uv_poll_start(poll, UV_READABLE, on_readable);
    return 0;
}

/* Their life. */

static void free_turns(flama_http_turns *turns)
{
    if (turns->poll)
        uv_close((uv_handle_t *)turns->poll, free_poll);
    pthread_mutex_destroy(&turns->lock);
    pthread_mutex_destroy(&turns->wait);
    pthread_cond_destroy(&turns->end);
    flama_free(turns);
}

int flama_http_turns_new(flama_http_turns **out, flama_http_worker *worker,
                         int descriptor, flama_error *err)
{
    flama_http_turns *turns = flama_calloc(1, sizeof *turns);
    if (turns == NULL)
        return flama_error__memory(err);
    turns->worker = worker;
    pthread_mutex_init(&turns->lock, NULL);
    pthread_mutex_init(&turns->wait, NULL);
    init_end(&turns->end);
    int rc = watch(turns, descriptor, err), failed = 0;
    if (rc == 0)
        failed = flama_thread_start(&turns->overseer, oversee, turns);
    if (failed != 0)
        rc = flama_error_set(err, FLAMA_EIO, "can't start a thread: %s",
                             strerror(failed));
    if (rc != 0) {
        free_turns(turns);
        return rc;
    }
    *out = mine = turns;
    return 0;
}

void flama_http_turns_free(flama_http_turns *turns)
{
    if (turns == NULL)
        return;
    mine = NULL;
    pthread_mutex_lock(&turns->wait);
    turns->ending = true;
    pthread_cond_signal(&turns->end);
    pthread_mutex_unlock(&turns->wait);
    pthread_join(turns->overseer, NULL);
    free_turns(turns);
}

/* Here and away. */

bool flama_http_turns_mine(const flama_http_worker *worker)
{
    return mine && mine->worker != worker && mine->worker->server == worker->server;
}

static void enter(flama_http_turns *turns)
{
    pthread_mutex_lock(&turns->lock);
    turns->here = true;
    turns->outer = flama_loop_enter(turns->worker->loop);
}

static void leave(flama_http_turns *turns)
{
    flama_loop_leave(turns->outer);
    turns->here = false;
    pthread_mutex_unlock(&turns->lock);
}

bool flama_http_turns_enter(const flama_http_worker *worker)
{
    if (mine == NULL || mine->worker != worker || mine->here)
        return false;
    enter(mine);
    return true;
}

void flama_http_turns_leave(void)
{
    leave(mine);
}

bool flama_http_turns_turn(flama_http_turns *turns, int timeout, bool *readable)
{
    flama_http_worker *worker = turns->worker;
    turns->readable = false;
    enter(turns);
    flama_loop_turn(worker->loop, timeout);
    bool done = flama_http_worker_is_done(worker);
    leave(turns);
    *readable = turns->readable;
    return !done || atomic_load(&worker->server->running) > 0;
}
