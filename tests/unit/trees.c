/* Ensembles of trees: what they add up, on thresholds and missing values, alone and in
 * blocks of rows, and the trees that are refused. */
#include "test.h"

#include <float.h>
#include <math.h>

#include "base/arena.h"
#include "engine/sklearn/hist_trees.h"
#include "engine/sklearn/sum.h"
#include "engine/sklearn/trees.h"

enum { MOST = 64 };

/* A tree as a file has it, that tests can spoil. */
typedef struct sample {
    int64_t left[MOST], right[MOST], feature[MOST], missing_left[MOST];
    int64_t categorical[MOST], set[MOST];
    double threshold[MOST], weight[MOST], values[2 * MOST];
    flama_sk_tree_source source;
} sample;

static void leaf(sample *s, size_t i, double value)
{
    s->left[i] = s->right[i] = -1;
    s->feature[i] = -2;
    s->values[i] = value;
    s->weight[i] = 1;
}

static void split(sample *s, size_t i, int64_t feature, double threshold, int64_t left,
                  int64_t right)
{
    s->left[i] = left;
    s->right[i] = right;
    s->feature[i] = feature;
    s->threshold[i] = threshold;
    s->weight[i] = 2;
}

static flama_sk_tree_source *as_source(sample *s, size_t count)
{
    s->source = (flama_sk_tree_source){.count = count,
                                       .left = s->left,
                                       .right = s->right,
                                       .feature = s->feature,
                                       .threshold = s->threshold,
                                       .weight = s->weight,
                                       .missing_left = s->missing_left,
                                       .values = s->values};
    return &s->source;
}

/* x[0] <= 0.1: 1; else x[1] <= 2: 10, else 100. */
static flama_sk_tree_source *small_tree(sample *s)
{
    memset(s, 0, sizeof *s);
    split(s, 0, 0, 0.1, 1, 2);
    leaf(s, 1, 1);
    split(s, 2, 1, 2, 3, 4);
    leaf(s, 3, 10);
    leaf(s, 4, 100);
    return as_source(s, 5);
}

/* A random tree of `inner` splits over the features, its leaves numbered from 1. */
static flama_sk_tree_source *random_tree(sample *s, size_t inner, size_t features,
                                         unsigned *seed)
{
    size_t count = 1;
    memset(s, 0, sizeof *s);
    leaf(s, 0, 1);
    for (size_t k = 0; k < inner; k++) {
        size_t i = 0;
        while (s->left[i] != -1) {
            *seed = *seed * 1103515245u + 12345u;
            i = (size_t)(*seed >> 16 & 1 ? s->left[i] : s->right[i]);
        }
        *seed = *seed * 1103515245u + 12345u;
        split(s, i, (int64_t)(*seed >> 16) % (int64_t)features,
              (double)(*seed >> 8 & 255) / 16 - 8, (int64_t)count, (int64_t)count + 1);
        s->missing_left[i] = *seed >> 20 & 1;
        leaf(s, count, (double)count + 0.1);
        leaf(s, count + 1, (double)count + 1.1);
        count += 2;
    }
    return as_source(s, count);
}

static int build(flama_sk_trees *trees, flama_arena *arena,
                 const flama_sk_tree_source *sources, size_t count, flama_error *err)
{
    size_t nodes = 0;
    for (size_t i = 0; i < count; i++)
        nodes += sources[i].count;
    int code = flama_sk_trees_begin(trees, count, nodes, arena, arena, err);
    for (size_t i = 0; i < count && code == 0; i++)
        code = flama_sk_trees_add(trees, &sources[i], arena, err);
    return code ? code : flama_sk_trees_finish(trees, arena, arena, err);
}

/* What the trees add up for rows of `features` doubles. */
static void sums(const flama_sk_trees *trees, const double *x, size_t rows, double *out)
{
    static float ready[1 << 16];
    assert_true(rows * flama_sk_trees_stride(trees) <= sizeof ready / sizeof *ready);
    flama_sk_trees_rows(trees, x, rows, ready);
    memset(out, 0, rows * trees->width * sizeof *out);
    flama_sk_trees_sum(trees, ready, rows, out, trees->width);
}

