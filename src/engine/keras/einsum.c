/* Einsums: of a layer with its weight, and of tensors. */
#include <string.h>

#include "engine/keras/operations.h"

/* "abc,cd->abd": the axes of two operands and of what comes of them, a letter each. */
typedef struct einsum {
    char in[FLAMA_KERAS_RANK + 1], weight[FLAMA_KERAS_RANK + 1],
        out[FLAMA_KERAS_RANK + 1];
    unsigned in_rank, weight_rank, out_rank;
} einsum;

/* Copies the letters of one operand; an ellipsis stands for `more` axes, which are
 * called by digits. */
static bool read_operand(flama_string text, unsigned more, char *out, unsigned *rank)
{
    *rank = 0;
    for (size_t i = 0; i < text.size; i++) {
        char c = text.data[i];
        if (c == ' ')
            continue;
        if (i + 2 < text.size && c == '.' && text.data[i + 1] == '.') {
            for (unsigned k = 0; k < more && *rank < FLAMA_KERAS_RANK; k++)
                out[(*rank)++] = (char)('0' + k);
            i += 2;
            continue;
        }
        bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        if (!letter || *rank == FLAMA_KERAS_RANK)
            return false;
        for (unsigned k = 0; k < *rank; k++)
            if (out[k] == c)
                return false; /* a diagonal */
        out[(*rank)++] = c;
    }
    return true;
}

static int place_of(const char *letters, unsigned rank, char c)
{
    for (unsigned i = 0; i < rank; i++)
        if (letters[i] == c)
            return (int)i;
    return -1;
}

/* The operands before the arrow; the second may be missing. An ellipsis may stand in
 * the first and the output, for as many axes as the first has more. */
static bool read_equation(flama_string text, unsigned rank, einsum *e)
{
    const char *end = text.data + text.size;
    const char *arrow = memchr(text.data, '>', text.size);
    if (arrow == NULL || arrow == text.data || arrow[-1] != '-')
        return false;
    const char *comma = memchr(text.data, ',', (size_t)(arrow - text.data));
    const char *stop = arrow - 1;
    flama_string in = {text.data, (size_t)((comma ? comma : stop) - text.data)};
    flama_string weight = {comma ? comma + 1 : stop,
                           comma ? (size_t)(stop - comma - 1) : 0};
    flama_string out = {arrow + 1, (size_t)(end - arrow - 1)};
    unsigned letters = 0;
    for (size_t i = 0; i < in.size; i++)
        letters += in.data[i] != '.' && in.data[i] != ' ';
    unsigned more =
        memchr(in.data, '.', in.size) && rank > letters ? rank - letters : 0;
    return read_operand(in, more, e->in, &e->in_rank) &&
           read_operand(weight, 0, e->weight, &e->weight_rank) &&
           read_operand(out, more, e->out, &e->out_rank) && e->in_rank == rank;
}

/* EinsumDense, whose second operand is the weight: the axes of the input that are
 * summed moved last, a product, and the axes put in the order wanted. */

/* How the equation maps to a product: the input's axes kept and summed in order. */
typedef struct einsum_plan {
    unsigned order[FLAMA_KERAS_RANK]; /* of the input, summed axes last */
    unsigned kept, summed;
    unsigned weight_order[FLAMA_KERAS_RANK]; /* of the weight, summed axes first */
    unsigned out_order[FLAMA_KERAS_RANK];
} einsum_plan;

