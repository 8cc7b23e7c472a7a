#include "flm/pickle.h"

#include <string.h>

#include "base/error.h"

bool flama_pickle_is_text(const flama_pickle *node, const char *text)
{
    return node && node->kind == FLAMA_PICKLE_STRING &&
           node->text.size == strlen(text) &&
           memcmp(node->text.data, text, node->text.size) == 0;
}

bool flama_pickle_is_global(const flama_pickle *node, const char *name)
{
    return node && node->kind == FLAMA_PICKLE_GLOBAL &&
           node->global->name.size == strlen(name) &&
           memcmp(node->global->name.data, name, strlen(name)) == 0;
}

bool flama_pickle_is_object(const flama_pickle *node, const char *name)
{
    if (node == NULL || node->kind != FLAMA_PICKLE_OBJECT)
        return false;
    flama_string have = node->object->type->name;
    return have.size == strlen(name) && memcmp(have.data, name, have.size) == 0;
}

const flama_pickle *flama_pickle_entry(const flama_pickle *dict, const char *key)
{
    if (dict == NULL || dict->kind != FLAMA_PICKLE_DICT)
        return NULL;
    for (size_t i = dict->count; i >= 2; i -= 2)
        if (flama_pickle_is_text(dict->items[i - 2], key))
            return dict->items[i - 1];
    return NULL;
}

const flama_pickle *flama_pickle_attribute(const flama_pickle *node, const char *name,
                                           size_t *cost)
{
    const flama_pickle *state =
        node && node->kind == FLAMA_PICKLE_OBJECT ? node->object->state : NULL;
    const flama_pickle *found = NULL;
    size_t looked = 0;
    if (state && state->kind == FLAMA_PICKLE_DICT) {
        looked = state->count;
        found = flama_pickle_entry(state, name);
    } else if (state && state->kind == FLAMA_PICKLE_TUPLE && state->count == 2) {
        for (size_t i = 2; i-- > 0 && found == NULL;) {
            const flama_pickle *part = state->items[i];
            looked += part->kind == FLAMA_PICKLE_DICT ? part->count : 0;
            found = flama_pickle_entry(part, name);
        }
    }
    if (cost)
        *cost += looked;
    return found;
}

const flama_pickle *flama_pickle_argument(const flama_pickle *node, size_t i)
{
    if (node == NULL || node->kind != FLAMA_PICKLE_OBJECT ||
        i >= node->object->args->count)
        return NULL;
    return node->object->args->items[i];
}

/* Text whose characters are all under U+0100, as the bytes they stand for. */
static int decode_latin1(flama_arena *arena, flama_string text, flama_string *out,
                         flama_error *err)
{
    uint8_t *bytes = flama_arena_alloc(arena, text.size);
    const uint8_t *p = (const uint8_t *)text.data;
    size_t n = 0;
    if (bytes == NULL)
        return flama_error__memory(err);
    for (size_t i = 0; i < text.size; i++) {
        if (p[i] >= 0x80) {
            if (p[i] > 0xC3)
                return flama_error_set(err, FLAMA_EFORMAT,
                                       "damaged pickle: bytes that are not latin-1");
            bytes[n++] = (uint8_t)((p[i] & 3) << 6 | (p[i + 1] & 0x3F));
            i++;
        } else
            bytes[n++] = p[i];
    }
    *out = (flama_string){(const char *)bytes, n};
    return 0;
}

int flama_pickle_bytes(flama_arena *arena, const flama_pickle *node, flama_string *out,
                       flama_error *err)
{
    if (flama_pickle_is_object(node, "bytearray"))
        node = flama_pickle_argument(node, 0);
    if (node && node->kind == FLAMA_PICKLE_BYTES) {
        *out = node->text;
        return 0;
    }
    if (flama_pickle_is_object(node, "bytes") && node->object->args->count == 0) {
        *out = FLAMA_STRING("");
        return 0;
    }
    const flama_pickle *text =
        flama_pickle_is_object(node, "encode") ? flama_pickle_argument(node, 0) : NULL;
    const flama_pickle *codec = flama_pickle_argument(node, 1);
    if (text && text->kind == FLAMA_PICKLE_STRING &&
        (flama_pickle_is_text(codec, "latin1") ||
         flama_pickle_is_text(codec, "latin-1")))
        return decode_latin1(arena, text->text, out, err);
    return flama_error_set(
        err, FLAMA_EFORMAT,
        "damaged pickle: bytes are expected, something else is there");
}
