#include "engine/keras/precision.h"

#include <string.h>

#include "base/half.h"

flama_keras_precision flama_keras_precision_of(flama_string name)
{
    static const struct {
        const char *name;
        flama_keras_precision precision;
    } types[] = {{"float16", FLAMA_KERAS_FLOAT16},
                 {"bfloat16", FLAMA_KERAS_BFLOAT16},
                 {"float32", FLAMA_KERAS_FLOAT32}};
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (flama_keras_text_is(name, types[i].name))
            return types[i].precision;
    return FLAMA_KERAS_WEAK;
}

/* A policy is a name, or {"class_name": "DTypePolicy", "config": {"name": ...}}. Of a
 * mixed one, "mixed_float16", only what is computed in matters. */
flama_keras_precision flama_keras_policy(flama_keras_builder *b)
{
    static const char *const integers[] = {"int32", "int64", "bool"};
    static const char mixed[] = "mixed_";
    const flama_value *policy = flama_keras_field(b->layer, "dtype");
    if (policy == NULL)
        return FLAMA_KERAS_FLOAT32;
    const flama_value *config = flama_value_get(policy, "config");
    const flama_value *quantized = flama_value_get(config, "mode");
    flama_string kind = flama_keras_text(flama_value_get(policy, "class_name"));
    flama_string name =
        flama_keras_text(config ? flama_value_get(config, "name") : policy);
    if (quantized) {
        name = flama_keras_text(quantized);
        return flama_keras_fail(b, FLAMA_EUNSUPPORTED,
                                "is quantized to %.*s, and only floats run",
                                name.size > 64 ? 64 : (int)name.size, name.data);
    }
    for (size_t i = 0; i < sizeof integers / sizeof *integers; i++)
        if (flama_keras_text_is(name, integers[i]))
            return FLAMA_KERAS_WEAK;
    flama_string type = name;
    if (name.size > sizeof mixed && memcmp(name.data, mixed, sizeof mixed - 1) == 0)
        type = (flama_string){name.data + sizeof mixed - 1,
                              name.size - (sizeof mixed - 1)};
    flama_keras_precision precision = flama_keras_precision_of(type);
    name = name.size ? name : kind;
    if (precision == FLAMA_KERAS_WEAK)
        flama_keras_fail(b, FLAMA_EUNSUPPORTED,
                         "has the dtype policy '%.*s', and only float32, float16 and "
                         "bfloat16 run",
                         name.size > 64 ? 64 : (int)name.size, name.data);
    return precision;
}

flama_keras_precision flama_keras_promote(flama_keras_precision a,
                                          flama_keras_precision b)
{
    if (a == b || b == FLAMA_KERAS_WEAK)
        return a;
    return a == FLAMA_KERAS_WEAK ? b : FLAMA_KERAS_FLOAT32;
}

void flama_keras_round(flama_keras_precision precision, float *x, size_t count)
{
    if (precision == FLAMA_KERAS_FLOAT16)
        for (size_t i = 0; i < count; i++)
            x[i] = flama_float16_widen(flama_float16_round(x[i]));
    else if (precision == FLAMA_KERAS_BFLOAT16)
        for (size_t i = 0; i < count; i++)
            x[i] = flama_bfloat16_widen(flama_bfloat16_round(x[i]));
}

static flama_keras_precision convert_precision(const flama_keras_op *op)
{
    return *(const flama_keras_precision *)op->params;
}

/* The rounding follows every operation. */
static int run_convert(const flama_keras_op *op, const flama_keras_tensor *tensors,
                       void *scratch, flama_error *err)
{
    (void)scratch;
    (void)err;
    const flama_keras_tensor *in = flama_keras_in(op, tensors, 0);
    float *y = flama_keras_result(op, tensors)->data;
    size_t n = flama_keras_count(in);
    if (n && y != in->data)
        memcpy(y, in->data, n * sizeof *y);
    return 0;
}

static const flama_keras_op_type convert_op = {.name = "a cast",
                                               .shape = flama_keras_same_shape,
                                               .run = run_convert,
                                               .precision = convert_precision,
                                               .in_place = true};

flama_keras_id flama_keras_convert(flama_keras_builder *b, flama_keras_id x,
                                   flama_keras_precision precision)
{
    const flama_keras_tensor *known = flama_keras_known(b, x);
    if (x == 0 || known->dtype != FLAMA_KERAS_FLOAT || precision == FLAMA_KERAS_WEAK ||
        known->precision == precision)
        return x;
    if (known->precision == FLAMA_KERAS_WEAK && precision == FLAMA_KERAS_FLOAT32) {
        b->graph->known[x].precision = precision; /* the same numbers */
        return x;
    }
    flama_keras_precision *to = flama_keras_new(b, 1, sizeof *to);
    if (to == NULL)
        return 0;
    *to = precision;
    flama_keras_id y = flama_keras_add(b, &convert_op, to, 1, FLAMA_KERAS_IDS(x));
    flama_keras_set_mask(b, y, flama_keras_mask(b, x));
    return y;
}