static bool plan_einsum(const einsum *e, einsum_plan *p)
{
    char made[FLAMA_KERAS_RANK * 2];
    unsigned n = 0, w = 0;
    *p = (einsum_plan){.kept = 0};
    for (unsigned i = 0; i < e->in_rank; i++)
        if (place_of(e->weight, e->weight_rank, e->in[i]) < 0) {
            made[n++] = e->in[i];
            p->order[p->kept++] = i;
        } else if (place_of(e->out, e->out_rank, e->in[i]) >= 0)
            return false; /* a batch of products */
    for (unsigned i = 0; i < e->weight_rank; i++) {
        int at = place_of(e->in, e->in_rank, e->weight[i]);
        if (at >= 0) {
            p->order[p->kept + p->summed++] = (unsigned)at;
            p->weight_order[w++] = i;
        }
    }
    for (unsigned i = 0; i < e->weight_rank; i++)
        if (place_of(e->in, e->in_rank, e->weight[i]) < 0) {
            made[n++] = e->weight[i];
            p->weight_order[w++] = i;
        }
    if (n != e->out_rank || n > FLAMA_KERAS_RANK)
        return false;
    for (unsigned i = 0; i < n; i++) {
        int at = place_of(made, n, e->out[i]);
        if (at < 0)
            return false;
        p->out_order[i] = (unsigned)at;
    }
    return true;
}

static bool is_sorted(const unsigned *order, unsigned n)
{
    for (unsigned i = 0; i < n; i++)
        if (order[i] != i)
            return false;
    return true;
}

/* The product as operations; the weight's axes must stand as the product wants them,
 * which is how everybody writes it, or be computed as constants. */
static flama_keras_id einsum_product(flama_keras_builder *b, flama_keras_id x,
                                     const einsum *e, const einsum_plan *p)
{
    const flama_hdf5_array *kernel = flama_keras_find_weight(b, "", 0);
    int64_t k = 1, n = 1, dims[FLAMA_KERAS_RANK];
    unsigned rank = p->kept;
    if (kernel == NULL || kernel->rank != e->weight_rank)
        return flama_keras_fail(b, FLAMA_EFORMAT, "has a kernel of another rank");
    x = flama_keras_transpose(b, x, p->order);
    for (unsigned i = 0; i < p->kept; i++)
        dims[i] = FLAMA_KERAS_OWN(i);
    for (unsigned i = 0; i < e->weight_rank; i++) {
        int64_t length = (int64_t)kernel->shape[p->weight_order[i]];
        if (i < p->summed) {
            k *= length;
            if (!flama_keras_fits(flama_keras_dim(b, x, (int)(p->kept + i)), length))
                return flama_keras_fail(b, FLAMA_EFORMAT,
                                        "has a kernel of another "
                                        "shape than its input");
        } else
            dims[rank++] = length;
    }
    for (unsigned i = p->kept; i < rank; i++)
        n *= dims[i];
    dims[p->kept] = p->summed == 1 ? FLAMA_KERAS_OWN(p->kept) : k;
    int64_t first =
        rank > p->kept ? (int64_t)kernel->shape[p->weight_order[p->summed]] : 1;
    x = flama_keras_reshape(b, x, 0, p->kept + 1, dims);
    if (!is_sorted(p->weight_order, e->weight_rank)) {
        int64_t want[FLAMA_KERAS_RANK];
        for (unsigned i = 0; i < kernel->rank; i++)
            want[i] = (int64_t)kernel->shape[i];
        const float *data = flama_keras_weight(b, "", 0, kernel->rank, want);
        flama_keras_id w =
            flama_keras_constant(b, FLAMA_KERAS_FLOAT, kernel->rank, want, data);
        w = flama_keras_transpose(b, w, p->weight_order);
        w = flama_keras_reshape(b, w, 0, 2, (int64_t[]){k, n});
        x = flama_keras_matmul(b, x, w, false, false);
    } else
        x = flama_keras_dense(b, x, kernel, k, n, NULL);
    dims[p->kept] = first;
    return flama_keras_reshape(b, x, 0, rank, dims);
}

