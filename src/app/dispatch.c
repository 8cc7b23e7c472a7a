#include "app/dispatch.h"

#include <string.h>
#include <unistd.h>

#include <flama/json.h>

#include "app/answer.h"
#include "app/debug/crash.h"
#include "app/debug/debug.h"

enum {
    REPORTED_MISTAKES = 100,
    LARGE_BODY = 256 * 1024,     /* bytes that decode in about half a millisecond */
    DEAR_PREDICTION = 1000 * 500 /* nanoseconds that may hold up a loop */
};

/* One call of a handler: the invocation and where it stands. */
typedef struct flama_job {
    const flama_handler_route *route;
    flama_match match;
    void *in;
    bool filled;
    bool gave_up; /* no error handler is to be asked */
    flama_invocation inv;
} flama_job;

static flama_job *new_job(const flama_match *match, flama_exchange *x);
static void go_on(flama_job *job);

/* Sets the call's error to the one that counts: its own, or the first mistake. */
static void complete_error(flama_job *job, int code)
{
    flama_call *call = &job->inv.call;
    const flama_report_item *first = job->inv.report.first;
    if (first)
        flama_error_set_at(&call->error, code, first->path.data, "%s",
                           first->message.data);
    flama_error_set(&call->error, code, "handler %s returned %s without saying why",
                    job->route->handler->name, flama_error_name(code));
}

/* Answers a browser with the debug page; false when it is to get the usual answer. */
static bool answer_with_page(flama_job *job, int code)
{
    flama_exchange *x = job->inv.exchange;
    const flama_backtrace *trace = job->inv.call.trace;
    const flama_frame_list *own = job->inv.frames;
    flama_frames frames = {own ? own->items : NULL, own ? own->count : 0, false};
    if (!flama_debug_wanted(job->inv.app, &x->request))
        return false;
    complete_error(job, code);
    if (own == NULL && trace && trace->count)
        flama_symbols_find(x->arena, getpid(), trace, &frames);
    const flama_debug_failure failure = {
        .app = job->inv.app,
        .request = &x->request,
        .route = job->route,
        .match = &job->match,
        .report = &job->inv.report,
        .frames = &frames,
        .status = flama_error_status(code),
        .name = flama_error_name(code),
        .title = flama_error_text(code),
        .error = &job->inv.call.error,
    };
    if (failure.status >= 500)
        flama_answer_log(x, failure.error);
    return flama_debug_answer_failure(x, &failure);
}

/* An error that a handler of the app answers, and all that it is told of it. */
typedef struct flama_told {
    flama_failure failure;
    flama_error error;
} flama_told;

static void answer_by_handler(const flama_error_handler *handler, flama_exchange *x,
                              const flama_error *err, flama_value detail,
                              flama_string allow)
{
    const flama_match match = {.route = &handler->route.route};
    flama_told *told = flama_arena_alloc(x->arena, sizeof *told);
    flama_job *job = told ? new_job(&match, x) : NULL;
    if (job == NULL) {
        flama_answer_no_memory(x);
        return;
    }
    told->error = *err;
    told->failure =
        (flama_failure){flama_error_status(err->code), &told->error, detail, allow};
    if (told->failure.status >= 500)
        flama_answer_log(x, err);
    job->inv.failure = &told->failure;
    job->gave_up = true;
    flama_crash_working_for(x);
    go_on(job);
}

/* What the usual answer says. 0 or FLAMA_EMEMORY. */
static int failure_detail(const flama_job *job, flama_value *detail)
{
    flama_arena *arena = job->inv.call.arena;
    if (job->inv.report.first)
        return flama_report_detail(&job->inv.report, arena, detail);
    const char *text = flama_answer_sentence(arena, &job->inv.call.error);
    if (text)
        *detail = flama_value_text(text);
    return text ? 0 : FLAMA_EMEMORY;
}

static void answer_failure(flama_job *job, int code)
{
    flama_exchange *x = job->inv.exchange;
    const flama_error *err = &job->inv.call.error;
    const flama_error_handler *own =
        job->gave_up || flama_call_cancelled(&job->inv.call)
            ? NULL
            : flama_app__error_handler(job->inv.app, code);
    flama_value detail;
    if (own == NULL && answer_with_page(job, code))
        return;
    complete_error(job, code);
    if (own == NULL && job->inv.report.first == NULL)
        flama_answer_error(x, err);
    else if (failure_detail(job, &detail) != 0)
        flama_answer_no_memory(x);
    else if (own)
        answer_by_handler(own, x, err, detail, FLAMA_STRING(""));
    else
        flama_answer_detail(x, flama_error_status(code), detail,
                            flama_error_envelope(code));
}

