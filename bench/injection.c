/* injection: what three components add to a request, in this process and without a
 * socket. Prints the nanoseconds of a request whose handler needs none, and of one
 * whose handler needs three, of which one needs another: medians of interleaved turns.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <flama.h>

enum { TURNS = 21, REQUESTS = 20000 };

typedef struct First {
    int64_t number;
} First;
typedef struct Second {
    int64_t number;
} Second;
typedef struct Third {
    int64_t number;
} Third;
FLAMA_PROVIDED(First);
FLAMA_PROVIDED(Second);
FLAMA_PROVIDED(Third);

FLAMA_HANDLER(make_first, First)
{
    out->number = 1;
    return 0;
}

FLAMA_HANDLER(make_second, Second, (flama_request, request))
{
    out->number = (int64_t)in->request->header_count;
    return 0;
}

FLAMA_HANDLER(make_third, Third, (First, first))
{
    out->number = in->first->number + 1;
    return 0;
}

FLAMA_HANDLER(none, flama_integer)
{
    *out = 3;
    return 0;
}

FLAMA_HANDLER(three, flama_integer, (First, first), (Second, second), (Third, third))
{
    *out = in->first->number + in->second->number + in->third->number;
    return 0;
}

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double turn(flama_client *client, const char *path)
{
    double start = now();
    for (int i = 0; i < REQUESTS; i++) {
        const flama_response *r = flama_client_get(client, path);
        if (r == NULL || r->status != 200 || r->body.data[0] != '3') {
            fprintf(stderr, "%s was not answered right\n", path);
            exit(1);
        }
    }
    return (now() - start) / REQUESTS;
}

int main(void)
{
    flama_app *app = flama_app_new(NULL);
    flama_add_component(app, &make_first, FLAMA_PER_REQUEST, NULL);
    flama_add_component(app, &make_second, FLAMA_PER_REQUEST, NULL);
    flama_add_component(app, &make_third, FLAMA_PER_REQUEST, NULL);
    FLAMA_ROUTE(app, "/none/", FLAMA_GET, .handler = &none);
    FLAMA_ROUTE(app, "/three/", FLAMA_GET, .handler = &three);
    flama_client *client = flama_client_new(app);
    double without[TURNS], with[TURNS], more[TURNS];
    for (int i = 0; i < TURNS; i++) {
        without[i] = turn(client, "/none/");
        with[i] = turn(client, "/three/");
        more[i] = with[i] - without[i];
    }
    qsort(without, TURNS, sizeof without[0], by_size);
    qsort(with, TURNS, sizeof with[0], by_size);
    qsort(more, TURNS, sizeof more[0], by_size);
    printf("%.1f %.1f %.1f\n", without[TURNS / 2], with[TURNS / 2], more[TURNS / 2]);
    flama_client_free(client);
    flama_app_free(app);
    return 0;
}