void flama_keras_einsum_dense(flama_keras_builder *b, flama_keras_call *call)
{
    flama_keras_id x = flama_keras_input(b, call, 0);
    einsum e;
    einsum_plan p;
    flama_string text = flama_keras_text(flama_keras_field(b->layer, "equation"));
    unsigned rank = flama_keras_known(b, x)->rank;
    if (b->failed)
        return;
    if (!read_equation(text, rank, &e) || !plan_einsum(&e, &p) || p.kept == 0 ||
        p.summed == 0) {
        flama_keras_fail(b, FLAMA_EUNSUPPORTED,
                         "has an equation that is no product of "
                         "its input and its weights");
        return;
    }
    x = einsum_product(b, x, &e, &p);
    x = flama_keras_transpose(b, x, p.out_order);
    if (flama_keras_field(b->layer, "bias_axes")) {
        const flama_hdf5_array *bias = flama_keras_find_weight(b, "", 1);
        int64_t dims[FLAMA_KERAS_RANK];
        for (unsigned i = 0; bias && i < bias->rank; i++)
            dims[i] = (int64_t)bias->shape[i];
        const float *data =
            bias ? flama_keras_weight(b, "", 1, bias->rank, dims) : NULL;
        if (data)
            x = flama_keras_binary(
                b, FLAMA_KERAS_ADD, x,
                flama_keras_constant(b, FLAMA_KERAS_FLOAT, bias->rank, dims, data));
    }
    flama_keras_give(
        call, flama_keras_activation(b, x, flama_keras_field(b->layer, "activation")));
}

/* Of tensors: products of matrices whose rows are the axes that only the first has, and
 * whose columns those that only the second has; axes that both and the output have
 * stand before. */

/* Sums the axes of x that are in neither of the others. */
static flama_keras_id drop_unused(flama_keras_builder *b, flama_keras_id x,
                                  char *letters, unsigned *rank, const char *other,
                                  unsigned other_rank, const einsum *e)
{
    unsigned set = 0, kept = 0;
    for (unsigned i = 0; i < *rank; i++)
        if (place_of(other, other_rank, letters[i]) < 0 &&
            place_of(e->out, e->out_rank, letters[i]) < 0)
            set |= 1u << i;
        else
            letters[kept++] = letters[i];
    *rank = kept;
    return set ? flama_keras_reduce(b, FLAMA_KERAS_SUM, x, set, false) : x;
}

/* The axes of an operand in the order of the product. */
typedef struct operand {
    flama_keras_id x; /* with its axes in that order */
    char letters[FLAMA_KERAS_RANK];
    unsigned shared, own, summed;
} operand;

static operand arrange(flama_keras_builder *b, flama_keras_id x, const char *letters,
                       unsigned rank, const char *other, unsigned other_rank,
                       const einsum *e, bool summed_first)
{
    operand o = {.x = x};
    unsigned order[FLAMA_KERAS_RANK] = {0}, at = 0;
    const char *lead = summed_first ? other : letters; /* one order for both */
    unsigned lead_rank = summed_first ? other_rank : rank;
    for (unsigned i = 0; i < lead_rank; i++) {
        int own = place_of(letters, rank, lead[i]);
        if (own >= 0 && place_of(other, other_rank, lead[i]) >= 0 &&
            place_of(e->out, e->out_rank, lead[i]) >= 0) {
            order[at++] = (unsigned)own;
            o.shared++;
        }
    }
    for (unsigned turn = 0; turn < 2; turn++)
        if ((turn == 0) == summed_first)
            for (unsigned i = 0; i < lead_rank; i++) {
                int own = place_of(letters, rank, lead[i]);
                if (own >= 0 && place_of(other, other_rank, lead[i]) >= 0 &&
                    place_of(e->out, e->out_rank, lead[i]) < 0) {
                    order[at++] = (unsigned)own;
                    o.summed++;
                }
            }
        else
            for (unsigned i = 0; i < rank; i++)
                if (place_of(other, other_rank, letters[i]) < 0) {
                    order[at++] = i;
                    o.own++;
                }
    for (unsigned i = 0; i < rank; i++)
        o.letters[i] = letters[order[i]];
    o.x = flama_keras_transpose(b, x, order);
    return o;
}

/* `count` axes from `from` on as one dimension of a new shape; *rest says whether one
 * was left open before. */
