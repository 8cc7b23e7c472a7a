/* JSON: what decodes also prints, in every spelling, and reads back as the same value.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <flama.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool condition)
{
    if (!condition)
        abort();
}

static bool same_bytes(flama_string a, flama_string b)
{
    return a.size == b.size && (a.size == 0 || memcmp(a.data, b.data, a.size) == 0);
}

static bool same_tensor(const flama_tensor *a, const flama_tensor *b)
{
    return a->dtype == b->dtype && a->rank == b->rank && a->count == b->count &&
           a->nulls == b->nulls && a->first_null == b->first_null &&
           memcmp(a->shape, b->shape, a->rank * sizeof *a->shape) == 0 &&
           memcmp(a->data, b->data, a->count * flama_dtype_size(a->dtype)) == 0;
}

static bool same(const flama_value *a, const flama_value *b)
{
    if (a->kind != b->kind)
        return false;
    switch (a->kind) {
    case FLAMA_KIND_NULL:
        return true;
    case FLAMA_KIND_BOOL:
        return a->boolean == b->boolean;
    case FLAMA_KIND_INTEGER:
        return a->integer == b->integer;
    case FLAMA_KIND_NUMBER:
        return memcmp(&a->number, &b->number, sizeof a->number) == 0 &&
               !a->digits == !b->digits &&
               (a->digits == NULL || strcmp(a->digits, b->digits) == 0);
    case FLAMA_KIND_STRING:
        return same_bytes(a->string, b->string);
    case FLAMA_KIND_TENSOR:
        return same_tensor(a->tensor, b->tensor);
    case FLAMA_KIND_ARRAY:
        if (a->array.count != b->array.count)
            return false;
        for (size_t i = 0; i < a->array.count; i++)
            if (!same(&a->array.items[i], &b->array.items[i]))
                return false;
        return true;
    case FLAMA_KIND_OBJECT:
        if (a->object.count != b->object.count)
            return false;
        for (size_t i = 0; i < a->object.count; i++)
            if (!same_bytes(a->object.members[i].name, b->object.members[i].name) ||
                !same(&a->object.members[i].value, &b->object.members[i].value))
                return false;
        return true;
    }
    return false;
}

/* Prints and reads back; false when a number in it is infinite. */
static bool round_trip(flama_arena *arena, const flama_value *value, unsigned flags)
{
    flama_string text;
    flama_value again;
    flama_error err = {0};
    int rc = flama_json_encode(arena, value, flags, &text, &err);
    require(rc == 0 || (rc == FLAMA_ENONFINITE && err.path[0] == '$'));
    if (rc != 0)
        return false;
    require(flama_json_decode(arena, text.data, text.size, NULL, &again, NULL) == 0);
    require(flags & FLAMA_JSON_SORTED || same(value, &again));
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    flama_arena *arena = flama_arena_new(0);
    flama_value value;
    flama_error err = {0};
    int rc = flama_json_decode(arena, (const char *)data, size, NULL, &value, &err);
    require(rc == 0 || rc == FLAMA_EJSON || rc == FLAMA_ELIMIT);
    require(rc == err.code && (rc == 0 || err.offset <= size));
    if (rc == 0 && round_trip(arena, &value, 0)) {
        round_trip(arena, &value, FLAMA_JSON_SPACED);
        round_trip(arena, &value, FLAMA_JSON_PRETTY);
        round_trip(arena, &value, FLAMA_JSON_SORTED);
    }
    flama_arena_free(arena);
    return 0;
}
