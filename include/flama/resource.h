/* Resources: a model, or anything, with methods of its own under one path.
 *
 * A resource is described by a constant flama_resource_def and added to an app under a
 * path. A model resource (one with a model_path) answers GET / with what is known of
 * the model and POST /predict/ with predictions by itself, and further methods of the
 * model when .model_methods asks for them; a method of the same path takes their
 * place. */
#ifndef FLAMA_RESOURCE_H
#define FLAMA_RESOURCE_H

#include <flama/handler.h>
#include <flama/model.h>

FLAMA_BEGIN_DECLS

/* What handlers see of the resource they belong to. The user's own attributes stand in
 * a struct whose first member is `flama_resource base`. */
typedef struct flama_resource {
    flama_model *model; /* NULL when the resource has none */
    const char *name;
    const char *verbose_name;
    const char *path; /* where the app serves it */
} flama_resource;

extern FLAMA_API const flama_type flama_resource_type;

/* One method: a path below the resource's, and the handler that answers it. */
typedef struct flama_method {
    const char *path;
    unsigned methods; /* FLAMA_GET | ... */
    const char *name; /* unique in the app; resolves to the URL */
    const flama_handler *handler;
    const char *doc;   /* YAML: tags, summary, description, responses */
    bool blocking;     /* run in the pool of threads, off the loop */
    bool undocumented; /* left out of the OpenAPI document */
} flama_method;

typedef struct flama_resource_def {
    size_t size; /* sizeof(flama_resource_def) */
    const char *name;
    const char *verbose_name; /* NULL: name */
    const char *model_path;   /* beside `file`, in the app's folder, or from where the
                                 program was started: the first that is there */
    const char *file;         /* the source file that holds the resource */
    const flama_method *methods;
    size_t method_count;
    const flama_type *type; /* of the user's own struct, NULL: flama_resource */
    const void *attributes; /* its contents; `base` is filled in by the app */
    flama_model *model;     /* opened already, instead of model_path; the app takes a
                               reference of its own */

    /* Methods of the model that are served besides predict: POST <path>/<method>/ runs
     * it. "predict_proba", "decision_function", "transform", one or several with '+' or
     * ',' between them; NULL: none. The model must have them. */
    const char *model_methods;
} flama_resource_def;

FLAMA_END_DECLS

/* Makes the struct `id`, whose first member is `flama_resource base`, a type that
 * methods of a resource can ask for as (id, self). */
#define FLAMA_RESOURCE_TYPE(id)                                \
    _Static_assert(offsetof(id, base) == 0,                    \
                   "the first member is flama_resource base"); \
    const flama_type id##_type = {.size = sizeof(flama_type),  \
                                  .name = #id,                 \
                                  .kind = FLAMA_TYPE_RESOURCE, \
                                  .instance_size = sizeof(id)}

/* In FLAMA_RESOURCE: the resource is a `id` with these attributes. */
#define FLAMA_ATTRIBUTES(id, ...)                 \
    .type = &id##_type, .attributes = &(const id) \
    {                                             \
        __VA_ARGS__                               \
    }

/* In FLAMA_RESOURCE: its methods. */
#define FLAMA_METHODS(...)                          \
    .methods = (const flama_method[]){__VA_ARGS__}, \
    .method_count = sizeof((const flama_method[]){__VA_ARGS__}) / sizeof(flama_method)

#define FLAMA_RESOURCE(id, ...)     \
    const flama_resource_def id = { \
        .size = sizeof(flama_resource_def), .file = __FILE__, __VA_ARGS__}

#endif
