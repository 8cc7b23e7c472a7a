/* Handlers: functions that say by type what they need.
 *
 *     FLAMA_HANDLER(predict, Y, (flama_resource, self), (X, data))
 *     {
 *         return flama_model_predict(in->self->model, call, in->data->input,
 *                                    &out->output);
 *     }
 *
 * declares the handler `predict`, which gives a Y and asks for the resource and for a
 * body of the schema X. Each parameter is a member of `in`, a pointer to const; `out`
 * is a zeroed Y to fill. It returns 0, or the code of flama_fail. When the app starts
 * it looks up where each parameter comes from, and refuses to start when one has no
 * source:
 *
 * - a schema: the request's body, decoded and validated;
 * - flama_string, flama_integer, flama_number, flama_boolean: the path parameter of
 * that name, or else the query parameter;
 * - flama_resource, or the user's own resource type: the resource the method belongs
 * to;
 * - flama_request, flama_app: the request, the app;
 * - flama_header_value, flama_cookie_value: the header or cookie of that name, '_' in
 * it standing for '-';
 * - a type that a component provides: what the component made.
 *
 * A parameter may be `(flama_integer, limit, .optional = true)`: NULL when absent; and
 * one of kind array `(Ids, ids, .in_query = true)`: of "?ids=1&ids=2" both. */
#ifndef FLAMA_HANDLER_H
#define FLAMA_HANDLER_H

#include <flama/call.h>
#include <flama/request.h>
#include <flama/schema.h>

FLAMA_BEGIN_DECLS

typedef struct flama_app flama_app; /* see app.h */

/* The text of a header or a cookie. */
typedef flama_string flama_header_value;
typedef flama_string flama_cookie_value;

extern FLAMA_API const flama_type flama_request_type;
extern FLAMA_API const flama_type flama_app_type;
extern FLAMA_API const flama_type flama_header_value_type;
extern FLAMA_API const flama_type flama_cookie_value_type;

/* Makes the struct `id` a type that components can provide and handlers ask for. */
#define FLAMA_PROVIDED(id)                                    \
    const flama_type id##_type = {.size = sizeof(flama_type), \
                                  .name = #id,                \
                                  .kind = FLAMA_TYPE_OPAQUE,  \
                                  .instance_size = sizeof(id)}

typedef struct flama_param {
    size_t size; /* sizeof(flama_param) */
    const flama_type *type;
    const char *name;
    size_t offset; /* of the pointer in the handler's `in` */
    bool optional; /* of a query parameter, header or cookie: NULL when absent */
    bool in_query; /* an array: of all query parameters of that name */
} flama_param;

/* A handler; built by FLAMA_HANDLER, or at run time by another language's face. It must
 * outlive the app. */
typedef struct flama_handler {
    size_t size; /* sizeof(flama_handler) */
    const char *name;
    const char *file;
    int line;
    const flama_type *gives;
    size_t in_size;
    const flama_param *params;
    size_t param_count;
    int (*function)(const void *in, void *out, flama_call *call);

    /* (optional) Called instead of `function`, on the loop's thread or one of the pool:
     * begins the call, which flama_call_finish (sys/face.h) ends, then or later, on any
     * thread. `in` lives as long as the call. */
    void (*begin)(const struct flama_handler *handler, const void *in,
                  flama_call *call);
    void *ctx; /* whoever built the handler's */
} flama_handler;

FLAMA_END_DECLS

#define FLAMA_PARAM_MEMBER_(id, param) FLAMA_PARAM_MEMBER2_ param
#define FLAMA_PARAM_MEMBER2_(...) FLAMA_PARAM_MEMBER3_(__VA_ARGS__, ~)
#define FLAMA_PARAM_MEMBER3_(type, name, ...) const type *name;
#define FLAMA_PARAM_ROW_(id, param) {FLAMA_PARAM_ROW2_(id, FLAMA_UNWRAP_ param)},
#define FLAMA_PARAM_ROW2_(...) \
    FLAMA_PARAM_ROW3_(__VA_ARGS__, .size = sizeof(flama_param))
#define FLAMA_PARAM_ROW3_(id, type_, name_, ...)                                      \
    .type = &type_##_type, .name = #name_, .offset = offsetof(struct id##_in, name_), \
    __VA_ARGS__

/* F(c, x) for each argument after the first one. */
#define FLAMA_EACH_REST(F, c, ...) \
    FLAMA_CAT(FLAMA_REST_, FLAMA_COUNT(__VA_ARGS__))(F, c, __VA_ARGS__)
#define FLAMA_REST_1(F, c, first)
#define FLAMA_REST_2(F, c, first, ...) FLAMA_EACH_1(F, c, __VA_ARGS__)
#define FLAMA_REST_3(F, c, first, ...) FLAMA_EACH_2(F, c, __VA_ARGS__)
#define FLAMA_REST_4(F, c, first, ...) FLAMA_EACH_3(F, c, __VA_ARGS__)
#define FLAMA_REST_5(F, c, first, ...) FLAMA_EACH_4(F, c, __VA_ARGS__)
#define FLAMA_REST_6(F, c, first, ...) FLAMA_EACH_5(F, c, __VA_ARGS__)
#define FLAMA_REST_7(F, c, first, ...) FLAMA_EACH_6(F, c, __VA_ARGS__)
#define FLAMA_REST_8(F, c, first, ...) FLAMA_EACH_7(F, c, __VA_ARGS__)
#define FLAMA_REST_9(F, c, first, ...) FLAMA_EACH_8(F, c, __VA_ARGS__)

/* Defines the handler `id`, which gives the type that comes next and takes up to eight
 * parameters; the body follows. */
#define FLAMA_HANDLER(id, ...) \
    FLAMA_HANDLER_(id, FLAMA_FIRST_(__VA_ARGS__, ~), __VA_ARGS__)
#define FLAMA_FIRST_(first, ...) first
#define FLAMA_HANDLER_(id, gives, ...) FLAMA_HANDLER2_(id, gives, __VA_ARGS__)
#define FLAMA_HANDLER2_(id, gives_, ...)                                           \
    struct id##_in {                                                               \
        const void *flama_reserved_;                                               \
        FLAMA_EACH_REST(FLAMA_PARAM_MEMBER_, id, __VA_ARGS__)                      \
    };                                                                             \
    static const flama_param id##_params[] = {                                     \
        FLAMA_EACH_REST(FLAMA_PARAM_ROW_, id, __VA_ARGS__){.name = NULL}};         \
    static int id##_body(const struct id##_in *in, gives_ *out, flama_call *call); \
    static int id##_entry(const void *in, void *out, flama_call *call)             \
    {                                                                              \
        return id##_body(in, out, call);                                           \
    }                                                                              \
    const flama_handler id = {.size = sizeof(flama_handler),                       \
                              .name = #id,                                         \
                              .file = __FILE__,                                    \
                              .line = __LINE__,                                    \
                              .gives = &gives_##_type,                             \
                              .in_size = sizeof(struct id##_in),                   \
                              .params = id##_params,                               \
                              .param_count =                                       \
                                  sizeof id##_params / sizeof *id##_params - 1,    \
                              .function = id##_entry};                             \
    static int id##_body(const struct id##_in *in FLAMA_UNUSED_,                   \
                         gives_ *out FLAMA_UNUSED_, flama_call *call FLAMA_UNUSED_)

#endif
