#include "engine/torch/elements.h"

#include <string.h>

#include "engine/torch/plan.h"

enum { PIECE = 1024 }; /* elements worked on at a time */

flama_pt_work flama_pt_work_of(flama_pt_dtype dtype)
{
    return dtype == FLAMA_PT_F64      ? FLAMA_PT_WORK_F64
           : flama_pt_is_float(dtype) ? FLAMA_PT_WORK_F32
                                      : FLAMA_PT_WORK_I64;
}

static const flama_pt_dtype native[] = {[FLAMA_PT_WORK_F32] = FLAMA_PT_F32,
                                        [FLAMA_PT_WORK_F64] = FLAMA_PT_F64,
                                        [FLAMA_PT_WORK_I64] = FLAMA_PT_I64};

/* sizes may be a's or b's own. */
size_t flama_pt_broadcast(flama_pt_op *op, const flama_pt_tensor *a,
                          const flama_pt_tensor *b, int64_t *sizes)
{
    size_t rank = a->rank > b->rank ? a->rank : b->rank;
    int64_t joint[FLAMA_PT_RANK];
    for (size_t i = 0; i < rank; i++) {
        size_t back = rank - i;
        int64_t x = back <= a->rank ? a->sizes[a->rank - back] : 1;
        int64_t y = back <= b->rank ? b->sizes[b->rank - back] : 1;
        if (x != y && x != 1 && y != 1) {
            flama_pt_bad(op, "sizes %lld and %lld do not go together at dimension %zu",
                         (long long)x, (long long)y, i);
            return 0;
        }
        joint[i] = x == 1 ? y : x;
    }
    memcpy(sizes, joint, rank * sizeof *sizes);
    return rank;
}

flama_pt_tensor flama_pt_expanded(const flama_pt_tensor *t, size_t rank,
                                  const int64_t *sizes)
{
    flama_pt_tensor out = *t;
    size_t added = rank - t->rank;
    out.rank = rank;
    out.count = 1;
    for (size_t i = 0; i < rank; i++) {
        bool there = i >= added;
        bool repeats = !there || (t->sizes[i - added] == 1 && sizes[i] != 1);
        out.strides[i] = repeats ? 0 : t->strides[i - added];
        out.sizes[i] = sizes[i];
        out.count *= sizes[i];
    }
    return out;
}

/* A walk over several operands of one shape: dimensions that follow each other in all
 * of them are one, and the last is the span handed out. */
typedef struct walk {
    size_t operands, rank;
    int64_t sizes[FLAMA_PT_RANK];
    int64_t strides[FLAMA_PT_OPERANDS][FLAMA_PT_RANK];
    int64_t at[FLAMA_PT_RANK];
    int64_t offsets[FLAMA_PT_OPERANDS];
} walk;

static bool can_join(const walk *w, size_t to, const flama_pt_tensor *const *t,
                     size_t dim)
{
    for (size_t o = 0; o < w->operands; o++)
        if (w->strides[o][to] != t[o]->strides[dim] * t[o]->sizes[dim])
            return false;
    return true;
}

static void walk_begin(walk *w, size_t operands, const flama_pt_tensor *const *t)
{
    *w = (walk){.operands = operands};
    for (size_t i = 0; i < t[0]->rank; i++) {
        if (t[0]->sizes[i] == 1)
            continue;
        bool join = w->rank > 0 && can_join(w, w->rank - 1, t, i);
        size_t to = join ? w->rank - 1 : w->rank++;
        w->sizes[to] = join ? w->sizes[to] * t[0]->sizes[i] : t[0]->sizes[i];
        for (size_t o = 0; o < operands; o++)
            w->strides[o][to] = t[o]->strides[i];
    }
    if (w->rank == 0) {
        w->rank = 1;
        w->sizes[0] = 1;
    }
}

/* On to the next span; false after the last. */
static bool walk_next(walk *w)
{
    for (size_t i = w->rank - 1; i-- > 0;) {
        w->at[i]++;
        for (size_t o = 0; o < w->operands; o++)
            w->offsets[o] += w->strides[o][i];
        if (w->at[i] < w->sizes[i])
            return true;
        for (size_t o = 0; o < w->operands; o++)
            w->offsets[o] -= w->strides[o][i] * w->sizes[i];
        w->at[i] = 0;
    }
    return false;
}

