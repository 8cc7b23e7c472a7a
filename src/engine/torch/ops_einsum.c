/* einsum: products of tensors, summed over the labels that the result does not have.
 * Two operands at a time become matrices: (batch, own of a, summed) times (batch,
 * summed, own of b). */
#include <string.h>

#include "engine/kernels/gemm.h"
#include "engine/torch/elements.h"
#include "engine/torch/ops.h"

enum { LABELS = 64, DOTS = 52 }; /* letters, then the dimensions of "..." */

/* A tensor whose dimensions have labels, each once. */
typedef struct labelled {
    flama_pt_tensor t;
    int labels[FLAMA_PT_RANK];
} labelled;

typedef struct equation {
    const char *in[2], *out; /* texts of labels */
    size_t in_size[2], out_size;
    size_t operands, dots; /* dimensions that "..." stands for */
    int64_t sizes[LABELS]; /* 0 until known is set */
    bool known[LABELS];
    int result[FLAMA_PT_RANK];
    size_t result_rank;
} equation;

static int label_of(char c)
{
    return c >= 'a' && c <= 'z' ? c - 'a' : c >= 'A' && c <= 'Z' ? c - 'A' + 26 : -1;
}

/* Splits "ij,jk->ik"; blanks were taken out. */
static bool split(equation *e, const char *text)
{
    const char *arrow = strstr(text, "->"), *end = arrow ? arrow : text + strlen(text);
    const char *comma = memchr(text, ',', (size_t)(end - text));
    e->in[0] = text;
    e->in_size[0] = (size_t)((comma ? comma : end) - text);
    e->operands = comma ? 2 : 1;
    if (comma) {
        e->in[1] = comma + 1;
        e->in_size[1] = (size_t)(end - comma - 1);
        if (memchr(e->in[1], ',', e->in_size[1]))
            return false;
    }
    e->out = arrow ? arrow + 2 : NULL;
    e->out_size = arrow ? strlen(arrow + 2) : 0;
    return true;
}

/* The labels of a text for a tensor of that rank; "..." are as many as are left. */
static bool expand(const char *text, size_t size, size_t rank, int *out, size_t *dots)
{
    size_t letters = 0, at = 0;
    bool has_dots = size >= 3 && memmem(text, size, "...", 3);
    for (size_t i = 0; i < size; i++)
        letters += text[i] != '.';
    if (letters > rank || (!has_dots && letters != rank) ||
        size != letters + (has_dots ? 3 : 0))
        return false;
    *dots = rank - letters;
    for (size_t i = 0; i < size; i++) {
        if (text[i] == '.') {
            for (size_t k = 0; k < *dots; k++)
                out[at++] = DOTS + FLAMA_PT_RANK - (int)(*dots - k);
            i += 2;
        } else if ((out[at++] = label_of(text[i])) < 0)
            return false;
    }
    return true;
}

/* Repeated labels of one tensor take its diagonal. */
static bool label(equation *e, labelled *x, const int *labels)
{
    flama_pt_tensor t = x->t;
    size_t rank = 0;
    for (size_t i = 0; i < t.rank; i++) {
        int l = labels[i];
        size_t same = 0;
        while (same < rank && x->labels[same] != l)
            same++;
        bool stretch = e->known[l] && t.sizes[i] != e->sizes[l];
        if (stretch && t.sizes[i] != 1 && e->sizes[l] != 1)
            return false;
        if (!e->known[l] || e->sizes[l] == 1)
            e->sizes[l] = t.sizes[i];
        e->known[l] = true;
        if (same < rank) {
            if (x->t.sizes[same] != t.sizes[i])
                return false;
            x->t.strides[same] += t.strides[i];
            continue;
        }
        x->labels[rank] = l;
        x->t.sizes[rank] = t.sizes[i];
        x->t.strides[rank++] = t.strides[i];
    }
    x->t.rank = rank;
    return true;
}

