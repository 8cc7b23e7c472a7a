/* Schemas: what a request's data must be, and the C struct they arrive in.
 *
 *     FLAMA_SCHEMA(Point, (number, x), (number, y, .optional = true))
 *     FLAMA_SCHEMA(Path, (string, name, .max_length = 40), (list, Point, points),
 *                  (schema, Point, start, .nullable = true))
 *
 * declares `struct Point` and its descriptor `Point_type`, and so on. A field is
 * (kind, name, attributes...) with a kind of the table below, (schema, T, name, ...)
 * for one T or (list, T, name, ...) for an array of them:
 *
 *     array, object, any   const flama_value *name;     NULL when absent
 *     string               flama_string name;           data NULL when absent
 *     integer              int64_t name; bool has_name;
 *     number               double name;  bool has_name;
 *     boolean              bool name;    bool has_name;
 *     schema, T            const T *name;               NULL when absent
 *     list, T              struct { const T *items; size_t count; } name;
 *
 * A null that a field allows counts as absent, except in `any`. In an answer, an
 * optional field is left out when it is absent: set has_name along with it. An empty
 * list is an empty array there, and left out when it is optional and its items are
 * NULL.
 *
 * Descriptors are constants, shared by all threads. The library copies what it needs of
 * them when the app starts. */
#ifndef FLAMA_SCHEMA_H
#define FLAMA_SCHEMA_H

#include <flama/each.h>
#include <flama/value.h>

FLAMA_BEGIN_DECLS

typedef struct flama_type flama_type;
typedef struct flama_field flama_field;

typedef enum flama_type_kind {
    FLAMA_TYPE_OPAQUE,   /* not data: the app or a component provides it */
    FLAMA_TYPE_RESOURCE, /* not data: flama_resource, or a struct that begins with one
                          */
    FLAMA_TYPE_ANY,
    FLAMA_TYPE_ARRAY,
    FLAMA_TYPE_OBJECT, /* any object */
    FLAMA_TYPE_STRING,
    FLAMA_TYPE_INTEGER,
    FLAMA_TYPE_NUMBER,
    FLAMA_TYPE_BOOLEAN,
    FLAMA_TYPE_SCHEMA /* an object with `fields` */
} flama_type_kind;

/* A bound of a number, set with FLAMA_BOUND(value) in an initializer. */
typedef struct flama_bound {
    bool set;
    double value;
} flama_bound;

#define FLAMA_BOUND(bound)    \
    {                         \
        true, (double)(bound) \
    }

/* The strings a field may hold: .choices = FLAMA_CHOICES("red", "green"). */
#define FLAMA_CHOICES(...) ((const char *const[]){__VA_ARGS__, NULL})

/* One field. What is zero does not apply. JSON texts are checked when the app starts.
 */
struct flama_field {
    size_t size; /* sizeof(flama_field) */
    const char *name;
    const flama_type *type;
    size_t offset; /* of the member in the struct */
    size_t has;    /* offset of bool has_name, or 0 */
    bool many;     /* the member is a list of `type` */
    bool optional; /* may be left out; it may also when it has a default */
    bool nullable;
    const char *description;
    const char *default_value; /* JSON text */
    const char *example;       /* JSON text */
    const char *const *choices;
    const char *enumeration; /* JSON array of what is allowed, instead of choices */
    flama_bound minimum;
    flama_bound maximum;
    flama_bound exclusive_minimum;
    flama_bound exclusive_maximum;
    size_t min_length;       /* characters of a string, items of an array */
    size_t max_length;       /* 0: no limit */
    const char *pattern;     /* PCRE2, anywhere in the string unless anchored */
    const char *format;      /* date, time, date-time, email, uuid, uri, ipv4, ipv6 are
                                checked; another is only documented */
    const flama_type *items; /* of an array: what each item must be */
};

/* What a name in a handler's parameter list or in a schema stands for. */
struct flama_type {
    size_t size; /* sizeof(flama_type) */
    const char *name;
    flama_type_kind kind;
    size_t instance_size; /* sizeof the C type */
    const flama_field *fields;
    size_t field_count;
    const flama_field *rules; /* attributes of a type made by FLAMA_TYPE, or NULL */
    const char *description;
    bool as_value; /* a body or answer whose C type is const flama_value *, whatever the
                      kind: checked, with its defaults and without unknown members;
                      offsets do not count. For descriptors built at run time. */
    const char *document; /* JSON Schema, as JSON text, of a schema that the handler
                             checks by itself: it stands in the documentation, and
                             any value passes as it came; only with as_value */
};

/* The C types of the kinds; flama_string is among them. */
typedef const flama_value *flama_any;
typedef const flama_value *flama_array;
typedef const flama_value *flama_object;
typedef int64_t flama_integer;
typedef double flama_number;
typedef bool flama_boolean;

FLAMA_API extern const flama_type flama_any_type;
FLAMA_API extern const flama_type flama_array_type;
FLAMA_API extern const flama_type flama_object_type;
FLAMA_API extern const flama_type flama_string_type;
FLAMA_API extern const flama_type flama_integer_type;
FLAMA_API extern const flama_type flama_number_type;
FLAMA_API extern const flama_type flama_boolean_type;

