#include "app/answer.h"

#include <string.h>

#include <flama/json.h>

void flama_answer_no_memory(flama_exchange *x)
{
    flama_exchange_respond(x, 503, FLAMA_CONTENT_JSON,
                           FLAMA_STRING("{\"status_code\":503,\"detail\":\"out of "
                                        "memory\",\"error\":\"MemoryError\"}"));
}

void flama_answer_detail(flama_exchange *x, int status, flama_value detail,
                         const char *error)
{
    flama_builder envelope;
    flama_object_begin(&envelope, x->arena);
    flama_object_add(&envelope, "status_code", flama_value_integer(status));
    flama_object_add(&envelope, "detail", detail);
    flama_object_add(&envelope, "error", flama_value_text(error));
    flama_value value;
    flama_string text;
    if (flama_builder_end(&envelope, &value) != 0 ||
        flama_json_encode(x->arena, &value, 0, &text, NULL) != 0)
        flama_answer_no_memory(x);
    else
        flama_exchange_respond(x, status, FLAMA_CONTENT_JSON, text);
}

/* Errors that are the server's own affair: their sentences stay in the log. */
static bool is_private(int code)
{
    return flama_error_status(code) == 500 && code != FLAMA_ESERIALIZATION &&
           code != FLAMA_ENONFINITE;
}

const char *flama_answer_sentence(flama_arena *arena, const flama_error *err)
{
    if (is_private(err->code))
        return flama_error_text(FLAMA_EINTERNAL);
    if (err->path[0] && strstr(err->message, err->path) == NULL)
        return flama_arena_format(arena, "%s: %s", err->path, err->message);
    return err->message;
}

void flama_answer_log(const flama_exchange *x, const flama_error *err)
{
    flama_log(FLAMA_LOG_ERROR, "%.*s %.*s: %s%s%s (%s)",
              (int)x->request.method_name.size, x->request.method_name.data,
              (int)x->request.path.size, x->request.path.data, err->path,
              err->path[0] ? ": " : "", err->message, flama_error_name(err->code));
    if (err->file)
        flama_log(FLAMA_LOG_ERROR, "  at %s:%d, in %s", err->file, err->source_line,
                  err->function);
}

void flama_answer_error(flama_exchange *x, const flama_error *err)
{
    int status = flama_error_status(err->code);
    if (status >= 500)
        flama_answer_log(x, err);
    const char *text = flama_answer_sentence(x->arena, err);
    if (text && is_private(err->code))
        flama_exchange_respond(x, 500, FLAMA_STRING("text/plain; charset=utf-8"),
                               (flama_string){text, strlen(text)});
    else if (text == NULL)
        flama_answer_no_memory(x);
    else
        flama_answer_detail(x, status, flama_value_text(text),
                            flama_error_envelope(err->code));
}
