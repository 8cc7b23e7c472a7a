/* Losses: of elements, and of classes. */
#include <math.h>
#include <string.h>

#include "engine/torch/axis.h"
#include "engine/torch/elements.h"
#include "engine/torch/ops.h"

/* The element-wise ones. Where a number is known it is `beta`: beta, delta, or whether
 * the input or the target is a logarithm. */
enum { SQUARED, ABSOLUTE, SMOOTH, HUBER, BINARY, LOGITS, DIVERGENCE, MARGIN, POISSON };

/* log(x), no less than -100, as torch's binary_cross_entropy has it. */
static double bounded_log(double x)
{
    double y = log(x);
    return y < -100 ? -100 : y;
}

/* log(1 + exp(-x)). */
static double log1p_exp(double x)
{
    return x > 0 ? log1p(exp(-x)) : log1p(exp(x)) - x;
}

static double loss_of(int kind, double x, double y, double beta)
{
    double z = fabs(x - y);
    switch (kind) {
    case SQUARED:
        return z * z;
    case ABSOLUTE:
        return z;
    case SMOOTH:
        return z < beta ? 0.5 * z * z / beta : z - 0.5 * beta;
    case HUBER:
        return z <= beta ? 0.5 * z * z : beta * (z - 0.5 * beta);
    case BINARY:
        return -y * bounded_log(x) - (1 - y) * bounded_log(1 - x);
    case LOGITS: /* beta: the weight of the positive ones */
        return (1 - y) * x + (1 + (beta - 1) * y) * log1p_exp(x);
    case DIVERGENCE:
        if (beta != 0)
            return exp(y) * (y - x);
        return isnan(y) ? y : (y == 0 ? 0 : y * log(y)) - y * x;
    case MARGIN:
        return log1p_exp(x * y);
    default:
        return beta != 0 ? exp(x) - y * x : x - y * log(x + 1e-8);
    }
}

/* What stands where in an operator's arguments, SIZE_MAX: nowhere. */
typedef struct loss_arguments {
    size_t weight, beta, reduction;
} loss_arguments;

static int run_loss(flama_pt_op *op, const loss_arguments *at)
{
    int kind = op->node->operator->variant;
    const flama_pt_tensor *in[4] = {flama_pt_in(op, 0), flama_pt_in(op, 1)};
    in[2] = at->weight == SIZE_MAX ? NULL : flama_pt_maybe(op, at->weight);
    bool tensor = at->beta != SIZE_MAX && flama_pt_is_tensor(op, at->beta);
    in[3] = tensor ? flama_pt_in(op, at->beta) : NULL;
    double beta = 1, sum = 0;
    if (at->beta != SIZE_MAX && !tensor && flama_pt_given(op, at->beta))
        beta = flama_pt_number(op, at->beta);
    int64_t reduction = flama_pt_int(op, at->reduction);
    flama_pt_tensor shape = flama_pt_joint_shape(op, 4, in);
    flama_pt_dtype dtype = in[0]->dtype;
    if (op->code == 0 && (reduction < 0 || reduction > 2 || in[1]->dtype != dtype ||
                          !flama_pt_is_float(dtype)))
        return flama_pt_unsupported(op, "tensors or a reduction of this kind");
    flama_pt_tensor *out =
        flama_pt_new(op, 0, dtype, reduction ? 0 : shape.rank, shape.sizes);
    double *x = flama_pt_doubles(op, in[0], &shape),
           *y = flama_pt_doubles(op, in[1], &shape);
    double *w = flama_pt_doubles(op, in[2], &shape);
    double *betas = tensor ? flama_pt_doubles(op, in[3], &shape) : NULL;
    flama_pt_spend(op, 16.0 * (double)shape.count);
    if (op->code || op->dry)
        return op->code;
    for (int64_t i = 0; i < shape.count; i++) {
        x[i] = w[i] * loss_of(kind, x[i], y[i], betas ? betas[i] : beta);
        sum += x[i];
    }
    sum = reduction == 1 ? sum / (double)shape.count : sum;
    flama_pt_write_f64(dtype, out->data, 1, reduction ? 1 : (size_t)shape.count,
                       reduction ? &sum : x);
    return 0;
}

/* "self target reduction=1", and "beta" or "delta" after it. Reductions: 0 none, 1
 * mean, 2 sum. */
int flama_pt_op_loss(flama_pt_op *op)
{
    bool more = op->node->arg_count > 3;
    return run_loss(op, &(loss_arguments){SIZE_MAX, more ? 3 : SIZE_MAX, 2});
}

/* "self target weight=None reduction=1". */
int flama_pt_op_loss_weighted(flama_pt_op *op)
{
    return run_loss(op, &(loss_arguments){2, SIZE_MAX, 3});
}

/* "self target weight=None pos_weight=None reduction=1". */
int flama_pt_op_loss_logits(flama_pt_op *op)
{
    return run_loss(op, &(loss_arguments){2, 3, 4});
}

/* "input target log_input full eps reduction". */
int flama_pt_op_loss_poisson(flama_pt_op *op)
{
    if (flama_pt_flag(op, 3) || flama_pt_number(op, 4) != 1e-8)
        return flama_pt_unsupported(op, "the full loss, or another eps than 1e-8");
    return run_loss(op, &(loss_arguments){SIZE_MAX, 2, 5});
}