static double sum_of(const flama_sk_trees *trees, double a, double b)
{
    double x[2] = {a, b}, out;
    sums(trees, x, 1, &out);
    return out;
}

static void cells_are_compared_as_floats(void **state)
{
    (void)state;
    sample s;
    flama_arena *arena = flama_arena_new(0);
    flama_sk_trees t = {.features = 2, .width = 1};
    assert_int_equal(build(&t, arena, small_tree(&s), 1, NULL), 0);
    assert_true(sum_of(&t, 0, 0) == 1);
    assert_true((double)0.1f > 0.1); /* so 0.1 as a float is not below 0.1 */
    assert_true(sum_of(&t, 0.1, 0) == 10);
    assert_true(sum_of(&t, (double)nextafterf(0.1f, 0), 0) == 1);
    assert_true(sum_of(&t, 1, 2) == 10);
    assert_true(sum_of(&t, 1, 2 + 1e-9) == 10);
    assert_true(sum_of(&t, 1, 2 + 1e-6) == 100);
    assert_true(sum_of(&t, 1, INFINITY) == 100);
    assert_true(sum_of(&t, -INFINITY, 0) == 1);
    flama_arena_free(arena);
}

static void extreme_thresholds_hold(void **state)
{
    (void)state;
    static const double thresholds[] = {INFINITY, -INFINITY, 1e300, -1e300, FLT_MAX,
                                        1e-320,   -1e-320,   0.0,   -0.0};
    static const float cells[] = {0.0f,      -0.0f,        FLT_MAX,
                                  -FLT_MAX,  FLT_TRUE_MIN, INFINITY,
                                  -INFINITY, 1.0f,         -FLT_TRUE_MIN};
    for (size_t i = 0; i < sizeof thresholds / sizeof *thresholds; i++) {
        sample s;
        flama_arena *arena = flama_arena_new(0);
        flama_sk_trees t = {.features = 2, .width = 1};
        small_tree(&s);
        s.threshold[0] = thresholds[i];
        assert_int_equal(build(&t, arena, &s.source, 1, NULL), 0);
        for (size_t k = 0; k < sizeof cells / sizeof *cells; k++)
            assert_int_equal(sum_of(&t, (double)cells[k], 0) == 1,
                             (double)cells[k] <= thresholds[i]);
        flama_arena_free(arena);
    }
}

static void missing_cells_go_where_the_split_says(void **state)
{
    (void)state;
    sample s;
    flama_arena *arena = flama_arena_new(0);
    flama_sk_trees t = {.features = 2, .width = 1, .missing = true};
    small_tree(&s);
    s.missing_left[0] = 1;
    assert_int_equal(build(&t, arena, &s.source, 1, NULL), 0);
    assert_true(sum_of(&t, NAN, 0) == 1);
    assert_true(sum_of(&t, 1, NAN) == 100);
    assert_true(sum_of(&t, 1, 0) == 10);
    s.missing_left[0] = 0;
    s.threshold[0] = INFINITY; /* what is there left, what is missing right */
    assert_int_equal(build(&t, arena, &s.source, 1, NULL), 0);
    assert_true(sum_of(&t, NAN, 0) == 10);
    assert_true(sum_of(&t, INFINITY, 0) == 1);
    flama_arena_free(arena);
}

/* The plain way: one tree after the other, a row at a time. */
static double plain_sum(const sample *trees, size_t count, const double *row)
{
    double sum = 0;
    for (size_t t = 0; t < count; t++) {
        size_t i = 0;
        while (trees[t].left[i] != -1) {
            double cell = (double)(float)row[trees[t].feature[i]];
            bool left = isnan(cell) ? trees[t].missing_left[i] != 0
                                    : cell <= trees[t].threshold[i];
            i = (size_t)(left ? trees[t].left[i] : trees[t].right[i]);
        }
        sum += trees[t].values[i];
    }
    return sum;
}

