#include "app/source/reload.h"

#include <pthread.h>
#include <string.h>
#include <time.h>

#include "app/dispatch.h"
#include "base/alloc.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/thread.h"
#include "net/watch.h"

enum { DELAY_MS = 250 };

/* An app that serves or has served, and how many hold it: each exchange that it began,
 * and the reloader while it is the one of the moment. */
typedef struct generation {
    struct generation *next; /* among those that were replaced */
    flama_reloader *reloader;
    flama_made made;
    size_t holds;
} generation;

struct flama_reloader {
    const flama_source *source;
    const flama_run_options *options;
    flama_loop *loop;
    flama_watch *watch;
    pthread_t thread;
    bool threaded;        /* `thread` has been started */
    pthread_mutex_t lock; /* of `current`, of all holds and of `ending` */
    generation *current;
    bool ending;
    generation *replaced; /* the reloader's thread's */
    flama_pool *pool;
    flama_http_server *server;
};

static void let_go(flama_exchange *exchange)
{
    generation *g = exchange->kept;
    flama_reloader *reloader = g->reloader;
    pthread_mutex_lock(&reloader->lock);
    bool last = --g->holds == 0;
    pthread_mutex_unlock(&reloader->lock);
    if (last)
        flama_loop_wake(reloader->loop);
}

static void handle(void *ctx, flama_exchange *exchange)
{
    flama_reloader *reloader = ctx;
    pthread_mutex_lock(&reloader->lock);
    generation *g = reloader->current;
    g->holds++;
    pthread_mutex_unlock(&reloader->lock);
    exchange->kept = g;
    exchange->ended = let_go;
    flama_app_dispatch(g->made.app, exchange);
}

static bool in_pool(flama_app *app)
{
    bool any = atomic_load(&app->in_pool) > 0;
    for (const flama_mounted *m = app->mounts; m; m = m->next)
        any |= in_pool(m->child);
    return any;
}

static void free_generation(generation *g)
{
    flama_made_free(&g->made);
    flama_free(g);
}

/* Frees the replaced apps that nothing holds any more. One whose handler is on its last
 * instructions in the pool is freed the next time. */
static void free_replaced(flama_reloader *reloader)
{
    generation **link = &reloader->replaced;
    while (*link) {
        generation *g = *link;
        pthread_mutex_lock(&reloader->lock);
        bool held = g->holds > 0;
        pthread_mutex_unlock(&reloader->lock);
        if (held || in_pool(g->made.app)) {
            link = &g->next;
            continue;
        }
        *link = g->next;
        free_generation(g);
    }
}

static void replace(flama_reloader *reloader, generation *g)
{
    flama_app__attach(g->made.app, reloader->pool, reloader->server);
    pthread_mutex_lock(&reloader->lock);
    generation *old = reloader->current;
    reloader->current = g;
    old->holds--;
    pthread_mutex_unlock(&reloader->lock);
    old->next = reloader->replaced;
    reloader->replaced = old;
    free_replaced(reloader);
}

/* What there is to be watched after a making: when it did not come as far as the files,
 * also those from before. */
static void watch(flama_reloader *reloader, flama_made *made, bool good, int64_t since)
{
    flama_error err = {0};
    const flama_files *before = &reloader->current->made.files;
    for (size_t i = 0; !good && i < before->count; i++)
        flama_files_add(&made->files, before->items[i]);
    if (flama_watch_files(reloader->watch, made->files.items, made->files.count, since,
                          &err) != 0)
        flama_log(FLAMA_LOG_ERROR, "%s", err.message);
}

static int64_t system_time(void)
{
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    return t.tv_sec * INT64_C(1000000000) + t.tv_nsec;
}

static void on_changed(void *ctx)
{
    flama_reloader *reloader = ctx;
    flama_error err = {0};
    int64_t since = system_time();
    uint64_t started = flama_clock_now();
    generation *g = flama_calloc(1, sizeof *g);
    if (g == NULL)
        return;
    g->reloader = reloader;
    g->holds = 1;
    int rc = flama_make(&g->made, reloader->source, NULL, true, &err);
    watch(reloader, &g->made, rc == 0, since);
    if (rc == 0) {
        replace(reloader, g);
        flama_log(FLAMA_LOG_INFO, "Reloaded in %d ms",
                  (int)((flama_clock_now() - started) / 1000000));
        return;
    }
    flama_log(FLAMA_LOG_ERROR, "%s; the app from before goes on", err.message);
    free_generation(g);
}

static void on_woken(void *ctx)
{
    flama_reloader *reloader = ctx;
    pthread_mutex_lock(&reloader->lock);
    bool ending = reloader->ending;
    pthread_mutex_unlock(&reloader->lock);
    if (ending)
        flama_loop_stop(reloader->loop);
    else
        free_replaced(reloader);
}

static void *run(void *arg)
{
    flama_reloader *reloader = arg;
    flama_thread_begin();
    flama_loop_run(reloader->loop);
    return NULL;
}

static int begin(void *ctx, flama_pool *pool, flama_http_server *server,
                 flama_error *err)
{
    flama_reloader *reloader = ctx;
    reloader->pool = pool;
    reloader->server = server;
    int rc = flama_thread_start(&reloader->thread, run, reloader);
    reloader->threaded = rc == 0;
    return rc ? flama_error_set(err, FLAMA_EIO, "can't start a thread: %s",
                                strerror(rc))
              : 0;
}

static void end(void *ctx)
{
    flama_reloader *reloader = ctx;
    pthread_mutex_lock(&reloader->lock);
    reloader->ending = true;
    pthread_mutex_unlock(&reloader->lock);
    flama_loop_wake(reloader->loop);
    if (reloader->threaded)
        pthread_join(reloader->thread, NULL);
}

int flama_reloader_new(flama_reloader **out, const flama_source *source,
                       const flama_run_options *options, flama_made *made,
                       flama_error *err)
{
    flama_reloader *reloader = flama_calloc(1, sizeof *reloader);
    generation *first = flama_calloc(1, sizeof *first);
    if (reloader == NULL || first == NULL) {
        flama_free(reloader);
        flama_free(first);
        return flama_error__memory(err);
    }
    *out = reloader;
    *first = (generation){.reloader = reloader, .made = *made, .holds = 1};
    *made = (flama_made){.arena = NULL};
    reloader->source = source;
    reloader->options = options;
    reloader->current = first;
    pthread_mutex_init(&reloader->lock, NULL);
    unsigned delay = options->reload_delay ? options->reload_delay : DELAY_MS;
    int rc = flama_loop_new(&reloader->loop, on_woken, reloader, err);
    if (rc == 0)
        rc = flama_watch_new(&reloader->watch, reloader->loop, delay, on_changed,
                             reloader, err);
    return rc ? rc
              : flama_watch_files(reloader->watch, first->made.files.items,
                                  first->made.files.count, source->since, err);
}

int flama_reloader_run(flama_reloader *reloader, flama_error *err)
{
    const flama_run_hooks hooks = {handle, begin, end, reloader};
    return flama_app__run(reloader->current->made.app, reloader->options, &hooks, err);
}

void flama_reloader_free(flama_reloader *reloader)
{
    if (reloader == NULL)
        return;
    while (reloader->replaced) {
        generation *g = reloader->replaced;
        reloader->replaced = g->next;
        free_generation(g);
    }
    free_generation(reloader->current);
    flama_watch_free(reloader->watch);
    flama_loop_free(reloader->loop);
    pthread_mutex_destroy(&reloader->lock);
    flama_free(reloader);
}
