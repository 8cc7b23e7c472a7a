/* Models of topics: LatentDirichletAllocation, NMF and MiniBatchNMF. Each answer is the
 * end of an iteration, which takes the steps that scikit-learn's takes. */
#include <float.h>
#include <math.h>
#include <string.h>

#include "engine/kernels/kernels.h"
#include "engine/sklearn/families.h"
#include "engine/sklearn/product.h"
#include "engine/sklearn/sparse.h"

/* Fails the call at the first number under 0. */
static int check_positive(const flama_sk_estimator *self, flama_call *call,
                          const flama_sk_matrix *x)
{
    size_t n = x->sparse ? flama_sk_sparse_count(x) : x->rows * x->cols;
    for (size_t i = 0; i < n; i++) {
        if (!((x->sparse ? x->sparse->values[i] : x->data[i]) < 0))
            continue;
        if (x->sparse)
            return flama_fail(call, FLAMA_EINPUT,
                              "Negative values in data passed to %s.", self->name);
        return flama_sk_fail_cell(call, x, i, "Negative values in data passed to %s",
                                  self->name);
    }
    return 0;
}

/* Latent Dirichlet allocation (M. Hoffman, D. Blei and F. Bach, Online learning for
 * latent Dirichlet allocation, 2010). */

typedef struct allocation {
    size_t topics;
    const double *words; /* features x topics: exp(E[log(beta)]) */
    double prior;
    size_t rounds;
    double tolerance;
} allocation;

/* Words of a document that are taken together, and what vectors are made of at most. */
enum { WORDS = 256, LANES = 8 };

static size_t whole_vectors(size_t n)
{
    return (n + LANES - 1) / LANES * LANES;
}

/* The words of a document: columns and how often. */
typedef struct document {
    const uint32_t *words;
    const double *counts;
    size_t size;
} document;

/* Memory for a document: of some of its words what m->words has, both ways round, and
 * their shares; of the topics and their total what is expected, and sums. */
typedef struct work {
    size_t words, topics; /* at most WORDS, and one more than topics: whole vectors */
    double *by_word;      /* words x topics */
    double *by_topic;     /* the allocation's topics x words */
    double *shares, *expected, *sums;
} work;

static int work_new(const allocation *m, flama_call *call, size_t most, work *out)
{
    size_t words = whole_vectors(most < WORDS ? most : WORDS);
    size_t topics = whole_vectors(m->topics + 1), row = topics * sizeof(double);
    *out = (work){.words = words,
                  .topics = topics,
                  .by_word = flama_sk_alloc(call, words, row),
                  .by_topic = flama_sk_alloc(call, words, row),
                  .shares = flama_sk_alloc(call, words, sizeof(double)),
                  .expected = flama_sk_alloc(call, 1, row),
                  .sums = flama_sk_alloc(call, 1, row)};
    bool made = out->by_word && out->by_topic && out->shares && out->expected;
    return made && out->sums ? 0 : FLAMA_EMEMORY;
}

/* What m->words has of some of a document's words; 0 fills up whole vectors. */
static void gather(const allocation *m, const document *d, size_t from, size_t count,
                   const work *w)
{
    memset(w->by_word, 0, w->words * w->topics * sizeof *w->by_word);
    memset(w->by_topic, 0, w->words * m->topics * sizeof *w->by_topic);
    for (size_t i = 0; i < count; i++) {
        const double *word = m->words + d->words[from + i] * m->topics;
        for (size_t k = 0; k < m->topics; k++)
            w->by_topic[k * w->words + i] = w->by_word[i * w->topics + k] = word[k];
    }
}

/* exp(E[log(theta)]) of a document's topics. */
static void expect(const allocation *m, const double *topics, const work *w)
{
    double total = 0, *out = w->expected;
    for (size_t k = 0; k < w->topics; k++) {
        out[k] = k < m->topics ? topics[k] : 1;
        total += k < m->topics ? topics[k] : 0;
    }
    out[m->topics] = total;
    flama_kernels_get()->digamma_f64(out, w->topics);
    double whole = out[m->topics];
    for (size_t k = 0; k < w->topics; k++)
        out[k] -= whole;
    flama_kernels_get()->exp_f64(out, w->topics);
}

