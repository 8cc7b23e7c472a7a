/* Values: what JSON, models and handlers exchange.
 *
 * A value is null, bool, integer, number, string, array, object or tensor. Values live
 * in an arena and are not changed once built, so any thread may read them and parts may
 * be shared freely. A rectangular JSON array of numbers is a tensor, never a tree of
 * boxed numbers: int64 if every number is an integer that fits, else double. */
#ifndef FLAMA_VALUE_H
#define FLAMA_VALUE_H

#include <flama/arena.h>
#include <flama/error.h>

FLAMA_BEGIN_DECLS

typedef enum flama_kind {
    FLAMA_KIND_NULL,
    FLAMA_KIND_BOOL,
    FLAMA_KIND_INTEGER,
    FLAMA_KIND_NUMBER,
    FLAMA_KIND_STRING,
    FLAMA_KIND_ARRAY,
    FLAMA_KIND_OBJECT,
    FLAMA_KIND_TENSOR
} flama_kind;

typedef enum flama_dtype {
    FLAMA_DTYPE_BOOL,    /* uint8_t, 0 or 1 */
    FLAMA_DTYPE_INT64,   /* int64_t */
    FLAMA_DTYPE_FLOAT32, /* float */
    FLAMA_DTYPE_FLOAT64, /* double */
    FLAMA_DTYPE_STRING   /* flama_string */
} flama_dtype;

#define FLAMA_MAX_RANK 16

typedef struct flama_value flama_value;
typedef struct flama_member flama_member;

/* A dense row-major array. The data hold `count` elements, the product of the shape (1
 * for rank 0). Where a JSON null stood (NaN in the data, dtype float64), `nulls` counts
 * them and `first_null` is the flat index of the first. `text` is the JSON it was
 * decoded from, or data == NULL: printing it back is exact. */
typedef struct flama_tensor {
    flama_dtype dtype;
    unsigned rank;
    size_t shape[FLAMA_MAX_RANK];
    size_t count;
    const void *data;
    flama_string text;
    size_t nulls;
    size_t first_null;
} flama_tensor;

/* One value. Of the union, the member that `kind` names holds. An integer that does not
 * fit int64 is a NUMBER whose `digits` is its exact text, NUL-terminated; else NULL. */
struct flama_value {
    flama_kind kind;
    union {
        bool boolean;
        int64_t integer;
        struct {
            double number;
            const char *digits;
        };
        flama_string string;
        struct {
            const flama_value *items;
            size_t count;
        } array;
        struct {
            const flama_member *members;
            size_t count;
        } object;
        const flama_tensor *tensor;
    };
};

/* An object keeps its members in the document's order; of equal names the last counts.
 */
struct flama_member {
    flama_string name;
    flama_value value;
};

/* The member of that name, or NULL; also NULL when `object` is no object (or NULL). */
FLAMA_API const flama_value *flama_value_get(const flama_value *object,
                                             const char *name);
FLAMA_API const flama_value *flama_value_get_string(const flama_value *object,
                                                    flama_string name);

/* "null", "boolean", "integer", "number", "string", "array", "object": as JSON Schema
 * names them; a tensor is an "array". Static. */
FLAMA_API const char *flama_kind_name(flama_kind kind);

/* Bytes of one element; the name as numpy spells it ("float64"). */
FLAMA_API size_t flama_dtype_size(flama_dtype dtype);
FLAMA_API const char *flama_dtype_name(flama_dtype dtype);

/* Values of the scalar kinds. The string is borrowed. */
FLAMA_API flama_value flama_value_null(void);
FLAMA_API flama_value flama_value_bool(bool boolean);
FLAMA_API flama_value flama_value_integer(int64_t integer);
FLAMA_API flama_value flama_value_number(double number);
FLAMA_API flama_value flama_value_string(flama_string string);
FLAMA_API flama_value flama_value_text(const char *text); /* NUL-terminated, borrowed */

/* A tensor with room for its data, uninitialized, writable through *data; the product
 * of the shape is checked. 0, FLAMA_EMEMORY or FLAMA_ELIMIT. */
FLAMA_API int flama_tensor_new(flama_arena *arena, flama_dtype dtype, unsigned rank,
                               const size_t *shape, flama_tensor **out, void **data,
                               flama_error *err);

/* The value that is this tensor. */
FLAMA_API flama_value flama_value_tensor(const flama_tensor *tensor);

/* Objects and arrays under construction: add members or items in order, then take the
 * value; the builder is done with then. All live in the arena given at the start.
 * Adding returns 0 or FLAMA_EMEMORY, and after a failure does nothing. Names are
 * borrowed. */
typedef struct flama_builder {
    flama_arena *arena;
    flama_kind kind;
    void *items;
    size_t count;
    size_t capacity;
    int failed;
} flama_builder;

FLAMA_API void flama_object_begin(flama_builder *builder, flama_arena *arena);
FLAMA_API void flama_array_begin(flama_builder *builder, flama_arena *arena);
FLAMA_API int flama_object_add(flama_builder *builder, const char *name,
                               flama_value value);
FLAMA_API int flama_object_add_string(flama_builder *builder, flama_string name,
                                      flama_value value);
FLAMA_API int flama_array_add(flama_builder *builder, flama_value value);

/* Writes the value built to *out: 0, or FLAMA_EMEMORY when some step failed. */
FLAMA_API int flama_builder_end(flama_builder *builder, flama_value *out);

FLAMA_END_DECLS

#endif
