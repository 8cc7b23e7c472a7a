/* Compiled schemas: what a flama_type describes, ready to check data with.
 *
 * A schema is a tree of nodes, built once from a descriptor, immutable afterwards and
 * shared by all threads. It lives in the arena it was compiled into and copies what it
 * needs of the descriptor. Schemas of kind FLAMA_TYPE_SCHEMA are also in a registry, by
 * name and by type; that makes a schema that contains itself one node, not endless. */
#ifndef FLAMA_SCHEMA_SCHEMA_H
#define FLAMA_SCHEMA_SCHEMA_H

#include <flama/schema.h>

#include "base/report.h"

/* Nested values below the top; what is deeper is refused. */
#define FLAMA_SCHEMA_DEPTH 64

typedef struct flama_schema flama_schema;
typedef struct flama_shape flama_shape;

typedef struct flama_schema_field {
    flama_string name;
    const flama_schema *schema;
    size_t offset;
    size_t has; /* 0: none */
    bool required;
    const flama_value *fallback; /* the default, or NULL */
} flama_schema_field;

/* The fields of an object. `name` is the one it is filed under. */
struct flama_shape {
    flama_string name;
    size_t size; /* of the C struct */
    const flama_schema_field *fields;
    size_t field_count;
    const char *description;     /* or NULL */
    const flama_value *document; /* in place of all that: not checked here; or NULL */
};

/* One node: a kind and the rules that hold for it. */
struct flama_schema {
    flama_type_kind kind;
    size_t size; /* of the C type: of an item's, for a list */
    bool many;   /* kind is ARRAY and the C type a list of items */
    bool nullable;
    const flama_shape *shape;  /* of kind SCHEMA */
    const flama_schema *items; /* of kind ARRAY, or NULL: anything */
    const char *description;
    const flama_value *example;
    const flama_value *fallback;
    const flama_value *enumeration; /* array of the values allowed, or NULL */
    flama_bound minimum;
    flama_bound maximum;
    flama_bound exclusive_minimum;
    flama_bound exclusive_maximum;
    size_t min_length;
    size_t max_length; /* 0: none */
    const char *pattern;
    const void *matcher; /* the compiled pattern */
    const char *format;
};

typedef struct flama_registry_entry {
    const flama_type *type;     /* its identity; not looked into after compiling */
    const flama_schema *schema; /* of kind SCHEMA */
    bool registered;            /* by the user, not only met inside another */
} flama_registry_entry;

/* The schemas of an app, in the order they came. One thread at a time, while setting
 * up. */
typedef struct flama_registry {
    flama_arena *arena; /* everything lives here */
    flama_registry_entry *entries;
    size_t count;
    size_t capacity;
} flama_registry;

/* An empty registry. */
void flama_registry_init(flama_registry *registry, flama_arena *arena);

/* Compiles `type` and files it under `name`. A name taken by another type is an error
 * in the report, the same again a warning. The schema, or NULL after an error. */
const flama_schema *flama_registry_add(flama_registry *registry, const char *name,
                                       const flama_type *type, flama_report *report);

/* The schema the user registered for that type, or NULL. */
const flama_schema *flama_registry_find(const flama_registry *registry,
                                        const flama_type *type);

/* Compiles any type that is data; schemas met on the way go into the registry under
 * their type's name. 0, or a code, with each mistake in the report. */
int flama_schema_compile(flama_registry *registry, const flama_type *type,
                         const flama_schema **out, flama_report *report);

/* Checks *in (NULL: an empty object) against the schema in one pass and fills the C
 * value at `out` (NULL: check only), whose parts point into *in and the arena. Every
 * mistake goes into the report with its place as "rows/0/k", "" for the whole, "~1" for
 * a slash and "~0" for a tilde in a name. The report should have a limit. 0,
 * FLAMA_EVALIDATION or FLAMA_EMEMORY. Any thread. */
int flama_schema_validate(const flama_schema *schema, const flama_value *in, void *out,
                          flama_arena *arena, flama_report *report);

/* The same for the texts of a parameter (path, query), which are read as what the
 * schema wants: all as the items of an array, of several the last as anything else;
 * `name` is its place in the report. */
int flama_schema_validate_texts(const flama_schema *schema, const char *name,
                                const flama_string *texts, size_t count, void *out,
                                flama_arena *arena, flama_report *report);

/* The way out: the C value at `in` as *out, checked. The value borrows from `in`. 0,
 * FLAMA_ESERIALIZATION with the broken promises in the report, or FLAMA_EMEMORY. */
int flama_schema_serialize(const flama_schema *schema, const void *in, flama_value *out,
                           flama_arena *arena, flama_report *report);

/* For values that stay values: checks *in and makes *out of it, with defaults filled in
 * and unknown members left out; it borrows from *in. Mistakes are of `code`,
 * FLAMA_EVALIDATION or FLAMA_ESERIALIZATION. 0, the code, or FLAMA_EMEMORY. */
int flama_schema_convert(const flama_schema *schema, int code, const flama_value *in,
                         flama_value *out, flama_arena *arena, flama_report *report);

/* Whether the handler checks values of this schema by itself. */
bool flama_schema_is_open(const flama_schema *schema);

/* Whether values of the type stay values; the descriptor may be of an older header. */
bool flama_type_as_value(const flama_type *type);

/* The errors of a report as the detail of an answer: {"rows": {"0": {"k": ["..."]}}}. 0
 * or FLAMA_EMEMORY. */
int flama_report_detail(const flama_report *report, flama_arena *arena,
                        flama_value *out);

#endif