/* The result's labels: as written, or "..." and then those that are there once. */
static bool result_labels(equation *e, const char *text)
{
    if (e->out) {
        size_t letters = 0, dots;
        for (size_t i = 0; i < e->out_size; i++)
            letters += e->out[i] != '.';
        bool has_dots = letters != e->out_size;
        e->result_rank = letters + (has_dots ? e->dots : 0);
        if (e->result_rank > FLAMA_PT_RANK ||
            !expand(e->out, e->out_size, e->result_rank, e->result, &dots))
            return false;
        for (size_t i = 0; i < e->result_rank; i++)
            for (size_t k = 0; k < i; k++)
                if (e->result[i] == e->result[k])
                    return false;
        return true;
    }
    for (size_t k = 0; k < e->dots; k++)
        e->result[e->result_rank++] = DOTS + FLAMA_PT_RANK - (int)(e->dots - k);
    for (int upper = 1; upper >= 0; upper--)
        for (char c = upper ? 'A' : 'a'; c <= (upper ? 'Z' : 'z'); c++) {
            const char *first = strchr(text, c);
            if (first && strchr(first + 1, c) == NULL) {
                if (e->result_rank == FLAMA_PT_RANK)
                    return false;
                e->result[e->result_rank++] = label_of(c);
            }
        }
    return true;
}

static int64_t stride_of(const labelled *x, int l)
{
    for (size_t i = 0; i < x->t.rank; i++)
        if (x->labels[i] == l)
            return x->t.sizes[i] == 1 ? 0 : x->t.strides[i];
    return 0;
}

static bool has(const labelled *x, int l)
{
    for (size_t i = 0; i < x->t.rank; i++)
        if (x->labels[i] == l)
            return true;
    return false;
}

/* The plan: which labels stand for batches, rows, columns and sums. */
typedef struct layout {
    int labels[4][LABELS];
    size_t counts[4];
    int64_t size[4]; /* product of each */
} layout;

enum { BATCH, ROWS, COLUMNS, SUMS };

static layout lay_out(const equation *e, const labelled *x)
{
    layout out = {.size = {1, 1, 1, 1}};
    for (int l = 0; l < LABELS; l++) {
        if (!e->known[l])
            continue;
        bool kept = false, a = has(&x[0], l), b = e->operands > 1 && has(&x[1], l);
        for (size_t i = 0; i < e->result_rank; i++)
            kept = kept || e->result[i] == l;
        int kind = !kept ? SUMS : a && b ? BATCH : a ? ROWS : COLUMNS;
        out.labels[kind][out.counts[kind]++] = l;
        out.size[kind] *= e->sizes[l];
    }
    return out;
}

/* A tensor as (labels of the kinds, in order), row-major in scratch. */
static const float *arranged(flama_pt_op *op, const equation *e, const layout *plan,
                             const labelled *x, const int *kinds)
{
    flama_pt_tensor view = x->t;
    view.rank = 0;
    view.count = 1;
    for (size_t k = 0; k < 3; k++)
        for (size_t i = 0; i < plan->counts[kinds[k]]; i++) {
            int l = plan->labels[kinds[k]][i];
            if (view.rank == FLAMA_PT_RANK) {
                flama_pt_unsupported(op, "more than %d labels", FLAMA_PT_RANK);
                return NULL;
            }
            view.sizes[view.rank] = e->sizes[l];
            view.strides[view.rank++] = stride_of(x, l);
            view.count *= e->sizes[l];
        }
    return flama_pt_dense(op, &view);
}

static int contract(flama_pt_op *op, equation *e, labelled *x)
{
    static const int first[] = {BATCH, ROWS, SUMS}, second[] = {BATCH, SUMS, COLUMNS};
    layout plan = lay_out(e, x);
    int64_t sizes[FLAMA_PT_RANK], b = plan.size[BATCH], m = plan.size[ROWS];
    int64_t n = plan.size[COLUMNS], k = plan.size[SUMS];
    static float one = 1;
    for (size_t i = 0; i < e->result_rank; i++) {
        if (!e->known[e->result[i]])
            return flama_pt_bad(op, "the result has a label that nothing else has");
        sizes[i] = e->sizes[e->result[i]];
    }
    flama_pt_tensor *out = flama_pt_new(op, 0, FLAMA_PT_F32, e->result_rank, sizes);
    labelled ones = {.t = {.dtype = FLAMA_PT_F32, .count = 1, .data = &one}};
    if (e->operands == 1)
        x[1] = ones;
    const float *left = arranged(op, e, &plan, &x[0], first);
    const float *right = arranged(op, e, &plan, &x[1], second);
    flama_gemm_f32 g = {.m = (size_t)m,
                        .n = (size_t)n,
                        .k = (size_t)k,
                        .stride = (size_t)n,
                        .a = {.row = (size_t)k, .column = 1},
                        .b = {.row = (size_t)n, .column = 1}};
    void *scratch = flama_pt_scratch(op, flama_gemm_scratch_f32(&g), 1);
    float *product = flama_pt_scratch(op, (size_t)out->count, sizeof *product);
    flama_pt_spend(op, 2.0 * (double)b * (double)m * (double)n * (double)k);
    if (op->code || op->dry)
        return op->code;
    for (int64_t i = 0; i < b; i++) {
        g.a.data = left + i * m * k;
        g.b.data = right + i * k * n;
        g.c = product + i * m * n;
        flama_gemm_f32_run(&g, scratch);
    }
    /* the product is (batch, rows, columns): turned to the result's order */
    flama_pt_tensor from = *out;
    from.data = product;
    int64_t stride = 1;
    for (int kind = COLUMNS; kind >= BATCH; kind--)
        for (size_t i = plan.counts[kind]; i-- > 0;) {
            int l = plan.labels[kind][i];
            for (size_t d = 0; d < e->result_rank; d++)
                if (e->result[d] == l)
                    from.strides[d] = stride;
            stride *= e->sizes[l];
        }
    flama_pt_copy(out, &from);
    return 0;
}