/* Adds the words' part to the sums. */
static void add_words(const allocation *m, const document *d, size_t from, size_t count,
                      const work *w)
{
    const flama_kernels *kernels = flama_kernels_get();
    memset(w->shares, 0, w->words * sizeof *w->shares);
    kernels->combine_f64(w->expected, w->by_topic, m->topics, w->words, w->words,
                         w->shares);
    for (size_t i = 0; i < count; i++)
        w->shares[i] = d->counts[from + i] / (w->shares[i] + DBL_EPSILON);
    kernels->combine_f64(w->shares, w->by_word, count, w->topics, w->topics, w->sums);
}

/* One round: what is expected to new topics; how far they are from the ones before. */
static double update(const allocation *m, const document *d, bool first, const work *w,
                     double *topics)
{
    double change = 0;
    memset(w->sums, 0, w->topics * sizeof *w->sums);
    for (size_t from = 0; from < d->size; from += WORDS) {
        size_t count = d->size - from < WORDS ? d->size - from : WORDS;
        if (first || d->size > WORDS)
            gather(m, d, from, count, w);
        add_words(m, d, from, count, w);
    }
    for (size_t k = 0; k < m->topics; k++) {
        double v = w->expected[k] * w->sums[k] + m->prior;
        change += fabs(topics[k] - v);
        topics[k] = v;
    }
    return change / (double)m->topics;
}

static void allocate(const allocation *m, const document *d, const work *w,
                     double *topics)
{
    double total = 0;
    for (size_t k = 0; k < m->topics; k++)
        topics[k] = 1;
    expect(m, topics, w);
    for (size_t i = 0; i < m->rounds; i++) {
        double change = update(m, d, i == 0, w, topics);
        expect(m, topics, w);
        if (change < m->tolerance)
            break;
    }
    for (size_t k = 0; k < m->topics; k++)
        total += topics[k];
    for (size_t k = 0; k < m->topics; k++)
        topics[k] /= total;
}

/* Leaves out the zeros. */
static document document_of(const flama_sk_matrix *x, size_t r, uint32_t *words,
                            double *counts)
{
    size_t n = 0, from = x->sparse ? x->sparse->starts[r] : 0;
    size_t size = x->sparse ? x->sparse->starts[r + 1] - from : x->cols;
    for (size_t i = 0; i < size; i++) {
        words[n] = x->sparse ? x->sparse->columns[from + i] : (uint32_t)i;
        counts[n] = x->sparse ? x->sparse->values[from + i] : x->data[r * x->cols + i];
        n += counts[n] != 0;
    }
    return (document){words, counts, n};
}

static int transform_allocation(const flama_sk_estimator *self, flama_call *call,
                                const flama_sk_matrix *x, flama_sk_matrix *out)
{
    const allocation *m = self->model;
    work w;
    int code = check_positive(self, call, x);
    double *y = code ? NULL : flama_sk_matrix_new(call, x->rows, m->topics, out);
    uint32_t *words = flama_sk_alloc(call, x->cols + 1, sizeof *words);
    double *counts = flama_sk_alloc(call, x->cols + 1, sizeof *counts);
    if (y == NULL || words == NULL || counts == NULL ||
        work_new(m, call, x->cols, &w) != 0)
        return code ? code : FLAMA_EMEMORY;
    for (size_t r = 0; r < x->rows; r++) {
        if (flama_call_cancelled(call))
            return flama_call_stopped(call);
        document d = document_of(x, r, words, counts);
        allocate(m, &d, &w, y + r * m->topics);
    }
    return 0;
}

static const flama_sk_methods allocation_methods = {.transform = transform_allocation};

enum { MAX_ROUNDS = 1 << 20, MAX_TOPICS = 4096 };

static size_t read_rounds(flama_sk_loader *in, const flama_pickle *self,
                          const char *name)
{
    int64_t rounds = flama_sk_integer(in, self, name);
    if (in->failed == 0 && (rounds < 0 || rounds > MAX_ROUNDS))
        flama_sk_damaged(in, name, "is out of range");
    return in->failed ? 0 : (size_t)rounds;
}

