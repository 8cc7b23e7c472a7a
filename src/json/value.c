#include <flama/value.h>

#include <string.h>

#include "base/error.h"

const flama_value *flama_value_get_string(const flama_value *object, flama_string name)
{
    if (object == NULL || object->kind != FLAMA_KIND_OBJECT)
        return NULL;
    for (size_t i = object->object.count; i-- > 0;) {
        const flama_member *m = &object->object.members[i];
        if (m->name.size == name.size &&
            (name.size == 0 || memcmp(m->name.data, name.data, name.size) == 0))
            return &m->value;
    }
    return NULL;
}

const flama_value *flama_value_get(const flama_value *object, const char *name)
{
    return flama_value_get_string(object, (flama_string){name, strlen(name)});
}

const char *flama_kind_name(flama_kind kind)
{
    static const char *const names[] = {"null",   "boolean", "integer", "number",
                                        "string", "array",   "object",  "array"};
    return names[kind];
}

size_t flama_dtype_size(flama_dtype dtype)
{
    static const size_t sizes[] = {1, sizeof(int64_t), sizeof(float), sizeof(double),
                                   sizeof(flama_string)};
    return sizes[dtype];
}

const char *flama_dtype_name(flama_dtype dtype)
{
    static const char *const names[] = {"bool", "int64", "float32", "float64", "str"};
    return names[dtype];
}

flama_value flama_value_null(void)
{
    return (flama_value){.kind = FLAMA_KIND_NULL};
}

flama_value flama_value_bool(bool boolean)
{
    return (flama_value){.kind = FLAMA_KIND_BOOL, .boolean = boolean};
}

flama_value flama_value_integer(int64_t integer)
{
    return (flama_value){.kind = FLAMA_KIND_INTEGER, .integer = integer};
}

flama_value flama_value_number(double number)
{
    return (flama_value){.kind = FLAMA_KIND_NUMBER, .number = number};
}

flama_value flama_value_string(flama_string string)
{
    return (flama_value){.kind = FLAMA_KIND_STRING, .string = string};
}

flama_value flama_value_text(const char *text)
{
    return flama_value_string((flama_string){text, strlen(text)});
}

flama_value flama_value_tensor(const flama_tensor *tensor)
{
    return (flama_value){.kind = FLAMA_KIND_TENSOR, .tensor = tensor};
}

int flama_tensor_new(flama_arena *arena, flama_dtype dtype, unsigned rank,
                     const size_t *shape, flama_tensor **out, void **data,
                     flama_error *err)
{
    size_t count = 1, bytes;
    if (rank > FLAMA_MAX_RANK)
        return flama_error_set(err, FLAMA_ELIMIT, "more than %d dimensions",
                               FLAMA_MAX_RANK);
    bool over = false;
    for (unsigned i = 0; i < rank; i++)
        over |= __builtin_mul_overflow(count, shape[i], &count);
    if (over || __builtin_mul_overflow(count, flama_dtype_size(dtype), &bytes))
        return flama_error_set(err, FLAMA_ELIMIT, "an array too large for the memory");
    flama_tensor *tensor = flama_arena_alloc(arena, sizeof *tensor);
    void *memory = tensor ? flama_arena_alloc(arena, bytes) : NULL;
    if (memory == NULL)
        return flama_error__memory(err);
    *tensor =
        (flama_tensor){.dtype = dtype, .rank = rank, .count = count, .data = memory};
    if (rank)
        memcpy(tensor->shape, shape, rank * sizeof *shape);
    *out = tensor;
    *data = memory;
    return 0;
}

static void begin(flama_builder *builder, flama_arena *arena, flama_kind kind)
{
    *builder = (flama_builder){.arena = arena, .kind = kind};
}

void flama_object_begin(flama_builder *builder, flama_arena *arena)
{
    begin(builder, arena, FLAMA_KIND_OBJECT);
}

void flama_array_begin(flama_builder *builder, flama_arena *arena)
{
    begin(builder, arena, FLAMA_KIND_ARRAY);
}

/* Room for one more item of that size, or NULL; remembers the failure. */
static void *next_item(flama_builder *builder, size_t size)
{
    if (builder->failed)
        return NULL;
    if (builder->count == builder->capacity) {
        size_t capacity = builder->capacity ? builder->capacity * 2 : 4;
        void *items = flama_arena_grow(builder->arena, builder->items,
                                       builder->count * size, capacity * size);
        if (items == NULL) {
            builder->failed = FLAMA_EMEMORY;
            return NULL;
        }
        builder->items = items;
        builder->capacity = capacity;
    }
    return (char *)builder->items + builder->count++ * size;
}

int flama_object_add_string(flama_builder *builder, flama_string name,
                            flama_value value)
{
    flama_member *member = next_item(builder, sizeof *member);
    if (member == NULL)
        return FLAMA_EMEMORY;
    *member = (flama_member){name, value};
    return 0;
}

int flama_object_add(flama_builder *builder, const char *name, flama_value value)
{
    return flama_object_add_string(builder, (flama_string){name, strlen(name)}, value);
}

int flama_array_add(flama_builder *builder, flama_value value)
{
    flama_value *item = next_item(builder, sizeof *item);
    if (item == NULL)
        return FLAMA_EMEMORY;
    *item = value;
    return 0;
}

int flama_builder_end(flama_builder *builder, flama_value *out)
{
    if (builder->failed)
        return builder->failed;
    *out = (flama_value){.kind = builder->kind};
    if (builder->kind == FLAMA_KIND_OBJECT) {
        out->object.members = builder->items;
        out->object.count = builder->count;
    } else {
        out->array.items = builder->items;
        out->array.count = builder->count;
    }
    return 0;
}
