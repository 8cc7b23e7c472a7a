#include "engine/torch/tensor.h"

#include <math.h>
#include <string.h>

#include "base/half.h"

static const struct {
    const char *name;
    uint8_t size, number;
} dtypes[] = {
#define DTYPE(name, text, bytes, number) [FLAMA_PT_##name] = {text, bytes, number},
    FLAMA_PT_DTYPES(DTYPE)
#undef DTYPE
};

size_t flama_pt_dtype_size(flama_pt_dtype dtype)
{
    return dtypes[dtype].size;
}

const char *flama_pt_dtype_name(flama_pt_dtype dtype)
{
    return dtypes[dtype].name;
}

bool flama_pt_dtype_of(int64_t number, flama_pt_dtype *out)
{
    for (int i = 0; i < FLAMA_PT_DTYPE_COUNT; i++)
        if (dtypes[i].number == number) {
            *out = (flama_pt_dtype)i;
            return true;
        }
    return false;
}

int64_t flama_pt_dtype_number(flama_pt_dtype dtype)
{
    return dtypes[dtype].number;
}

bool flama_pt_is_float(flama_pt_dtype dtype)
{
    return dtype == FLAMA_PT_F32 || dtype == FLAMA_PT_F64 || dtype == FLAMA_PT_F16 ||
           dtype == FLAMA_PT_BF16;
}

flama_pt_dtype flama_pt_promote(flama_pt_dtype a, flama_pt_dtype b)
{
    if (a == b)
        return a;
    bool float_a = flama_pt_is_float(a), float_b = flama_pt_is_float(b);
    if (float_a != float_b)
        return float_a ? a : b;
    if (a == FLAMA_PT_BOOL || b == FLAMA_PT_BOOL)
        return a == FLAMA_PT_BOOL ? b : a;
    size_t size_a = dtypes[a].size, size_b = dtypes[b].size;
    if (size_a != size_b)
        return size_a > size_b ? a : b;
    return float_a ? FLAMA_PT_F32 : FLAMA_PT_I16; /* the halves; uint8 and int8 */
}

bool flama_pt_pack_strides(flama_pt_tensor *t)
{
    int64_t count = 1, stride = 1;
    for (size_t i = t->rank; i-- > 0;) {
        t->strides[i] = stride;
        if (t->sizes[i] < 0 || __builtin_mul_overflow(count, t->sizes[i], &count) ||
            __builtin_mul_overflow(stride, t->sizes[i] ? t->sizes[i] : 1, &stride) ||
            stride > INT64_MAX / 16)
            return false;
    }
    t->count = count;
    return true;
}

bool flama_pt_is_contiguous(const flama_pt_tensor *t)
{
    int64_t stride = 1;
    for (size_t i = t->rank; i-- > 0;) {
        if (t->sizes[i] != 1 && t->strides[i] != stride)
            return t->count == 0;
        stride *= t->sizes[i];
    }
    return true;
}

bool flama_pt_fits(const flama_pt_tensor *t, size_t bytes)
{
    int64_t last = t->offset, span;
    if (t->offset < 0)
        return false;
    for (size_t i = 0; i < t->rank; i++)
        if (t->strides[i] < 0 || t->sizes[i] < 0 ||
            (t->sizes[i] > 0 &&
             (__builtin_mul_overflow(t->sizes[i] - 1, t->strides[i], &span) ||
              __builtin_add_overflow(last, span, &last))))
            return false;
    return t->count == 0 || (size_t)last < bytes / dtypes[t->dtype].size;
}

double flama_pt_get(const flama_pt_tensor *t, int64_t at)
{
    double out;
    const char *data = t->data;
    flama_pt_read_f64(t->dtype, data + at * (int64_t)dtypes[t->dtype].size, 1, 1, &out);
    return out;
}

int64_t flama_pt_get_int(const flama_pt_tensor *t, int64_t at)
{
    int64_t out;
    const char *data = t->data;
    flama_pt_read_i64(t->dtype, data + at * (int64_t)dtypes[t->dtype].size, 1, 1, &out);
    return out;
}