/* An attribute of topics x features the other way round. */
static double *read_topics(flama_sk_loader *in, const flama_pickle *self,
                           const char *name, flama_sk_estimator *out, size_t *topics)
{
    size_t features = out->features ? out->features : FLAMA_SK_ANY;
    *topics = FLAMA_SK_ANY;
    const double *rows = flama_sk_matrix_get(in, self, name, topics, &features);
    if (rows && (*topics == 0 || features == 0))
        flama_sk_damaged(in, name, "is empty");
    double *words =
        in->failed ? NULL : flama_sk_new(in, *topics * features, sizeof *words);
    if (words == NULL)
        return NULL;
    flama_sk_transpose(rows, *topics, features, words);
    out->features = features;
    out->columns = *topics;
    out->accepts = FLAMA_SK_SPARSE;
    return words;
}

FLAMA_SK_LOAD(latent_dirichlet)
{
    allocation *m = flama_sk_new(in, 1, sizeof *m);
    size_t topics;
    const double *words =
        read_topics(in, self, "exp_dirichlet_component_", out, &topics);
    if (m == NULL || words == NULL)
        return in->failed;
    *m = (allocation){.topics = topics,
                      .words = words,
                      .prior = flama_sk_number(in, self, "doc_topic_prior_"),
                      .rounds = read_rounds(in, self, "max_doc_update_iter"),
                      .tolerance = flama_sk_number(in, self, "mean_change_tol")};
    out->model = m;
    out->methods = &allocation_methods;
    out->cost = 20 * (double)m->rounds * (double)topics;
    return in->failed;
}

/* Non-negative factors W with W @ components near to the rows (A. Cichocki and A. Phan,
 * Fast local algorithms for large scale nonnegative matrix and tensor factorizations,
 * 2009; D. Lee and H. Seung, Algorithms for non-negative matrix factorization, 2001).
 * All rows of a request are iterated together: they end together. */

typedef struct factors {
    size_t count;
    const double *components; /* features x count */
    const double *square;     /* count x count: of components with themselves */
    const double *sums;       /* of each component; NULL unless the loss is KL's */
    double l1, l2;
    double tolerance;
    size_t rounds;
    bool multiplicative; /* else coordinates descend */
    bool mini_batch;     /* another rule says when to end */
} factors;

/* One round over the coordinates; how much there was to gain. products: the rows times
 * the components. */
static double descend(const factors *m, const double *products, size_t rows, double *w)
{
    double violation = 0;
    for (size_t t = 0; t < m->count; t++)
        for (size_t i = 0; i < rows; i++) {
            double *row = w + i * m->count;
            double slope = m->l1 - products[i * m->count + t];
            for (size_t r = 0; r < m->count; r++)
                slope += (m->square[t * m->count + r] + (r == t ? m->l2 : 0)) * row[r];
            violation += row[t] == 0 ? fabs(slope < 0 ? slope : 0) : fabs(slope);
            double curve = m->square[t * m->count + t] + m->l2;
            double next = curve == 0 ? row[t] : row[t] - slope / curve;
            row[t] = curve != 0 && next < 0 ? 0 : next;
        }
    return violation;
}

static void descend_all(const factors *m, const double *products, size_t rows,
                        double *w)
{
    double first = 0;
    memset(w, 0, rows * m->count * sizeof *w);
    for (size_t n = 1; n <= m->rounds; n++) {
        double violation = descend(m, products, rows, w);
        first = n == 1 ? violation : first;
        if (first == 0 || violation / first <= m->tolerance)
            return;
    }
}

/* One round of products; `near` is as large as w, `room` what its product takes. */
static void multiply(const factors *m, const double *products, size_t rows,
                     double *near, void *room, double *w)
{
    size_t n = m->count;
    flama_sk_product_within(room, w, rows, n, m->square, n, NULL, near);
    for (size_t i = 0; i < rows * n; i++) {
        double below = near[i] + m->l1 + m->l2 * w[i];
        w[i] *= products[i] / (below == 0 ? (double)FLT_EPSILON : below);
    }
}

/* What a row is near to in that column, never 0. */
static double near_value(const factors *m, const double *w, size_t column)
{
    double near = flama_sk_dot(w, m->components + column * m->count, m->count);
    return near < (double)FLT_EPSILON ? (double)FLT_EPSILON : near;
}

/* The same for the loss of Kullback and Leibler; x is sparse. scikit-learn's NMF adds
 * l1 to what the last round left of the sums, so that it counts once more each time. */