/* What the handler gave as a value. */
static int serialize(flama_job *job, const void *out, flama_value *value)
{
    const flama_plan *plan = job->route->plan;
    flama_invocation *inv = &job->inv;
    if (plan->gives_value || plan->begins)
        return flama_schema_convert(plan->gives, FLAMA_ESERIALIZATION, out, value,
                                    inv->call.arena, &inv->report);
    return flama_schema_serialize(plan->gives, out, value, inv->call.arena,
                                  &inv->report);
}

/* Answers with what the handler gave, or with why it failed. Components are released
 * before the exchange is let go, and after their last use. */
static void finish(flama_job *job, int code, const void *out)
{
    flama_invocation *inv = &job->inv;
    flama_response *response = &inv->exchange->response;
    bool made = response->stream || response->status;
    flama_value value;
    if (response->status == 0)
        response->status = inv->failure ? inv->failure->status : 200;
    if (code == 0 && !made) {
        response->content_type = FLAMA_CONTENT_JSON;
        code = serialize(job, out, &value);
    }
    if (code == 0 && !made)
        code = flama_json_encode(inv->call.arena, &value, 0, &response->body,
                                 &inv->call.error);
    flama_component_release(&inv->app->components, inv);
    flama_crash_working_for(NULL);
    if (code == 0) {
        flama_exchange_respond(inv->exchange, response->status, response->content_type,
                               response->body);
        return;
    }
    flama_stream_end(inv->exchange);
    response->status = 0;
    answer_failure(job, code);
}

static void call_handler(flama_job *job)
{
    const flama_handler *handler = job->route->handler;
    if (job->route->plan->begins) {
        flama_crash_working_for(NULL);
        handler->begin(handler, job->in, &job->inv.call);
        return;
    }
    void *out =
        flama_arena_calloc(job->inv.call.arena, 1, job->route->plan->gives->size);
    int code = out ? handler->function(job->in, out, &job->inv.call) : FLAMA_EMEMORY;
    finish(job, code, out);
}

static int fill(flama_job *job)
{
    job->filled = true;
    return flama_plan_fill(job->route->plan, &job->inv, &job->in);
}

static void go_on(flama_job *job)
{
    int code = job->filled ? 0 : fill(job);
    if (code == 0)
        call_handler(job);
    else
        finish(job, code, NULL);
}

/* On a thread of the pool. */
static void run_job(void *arg)
{
    flama_job *job = arg;
    flama_app *app = job->inv.app; /* the job goes with its exchange */
    flama_crash_working_for(job->inv.exchange);
    go_on(job);
    atomic_fetch_sub(&app->in_pool, 1);
}

static void run_in_pool(flama_job *job)
{
    flama_app *app = job->inv.app;
    atomic_fetch_add(&app->in_pool, 1);
    int code = flama_pool_submit(app->pool, run_job, job);
    if (code == 0)
        return;
    atomic_fetch_sub(&app->in_pool, 1);
    flama_fail(&job->inv.call, code, "more requests wait than the queue holds");
    finish(job, code, NULL);
}

/* How long the model takes for the rows of this body, by its own hint. */
static bool is_dear(const flama_job *job)
{
    const flama_plan *plan = job->route->plan;
    if (job->route->row_cost == 0 || plan->begins || !plan->reads_body)
        return false;
    size_t rows = flama_plan_rows(plan, job->in);
    return rows > DEAR_PREDICTION / job->route->row_cost;
}

static flama_job *new_job(const flama_match *match, flama_exchange *x)
{
    const flama_handler_route *route = match->route->target;
    size_t made = route->app->components.count * sizeof(void *);
    flama_job *job = flama_arena_alloc(x->arena, sizeof *job);
    void **slots = made ? flama_arena_calloc(x->arena, 1, made) : NULL;
    if (job == NULL || (made && slots == NULL))
        return NULL;
    job->route = route;
    job->match = *match;
    job->filled = false;
    job->gave_up = false;
    flama_invocation *inv = &job->inv;
    inv->app = route->app;
    inv->exchange = x;
    inv->resource = route->resource;
    inv->match = &job->match;
    inv->made = slots;
    inv->frames = NULL;
    inv->failure = NULL;
    flama_report_init(&inv->report, x->arena, REPORTED_MISTAKES);
    flama_call_init(&inv->call, x->arena);
    inv->call.deadline = x->deadline;
    inv->call.cancelled = &x->cancelled;
    inv->call.owner = inv;
    if (route->app->options.debug)
        inv->call.trace = flama_arena_calloc(x->arena, 1, sizeof *inv->call.trace);
    return job;
}

void flama_dispatch__handler(const flama_match *match, flama_exchange *x)
{
    flama_job *job = new_job(match, x);
    if (job == NULL) {
        flama_answer_no_memory(x);
        return;
    }
    bool pool = job->inv.app->pool != NULL;
    if (pool && (job->route->blocking || x->request.body.size > LARGE_BODY)) {
        run_in_pool(job);
        return;
    }
    int code = fill(job);
    if (code != 0)
        finish(job, code, NULL);
    else if (pool && is_dear(job))
        run_in_pool(job);
    else
        call_handler(job);
}

