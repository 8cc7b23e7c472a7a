#include "engine/torch/elements.h"

#include <string.h>

#include "engine/torch/chain.h"

enum {
    PIECE = 1024, /* elements worked on at a time */
    OPERANDS = 1 + FLAMA_PT_CHAIN_INPUTS
};

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
    int64_t strides[OPERANDS][FLAMA_PT_RANK];
    int64_t at[FLAMA_PT_RANK];
    int64_t offsets[OPERANDS];
} walk;

static bool can_join(const walk *w, size_t to, const flama_pt_tensor *const *t,
                     size_t dim)
{
    for (size_t o = 0; o < w->operands; o++)
        if (w->strides[o][to] != t[o]->strides[dim] * t[o]->sizes[dim])
            return false;
    return true;
}

/* Sets only what is used: it is run for the smallest tensors too. */
static void walk_begin(walk *w, size_t operands, const flama_pt_tensor *const *t)
{
    w->operands = operands;
    w->rank = 0;
    memset(w->at, 0, sizeof w->at);
    memset(w->offsets, 0, operands * sizeof *w->offsets);
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
        for (size_t o = 0; o < operands; o++)
            w->strides[o][0] = 0;
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
    uint8_t flags[PIECE];
} buffer;

static void convert(const void *from, flama_pt_dtype dtype, int64_t stride,
                    flama_pt_work work, size_t n, buffer *to)
{
    if (work == FLAMA_PT_WORK_F32)
        flama_pt_read_f32(dtype, from, stride, n, to->f32);
    else if (work == FLAMA_PT_WORK_F64)
        flama_pt_read_f64(dtype, from, stride, n, to->f64);
    else
        flama_pt_read_i64(dtype, from, stride, n, to->i64);
}

static void write_flags(flama_pt_dtype dtype, char *to, int64_t stride, size_t n,
                        const uint8_t *flags)
{
    int64_t wide[PIECE];
    for (size_t i = 0; i < n; i++)
        wide[i] = flags[i];
    flama_pt_write_i64(dtype, to, stride, n, wide);
}

/* An operand or a result as an array, and the buffer for it where it has to be
 * converted, or has no memory of its own. */
typedef struct array {
    void *data;
    int64_t stride;
    flama_pt_dtype dtype;
    bool repeats;       /* one number all through */
    flama_pt_work held; /* the type that its buffer holds that number in, when */
    bool holds;
    buffer *buffer;
} array;

typedef struct workplace {
    const flama_pt_step *steps;
    size_t step_count;
    array operands[OPERANDS]; /* the output first */
    array results[FLAMA_PT_STEPS];
    buffer *aside; /* for results that are converted: one an input */
    walk walk;
    size_t longest; /* piece */
} workplace;

/* Input i of a step, n elements of the type it works in. */
static const void *read_input(workplace *w, const flama_pt_step *step, size_t i,
                              size_t n)
{
    size_t in = step->in[i];
    bool result = in >= FLAMA_PT_CHAIN_INPUTS;
    array *a = result ? &w->results[in - FLAMA_PT_CHAIN_INPUTS] : &w->operands[in + 1];
    if (a->dtype == native[step->work] && a->stride == 1)
        return a->data;
    buffer *to = result ? &w->aside[i] : a->buffer;
    if (a->repeats && a->holds && a->held == step->work)
        return to;
    convert(a->data, a->dtype, a->stride, step->work, a->repeats ? w->longest : n, to);
    a->held = step->work;
    a->holds = true;
    return to;
}

static void write_result(const flama_pt_step *step, const array *to, size_t n,
                         const buffer *from)
{
    if (step->test)
        write_flags(to->dtype, to->data, to->stride, n, from->flags);
    else if (step->work == FLAMA_PT_WORK_F32)
        flama_pt_write_f32(to->dtype, to->data, to->stride, n, from->f32);
    else if (step->work == FLAMA_PT_WORK_F64)
        flama_pt_write_f64(to->dtype, to->data, to->stride, n, from->f64);
    else
        flama_pt_write_i64(to->dtype, to->data, to->stride, n, from->i64);
}

static void run_step(workplace *w, size_t s, size_t n)
{
    const flama_pt_step *step = &w->steps[s];
    array *to = s + 1 == w->step_count ? &w->operands[0] : &w->results[s];
    flama_pt_dtype wanted = step->test ? FLAMA_PT_BOOL : native[step->work];
    bool direct = to->dtype == wanted && to->stride == 1;
    buffer *aside = w->operands[0].buffer;
    const void *in[FLAMA_PT_INPUTS];
    for (size_t i = 0; i < step->count; i++)
        in[i] = read_input(w, step, i, n);
    step->loop(step->ctx, direct ? to->data : aside, in, n);
    if (!direct)
        write_result(step, to, n, aside);
}

/* A piece of a span. */
static void run_piece(workplace *w, const flama_pt_tensor *const *t, int64_t from,
                      size_t n)
{
    size_t last = w->walk.rank - 1;
    for (size_t o = 0; o < w->walk.operands; o++)
        w->operands[o].data = (char *)t[o]->data +
                              (w->walk.offsets[o] + from * w->walk.strides[o][last]) *
                                  (int64_t)flama_pt_dtype_size(t[o]->dtype);
    for (size_t s = 0; s < w->step_count; s++)
        run_step(w, s, n);
}

