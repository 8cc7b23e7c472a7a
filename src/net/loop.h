/* An event loop: one a thread, libuv inside.
 *
 * A loop is made and freed by its owner and belongs to the thread that runs it. Two
 * calls are for other threads: flama_loop_post hands it a task, flama_loop_wake asks it
 * to look up (from signal handlers too). libuv's own loop is for the .c files of net
 * and http. */
#ifndef FLAMA_NET_LOOP_H
#define FLAMA_NET_LOOP_H

#include <flama/error.h>

typedef struct flama_loop flama_loop;

/* Work for a loop. Belongs to whoever posts it and lives until it has run. */
typedef struct flama_task {
    struct flama_task *next; /* the loop's */
    void (*run)(struct flama_task *task);
} flama_task;

/* A new loop, or FLAMA_EMEMORY or FLAMA_EIO. `woken` is called on the loop's thread
 * after flama_loop_wake; calls may have been folded into one. */
int flama_loop_new(flama_loop **out, void (*woken)(void *ctx), void *ctx,
                   flama_error *err);

/* Runs until flama_loop_stop, on the calling thread. Tasks posted before are run. */
void flama_loop_run(flama_loop *loop);

/* The same for at most so many milliseconds; 0: one round, without waiting; negative:
 * for ever. */
void flama_loop_turn(flama_loop *loop, int timeout);

/* Ends flama_loop_run, or flama_loop_turn, after the present round: without one, the
 * next at its beginning. On the loop's thread. */
void flama_loop_stop(flama_loop *loop);

/* Around what is done with the loop's handles while it does not run, by a thread that
 * sees to it that it can't: flama_loop_here then, and its clock is right. What enter
 * gave is handed to leave. */
const flama_loop *flama_loop_enter(flama_loop *loop);
void flama_loop_leave(const flama_loop *outer);

/* Runs what has been posted and refuses whatever comes later. Once, after the last run.
 */
void flama_loop_close_tasks(flama_loop *loop);

/* Closes libuv's handles, those of others included, runs their close callbacks, and
 * frees the loop. NULL is fine. */
void flama_loop_free(flama_loop *loop);

/* Has task->run called on the loop's thread, tasks in the order they came from one
 * thread. Lock-free; wakes the loop only when nothing was waiting. False when the loop
 * takes no more tasks: then the task is the caller's again. Any thread. */
bool flama_loop_post(flama_loop *loop, flama_task *task);

/* Has `woken` called. Any thread and signal handlers. */
void flama_loop_wake(flama_loop *loop);

/* True on the thread that runs the loop. */
bool flama_loop_here(const flama_loop *loop);

/* Milliseconds of the loop's clock, read once a round. */
uint64_t flama_loop_now(const flama_loop *loop);

/* libuv's loop, borrowed. */
struct uv_loop_s *flama_loop__uv(flama_loop *loop);

#endif