/* Classes: scores (N, C, ...) or (C), and for each N and place the class it should be,
 * or (C) shares of all. */
typedef struct classes {
    const flama_pt_tensor *weight;
    bool shares;
    int64_t ignored, reduction;
    double smoothing;
} classes;

/* The loss of a row of logarithms, n of them `inner` apart; *weight is what it counts.
 */
static double row_loss(const classes *c, const double *row, const double *shares,
                       const double *weights, int64_t n, int64_t inner, int64_t wanted,
                       double *weight)
{
    double loss = 0, even = 0;
    for (int64_t k = 0; k < n; k++) {
        double w = weights ? weights[k] : 1;
        double share = shares ? shares[k * inner] : k == wanted;
        loss -= share * w * row[k * inner];
        even -= w * row[k * inner];
    }
    *weight = shares ? 1 : weights ? weights[wanted] : 1;
    return (1 - c->smoothing) * loss + c->smoothing / (double)n * even;
}

/* Logarithms of the softmax of a row, in place. */
static void log_softmax(double *row, int64_t n, int64_t inner)
{
    double max = row[0], sum = 0;
    for (int64_t k = 1; k < n; k++)
        max = row[k * inner] > max ? row[k * inner] : max;
    for (int64_t k = 0; k < n; k++)
        sum += exp(row[k * inner] - max);
    for (int64_t k = 0; k < n; k++)
        row[k * inner] -= max + log(sum);
}

static int class_loss(flama_pt_op *op, const classes *c, bool logarithms)
{
    const flama_pt_tensor *in = flama_pt_in(op, 0), *target = flama_pt_in(op, 1);
    size_t dim = in->rank > 1;
    int64_t outer = 1, n = 1, inner = 1, sizes[FLAMA_PT_RANK];
    if (op->code == 0 && (in->rank == 0 || !flama_pt_is_float(in->dtype)))
        return flama_pt_bad(op, "scores of classes are expected");
    if (op->code)
        return op->code;
    flama_pt_axis(in, dim, &outer, &n, &inner);
    for (size_t d = 0, k = 0; d < in->rank; d++)
        if (d != dim)
            sizes[k++] = in->sizes[d];
    size_t rank = in->rank - 1;
    bool fits =
        c->shares ? target->rank == in->rank &&
                        memcmp(target->sizes, in->sizes, in->rank * sizeof *sizes) == 0
                  : target->rank == rank &&
                        memcmp(target->sizes, sizes, rank * sizeof *sizes) == 0;
    if (!fits || c->reduction < 0 || c->reduction > 2 || n < 1 ||
        (c->weight && (c->weight->rank != 1 || c->weight->sizes[0] != n)))
        return flama_pt_unsupported(op, "scores, targets and weights of these shapes");
    flama_pt_tensor *out =
        flama_pt_new(op, 0, in->dtype, c->reduction ? 0 : rank, sizes);
    double *x = flama_pt_doubles(op, in, in),
           *y = c->shares ? flama_pt_doubles(op, target, target) : NULL;
    double *w = c->weight ? flama_pt_doubles(op, c->weight, c->weight) : NULL;
    int64_t *wanted = flama_pt_scratch(op, (size_t)target->count, sizeof *wanted);
    double *losses = flama_pt_scratch(op, (size_t)(outer * inner), sizeof *losses);
    double sum = 0, weights = 0;
    flama_pt_spend(op, 16.0 * (double)in->count);
    if (op->code || op->dry)
        return op->code;
    if (!c->shares)
        flama_pt_copy_dense(target, FLAMA_PT_I64, wanted);
    for (int64_t i = 0; i < outer * inner; i++) {
        int64_t from = i / inner * n * inner + i % inner;
        double weight = 0;
        losses[i] = 0;
        if (!logarithms)
            log_softmax(x + from, n, inner);
        if (!c->shares && wanted[i] == c->ignored)
            continue;
        if (!c->shares && (wanted[i] < 0 || wanted[i] >= n))
            return flama_pt_bad(op, "there is no class %lld", (long long)wanted[i]);
        losses[i] = row_loss(c, x + from, y ? y + from : NULL, w, n, inner,
                             y ? 0 : wanted[i], &weight);
        sum += losses[i];
        weights += weight;
    }
    sum = c->reduction == 1 ? sum / weights : sum;
    flama_pt_write_f64(in->dtype, out->data, 1,
                       c->reduction ? 1 : (size_t)(outer * inner),
                       c->reduction ? &sum : losses);
    return 0;
}

/* "self target weight=None reduction=1 ignore_index=-100 label_smoothing=0.0". */
int flama_pt_op_cross_entropy(flama_pt_op *op)
{
    classes c = {flama_pt_maybe(op, 2), flama_pt_is_float(flama_pt_in(op, 1)->dtype),
                 flama_pt_int(op, 4), flama_pt_int(op, 3), flama_pt_number(op, 5)};
    return class_loss(op, &c, false);
}

/* "self target weight=None reduction=1 ignore_index=-100": of logarithms. */
int flama_pt_op_nll(flama_pt_op *op)
{
    classes c = {flama_pt_maybe(op, 2), false, flama_pt_int(op, 4), flama_pt_int(op, 3),
                 0};
    return class_loss(op, &c, true);
}
