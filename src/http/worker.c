#include "http/worker.h"

#include "base/alloc.h"

enum { SPARE_INPUTS = 64 };

static void free_spares(flama_http_worker *worker)
{
    for (flama_http_input *input = worker->inputs, *next; input; input = next) {
        next = input->next;
        flama_http_input_free(input);
    }
    for (flama_http_exchange *e = worker->exchanges.first, *next; e; e = next) {
        next = e->next;
        flama_http_exchange_free(e);
    }
}

void flama_http_worker_unref(flama_http_worker *worker)
{
    if (worker == NULL || atomic_fetch_sub(&worker->references, 1) != 1)
        return;
    flama_timeouts_free(worker->timeouts);
    flama_loop_free(worker->loop);
    free_spares(worker);
    flama_free(worker->trash);
    flama_free(worker);
}

flama_http_input *flama_http_worker_take_input(flama_http_worker *worker)
{
    flama_http_input *input = worker->inputs;
    if (input == NULL)
        return flama_http_input_new(&worker->server->limits, &worker->exchanges);
    worker->inputs = input->next;
    worker->input_count--;
    return input;
}

void flama_http_worker_give_input(flama_http_worker *worker, flama_http_input *input)
{
    if (worker->input_count >= SPARE_INPUTS) {
        flama_http_input_free(input);
        return;
    }
    flama_http_input_clear(input);
    input->next = worker->inputs;
    worker->inputs = input;
    worker->input_count++;
}

bool flama_http_worker_is_done(const flama_http_worker *worker)
{
    return worker->stopping && worker->connections == NULL &&
           atomic_load(&worker->arriving) == 0 &&
           (worker->pending == 0 || worker->cutting);
}

void flama_http_worker_check_end(flama_http_worker *worker)
{
    if (flama_http_worker_is_done(worker))
        flama_loop_stop(worker->loop);
}
