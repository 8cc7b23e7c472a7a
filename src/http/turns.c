#include "http/turns.h"

#include <string.h>
#include <time.h>
#include <uv.h>

#include "base/alloc.h"
#include "base/error.h"
#include "base/thread.h"

enum { AWAY_MS = 5 };

struct flama_http_turns {
    flama_http_worker *worker;
    pthread_mutex_t lock; /* of all that belongs to the worker */
    bool here;            /* the owner has it */
    atomic_bool wanted;   /* the owner waits for it */
    atomic_uint count;    /* of turns begun and ended: odd during one */
    const flama_loop *outer;
    uv_poll_t *poll;
    bool readable;
    pthread_t overseer;
    pthread_mutex_t wait;
    pthread_cond_t change; /* of `count`, while the overseer is asleep, or `ending` */
    atomic_bool asleep;
    atomic_bool ending;
};

static _Thread_local flama_http_turns *mine;

static void on_readable(uv_poll_t *poll, int status, int events)
{
    (void)status, (void)events;
    flama_http_turns *turns = poll->data;
    turns->readable = true;
    flama_loop_stop(turns->worker->loop);
}

/* The overseer. */

/* The descriptor is the owner's business, and so is what interrupts a turn: it ends the
 * owner's next one. */
static void stand_in(flama_http_turns *turns, unsigned count)
{
    flama_loop *loop = turns->worker->loop;
    if (pthread_mutex_trylock(&turns->lock) != 0)
        return;
    if (atomic_load(&turns->count) == count) {
        uv_poll_stop(turns->poll);
        while (!atomic_load(&turns->wanted))
            flama_loop_turn(loop, -1);
        uv_poll_start(turns->poll, UV_READABLE, on_readable);
        flama_loop_stop(loop);
    }
    pthread_mutex_unlock(&turns->lock);
}

static void wait_a_moment(flama_http_turns *turns)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    t.tv_nsec += AWAY_MS * 1000000L;
    t.tv_sec += t.tv_nsec / 1000000000L;
    t.tv_nsec %= 1000000000L;
    pthread_cond_timedwait(&turns->change, &turns->wait, &t);
}

/* Nothing happens in the owner's turn. */
static void wait_for_its_end(flama_http_turns *turns, unsigned count)
{
    atomic_store(&turns->asleep, true);
    while (atomic_load(&turns->count) == count && !atomic_load(&turns->ending))
        pthread_cond_wait(&turns->change, &turns->wait);
    atomic_store(&turns->asleep, false);
}

static void *oversee(void *arg)
{
    flama_http_turns *turns = arg;
    flama_thread_begin();
    pthread_mutex_lock(&turns->wait);
    while (!atomic_load(&turns->ending)) {
        unsigned count = atomic_load(&turns->count);
        wait_a_moment(turns);
        if (atomic_load(&turns->ending) || atomic_load(&turns->count) != count)
            continue;
        if (count % 2)
            wait_for_its_end(turns, count);
        else
            stand_in(turns, count);
    }
    pthread_mutex_unlock(&turns->wait);
    return NULL;
}

static void init_change(pthread_cond_t *change)
{
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(change, &attributes);
    pthread_condattr_destroy(&attributes);
}

/* Here and away. */

static void enter(flama_http_turns *turns)
{
    if (pthread_mutex_trylock(&turns->lock) != 0) {
        atomic_store(&turns->wanted, true);
        flama_loop_wake(turns->worker->loop);
        pthread_mutex_lock(&turns->lock);
        atomic_store(&turns->wanted, false);
    }
    turns->here = true;
    turns->outer = flama_loop_enter(turns->worker->loop);
}

static void leave(flama_http_turns *turns)
{
    flama_loop_leave(turns->outer);
    turns->here = false;
    pthread_mutex_unlock(&turns->lock);
}

bool flama_http_turns_mine(const flama_http_worker *worker)
{
    return mine && mine->worker != worker && mine->worker->server == worker->server;
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

static void signal_overseer(flama_http_turns *turns)
{
    pthread_mutex_lock(&turns->wait);
    pthread_cond_signal(&turns->change);
    pthread_mutex_unlock(&turns->wait);
}

bool flama_http_turns_turn(flama_http_turns *turns, int timeout, bool *readable)
{
    flama_http_worker *worker = turns->worker;
    turns->readable = false;
    atomic_fetch_add(&turns->count, 1);
    enter(turns);
    flama_loop_turn(worker->loop, timeout);
    bool done = flama_http_worker_is_done(worker);
    leave(turns);
    atomic_fetch_add(&turns->count, 1);
    if (atomic_load(&turns->asleep))
        signal_overseer(turns);
    *readable = turns->readable;
    return !done || atomic_load(&worker->server->running) > 0;
}

/* Their life. */

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

static void free_turns(flama_http_turns *turns)
{
    if (turns->poll)
        uv_close((uv_handle_t *)turns->poll, free_poll);
    pthread_mutex_destroy(&turns->lock);
    pthread_mutex_destroy(&turns->wait);
    pthread_cond_destroy(&turns->change);
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
    init_change(&turns->change);
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
    enter(turns); /* so that the overseer is not */
    atomic_store(&turns->ending, true);
    signal_overseer(turns);
    leave(turns);
    pthread_join(turns->overseer, NULL);
    free_turns(turns);
}