static void blocks_and_single_rows_agree_with_the_plain_way(void **state)
{
    (void)state;
    enum { TREES = 150, ROWS = 300, FEATURES = 3 };
    static sample samples[TREES];
    flama_sk_tree_source sources[TREES];
    double x[ROWS * FEATURES], out[ROWS], one;
    unsigned seed = 7;
    flama_arena *arena = flama_arena_new(0);
    flama_sk_trees t = {.features = FEATURES, .width = 1, .missing = true};
    for (size_t i = 0; i < TREES; i++)
        sources[i] = *random_tree(&samples[i], i % 20, FEATURES, &seed);
    for (size_t i = 0; i < ROWS * FEATURES; i++) {
        seed = seed * 1103515245u + 12345u;
        x[i] = seed >> 16 & 15 ? (double)(seed >> 8 & 1023) / 64 - 8 : NAN;
    }
    assert_int_equal(build(&t, arena, sources, TREES, NULL), 0);
    for (size_t rows = 1; rows <= ROWS; rows = rows * 2 + 1) {
        sums(&t, x, rows, out);
        for (size_t r = 0; r < rows; r++)
            assert_true(out[r] == plain_sum(samples, TREES, x + r * FEATURES));
        sums(&t, x + FEATURES, 1, &one);
        assert_true(one == plain_sum(samples, TREES, x + FEATURES));
    }
    flama_arena_free(arena);
}

static void equal_leaves_become_one(void **state)
{
    (void)state;
    sample s;
    flama_arena *arena = flama_arena_new(0);
    flama_sk_trees t = {.features = 2, .width = 2};
    static const double values[10] = {9, 9, 0, 1, 9, 9, 1, 0, 0, 1};
    small_tree(&s);
    memcpy(s.values, values, sizeof values);
    assert_int_equal(build(&t, arena, &s.source, 1, NULL), 0);
    assert_int_equal(t.leaf_count, 2);
    double x[6] = {0, 0, 1, 0, 1, 3}, out[6], want[6] = {0, 1, 1, 0, 0, 1};
    sums(&t, x, 3, out);
    assert_memory_equal(out, want, sizeof out);
    flama_arena_free(arena);
}

/* What building says of the small tree with one number changed. */
static int code_with(int64_t *place, int64_t value, sample *s)
{
    flama_error err = {0};
    flama_arena *arena = flama_arena_new(0);
    flama_sk_trees t = {.features = 2, .width = 1};
    int64_t before = *place;
    *place = value;
    int code = build(&t, arena, &s->source, 1, &err);
    *place = before;
    flama_arena_free(arena);
    assert_int_equal(code, err.code);
    return code;
}

static void what_is_no_tree_is_refused(void **state)
{
    (void)state;
    sample s;
    small_tree(&s);
    assert_int_equal(code_with(&s.left[0], 1, &s), 0);
    assert_int_equal(code_with(&s.left[0], 0, &s), FLAMA_EFORMAT);  /* a loop */
    assert_int_equal(code_with(&s.right[2], 0, &s), FLAMA_EFORMAT); /* back up */
    assert_int_equal(code_with(&s.right[2], 5, &s), FLAMA_EFORMAT); /* outside */
    assert_int_equal(code_with(&s.right[2], INT64_MAX, &s), FLAMA_EFORMAT);
    assert_int_equal(code_with(&s.right[2], -1, &s), FLAMA_EFORMAT); /* half a leaf */
    assert_int_equal(code_with(&s.right[2], -7, &s), FLAMA_EFORMAT);
    assert_int_equal(code_with(&s.right[2], 3, &s), FLAMA_EFORMAT); /* twice the same */
    assert_int_equal(code_with(&s.left[0], 3, &s), FLAMA_EFORMAT);  /* two parents */
    assert_int_equal(code_with(&s.feature[0], 2, &s), FLAMA_EFORMAT);
    assert_int_equal(code_with(&s.feature[0], -2, &s), FLAMA_EFORMAT);
    s.left[0] = s.right[0] = -1; /* nodes that nothing leads to */
    assert_int_equal(code_with(&s.feature[0], 0, &s), FLAMA_EFORMAT);
    s.source.count = 0;
    assert_int_equal(code_with(&s.feature[0], 0, &s), FLAMA_EFORMAT);
}

