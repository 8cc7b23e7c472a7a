#include "base/call.h"

#include "base/alloc.h"
#include "base/arena.h"
#include "base/clock.h"
#include "base/error.h"

void flama_call_init(flama_call *call, flama_arena *arena)
{
    call->arena = arena;
    call->error.code = 0;
    call->deadline = 0;
    call->cancelled = NULL;
    call->owner = NULL;
    call->trace = NULL;
}

flama_call *flama_call_new(void)
{
    flama_arena *arena = flama_arena_new(0);
    flama_call *call = arena ? flama_malloc(sizeof *call) : NULL;
    if (call)
        flama_call_init(call, arena);
    else
        flama_arena_free(arena);
    return call;
}

void flama_call_reset(flama_call *call)
{
    flama_arena_reset(call->arena);
    call->error.code = 0;
}

void flama_call_free(flama_call *call)
{
    if (call == NULL)
        return;
    flama_arena_free(call->arena);
    flama_free(call);
}

flama_arena *flama_call_arena(flama_call *call)
{
    return call->arena;
}

void *flama_call_alloc(flama_call *call, size_t size)
{
    return flama_arena_alloc(call->arena, size);
}

const flama_error *flama_call_error(const flama_call *call)
{
    return &call->error;
}

static bool timed_out(const flama_call *call)
{
    return call->deadline && flama_clock_now() > call->deadline;
}

bool flama_call_cancelled(const flama_call *call)
{
    return (call->cancelled &&
            atomic_load_explicit(call->cancelled, memory_order_relaxed)) ||
           timed_out(call);
}

int flama_call_stopped(flama_call *call)
{
    int code = timed_out(call) ? FLAMA_ETIMEOUT : FLAMA_ECANCELLED;
    return flama_fail(call, code, "%s", flama_error_text(code));
}

int flama_call_fail(flama_call *call, int code, const char *path, const char *file,
                    int line, const char *function, const char *format, ...)
{
    flama_error *err = &call->error;
    if (err->code != 0)
        return code;
    va_list args;
    va_start(args, format);
    flama_error__vset(err, code, path, format, args);
    va_end(args);
    err->file = file;
    err->source_line = line;
    err->function = function;
    if (call->trace)
        flama_backtrace_take(call->trace, __builtin_return_address(0));
    return code;
}
