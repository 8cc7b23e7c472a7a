/* Sparse codes: what few atoms of a dictionary make of a row. */
#include <float.h>
#include <math.h>
#include <string.h>

#include "engine/sklearn/families.h"
#include "engine/sklearn/product.h"

typedef enum coding { OMP, THRESHOLD } coding;

typedef struct dictionary {
    size_t features, atoms;
    const double *across; /* features x atoms */
    const double *gram;   /* atoms x atoms: products of atoms */
    coding coding;
    size_t most; /* OMP: atoms that a code may use */
    double alpha;
    bool positive;
    bool split; /* positive numbers and, after them, negative ones */
} dictionary;

/* Atoms that are used come first in `order`. */
typedef struct pursuit {
    size_t *order;
    double *lower;    /* most x most: Cholesky factor of their part of the gram */
    double *residual; /* product of each atom, in order, with what is left */
    double *weights;  /* of the atoms used */
} pursuit;

static bool pursuit_init(flama_call *call, const dictionary *m, pursuit *p)
{
    p->order = flama_sk_alloc(call, m->atoms, sizeof *p->order);
    p->lower = flama_sk_alloc(call, m->most * m->most, sizeof *p->lower);
    p->residual = flama_sk_alloc(call, m->atoms, sizeof *p->residual);
    p->weights = flama_sk_alloc(call, m->most, sizeof *p->weights);
    return p->order && p->lower && p->residual && p->weights;
}

static double gram_of(const dictionary *m, const pursuit *p, size_t i, size_t j)
{
    return m->gram[p->order[i] * m->atoms + p->order[j]];
}

/* The atom, by its place, that has most in common with what is left. */
static size_t largest(const dictionary *m, const pursuit *p)
{
    size_t best = 0;
    for (size_t i = 1; i < m->atoms; i++)
        if (fabs(p->residual[i]) > fabs(p->residual[best]))
            best = i;
    return best;
}

/* A row more of the factor, for the atom at place `next`; false when it adds nothing
 * to those used. */
static bool extend(const dictionary *m, pursuit *p, size_t used, size_t next)
{
    double *row = p->lower + used * m->most, left = gram_of(m, p, next, next);
    for (size_t i = 0; i < used; i++) {
        const double *above = p->lower + i * m->most;
        row[i] = (gram_of(m, p, next, i) - flama_sk_dot(above, row, i)) / above[i];
        left -= row[i] * row[i];
    }
    row[used] = sqrt(left);
    return used == 0 || left > DBL_EPSILON;
}

/* Weights of the atoms used: lower @ lower' @ weights = their products with the row. */
static void solve(const dictionary *m, pursuit *p, size_t used, const double *products)
{
    double *w = p->weights;
    for (size_t i = 0; i < used; i++) {
        const double *row = p->lower + i * m->most;
        w[i] = (products[p->order[i]] - flama_sk_dot(row, w, i)) / row[i];
    }
    for (size_t i = used; i-- > 0;) {
        for (size_t k = i + 1; k < used; k++)
            w[i] -= p->lower[k * m->most + i] * w[k];
        w[i] /= p->lower[i * m->most + i];
    }
}

/* Orthogonal matching pursuit with the gram's Cholesky factor (Rubinstein, Zibulevsky
 * and Elad, Batch-OMP, 2008). `products` are those of the atoms with the row. */
static void pursue(const dictionary *m, pursuit *p, const double *products,
                   double *code)
{
    size_t used = 0;
    for (size_t i = 0; i < m->atoms; i++) {
        p->order[i] = i;
        p->residual[i] = products[i];
    }
    while (used < m->most) {
        size_t next = largest(m, p);
        double found = p->residual[next];
        if (next < used || found * found < DBL_EPSILON || !extend(m, p, used, next))
            break;
        size_t atom = p->order[next];
        p->order[next] = p->order[used];
        p->order[used++] = atom;
        solve(m, p, used, products);
        for (size_t i = 0; i < m->atoms; i++) {
            double explained = 0;
            for (size_t k = 0; k < used; k++)
                explained += gram_of(m, p, i, k) * p->weights[k];
            p->residual[i] = products[p->order[i]] - explained;
        }
    }
    memset(code, 0, m->atoms * sizeof *code);
    for (size_t i = 0; i < used; i++)
        code[p->order[i]] = p->weights[i];
}

static double shrink(const dictionary *m, double product)
{
    double size = fabs(product) - m->alpha;
    if (!(size > 0) || (m->positive && product < 0))
        return 0;
    return product < 0 ? -size : size;
}