/* A float as an integer: what the CPU's conversion gives, also outside the range. */
static int64_t whole(double v)
{
    return v >= -0x1p63 && v < 0x1p63 ? (int64_t)v : INT64_MIN;
}

#define AS_IS(v) (v)
#define WHOLE(v) whole((double)(v))

/* Reading: one loop for each type. */
#define READ_CASE(name, type, out_type, convert)       \
    case FLAMA_PT_##name: {                            \
        const type *from = data;                       \
        for (size_t i = 0; i < n; i++, from += stride) \
            out[i] = (out_type)convert(*from);         \
        break;                                         \
    }

#define READ_CASE_HALF(name, widen, out_type, convert) \
    case FLAMA_PT_##name: {                            \
        const uint16_t *from = data;                   \
        for (size_t i = 0; i < n; i++, from += stride) \
            out[i] = (out_type)convert(widen(*from));  \
        break;                                         \
    }

#define READ(suffix, out_type, convert)                                     \
    void flama_pt_read_##suffix(flama_pt_dtype from_type, const void *data, \
                                int64_t stride, size_t n, out_type *out)    \
    {                                                                       \
        switch (from_type) {                                                \
            READ_CASE(U8, uint8_t, out_type, AS_IS)                         \
            READ_CASE(BOOL, uint8_t, out_type, AS_IS)                       \
            READ_CASE(I8, int8_t, out_type, AS_IS)                          \
            READ_CASE(I16, int16_t, out_type, AS_IS)                        \
            READ_CASE(I32, int32_t, out_type, AS_IS)                        \
            READ_CASE(I64, int64_t, out_type, AS_IS)                        \
            READ_CASE(F32, float, out_type, convert)                        \
            READ_CASE(F64, double, out_type, convert)                       \
            READ_CASE_HALF(F16, flama_float16_widen, out_type, convert)     \
            READ_CASE_HALF(BF16, flama_bfloat16_widen, out_type, convert)   \
        case FLAMA_PT_DTYPE_COUNT:                                          \
            break;                                                          \
        }                                                                   \
    }

READ(f32, float, AS_IS)
READ(f64, double, AS_IS)
READ(i64, int64_t, WHOLE)

#define WRITE_CASE(name, type, convert)              \
    case FLAMA_PT_##name: {                          \
        type *to = data;                             \
        for (size_t i = 0; i < n; i++, to += stride) \
            *to = (type)convert(in[i]);              \
        break;                                       \
    }

#define WRITE_CASE_HALF(name, round)                 \
    case FLAMA_PT_##name: {                          \
        uint16_t *to = data;                         \
        for (size_t i = 0; i < n; i++, to += stride) \
            *to = round((float)in[i]);               \
        break;                                       \
    }

#define WRITE(suffix, in_type, convert)                                              \
    void flama_pt_write_##suffix(flama_pt_dtype to_type, void *data, int64_t stride, \
                                 size_t n, const in_type *in)                        \
    {                                                                                \
        switch (to_type) {                                                           \
            WRITE_CASE(U8, uint8_t, convert)                                         \
            WRITE_CASE(I8, int8_t, convert)                                          \
            WRITE_CASE(I16, int16_t, convert)                                        \
            WRITE_CASE(I32, int32_t, convert)                                        \
            WRITE_CASE(I64, int64_t, convert)                                        \
            WRITE_CASE(F32, float, AS_IS)                                            \
            WRITE_CASE(F64, double, AS_IS)                                           \
        case FLAMA_PT_BOOL: {                                                        \
            uint8_t *to = data;                                                      \
            for (size_t i = 0; i < n; i++, to += stride)                             \
                *to = in[i] != 0;                                                    \
            break;                                                                   \
        }                                                                            \
            WRITE_CASE_HALF(F16, flama_float16_round)                                \
            WRITE_CASE_HALF(BF16, flama_bfloat16_round)                              \
        case FLAMA_PT_DTYPE_COUNT:                                                   \
            break;                                                                   \
        }                                                                            \
    }

WRITE(f32, float, WHOLE)
WRITE(f64, double, WHOLE)
WRITE(i64, int64_t, AS_IS)