static void multiply_divergent(const factors *m, const flama_sk_matrix *x, size_t round,
                               double *row, double *w)
{
    const flama_sk_sparse *s = x->sparse;
    double l1 = m->mini_batch ? m->l1 : m->l1 * (double)round;
    for (size_t r = 0; r < x->rows; r++, w += m->count) {
        memset(row, 0, m->count * sizeof *row);
        for (size_t i = s->starts[r]; i < s->starts[r + 1]; i++) {
            const double *component = m->components + s->columns[i] * m->count;
            double share = s->values[i] / near_value(m, w, s->columns[i]);
            for (size_t t = 0; t < m->count; t++)
                row[t] += share * component[t];
        }
        for (size_t t = 0; t < m->count; t++) {
            double below = m->sums[t] + l1 + m->l2 * w[t];
            w[t] *= row[t] / (below == 0 ? (double)FLT_EPSILON : below);
        }
    }
}

/* The root of twice that loss, of all rows. */
static double divergence(const factors *m, const flama_sk_matrix *x, const double *w)
{
    const flama_sk_sparse *s = x->sparse;
    double sum = 0;
    for (size_t r = 0; r < x->rows; r++, w += m->count) {
        sum += flama_sk_dot(w, m->sums, m->count);
        for (size_t i = s->starts[r]; i < s->starts[r + 1]; i++) {
            double v = s->values[i];
            if (v > (double)FLT_EPSILON)
                sum += v * log(v / near_value(m, w, s->columns[i])) - v;
        }
    }
    return sqrt(2 * fmax(sum, 0));
}

/* |x - w @ components|, of all rows. */
static double distance(const factors *m, const flama_sk_matrix *x, const double *w)
{
    double sum = 0;
    for (size_t r = 0; r < x->rows; r++)
        for (size_t j = 0; j < x->cols; j++) {
            double near =
                flama_sk_dot(w + r * m->count, m->components + j * m->count, m->count);
            double d = x->data[r * x->cols + j] - near;
            sum += d * d;
        }
    return sqrt(sum);
}

static double norm(const double *v, const double *less, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++) {
        double d = less ? v[i] - less[i] : v[i];
        sum += d * d;
    }
    return sqrt(sum);
}

static double loss(const factors *m, const flama_sk_matrix *x, const double *w)
{
    return m->sums ? divergence(m, x, w) : distance(m, x, w);
}

static int multiply_all(const factors *m, flama_call *call, const flama_sk_matrix *x,
                        const double *products, double *w)
{
    size_t n = x->rows * m->count, cells = x->rows * x->cols;
    size_t kept = x->sparse ? flama_sk_sparse_count(x) : cells;
    double *near = flama_sk_alloc(call, n, sizeof *near), sum = 0;
    double *last = flama_sk_alloc(call, n, sizeof *last);
    size_t size = flama_sk_product_room(x->rows, SIZE_MAX, m->count, m->count);
    void *room = flama_sk_alloc(call, size, 1);
    if (near == NULL || last == NULL || room == NULL)
        return FLAMA_EMEMORY;
    for (size_t i = 0; i < kept; i++)
        sum += x->sparse ? x->sparse->values[i] : x->data[i];
    for (size_t i = 0; i < n; i++)
        w[i] = sqrt(sum / (double)cells / (double)m->count);
    double first = m->mini_batch ? 0 : loss(m, x, w), before = first;
    for (size_t round = 1; round <= m->rounds; round++) {
        memcpy(last, w, n * sizeof *w);
        if (m->sums)
            multiply_divergent(m, x, round, near, w);
        else
            multiply(m, products, x->rows, near, room, w);
        if (flama_call_cancelled(call))
            return flama_call_stopped(call);
        if (m->mini_batch && norm(w, last, n) / norm(w, NULL, n) <= m->tolerance)
            break;
        if (m->mini_batch || round % 10 != 0 || !(m->tolerance > 0))
            continue;
        double now = loss(m, x, w);
        if ((before - now) / first < m->tolerance)
            break;
        before = now;
    }
    return 0;
}