/* Sets up the operands; `buffers` has one for each. */
static void begin(workplace *w, const flama_pt_tensor *const *t, size_t operands,
                  buffer *buffers)
{
    walk_begin(&w->walk, operands, t);
    size_t last = w->walk.rank - 1;
    w->longest = w->walk.sizes[last] < PIECE ? (size_t)w->walk.sizes[last] : PIECE;
    for (size_t o = 0; o < operands; o++) {
        w->operands[o] = (array){.stride = w->walk.strides[o][last],
                                 .dtype = t[o]->dtype,
                                 .repeats = true,
                                 .buffer = &buffers[o]};
        for (size_t d = 0; d <= last; d++)
            if (w->walk.strides[o][d])
                w->operands[o].repeats = false;
    }
}

static void run_all(workplace *w, const flama_pt_tensor *const *t)
{
    int64_t length = w->walk.sizes[w->walk.rank - 1];
    do
        for (int64_t from = 0; from < length; from += PIECE)
            run_piece(w, t, from,
                      (size_t)(length - from < PIECE ? length - from : PIECE));
    while (walk_next(&w->walk));
}

/* The output and the inputs in its shape. */
static void bring_together(const flama_pt_tensor *const *in, size_t count,
                           const flama_pt_tensor *out, flama_pt_tensor *expanded,
                           const flama_pt_tensor **t)
{
    t[0] = out;
    for (size_t i = 0; i < count; i++) {
        expanded[i] = flama_pt_expanded(in[i], out->rank, out->sizes);
        t[i + 1] = &expanded[i];
    }
}

size_t flama_pt_span(const flama_pt_tensor *const *in, size_t count,
                     const flama_pt_tensor *out)
{
    flama_pt_tensor expanded[FLAMA_PT_CHAIN_INPUTS];
    const flama_pt_tensor *t[OPERANDS];
    walk w;
    bring_together(in, count, out, expanded, t);
    walk_begin(&w, count + 1, t);
    return (size_t)w.sizes[w.rank - 1];
}

void flama_pt_elements_run(const flama_pt_elements *e, const flama_pt_tensor *out)
{
    flama_pt_step step = {.loop = e->loop,
                          .ctx = e->ctx,
                          .work = e->work,
                          .test = e->test,
                          .count = e->count,
                          .in = {0, 1, 2}};
    flama_pt_tensor expanded[FLAMA_PT_INPUTS];
    const flama_pt_tensor *t[1 + FLAMA_PT_INPUTS];
    buffer buffers[1 + FLAMA_PT_INPUTS];
    workplace w;
    if (out->count == 0)
        return;
    w.steps = &step;
    w.step_count = 1;
    bring_together(e->in, e->count, out, expanded, t);
    begin(&w, t, e->count + 1, buffers);
    run_all(&w, t);
}

size_t flama_pt_chain_scratch(size_t count, size_t places)
{
    return (1 + count + places + FLAMA_PT_INPUTS) * sizeof(buffer);
}

void flama_pt_chain_run(const flama_pt_step *steps, size_t step_count,
                        const flama_pt_tensor *const *in, size_t count,
                        const flama_pt_tensor *out, void *scratch)
{
    flama_pt_tensor expanded[FLAMA_PT_CHAIN_INPUTS];
    const flama_pt_tensor *t[OPERANDS];
    buffer *buffers = scratch;
    workplace w = {.steps = steps, .step_count = step_count};
    if (out->count == 0)
        return;
    bring_together(in, count, out, expanded, t);
    begin(&w, t, count + 1, buffers);
    w.aside = buffers + 1 + count;
    for (size_t s = 0; s < step_count; s++) {
        void *place = w.aside + FLAMA_PT_INPUTS + steps[s].place;
        w.results[s] = (array){.data = place, .stride = 1, .dtype = steps[s].dtype};
    }
    run_all(&w, t);
}

int flama_pt_apply(flama_pt_op *op, const flama_pt_elements *e,
                   const flama_pt_tensor *out)
{
    if (op->code == 0 && op->run->notes)
        flama_pt_note_apply(op, e);
    if (op->code == 0 && !op->dry)
        flama_pt_elements_run(e, out);
    return op->code;
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

flama_pt_tensor flama_pt_joint_shape(flama_pt_op *op, size_t count,
                                     const flama_pt_tensor *const *in)
{
    flama_pt_tensor shape = {0};
    for (size_t i = 0; i < count && op->code == 0; i++)
        if (in[i])
            shape.rank = flama_pt_broadcast(op, &shape, in[i], shape.sizes);
    if (op->code == 0 && !flama_pt_pack_strides(&shape))
        flama_pt_bad(op, "the tensors' common shape is not possible");
    return shape;
}

double *flama_pt_doubles(flama_pt_op *op, const flama_pt_tensor *t,
                         const flama_pt_tensor *shape)
{
    double *out = flama_pt_scratch(op, (size_t)shape->count, sizeof *out);
    if (out && t) {
        flama_pt_tensor all = flama_pt_expanded(t, shape->rank, shape->sizes);
        flama_pt_copy_dense(&all, FLAMA_PT_F64, out);
    }
    for (int64_t i = 0; out && t == NULL && i < shape->count; i++)
        out[i] = 1;
    return out;
}

void flama_pt_fill(const flama_pt_tensor *to, double number, int64_t integer)
{
    double element; /* of the type that is set: none is larger */
    flama_pt_tensor from = {.dtype = to->dtype, .count = 1, .data = &element};
    if (flama_pt_is_float(to->dtype))
        flama_pt_write_f64(to->dtype, &element, 1, 1, &number);
    else
        flama_pt_write_i64(to->dtype, &element, 1, 1, &integer);
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
