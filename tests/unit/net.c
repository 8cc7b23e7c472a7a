/* net: loop, timeouts, pool; http: whom a proxy's headers are believed from. */
#include "test.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <stdatomic.h>
#include <time.h>

#include "http/forwarded.h"
#include "net/loop.h"
#include "net/pool.h"
#include "net/timeouts.h"

enum { THREADS = 4, TASKS = 5000 };

typedef struct counted_task {
    flama_task task;
    int thread;
    int number;
} counted_task;

static flama_loop *loop;
static counted_task tasks[THREADS][TASKS];
static int last_number[THREADS];
static int runs, wakes;

static void on_woken(void *ctx)
{
    (void)ctx;
    wakes++;
}

static void count_task(flama_task *task)
{
    counted_task *counted = (counted_task *)task;
    assert_true(flama_loop_here(loop));
    assert_int_equal(counted->number, last_number[counted->thread]++);
    if (++runs == THREADS * TASKS)
        flama_loop_stop(loop);
}

static void *post_tasks(void *arg)
{
    int thread = (int)(intptr_t)arg;
    assert_false(flama_loop_here(loop));
    for (int i = 0; i < TASKS; i++) {
        tasks[thread][i] = (counted_task){.task.run = count_task, thread, i};
        assert_true(flama_loop_post(loop, &tasks[thread][i].task));
    }
    return NULL;
}

static void a_loop_runs_what_threads_post_in_order(void **state)
{
    (void)state;
    pthread_t threads[THREADS];
    assert_int_equal(flama_loop_new(&loop, on_woken, NULL, NULL), 0);
    flama_loop_wake(loop);
    for (int i = 0; i < THREADS; i++)
        pthread_create(&threads[i], NULL, post_tasks, (void *)(intptr_t)i);
    flama_loop_run(loop);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    assert_int_equal(runs, THREADS * TASKS);
    assert_int_equal(wakes, 1);
    flama_loop_close_tasks(loop);
    assert_false(flama_loop_post(loop, &tasks[0][0].task));
    flama_loop_free(loop);
}

static flama_timeouts *timeouts;
static flama_timeout entries[4];
static int expired_order[8], expired_count;

static void on_expired(flama_timeout *timeout, int kind)
{
    assert_int_equal(timeout->kind, -1);
    assert_int_equal(kind, timeout == &entries[0] ? 1 : 0);
    expired_order[expired_count++] = (int)(timeout - entries);
    if (timeout == &entries[0])
        flama_loop_stop(loop);
}

static void timeouts_expire_in_their_order(void **state)
{
    (void)state;
    const unsigned milliseconds[FLAMA_TIMEOUT_KINDS] = {20, 60};
    assert_int_equal(flama_loop_new(&loop, on_woken, NULL, NULL), 0);
    assert_int_equal(flama_timeouts_new(&timeouts, loop, milliseconds, on_expired), 0);
    for (int i = 0; i < 4; i++)
        flama_timeout_init(&entries[i]);
    flama_timeout_start(timeouts, &entries[0], 1);
    flama_timeout_start(timeouts, &entries[1], 0);
    flama_timeout_start(timeouts, &entries[2], 0);
    flama_timeout_start(timeouts, &entries[3], 0);
    flama_timeout_stop(timeouts, &entries[2]);
    flama_timeout_stop(timeouts, &entries[2]);
    flama_loop_run(loop);
    assert_int_equal(expired_count, 3);
    assert_int_equal(expired_order[0], 1);
    assert_int_equal(expired_order[1], 3);
    assert_int_equal(expired_order[2], 0);
    flama_timeouts_free(timeouts);
    flama_loop_free(loop);
}

static atomic_int jobs;
static atomic_bool held;

static void job(void *arg)
{
    (void)arg;
    while (atomic_load(&held))
        nanosleep(&(struct timespec){0, 1000000}, NULL);
    atomic_fetch_add(&jobs, 1);
}

static void a_pool_bounds_its_queue_and_ends_its_work(void **state)
{
    (void)state;
    flama_pool *pool;
    atomic_store(&held, true);
    assert_int_equal(flama_pool_new(&pool, 1, 3, NULL), 0);
    assert_int_equal(flama_pool_submit(pool, job, NULL), 0);
    while (flama_pool_waiting(pool) > 0)
        nanosleep(&(struct timespec){0, 1000000}, NULL);
    for (int i = 0; i < 3; i++)
        assert_int_equal(flama_pool_submit(pool, job, NULL), 0);
    assert_int_equal(flama_pool_submit(pool, job, NULL), FLAMA_EUNAVAILABLE);
    atomic_store(&held, false);
    flama_pool_free(pool);
    assert_int_equal(jobs, 4);
    flama_pool_free(NULL);
}

static bool believed(const char *list, const char *address)
{
    flama_arena *arena = flama_arena_new(0);
    flama_http_peers peers;
    assert_int_equal(flama_http_peers_read(&peers, arena, list, NULL), 0);
    struct sockaddr_in6 six = {.sin6_family = AF_INET6};
    struct sockaddr_in four = {.sin_family = AF_INET};
    struct sockaddr none = {.sa_family = AF_UNIX};
    const struct sockaddr *peer = &none;
    if (inet_pton(AF_INET, address, &four.sin_addr) == 1)
        peer = (const struct sockaddr *)&four;
    else if (inet_pton(AF_INET6, address, &six.sin6_addr) == 1)
        peer = (const struct sockaddr *)&six;
    bool has = flama_http_peers_has(&peers, peer);
    flama_arena_free(arena);
    return has;
}

static void peers_are_addresses_and_networks(void **state)
{
    (void)state;
    assert_true(believed("127.0.0.1", "127.0.0.1"));
    assert_false(believed("127.0.0.1", "127.0.0.2"));
    assert_true(believed("127.0.0.1", "::ffff:127.0.0.1"));
    assert_false(believed("127.0.0.1", "::1"));
    assert_false(believed("", "127.0.0.1"));
    assert_true(believed("::1, 10.0.0.0/8 ,", "10.9.8.7"));
    assert_false(believed("10.0.0.0/8", "11.0.0.0"));
    assert_true(believed("10.1.128.0/17", "10.1.200.1"));
    assert_false(believed("10.1.128.0/17", "10.1.100.1"));
    assert_true(believed("0.0.0.0/0", "1.2.3.4"));
    assert_true(believed("fe80::/10", "febf::1"));
    assert_false(believed("fe80::/10", "fec0::1"));
    assert_true(believed("*", "unix"));
    assert_false(believed("127.0.0.1", "unix"));
    const char *wrong[] = {"a",      "1.2.3",    "1.2.3.4/33",
                           "::/129", "1.2.3.4/", "1.2.3.4/x"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        flama_arena *arena = flama_arena_new(0);
        flama_http_peers peers;
        assert_int_equal(flama_http_peers_read(&peers, arena, wrong[i], NULL),
                         FLAMA_EARGUMENT);
        flama_arena_free(arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_loop_runs_what_threads_post_in_order),
        cmocka_unit_test(timeouts_expire_in_their_order),
        cmocka_unit_test(a_pool_bounds_its_queue_and_ends_its_work),
        cmocka_unit_test(peers_are_addresses_and_networks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
