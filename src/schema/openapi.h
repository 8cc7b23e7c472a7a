/* The OpenAPI 3.1.0 document of an app, as a value.
 *
 * Made once when the app starts, on its thread. The caller says what operations there
 * are; the result borrows their texts and values. */
#ifndef FLAMA_SCHEMA_OPENAPI_H
#define FLAMA_SCHEMA_OPENAPI_H

#include "schema/schema.h"

typedef enum flama_parameter_place {
    FLAMA_IN_PATH,
    FLAMA_IN_QUERY,
    FLAMA_IN_HEADER,
    FLAMA_IN_COOKIE
} flama_parameter_place;

typedef struct flama_openapi_parameter {
    const char *name;
    flama_parameter_place in;
    const flama_schema *schema;
    bool required; /* one in the path always is */
} flama_openapi_parameter;

/* One method of one path. What is NULL is not there. */
typedef struct flama_operation {
    const char
        *path; /* "/users/{id}/"; a type after the name ("{id:int}") is dropped */
    const char *method;     /* "GET" */
    const flama_value *doc; /* of flama_doc_read; its parts win over the others */
    const char *tag;        /* when the doc has no tags */
    const flama_schema *request;
    const flama_schema *response;     /* none: "content" is empty */
    const char *shape_name;           /* of the resource whose model has these shapes */
    const flama_value *request_shape; /* of flama_shape_of_input */
    const flama_value *request_example;
    const flama_value *response_shape; /* of flama_shape_of_output */
    const flama_openapi_parameter *parameters;
    size_t parameter_count;
} flama_operation;

typedef struct flama_openapi_info {
    const char *title;
    const char *version;
    const char *description;
    const char *root_path;   /* prefix a proxy has taken off; NULL or "" for none */
    const flama_value *over; /* an object that is laid over the document; or NULL */
} flama_openapi_info;

/* Builds the document: the operations in their order, the schemas of the registry
 * (NULL: none) and of every answer that is an error. 0 or FLAMA_EMEMORY. */
int flama_openapi_build(flama_arena *arena, const flama_openapi_info *info,
                        const flama_operation *operations, size_t count,
                        const flama_registry *registry, flama_value *out);

#endif