static void write_code(const dictionary *m, const double *code, double *out)
{
    for (size_t j = 0; j < m->atoms; j++)
        if (!m->split)
            out[j] = code[j];
        else {
            out[j] = code[j] > 0 ? code[j] : 0;
            out[m->atoms + j] = code[j] < 0 ? -code[j] : 0;
        }
}

static int transform(const flama_sk_estimator *self, flama_call *call,
                     const flama_sk_matrix *x, flama_sk_matrix *out)
{
    const dictionary *m = self->model;
    pursuit p = {0};
    double *y = flama_sk_matrix_new(call, x->rows, self->columns, out);
    double *products = flama_sk_alloc(call, x->rows * m->atoms, sizeof *products);
    double *code = flama_sk_alloc(call, m->atoms, sizeof *code);
    if (y == NULL || products == NULL || code == NULL ||
        (m->coding == OMP && !pursuit_init(call, m, &p)))
        return FLAMA_EMEMORY;
    if (flama_sk_product_many(call, x->data, x->rows, m->features, m->across, m->atoms,
                              NULL, products) != 0)
        return FLAMA_EMEMORY;
    for (size_t r = 0; r < x->rows; r++) {
        const double *row = products + r * m->atoms;
        if (flama_call_cancelled(call))
            return flama_call_stopped(call);
        if (m->coding == OMP)
            pursue(m, &p, row, code);
        for (size_t j = 0; m->coding == THRESHOLD && j < m->atoms; j++)
            code[j] = shrink(m, row[j]);
        write_code(m, code, y + r * self->columns);
    }
    return 0;
}

static const flama_sk_methods methods = {.transform = transform};

static int load_dictionary(flama_sk_loader *in, const flama_pickle *self,
                           const char *atoms, flama_sk_estimator *out)
{
    static const char *const codings[] = {"omp", "threshold", NULL};
    dictionary *m = flama_sk_new(in, 1, sizeof *m);
    if (m == NULL)
        return in->failed;
    m->features = out->features ? out->features : FLAMA_SK_ANY;
    m->atoms = FLAMA_SK_ANY;
    const double *rows = flama_sk_matrix_get(in, self, atoms, &m->atoms, &m->features);
    m->coding = (coding)flama_sk_choice(in, self, "transform_algorithm", codings);
    m->positive = flama_sk_flag_or(in, self, "positive_code", false);
    m->split = flama_sk_flag_or(in, self, "split_sign", false);
    /* What a dictionary was learnt with counts since 1.2. */
    double alpha = in->version < 102 ? 1 : flama_sk_number_or(in, self, "alpha", 1);
    m->alpha = flama_sk_number_or(in, self, "transform_alpha", alpha);
    size_t tenth = m->features < 20 ? 1 : m->features / 10;
    int64_t most = flama_sk_integer_or(in, self, "transform_n_nonzero_coefs",
                                       (int64_t)(tenth < m->atoms ? tenth : m->atoms));
    if (in->failed)
        return in->failed;
    if (m->atoms == 0 || m->features == 0)
        return flama_sk_damaged(in, atoms, "is empty");
    if (m->coding == OMP && (most < 1 || (uint64_t)most > m->atoms || m->positive))
        return flama_sk_refuse(in, "can't use %lld of %zu atoms%s", (long long)most,
                               m->atoms, m->positive ? " with positive numbers" : "");
    m->most = (size_t)most;
    double *across = flama_sk_new(in, m->features * m->atoms, sizeof *across);
    double *gram =
        m->coding == OMP ? flama_sk_new(in, m->atoms * m->atoms, sizeof *gram) : NULL;
    if (in->failed)
        return in->failed;
    flama_sk_transpose(rows, m->atoms, m->features, across);
    if (gram)
        flama_sk_product(rows, m->atoms, m->features, across, m->atoms, NULL, gram);
    m->across = across;
    m->gram = gram;
    out->model = m;
    out->methods = &methods;
    out->features = m->features;
    out->columns = m->split ? 2 * m->atoms : m->atoms;
    out->cost = 100 + (double)m->atoms * (double)(m->features + m->most * m->most);
    return in->failed;
}

FLAMA_SK_LOAD(dictionary_learning)
{
    return load_dictionary(in, self, "components_", out);
}

FLAMA_SK_LOAD(sparse_coder)
{
    return load_dictionary(in, self, "dictionary", out);
}