static int64_t merged(flama_keras_builder *b, flama_keras_id x, unsigned from,
                      unsigned count, bool *rest)
{
    int64_t length = 1;
    if (count == 1)
        return FLAMA_KERAS_OWN(from);
    for (unsigned i = from; i < from + count; i++) {
        int64_t one = flama_keras_dim(b, x, (int)i);
        length =
            one < 0 || length < 0 || length > FLAMA_KERAS_FACTOR ? -1 : length * one;
    }
    if (length >= 0)
        return length;
    if (*rest)
        flama_keras_fail(b, FLAMA_EUNSUPPORTED,
                         "joins axes whose sizes the file leaves open");
    *rest = true;
    return FLAMA_KERAS_REST;
}

/* The operand as a matrix with the shared axes before. */
static flama_keras_id as_matrix(flama_keras_builder *b, const operand *o, bool first)
{
    int64_t dims[FLAMA_KERAS_RANK + 2];
    unsigned one = first ? o->own : o->summed, two = first ? o->summed : o->own;
    bool rest = false;
    for (unsigned i = 0; i < o->shared; i++)
        dims[i] = FLAMA_KERAS_OWN(i);
    dims[o->shared] = merged(b, o->x, o->shared, one, &rest);
    dims[o->shared + 1] = merged(b, o->x, o->shared + one, two, &rest);
    if (o->shared + 2 > FLAMA_KERAS_RANK)
        return flama_keras_fail(b, FLAMA_EUNSUPPORTED, "has too many axes");
    return flama_keras_reshape(b, o->x, 0, o->shared + 2, dims);
}

/* The product with all its axes, in the order of the output. */
static flama_keras_id spread(flama_keras_builder *b, flama_keras_id y, const operand *l,
                             const operand *r, const einsum *e)
{
    char made[2 * FLAMA_KERAS_RANK];
    int64_t dims[2 * FLAMA_KERAS_RANK];
    unsigned n = 0, order[FLAMA_KERAS_RANK];
    bool rest = false;
    for (unsigned i = 0; i < l->shared + l->own; i++) {
        made[n] = l->letters[i];
        dims[n++] = FLAMA_KERAS_LIKE(i);
    }
    for (unsigned i = 0; i < r->own; i++) {
        unsigned at = r->shared + r->summed + i;
        int64_t length = flama_keras_dim(b, r->x, (int)at);
        if (length < 0 && rest)
            return flama_keras_fail(b, FLAMA_EUNSUPPORTED,
                                    "gives axes whose sizes the file leaves open");
        rest = rest || length < 0;
        made[n] = r->letters[at];
        dims[n++] = length < 0 ? FLAMA_KERAS_REST : length;
    }
    if (n != e->out_rank || n > FLAMA_KERAS_RANK)
        return flama_keras_fail(b, FLAMA_EUNSUPPORTED,
                                "has an equation that is not understood");
    for (unsigned i = 0; i < n; i++) {
        int at = place_of(made, n, e->out[i]);
        if (at < 0)
            return flama_keras_fail(b, FLAMA_EFORMAT, "has an axis from nowhere");
        order[i] = (unsigned)at;
    }
    return flama_keras_transpose(b, flama_keras_reshape(b, y, l->x, n, dims), order);
}

/* One operand: axes summed, and put in order. */
static flama_keras_id einsum_one(flama_keras_builder *b, flama_keras_id x, einsum *e)
{
    unsigned order[FLAMA_KERAS_RANK];
    x = drop_unused(b, x, e->in, &e->in_rank, NULL, 0, e);
    if (e->in_rank != e->out_rank)
        return flama_keras_fail(b, FLAMA_EFORMAT, "has an axis from nowhere");
    for (unsigned i = 0; i < e->out_rank; i++) {
        int at = place_of(e->in, e->in_rank, e->out[i]);
        order[i] = at < 0 ? FLAMA_KERAS_RANK : (unsigned)at;
    }
    return flama_keras_transpose(b, x, order);
}