static int transform_factors(const flama_sk_estimator *self, flama_call *call,
                             const flama_sk_matrix *x, flama_sk_matrix *out)
{
    const factors *m = self->model;
    flama_sk_matrix all = *x;
    int code = check_positive(self, call, x);
    double *products = flama_sk_alloc(call, x->rows * m->count, sizeof *products);
    double *w = flama_sk_matrix_new(call, x->rows, m->count, out);
    if (code == 0 && m->multiplicative && m->sums && x->sparse == NULL)
        code = flama_sk_sparse_side_by_side(call, x, 1, x->rows, &all);
    if (code == 0 && m->multiplicative && m->sums == NULL && x->sparse)
        code = flama_sk_dense(call, self->name, x, &all);
    if (code || products == NULL || w == NULL)
        return code ? code : FLAMA_EMEMORY;
    flama_sk_sparse_product(x, m->components, m->count, NULL, products);
    if (m->multiplicative)
        return multiply_all(m, call, &all, products, w);
    descend_all(m, products, x->rows, w);
    return 0;
}

static const flama_sk_methods factor_methods = {.transform = transform_factors};

/* beta_loss: the squared error or, which needs the components' sums, the divergence. */
static void read_loss(flama_sk_loader *in, const flama_pickle *self, size_t features,
                      factors *m)
{
    double loss = 2;
    const flama_pickle *node = flama_sk_find(in, self, "beta_loss");
    if (flama_pickle_is_text(node, "kullback-leibler"))
        loss = 1;
    else if (node && !flama_pickle_is_text(node, "frobenius") &&
             !flama_numpy_number(node, &loss))
        loss = 0;
    if (in->failed == 0 && loss != 2 && loss != 1)
        flama_sk_refuse(in, "with a beta_loss other than \"frobenius\" and "
                            "\"kullback-leibler\" is not run");
    double *sums = loss == 1 ? flama_sk_new(in, m->count, sizeof *sums) : NULL;
    for (size_t i = 0; sums && i < features * m->count; i++)
        sums[i % m->count] += m->components[i];
    m->sums = sums;
}

static factors *read_factors(flama_sk_loader *in, const flama_pickle *self,
                             flama_sk_estimator *out)
{
    factors *m = flama_sk_new(in, 1, sizeof *m);
    const double *components =
        m ? read_topics(in, self, "components_", out, &m->count) : NULL;
    double alpha = flama_sk_number_or(in, self, "alpha_W", 0);
    double share = flama_sk_number_or(in, self, "l1_ratio", 0), old;
    double tolerance = flama_sk_number(in, self, "tol");
    if (flama_numpy_number(flama_sk_find(in, self, "alpha"), &old) && old != 0)
        flama_sk_refuse(in, "with alpha, which later versions dropped, is not run");
    double *square =
        components ? flama_sk_new(in, m->count * m->count, sizeof *square) : NULL;
    if (in->failed == 0 && m->count > MAX_TOPICS)
        flama_sk_refuse(in, "with more than %d components is not run", MAX_TOPICS);
    if (in->failed)
        return NULL;
    for (size_t j = 0; j < out->features; j++)
        for (size_t i = 0; i < m->count; i++)
            for (size_t k = 0; k < m->count; k++)
                square[i * m->count + k] +=
                    components[j * m->count + i] * components[j * m->count + k];
    m->components = components;
    m->square = square;
    read_loss(in, self, out->features, m);
    m->tolerance = tolerance;
    m->l1 = (double)out->features * alpha * share;
    m->l2 = (double)out->features * alpha * (1 - share);
    out->model = m;
    out->methods = &factor_methods;
    return in->failed ? NULL : m;
}

FLAMA_SK_LOAD(nmf)
{
    static const char *const solvers[] = {"cd", "mu", NULL};
    factors *m = read_factors(in, self, out);
    size_t solver = flama_sk_choice_or(in, self, "solver", solvers, 0);
    if (m == NULL)
        return in->failed;
    if (solver == 0 && flama_sk_flag_or(in, self, "shuffle", false))
        return flama_sk_refuse(in, "with shuffle draws at random: not run");
    m->multiplicative = solver == 1;
    m->rounds = read_rounds(in, self, "max_iter");
    out->cost = (double)(m->rounds * m->count * m->count);
    return in->failed;
}

FLAMA_SK_LOAD(mini_batch_nmf)
{
    factors *m = read_factors(in, self, out);
    if (m == NULL)
        return in->failed;
    m->multiplicative = m->mini_batch = true;
    m->rounds = read_rounds(in, self, "_transform_max_iter");
    out->cost = (double)(m->rounds * m->count * m->count);
    return in->failed;
}
