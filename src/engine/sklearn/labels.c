#include "engine/sklearn/labels.h"

#include <string.h>

static double number_at(const flama_tensor *t, size_t i)
{
    switch (t->dtype) {
    case FLAMA_DTYPE_BOOL:
        return ((const uint8_t *)t->data)[i];
    case FLAMA_DTYPE_INT64:
        return (double)((const int64_t *)t->data)[i];
    default:
        return ((const double *)t->data)[i];
    }
}

static bool string_is(const flama_string *s, flama_string t)
{
    return s->size == t.size && (t.size == 0 || memcmp(s->data, t.data, t.size) == 0);
}

static bool equal(const flama_tensor *a, size_t i, const flama_tensor *b, size_t k)
{
    bool text = a->dtype == FLAMA_DTYPE_STRING;
    if (text != (b->dtype == FLAMA_DTYPE_STRING))
        return false;
    if (!text)
        return number_at(a, i) == number_at(b, k);
    const flama_string *s = a->data, *t = b->data;
    return string_is(&s[i], t[k]);
}

const uint32_t *flama_sk_labels_within(flama_sk_loader *in, const flama_tensor *inner,
                                       const flama_tensor *outer)
{
    uint32_t *map = flama_sk_new(in, inner->count, sizeof *map);
    for (size_t i = 0; map && i < inner->count; i++) {
        /* Nearly always the same classes in the same order. */
        size_t k = i < outer->count && equal(inner, i, outer, i) ? i : 0;
        while (k < outer->count && !equal(inner, i, outer, k))
            k++;
        if (k == outer->count) {
            flama_sk_damaged(in, "classes_", "lacks a class of an estimator within");
            return NULL;
        }
        map[i] = (uint32_t)k;
    }
    return map;
}

const uint32_t *flama_sk_labels_as_indices(flama_sk_loader *in,
                                           const flama_tensor *inner, size_t count)
{
    uint32_t *map = flama_sk_new(in, inner->count, sizeof *map);
    for (size_t i = 0; map && i < inner->count; i++) {
        double k = inner->dtype == FLAMA_DTYPE_STRING ? -1 : number_at(inner, i);
        if (!(k >= 0 && k < (double)count)) {
            flama_sk_damaged(in, "classes_",
                             "has fewer classes than an estimator within");
            return NULL;
        }
        map[i] = (uint32_t)k;
    }
    return map;
}

size_t flama_sk_label_find(const flama_pickle *node, const flama_tensor *classes)
{
    double number = 0;
    bool text = node->kind == FLAMA_PICKLE_STRING;
    if (text != (classes->dtype == FLAMA_DTYPE_STRING) ||
        (!text && !flama_numpy_number(node, &number)))
        return classes->count;
    for (size_t i = 0; i < classes->count; i++)
        if (text ? string_is(&((const flama_string *)classes->data)[i], node->text)
                 : number_at(classes, i) == number)
            return i;
    return classes->count;
}