/* Declares a schema of 1 to 16 fields; see the top. */
#define FLAMA_SCHEMA(id, ...)                                  \
    typedef struct id id;                                      \
    struct id {                                                \
        FLAMA_EACH(FLAMA_MEMBER_, id, __VA_ARGS__)             \
    };                                                         \
    extern const flama_type id##_type;                         \
    static const flama_field id##_fields[] = {                 \
        FLAMA_EACH(FLAMA_FIELD_, id, __VA_ARGS__)};            \
    const flama_type id##_type = {.size = sizeof(flama_type),  \
                                  .name = #id,                 \
                                  .kind = FLAMA_TYPE_SCHEMA,   \
                                  .instance_size = sizeof(id), \
                                  .fields = id##_fields,       \
                                  .field_count =               \
                                      sizeof id##_fields / sizeof *id##_fields};

/* Declares a type of a scalar kind or array with attributes, for parameters and items:
 *     FLAMA_TYPE(Page, integer, .minimum = FLAMA_BOUND(1))
 *     FLAMA_TYPE(Row, array, .items = &flama_number_type, .max_length = 4) */
#define FLAMA_TYPE(id, kind_, ...)                                                \
    typedef flama_##kind_ id;                                                     \
    extern const flama_type id##_type;                                            \
    static const flama_field id##_rules = {                                       \
        .size = sizeof(flama_field), .type = &flama_##kind_##_type, __VA_ARGS__}; \
    const flama_type id##_type = {.size = sizeof(flama_type),                     \
                                  .name = #id,                                    \
                                  .kind = FLAMA_KIND_OF_##kind_,                  \
                                  .instance_size = sizeof(id),                    \
                                  .rules = &id##_rules};

#define FLAMA_KIND_OF_any FLAMA_TYPE_ANY
#define FLAMA_KIND_OF_array FLAMA_TYPE_ARRAY
#define FLAMA_KIND_OF_object FLAMA_TYPE_OBJECT
#define FLAMA_KIND_OF_string FLAMA_TYPE_STRING
#define FLAMA_KIND_OF_integer FLAMA_TYPE_INTEGER
#define FLAMA_KIND_OF_number FLAMA_TYPE_NUMBER
#define FLAMA_KIND_OF_boolean FLAMA_TYPE_BOOLEAN

/* (kind, name, ...) as a struct's member. */
#define FLAMA_MEMBER_(id, field) FLAMA_MEMBER_OF_ field
#define FLAMA_MEMBER_OF_(kind_, ...) FLAMA_MEMBER_##kind_(__VA_ARGS__, ~)
#define FLAMA_MEMBER_any(name_, ...) flama_any name_;
#define FLAMA_MEMBER_array(name_, ...) flama_array name_;
#define FLAMA_MEMBER_object(name_, ...) flama_object name_;
#define FLAMA_MEMBER_string(name_, ...) flama_string name_;
#define FLAMA_MEMBER_integer(name_, ...) \
    flama_integer name_;                 \
    bool has_##name_;
#define FLAMA_MEMBER_number(name_, ...) \
    flama_number name_;                 \
    bool has_##name_;
#define FLAMA_MEMBER_boolean(name_, ...) \
    flama_boolean name_;                 \
    bool has_##name_;
#define FLAMA_MEMBER_schema(type_, name_, ...) const type_ *name_;
#define FLAMA_MEMBER_list(type_, name_, ...) \
    struct {                                 \
        const type_ *items;                  \
        size_t count;                        \
    } name_;

/* (kind, name, ...) as the initializer of a flama_field. */
#define FLAMA_FIELD_(id, field) {FLAMA_FIELD_OF_(id, FLAMA_UNWRAP_ field)},
#define FLAMA_FIELD_OF_(...) FLAMA_FIELD_PICK_(__VA_ARGS__, .size = sizeof(flama_field))
#define FLAMA_FIELD_PICK_(id, kind_, ...) FLAMA_FIELD_##kind_(id, __VA_ARGS__)
#define FLAMA_FIELD_any(id, name_, ...) \
    FLAMA_FIELD_SET_(id, flama_any, name_, __VA_ARGS__)
#define FLAMA_FIELD_array(id, name_, ...) \
    FLAMA_FIELD_SET_(id, flama_array, name_, __VA_ARGS__)
#define FLAMA_FIELD_object(id, name_, ...) \
    FLAMA_FIELD_SET_(id, flama_object, name_, __VA_ARGS__)
#define FLAMA_FIELD_string(id, name_, ...) \
    FLAMA_FIELD_SET_(id, flama_string, name_, __VA_ARGS__)
#define FLAMA_FIELD_integer(id, name_, ...) \
    FLAMA_FIELD_SET_(id, flama_integer, name_, FLAMA_FIELD_HAS_(id, name_), __VA_ARGS__)
#define FLAMA_FIELD_number(id, name_, ...) \
    FLAMA_FIELD_SET_(id, flama_number, name_, FLAMA_FIELD_HAS_(id, name_), __VA_ARGS__)
#define FLAMA_FIELD_boolean(id, name_, ...) \
    FLAMA_FIELD_SET_(id, flama_boolean, name_, FLAMA_FIELD_HAS_(id, name_), __VA_ARGS__)
#define FLAMA_FIELD_schema(id, type_, name_, ...) \
    FLAMA_FIELD_SET_(id, type_, name_, __VA_ARGS__)
#define FLAMA_FIELD_list(id, type_, name_, ...) \
    FLAMA_FIELD_SET_(id, type_, name_, .many = true, __VA_ARGS__)
#define FLAMA_FIELD_HAS_(id, name_) .has = offsetof(id, has_##name_)
#define FLAMA_FIELD_SET_(id, type_, name_, ...) \
    .name = #name_, .type = &type_##_type, .offset = offsetof(id, name_), __VA_ARGS__

FLAMA_END_DECLS

#endif