static double hist_sum(const flama_sk_hist *t, double a, double b)
{
    double x[2] = {a, b}, ready[4], out = 0;
    flama_sk_hist_rows(2, x, 1, ready);
    flama_sk_hist_sum(t, ready, 1, &out, 1);
    return out;
}

static void categories_go_by_their_set(void **state)
{
    (void)state;
    sample s;
    flama_arena *arena = flama_arena_new(0);
    flama_sk_hist_bits left = {{1u << 3, 0, 0, 0, 0, 0, 0, 1u << 31}};
    flama_sk_hist_bits known = {{1u << 3 | 1u << 4, 0, 0, 0, 0, 0, 0, 1u << 31}};
    const flama_sk_hist_bits *by_feature[2] = {&known, NULL};
    small_tree(&s);
    s.categorical[0] = 1;
    s.missing_left[0] = 1;
    flama_sk_hist_source source = {s.source, s.categorical, s.set, &left,
                                   1,        by_feature};
    flama_sk_hist t = {.features = 2, .negative_missing = true};
    assert_int_equal(flama_sk_hist_begin(&t, 1, 5, 1, arena, NULL), 0);
    assert_int_equal(flama_sk_hist_add(&t, &source, arena, NULL), 0);
    static const double lefts[] = {3, 3.9, 255, 5, 17, NAN, -1, 259, 1e300, INFINITY};
    for (size_t i = 0; i < sizeof lefts / sizeof *lefts; i++)
        assert_true(hist_sum(&t, lefts[i], 0) == 1);
    assert_true(hist_sum(&t, 4, 0) == 10);
    assert_true(hist_sum(&t, 4, 2 + 1e-9) == 100);
    assert_true(hist_sum(&t, 260, NAN) == 100);
    t.negative_missing = false;
    assert_true(hist_sum(&t, -252, 0) == 10); /* the low byte is 4 */
    flama_arena_free(arena);
}

static void sets_out_of_range_are_refused(void **state)
{
    (void)state;
    sample s;
    flama_arena *arena = flama_arena_new(0);
    flama_sk_hist_bits bits = {{0}};
    const flama_sk_hist_bits *by_feature[2] = {&bits, NULL};
    static const struct {
        int64_t set, feature;
        size_t room;
    } bad[] = {{1, 0, 1}, {-1, 0, 1}, {0, 1, 1}, {0, 0, 0}};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        small_tree(&s);
        s.categorical[0] = 1;
        s.set[0] = bad[i].set;
        s.feature[0] = bad[i].feature;
        flama_sk_hist_source source = {s.source, s.categorical, s.set, &bits,
                                       1,        by_feature};
        flama_sk_hist t = {.features = 2};
        assert_int_equal(flama_sk_hist_begin(&t, 1, 5, bad[i].room, arena, NULL), 0);
        assert_int_equal(flama_sk_hist_add(&t, &source, arena, NULL), FLAMA_EFORMAT);
    }
    flama_arena_free(arena);
}

static void sums_round_as_numpy_does(void **state)
{
    (void)state;
    double v[300];
    for (size_t i = 0; i < 300; i++)
        v[i] = 1 / (double)(i + 1);
    assert_true(flama_sk_sum(v, 0) == 0);
    assert_true(flama_sk_sum(v, 7) == 0x1.4be2be2be2be2p+1);
    assert_true(flama_sk_sum(v, 300) == 0x1.92172a3e6965ap+2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cells_are_compared_as_floats),
        cmocka_unit_test(extreme_thresholds_hold),
        cmocka_unit_test(missing_cells_go_where_the_split_says),
        cmocka_unit_test(blocks_and_single_rows_agree_with_the_plain_way),
        cmocka_unit_test(equal_leaves_become_one),
        cmocka_unit_test(what_is_no_tree_is_refused),
        cmocka_unit_test(categories_go_by_their_set),
        cmocka_unit_test(sets_out_of_range_are_refused),
        cmocka_unit_test(sums_round_as_numpy_does),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