static flama_keras_id einsum_two(flama_keras_builder *b, flama_keras_id x,
                                 flama_keras_id y, einsum *e)
{
    if (e->weight_rank != flama_keras_known(b, y)->rank)
        return flama_keras_fail(b, FLAMA_EFORMAT, "names other axes than there are");
    x = drop_unused(b, x, e->in, &e->in_rank, e->weight, e->weight_rank, e);
    y = drop_unused(b, y, e->weight, &e->weight_rank, e->in, e->in_rank, e);
    operand l = arrange(b, x, e->in, e->in_rank, e->weight, e->weight_rank, e, false);
    operand r = arrange(b, y, e->weight, e->weight_rank, e->in, e->in_rank, e, true);
    flama_keras_id product = flama_keras_matmul(b, as_matrix(b, &l, true),
                                                as_matrix(b, &r, false), false, false);
    return spread(b, product, &l, &r, e);
}

/* Of "a,b,rest": an equation for a and b, and one for what comes of it with the rest.
 * Between them stand the letters of a and b that the rest names. */
static bool split_equation(flama_keras_builder *b, flama_string text,
                           flama_string *first, flama_string *rest)
{
    const char *end = text.data + text.size;
    const char *comma = memchr(text.data, ',', text.size);
    const char *two = memchr(comma + 1, ',', (size_t)(end - comma - 1));
    char kept[2 * FLAMA_KERAS_RANK + 1];
    unsigned n = 0;
    for (const char *c = text.data; c < two; c++)
        if (*c != ' ' && *c != ',' && place_of(kept, n, *c) < 0 &&
            memchr(two, *c, (size_t)(end - two))) {
            if (*c == '.' || n == 2 * FLAMA_KERAS_RANK)
                return false;
            kept[n++] = *c;
        }
    const char *one = flama_arena_format(
        b->scratch, "%.*s->%.*s", (int)(two - text.data), text.data, (int)n, kept);
    const char *more =
        flama_arena_format(b->scratch, "%.*s%.*s", (int)n, kept, (int)(end - two), two);
    if (one == NULL || more == NULL)
        return flama_keras_fail_memory(b);
    *first = (flama_string){one, strlen(one)};
    *rest = (flama_string){more, strlen(more)};
    return true;
}

static flama_keras_id einsum_of(flama_keras_builder *b, flama_string text,
                                flama_keras_id x, flama_keras_id y)
{
    einsum e;
    if (b->failed)
        return 0;
    if (!read_equation(text, flama_keras_known(b, x)->rank, &e))
        return flama_keras_fail(b, FLAMA_EUNSUPPORTED,
                                "has an equation that is not understood");
    return y ? einsum_two(b, x, y, &e) : einsum_one(b, x, &e);
}

void flama_keras_einsum_operation(flama_keras_builder *b, flama_keras_call *call)
{
    flama_string text = flama_keras_text(flama_keras_field(b->layer, "subscripts"));
    size_t count = call->args && call->args->kind == FLAMA_KIND_ARRAY
                       ? call->args->array.count
                       : 0;
    flama_keras_id x = flama_keras_tensor_argument(b, call, 0, "operands"), y = 0;
    size_t named = 1;
    for (size_t i = 0; i < text.size; i++)
        named += text.data[i] == ',';
    if (count != named) {
        flama_keras_fail(b, FLAMA_EUNSUPPORTED,
                         "has an equation that is not understood");
        return;
    }
    for (size_t i = 1; i + 1 < count && !b->failed; i++) {
        flama_string first = {"", 0};
        if (!split_equation(b, text, &first, &text))
            flama_keras_fail(b, FLAMA_EUNSUPPORTED,
                             "has an equation that is not understood");
        y = flama_keras_tensor_argument(b, call, i, "operands");
        x = einsum_of(b, first, x, y);
    }
    if (count > 1)
        y = flama_keras_tensor_argument(b, call, count - 1, "operands");
    flama_keras_give(call, einsum_of(b, text, x, y));
}