typedef union buffer {
    float f32[PIECE];
    double f64[PIECE];
    int64_t i64[PIECE];
} buffer;

static const void *read_piece(const flama_pt_tensor *t, flama_pt_work work,
                              const char *from, int64_t stride, size_t n, buffer *to)
{
    if (t->dtype == native[work] && stride == 1)
        return from;
    if (work == FLAMA_PT_WORK_F32)
        flama_pt_read_f32(t->dtype, from, stride, n, to->f32);
    else if (work == FLAMA_PT_WORK_F64)
        flama_pt_read_f64(t->dtype, from, stride, n, to->f64);
    else
        flama_pt_read_i64(t->dtype, from, stride, n, to->i64);
    return to;
}

static void write_flags(flama_pt_dtype dtype, char *to, int64_t stride, size_t n,
                        const uint8_t *flags)
{
    int64_t wide[PIECE];
    for (size_t i = 0; i < n; i++)
        wide[i] = flags[i];
    flama_pt_write_i64(dtype, to, stride, n, wide);
}

static void write_piece(const flama_pt_tensor *t, const flama_pt_elements *e, char *to,
                        int64_t stride, size_t n, const buffer *from)
{
    if (e->test)
        write_flags(t->dtype, to, stride, n, (const uint8_t *)from);
    else if (e->work == FLAMA_PT_WORK_F32)
        flama_pt_write_f32(t->dtype, to, stride, n, from->f32);
    else if (e->work == FLAMA_PT_WORK_F64)
        flama_pt_write_f64(t->dtype, to, stride, n, from->f64);
    else
        flama_pt_write_i64(t->dtype, to, stride, n, from->i64);
}

/* A piece of a span. */
static void run_piece(const flama_pt_elements *e, const flama_pt_tensor *const *t,
                      const walk *w, int64_t from, size_t n)
{
    buffer buffers[FLAMA_PT_OPERANDS];
    const void *in[FLAMA_PT_OPERANDS] = {NULL};
    size_t last = w->rank - 1;
    char *at[FLAMA_PT_OPERANDS];
    for (size_t o = 0; o < w->operands; o++)
        at[o] = (char *)t[o]->data + (w->offsets[o] + from * w->strides[o][last]) *
                                         (int64_t)flama_pt_dtype_size(t[o]->dtype);
    for (size_t o = 1; o < w->operands; o++)
        in[o - 1] =
            read_piece(t[o], e->work, at[o], w->strides[o][last], n, &buffers[o]);
    flama_pt_dtype wanted = e->test ? FLAMA_PT_BOOL : native[e->work];
    bool direct = t[0]->dtype == wanted && w->strides[0][last] == 1;
    e->loop(e->ctx, direct ? (void *)at[0] : &buffers[0], in, n);
    if (!direct)
        write_piece(t[0], e, at[0], w->strides[0][last], n, &buffers[0]);
}

void flama_pt_elements_run(const flama_pt_elements *e, const flama_pt_tensor *out)
{
    flama_pt_tensor expanded[FLAMA_PT_OPERANDS];
    const flama_pt_tensor *t[FLAMA_PT_OPERANDS] = {out};
    walk w;
    if (out->count == 0)
        return;
    for (size_t i = 0; i < e->count; i++) {
        expanded[i] = flama_pt_expanded(e->in[i], out->rank, out->sizes);
        t[i + 1] = &expanded[i];
    }
    walk_begin(&w, e->count + 1, t);
    int64_t length = w.sizes[w.rank - 1];
    do
        for (int64_t from = 0; from < length; from += PIECE)
            run_piece(e, t, &w, from,
                      (size_t)(length - from < PIECE ? length - from : PIECE));
    while (walk_next(&w));
}

#define COPY_LOOP(name, type)                                                  \
    static void copy_##name(const void *ctx, void *out, const void *const *in, \
                            size_t n)                                          \
    {                                                                          \
        (void)ctx;                                                             \
        memcpy(out, in[0], n * sizeof(type));                                  \
    }