static flama_job *job_of(flama_call *call)
{
    return (flama_job *)((char *)call->owner - offsetof(flama_job, inv));
}

flama_exchange *flama_call_exchange(flama_call *call)
{
    const flama_invocation *inv = call->owner;
    return inv ? inv->exchange : NULL;
}

int flama_call_respond(flama_call *call, int status, flama_string content_type,
                       flama_string body)
{
    flama_exchange *x = flama_call_exchange(call);
    if (x == NULL)
        return flama_fail(call, FLAMA_EARGUMENT, "only a request is answered");
    x->response.status = status;
    x->response.content_type = content_type;
    x->response.body = body;
    return 0;
}

int flama_call_stream(flama_call *call, const char *content_type, flama_stream *stream)
{
    flama_exchange *x = flama_call_exchange(call);
    if (x == NULL)
        return flama_fail(call, FLAMA_EARGUMENT, "only a request has a stream");
    x->response.stream = stream;
    x->response.content_type = (flama_string){content_type, strlen(content_type)};
    return 0;
}

void flama_call_finish(flama_call *call, int code, const flama_value *gives)
{
    finish(job_of(call), code, gives);
}

void flama_call_give_up(flama_call *call, int code)
{
    flama_job *job = job_of(call);
    job->gave_up = true;
    finish(job, code, NULL);
}

void flama_call_answer(flama_call *call, int status, flama_string content_type,
                       flama_string body)
{
    flama_invocation *inv = call->owner;
    flama_component_release(&inv->app->components, inv);
    flama_exchange_respond(inv->exchange, status, content_type, body);
}

/* Adds the methods that there are to the answer. False when that has answered: OPTIONS,
 * or for want of memory. */
static bool add_allow(flama_exchange *x, unsigned allowed, flama_string *allow)
{
    *allow = flama_router_allow(x->arena, allowed | FLAMA_OPTIONS);
    if (flama_exchange_add_header(x, FLAMA_STRING("allow"), *allow) != 0)
        flama_answer_no_memory(x);
    else if (x->request.method == FLAMA_OPTIONS)
        flama_exchange_respond(x, 204, FLAMA_STRING(""), FLAMA_STRING(""));
    else
        return true;
    return false;
}

/* Where no handler of a route is called; `allow` is for a 405. */
static void answer_unasked(const flama_app *app, flama_exchange *x, int code,
                           const char *text, flama_string allow)
{
    const flama_error_handler *own = flama_app__error_handler(app, code);
    flama_error err = {0};
    flama_error_set(&err, code, "%s", text);
    if (own)
        answer_by_handler(own, x, &err, flama_value_text(text), allow);
    else
        flama_answer_error(x, &err);
}

/* `app` is the one whose routes came last, `root` the one whose come first. */
static void answer_unmatched(const flama_app *root, flama_app *app, flama_exchange *x,
                             unsigned allowed)
{
    int code = allowed ? FLAMA_EMETHOD : FLAMA_ENOT_FOUND;
    flama_string allow = FLAMA_STRING("");
    if (allowed && !add_allow(x, allowed, &allow))
        return;
    if (allowed == 0 && flama_app__error_handler(app, code) == NULL &&
        flama_debug_wanted(app, &x->request) && flama_debug_answer_not_found(root, x))
        return;
    answer_unasked(app, x, code, flama_error_text(code), allow);
}

/* The app mounted where the path begins, or NULL; cuts that off the path. */
static flama_app *enter_mount(const flama_app *app, flama_string *path)
{
    for (const flama_mounted *m = app->mounts; m; m = m->next) {
        size_t size = m->path.size;
        if (path->size < size || memcmp(path->data, m->path.data, size) != 0 ||
            (path->size > size && path->data[size] != '/'))
            continue;
        *path = path->size > size ? (flama_string){path->data + size, path->size - size}
                                  : FLAMA_STRING("/");
        return m->child;
    }
    return NULL;
}

static void dispatch(flama_app *root, flama_exchange *x)
{
    flama_app *app = root;
    while (flama_middlewares_enter(&app->middlewares, x)) {
        flama_match match;
        flama_router_match(&app->router, x->request.method, x->request.path, &match);
        flama_app *child = match.route ? NULL : enter_mount(app, &x->request.path);
        if (child) {
            app = child;
            continue;
        }
        if (x->too_large)
            answer_unasked(app, x, FLAMA_ELIMIT,
                           "The body is larger than this server takes.",
                           FLAMA_STRING(""));
        else if (match.route)
            match.route->endpoint(&match, x);
        else
            answer_unmatched(root, app, x, match.allowed);
        return;
    }
}

void flama_app_dispatch(flama_app *app, flama_exchange *x)
{
    flama_crash_working_for(x);
    dispatch(app, x);
    flama_crash_working_for(NULL);
}