/* The axes of x with letters from `first` on. */
static void name_axes(char first, unsigned rank, char *letters)
{
    for (unsigned i = 0; i < rank; i++)
        letters[i] = (char)(first + (char)i);
}

/* The sum over pairs of axes, one of x and one of y: the other axes of x, then those of
 * y. */
static flama_keras_id contract(flama_keras_builder *b, flama_keras_id x,
                               flama_keras_id y, size_t count, const int64_t *of_x,
                               const int64_t *of_y)
{
    einsum e = {.in_rank = flama_keras_known(b, x)->rank,
                .weight_rank = flama_keras_known(b, y)->rank};
    name_axes('a', e.in_rank, e.in);
    name_axes('A', e.weight_rank, e.weight);
    for (size_t i = 0; i < count; i++) {
        int64_t l = of_x[i] < 0 ? of_x[i] + (int64_t)e.in_rank : of_x[i];
        int64_t r = of_y[i] < 0 ? of_y[i] + (int64_t)e.weight_rank : of_y[i];
        if (l < 0 || l >= (int64_t)e.in_rank || r < 0 || r >= (int64_t)e.weight_rank)
            return flama_keras_fail(b, FLAMA_EFORMAT, "sums axes that there are not");
        e.weight[r] = e.in[l];
    }
    for (unsigned i = 0; i < e.in_rank; i++)
        if (place_of(e.weight, e.weight_rank, e.in[i]) < 0)
            e.out[e.out_rank++] = e.in[i];
    for (unsigned i = 0; i < e.weight_rank; i++)
        if (place_of(e.in, e.in_rank, e.weight[i]) < 0) {
            if (e.out_rank == FLAMA_KERAS_RANK)
                return flama_keras_fail(b, FLAMA_EUNSUPPORTED, "has too many axes");
            e.out[e.out_rank++] = e.weight[i];
        }
    return b->failed ? 0 : einsum_two(b, x, y, &e);
}

/* "axes": how many of the last and the first, or a list for each. */
void flama_keras_tensordot(flama_keras_builder *b, flama_keras_call *call)
{
    int64_t axes[2 * FLAMA_KERAS_RANK] = {2};
    flama_keras_id x = flama_keras_tensor_argument(b, call, 0, "x1");
    flama_keras_id y = flama_keras_tensor_argument(b, call, 1, "x2");
    const flama_value *field = flama_keras_field(b->layer, "axes");
    size_t count = flama_keras_value_ints(field, 2 * FLAMA_KERAS_RANK, axes);
    if (field == NULL || field->kind == FLAMA_KIND_INTEGER) {
        int64_t pairs = axes[0];
        if (pairs < 0 || pairs > FLAMA_KERAS_RANK) {
            flama_keras_fail(b, FLAMA_EFORMAT, "sums too many axes");
            return;
        }
        count = 2 * (size_t)pairs;
        for (int64_t i = 0; i < pairs; i++) {
            axes[i] = i - pairs;
            axes[pairs + i] = i;
        }
    }
    if (count % 2)
        flama_keras_fail(b, FLAMA_EFORMAT, "has axes that don't come in pairs");
    else
        flama_keras_give(call, contract(b, x, y, count / 2, axes, axes + count / 2));
}

/* The last axis of x with the last but one of y, or its only one. */
void flama_keras_dot_operation(flama_keras_builder *b, flama_keras_call *call)
{
    flama_keras_id x = flama_keras_tensor_argument(b, call, 0, "x1");
    flama_keras_id y = flama_keras_tensor_argument(b, call, 1, "x2");
    unsigned left = flama_keras_known(b, x)->rank,
             right = flama_keras_known(b, y)->rank;
    int64_t last[1] = {-1}, before[1] = {right > 1 ? -2 : -1};
    if (left == 0 || right == 0)
        flama_keras_give(call, flama_keras_binary(b, FLAMA_KERAS_MULTIPLY, x, y));
    else
        flama_keras_give(call, contract(b, x, y, 1, last, before));
}
