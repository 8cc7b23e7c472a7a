#include "net/pool.h"

#include <pthread.h>
#include <string.h>
#include <uv.h>

#include "base/alloc.h"
#include "base/error.h"
#include "base/thread.h"

enum { DEFAULT_QUEUE = 1024, MAX_THREADS = 1024 };

typedef struct pool_job {
    void (*fn)(void *arg);
    void *arg;
} pool_job;

struct flama_pool {
    pthread_mutex_t mutex;
    pthread_cond_t work;
    pool_job *jobs; /* a ring */
    size_t capacity;
    size_t first;
    size_t count;
    bool ending;
    unsigned thread_count;
    pthread_t threads[];
};

static bool next_job(flama_pool *pool, pool_job *job)
{
    pthread_mutex_lock(&pool->mutex);
    while (pool->count == 0 && !pool->ending)
        pthread_cond_wait(&pool->work, &pool->mutex);
    bool have = pool->count > 0;
    if (have) {
        *job = pool->jobs[pool->first];
        pool->first = (pool->first + 1) % pool->capacity;
        pool->count--;
    }
    pthread_mutex_unlock(&pool->mutex);
    return have;
}

static void *work(void *arg)
{
    pool_job job;
    flama_thread_begin();
    while (next_job(arg, &job))
        job.fn(job.arg);
    return NULL;
}

static int start_threads(flama_pool *pool, unsigned threads)
{
    int rc = 0;
    while (pool->thread_count < threads && rc == 0) {
        rc = flama_thread_start(&pool->threads[pool->thread_count], work, pool);
        if (rc == 0)
            pool->thread_count++;
    }
    return rc;
}

int flama_pool_new(flama_pool **out, unsigned threads, size_t queue, flama_error *err)
{
    if (threads == 0)
        threads = uv_available_parallelism();
    if (threads > MAX_THREADS)
        threads = MAX_THREADS;
    flama_pool *pool =
        flama_calloc(1, sizeof *pool + threads * sizeof pool->threads[0]);
    if (pool == NULL)
        return flama_error__memory(err);
    pool->capacity = queue ? queue : DEFAULT_QUEUE;
    pool->jobs = flama_calloc(pool->capacity, sizeof pool->jobs[0]);
    if (pool->jobs == NULL) {
        flama_free(pool);
        return flama_error__memory(err);
    }
    pthread_mutex_init(&pool->mutex, NULL);
    pthread_cond_init(&pool->work, NULL);
    int rc = start_threads(pool, threads);
    if (rc != 0) {
        flama_pool_free(pool);
        return flama_error_set(err, FLAMA_EIO, "can't start a pool of %u threads: %s",
                               threads, strerror(rc));
    }
    *out = pool;
    return 0;
}

int flama_pool_submit(flama_pool *pool, void (*fn)(void *arg), void *arg)
{
    int rc = FLAMA_EUNAVAILABLE;
    pthread_mutex_lock(&pool->mutex);
    if (pool->count < pool->capacity && !pool->ending) {
        size_t last = (pool->first + pool->count) % pool->capacity;
        pool->jobs[last] = (pool_job){fn, arg};
        pool->count++;
        rc = 0;
    }
    pthread_mutex_unlock(&pool->mutex);
    if (rc == 0)
        pthread_cond_signal(&pool->work);
    return rc;
}

size_t flama_pool_waiting(flama_pool *pool)
{
    pthread_mutex_lock(&pool->mutex);
    size_t count = pool->count;
    pthread_mutex_unlock(&pool->mutex);
    return count;
}

void flama_pool_free(flama_pool *pool)
{
    if (pool == NULL)
        return;
    pthread_mutex_lock(&pool->mutex);
    pool->ending = true;
    pthread_mutex_unlock(&pool->mutex);
    pthread_cond_broadcast(&pool->work);
    for (unsigned i = 0; i < pool->thread_count; i++)
        pthread_join(pool->threads[i], NULL);
    pthread_cond_destroy(&pool->work);
    pthread_mutex_destroy(&pool->mutex);
    flama_free(pool->jobs);
    flama_free(pool);
}