COPY_LOOP(f32, float)
COPY_LOOP(f64, double)
COPY_LOOP(i64, int64_t)

/* Between types without loss where the types allow it: through the type of the source,
 * or the target's when that is the smaller of the floats. */
void flama_pt_copy(const flama_pt_tensor *to, const flama_pt_tensor *from)
{
    static flama_pt_loop *const loops[] = {copy_f32, copy_f64, copy_i64};
    flama_pt_work work = flama_pt_work_of(from->dtype);
    flama_pt_elements e = {.count = 1, .in = {from}, .work = work, .loop = loops[work]};
    flama_pt_elements_run(&e, to);
}

void flama_pt_copy_dense(const flama_pt_tensor *from, flama_pt_dtype dtype, void *to)
{
    flama_pt_tensor out = *from;
    out.dtype = dtype;
    out.data = to;
    flama_pt_pack_strides(&out);
    flama_pt_copy(&out, from);
}

void flama_pt_fill(const flama_pt_tensor *to, double number, int64_t integer)
{
    flama_pt_tensor from = {.dtype = FLAMA_PT_F64, .count = 1, .data = &number};
    if (!flama_pt_is_float(to->dtype)) {
        from.dtype = FLAMA_PT_I64;
        from.data = &integer;
    }
    flama_pt_copy(to, &from);
}

const flama_pt_tensor *flama_pt_operand(flama_pt_op *op, size_t i,
                                        flama_pt_scalar *scalar, bool *is_number)
{
    flama_pt_kind kind = flama_pt_kind_of(op, i);
    *is_number = false;
    if (kind != FLAMA_PT_INT && kind != FLAMA_PT_FLOAT && kind != FLAMA_PT_FLAG)
        return flama_pt_in(op, i);
    *is_number = true;
    bool is_float = kind == FLAMA_PT_FLOAT;
    scalar->number = flama_pt_number(op, i);
    scalar->integer = is_float ? 0 : flama_pt_int(op, i);
    scalar->tensor = (flama_pt_tensor){
        .dtype = is_float ? FLAMA_PT_F64 : FLAMA_PT_I64,
        .count = 1,
        .storage = FLAMA_PT_CONSTANT,
        .data = is_float ? (void *)&scalar->number : (void *)&scalar->integer,
        .origin =
            (uint8_t *)(is_float ? (void *)&scalar->number : (void *)&scalar->integer),
        .extent = sizeof(double)};
    return &scalar->tensor;
}

/* What a number counts as beside tensors. */
static flama_pt_dtype number_type(flama_pt_dtype dtype)
{
    return dtype == FLAMA_PT_F64 ? FLAMA_PT_F32 : dtype;
}

/* A lower rank of operands counts only when it is of a higher kind: bool, int, float.
 */
static flama_pt_dtype combine(bool has_higher, flama_pt_dtype higher, bool has_lower,
                              flama_pt_dtype lower)
{
    if (!has_lower || (has_higher && flama_pt_is_float(higher)))
        return higher;
    if (!has_higher)
        return lower;
    if (higher == FLAMA_PT_BOOL || flama_pt_is_float(lower))
        return flama_pt_promote(higher, lower);
    return higher;
}

flama_pt_dtype flama_pt_result_type(size_t count, const flama_pt_tensor *const *in,
                                    const bool *is_number)
{
    flama_pt_dtype types[3] = {FLAMA_PT_BOOL, FLAMA_PT_BOOL, FLAMA_PT_BOOL};
    bool has[3] = {false, false, false};
    for (size_t i = 0; i < count; i++) {
        int level = is_number && is_number[i] ? 2 : in[i]->rank == 0 ? 1 : 0;
        flama_pt_dtype dtype = level == 2 ? number_type(in[i]->dtype) : in[i]->dtype;
        types[level] = has[level] ? flama_pt_promote(types[level], dtype) : dtype;
        has[level] = true;
    }
    flama_pt_dtype lower = combine(has[1], types[1], has[2], types[2]);
    return combine(has[0], types[0], has[1] || has[2], lower);
}