/* The equation, without blanks, of `count` tensors. */
static int run_equation(flama_pt_op *op, const char *text, size_t count,
                        const flama_pt_tensor *const *in)
{
    equation e = {0};
    labelled x[2] = {0};
    if (op->code == 0 && (!split(&e, text) || e.operands != count))
        return flama_pt_unsupported(op, "products of %zu tensors", count);
    for (size_t i = 0; i < count && op->code == 0; i++) {
        int labels[FLAMA_PT_RANK];
        size_t dots = 0;
        if (in[i] == NULL || flama_pt_want_dtype(op, in[i], "a factor", FLAMA_PT_F32))
            return flama_pt_bad(op, "a factor is None");
        x[i].t = *in[i];
        if (!expand(e.in[i], e.in_size[i], in[i]->rank, labels, &dots) ||
            !label(&e, &x[i], labels))
            return flama_pt_bad(op, "the equation does not fit the tensors");
        e.dots = dots > e.dots ? dots : e.dots;
    }
    if (op->code == 0 && !result_labels(&e, text))
        return flama_pt_bad(op, "the equation is not understood");
    return op->code ? op->code : contract(op, &e, x);
}

/* "equation tensors path=None". */
int flama_pt_op_einsum(flama_pt_op *op)
{
    char text[128];
    const flama_pt_tensor *in[2] = {NULL, NULL};
    flama_string given = flama_pt_text(op, 0);
    size_t size = 0, count = flama_pt_list(op, 1);
    for (size_t i = 0; i < given.size && size + 1 < sizeof text; i++)
        if (given.data[i] != ' ')
            text[size++] = given.data[i];
    text[size] = '\0';
    for (size_t i = 0; i < count && i < 2 && op->code == 0; i++)
        in[i] = flama_pt_item(op, 1, i);
    return run_equation(op, text, count, in);
}

/* "self other dims_self dims_other": summed over those dimensions, the rest of the
 * first before that of the second. */
int flama_pt_op_tensordot(flama_pt_op *op)
{
    const flama_pt_tensor *in[2] = {flama_pt_in(op, 0), flama_pt_in(op, 1)};
    char letters[2][FLAMA_PT_RANK] = {{0}}, text[6 * FLAMA_PT_RANK];
    int64_t dims[2][FLAMA_PT_RANK];
    size_t count = flama_pt_ints(op, 2, dims[0], FLAMA_PT_RANK), size = 0;
    if (op->code == 0 && flama_pt_ints(op, 3, dims[1], FLAMA_PT_RANK) != count)
        return flama_pt_bad(op, "as many dimensions of both are expected");
    for (size_t i = 0; i < count && op->code == 0; i++)
        for (size_t k = 0; k < 2 && op->code == 0; k++) {
            int64_t d = dims[k][i] + (dims[k][i] < 0 ? (int64_t)in[k]->rank : 0);
            if (d < 0 || d >= (int64_t)in[k]->rank || letters[k][d])
                return flama_pt_bad(op, "each dimension is expected once");
            letters[k][d] = (char)('a' + i);
        }
    for (size_t k = 0; k < 2 && op->code == 0; k++) {
        for (size_t d = 0; d < in[k]->rank; d++)
            text[size++] = letters[k][d] ? letters[k][d] : (char)('A' + 8 * k + d);
        text[size++] = k ? '-' : ',';
    }
    text[size++] = '>';
    for (size_t k = 0; k < 2 && op->code == 0; k++)
        for (size_t d = 0; d < in[k]->rank; d++)
            if (letters[k][d] == 0)
                text[size++] = (char)('A' + 8 * k + d);
    text[size] = '\0';
    return run_equation(op, text, 2, in);
}
