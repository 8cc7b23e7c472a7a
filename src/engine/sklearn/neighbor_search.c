#include "engine/sklearn/neighbor_search.h"

#include <math.h>
#include <string.h>

/* A node holds points [from, to). Its children are 2i + 1 and 2i + 2, between which
 * they are divided. */
typedef struct flama_sk_node {
    size_t from, to;
    double radius; /* of a ball */
    bool leaf;
} node;

/* A heap of the k least distances so far, the largest on top. One as large as the
 * largest stays out. */

static void sift_down(flama_sk_found *heap, size_t at, size_t size, double distance,
                      int64_t row)
{
    for (;;) {
        size_t left = 2 * at + 1, right = left + 1, larger = left;
        if (left >= size)
            break;
        if (right < size && heap->distances[right] > heap->distances[left])
            larger = right;
        if (!(heap->distances[larger] > distance))
            break;
        heap->distances[at] = heap->distances[larger];
        heap->rows[at] = heap->rows[larger];
        at = larger;
    }
    heap->distances[at] = distance;
    heap->rows[at] = row;
}

static void push(flama_sk_found *heap, double distance, int64_t row)
{
    if (distance < heap->distances[0])
        sift_down(heap, 0, heap->count, distance, row);
}

/* The heap's order is a sort half done. */
static void sort(flama_sk_found *heap)
{
    for (size_t size = heap->count; size-- > 1;) {
        double distance = heap->distances[size];
        int64_t row = heap->rows[size];
        heap->distances[size] = heap->distances[0];
        heap->rows[size] = heap->rows[0];
        sift_down(heap, 0, size, distance, row);
    }
}

static int64_t row_of(const flama_sk_neighbors *n, size_t point)
{
    return n->positions ? n->positions[point] : (int64_t)point;
}

/* Pushes points [from, to). */
static void scan(const flama_sk_neighbors *n, const double *x, size_t from, size_t to,
                 flama_sk_found *heap)
{
    double distances[FLAMA_SK_BLOCK];
    for (size_t b = from / FLAMA_SK_BLOCK; b * FLAMA_SK_BLOCK < to; b++) {
        size_t first = b * FLAMA_SK_BLOCK;
        flama_sk_distance_block(&n->distance, x, &n->points, b, distances);
        size_t i = first < from ? from : first;
        for (; i < first + FLAMA_SK_BLOCK && i < to; i++)
            push(heap, distances[i - first], row_of(n, i));
    }
}

/* Pushes all points by brute force: those that may be near enough, by the quick
 * distances, are measured exactly. */
static void scan_all(const flama_sk_neighbors *n, const double *x, flama_sk_found *heap)
{
    double bound = INFINITY;
    for (size_t i = 0; i < n->count; i++)
        if (heap->quick[i] <= bound) {
            push(heap, flama_sk_near_exact(&n->near, x, i), (int64_t)i);
            bound = flama_sk_near_bound(&n->near, heap->distances[0]);
        }
}

/* Measures exactly what a heap holds. */
static void measure(const flama_sk_neighbors *n, const double *x, flama_sk_found *heap)
{
    for (size_t i = 0; i < heap->count; i++)
        heap->distances[i] = flama_sk_near_exact(&n->near, x, (size_t)heap->rows[i]);
    for (size_t i = heap->count / 2; i-- > 0;)
        sift_down(heap, i, heap->count, heap->distances[i], heap->rows[i]);
}

/* Finds the nearest by quick distances, and measures those exactly. False when the
 * nearest point that stays out may be as near as one within: then the order in which
 * they are met matters, and the heap is void, the quick distances not. */
static bool scan_quickly(const flama_sk_neighbors *n, const double *x,
                         flama_sk_found *heap)
{
    double limit = flama_sk_near_all(&n->near, x, heap->count, heap->quick);
    double nearest_out;
    size_t within = flama_kernels_get()->near_within_f64(
        heap->quick, flama_sk_near_room(&n->near), limit, heap->places, &nearest_out);
    for (size_t i = 0; i < within; i++) {
        size_t place = heap->places[i];
        double d = heap->quick[place], top = heap->distances[0];
        double out = d < top ? top : d;
        nearest_out = out < nearest_out ? out : nearest_out;
        push(heap, d, (int64_t)place);
    }
    double bound = flama_sk_near_bound(&n->near, heap->distances[0]);
    if (!(nearest_out > flama_sk_near_bound(&n->near, bound)))
        return false;
    measure(n, x, heap);
    return true;
}

/* Bounds of a node. */

static double power(double v, double p)
{
    return p == 2 ? v * v : p == 1 ? v : pow(v, p);
}

static double order_of(const flama_sk_distance *d)
{
    return d->metric == FLAMA_SK_EUCLIDEAN   ? 2
           : d->metric == FLAMA_SK_MANHATTAN ? 1
                                             : d->p;
}

/* Least and largest reduced distance of x to the box of a k-d tree's node. */
static double box_least(const flama_sk_neighbors *n, size_t i, const double *x,
                        double *largest)
{
    size_t features = n->distance.features;
    const double *low = n->bounds + 2 * i * features, *high = low + features;
    double p = order_of(&n->distance), least = 0, most = 0;
    bool widest = n->distance.metric == FLAMA_SK_CHEBYSHEV;
    for (size_t j = 0; j < features; j++) {
        double below = low[j] - x[j], above = x[j] - high[j];
        double near = fmax(below, 0) + fmax(above, 0);
        double far = fmax(fabs(below), fabs(above));
        least = widest ? fmax(least, near) : least + power(near, p);
        if (largest)
            most = widest ? fmax(most, far) : most + power(far, p);
    }
    if (largest)
        *largest = most;
    return least;
}

static double ball_distance(const flama_sk_neighbors *n, size_t i, const double *x)
{
    const double *centre = n->bounds + i * n->distance.features;
    return flama_sk_distance_full(&n->distance,
                                  flama_sk_distance_reduced(&n->distance, x, centre));
}

static double node_least(const flama_sk_neighbors *n, size_t i, const double *x)
{
    if (!n->ball)
        return box_least(n, i, x, NULL);
    double least = fmax(0, ball_distance(n, i, x) - n->nodes[i].radius);
    return flama_sk_distance_reduce(&n->distance, least);
}

/* Searching. The depth of recursion is that of a complete binary tree. */

static void descend(const flama_sk_neighbors *n, const double *x, size_t i,
                    double least, flama_sk_found *heap)
{
    const node *at = &n->nodes[i];
    if (least > heap->distances[0])
        return;
    if (at->leaf) {
        scan(n, x, at->from, at->to, heap);
        return;
    }
    double left = node_least(n, 2 * i + 1, x), right = node_least(n, 2 * i + 2, x);
    if (left <= right) {
        descend(n, x, 2 * i + 1, left, heap);
        descend(n, x, 2 * i + 2, right, heap);
    } else {
        descend(n, x, 2 * i + 2, right, heap);
        descend(n, x, 2 * i + 1, left, heap);
    }
}

static void empty(flama_sk_found *heap, size_t k)
{
    heap->count = k;
    for (size_t i = 0; i < k; i++) {
        heap->distances[i] = INFINITY;
        heap->rows[i] = 0;
    }
}

void flama_sk_nearest(const flama_sk_neighbors *n, const double *x, size_t k,
                      flama_sk_found *found)
{
    empty(found, k);
    if (n->nodes)
        descend(n, x, 0, node_least(n, 0, x), found);
    else if (n->near.count == 0)
        scan(n, x, 0, n->count, found);
    else if (!scan_quickly(n, x, found)) {
        empty(found, k);
        scan_all(n, x, found);
    }
    sort(found);
    for (size_t i = 0; i < k; i++)
        found->distances[i] = flama_sk_distance_full(&n->distance, found->distances[i]);
}

static void collect(const flama_sk_neighbors *n, const double *x, size_t from,
                    size_t to, double reduced_radius, flama_sk_found *found)
{
    double distances[FLAMA_SK_BLOCK];
    for (size_t b = from / FLAMA_SK_BLOCK; b * FLAMA_SK_BLOCK < to; b++) {
        size_t first = b * FLAMA_SK_BLOCK;
        flama_sk_distance_block(&n->distance, x, &n->points, b, distances);
        size_t i = first < from ? from : first;
        for (; i < first + FLAMA_SK_BLOCK && i < to; i++) {
            double d = distances[i - first];
            if (!(d <= reduced_radius))
                continue;
            found->distances[found->count] = flama_sk_distance_full(&n->distance, d);
            found->rows[found->count++] = row_of(n, i);
        }
    }
}

/* By brute force: a point is measured exactly where its quick distance does not tell on
 * which side of the radius it is. Each is written down, and counted if it is within: no
 * branch has to be foretold. */
static void collect_all(const flama_sk_neighbors *n, const double *x,
                        double reduced_radius, bool measured, flama_sk_found *found)
{
    double quick[FLAMA_SK_PANEL], bound = flama_sk_near_bound(&n->near, reduced_radius);
    double sure = 2 * reduced_radius - bound;
    size_t count = 0;
    for (size_t from = 0; from < n->count; from += FLAMA_SK_PANEL) {
        size_t some = flama_sk_near_some(&n->near, from);
        if (flama_sk_near_panel(&n->near, x, from, quick) > bound)
            continue;
        for (size_t i = 0; i < some; i++) {
            double d = quick[i];
            if (!(d <= sure) && !(d > bound))
                d = flama_sk_near_exact(&n->near, x, from + i);
            found->distances[count] = d;
            found->rows[count] = (int64_t)(from + i);
            count += d <= reduced_radius;
        }
    }
    found->count = count;
    for (size_t i = 0; measured && i < count; i++)
        found->distances[i] = flama_sk_distance_full(&n->distance, found->distances[i]);
}

static void collect_below(const flama_sk_neighbors *n, const double *x, size_t i,
                          double radius, flama_sk_found *found)
{
    const node *at = &n->nodes[i];
    double least, largest;
    if (n->ball) {
        double centre = ball_distance(n, i, x);
        least = fmax(0, centre - at->radius);
        largest = centre + at->radius;
    } else {
        least = flama_sk_distance_full(&n->distance, box_least(n, i, x, &largest));
        largest = flama_sk_distance_full(&n->distance, largest);
    }
    if (least > radius)
        return;
    if (largest <= radius)
        collect(n, x, at->from, at->to, INFINITY, found);
    else if (at->leaf)
        collect(n, x, at->from, at->to, flama_sk_distance_reduce(&n->distance, radius),
                found);
    else {
        collect_below(n, x, 2 * i + 1, radius, found);
        collect_below(n, x, 2 * i + 2, radius, found);
    }
}

void flama_sk_within(const flama_sk_neighbors *n, const double *x, double radius,
                     bool measured, flama_sk_found *found)
{
    found->count = 0;
    if (n->nodes)
        collect_below(n, x, 0, radius, found);
    else if (n->near.count)
        collect_all(n, x, flama_sk_distance_reduce(&n->distance, radius), measured,
                    found);
    else
        collect(n, x, 0, n->count, flama_sk_distance_reduce(&n->distance, radius),
                found);
}

static bool is_constant(const double *row, size_t n)
{
    for (size_t j = 1; j < n; j++)
        if (row[j] != row[0])
            return false;
    return true;
}

int flama_sk_search_begin(const flama_sk_neighbors *n, flama_call *call,
                          const flama_sk_matrix *x, size_t most, flama_sk_found *out)
{
    bool correlated = n->distance.metric == FLAMA_SK_CORRELATION;
    for (size_t i = 0; correlated && i < x->rows; i++)
        if (is_constant(x->data + i * x->cols, x->cols))
            return flama_sk_fail_cell(call, x, i * x->cols,
                                      "a row of equal numbers correlates with none");
    size_t room = flama_sk_near_room(&n->near);
    *out = (flama_sk_found){.distances =
                                flama_sk_alloc(call, most, sizeof *out->distances),
                            .rows = flama_sk_alloc(call, most, sizeof *out->rows),
                            .quick = flama_sk_alloc(call, room, sizeof *out->quick),
                            .places = flama_sk_alloc(call, room, sizeof *out->places)};
    bool made = out->distances && out->rows && out->quick && out->places;
    return made ? 0 : FLAMA_EMEMORY;
}

/* Reading a tree: the state is (data, idx_array, node_data, node_bounds, ...),
 * node_data of the fields idx_start, idx_end, is_leaf, radius. */

enum { DATA, INDICES, NODES, BOUNDS, STATE_SIZE };

static bool read_field(flama_sk_loader *in, const flama_numpy *array, const char *name,
                       int64_t *integers, double *numbers)
{
    const flama_numpy_field *field = flama_numpy_field_get(array, name);
    int code = field == NULL ? FLAMA_EFORMAT
               : integers    ? flama_numpy_integers(array, field, integers, NULL)
                             : flama_numpy_doubles(array, field, numbers, NULL);
    if (code)
        flama_sk_damaged(in, "_tree", "has damaged nodes: %s is missing or no number",
                         name);
    return in->failed == 0;
}

/* Nodes below i, which holds points [from, to), must divide these between them. */
static bool is_sound(const flama_sk_neighbors *n, size_t count, size_t i, size_t from,
                     size_t to)
{
    const node *at = &n->nodes[i];
    if (at->from != from || at->to != to || from > to)
        return false;
    if (at->leaf)
        return true;
    if (count < 3 || i > (count - 3) / 2)
        return false;
    size_t middle = n->nodes[2 * i + 1].to;
    return middle >= from && middle <= to &&
           is_sound(n, count, 2 * i + 1, from, middle) &&
           is_sound(n, count, 2 * i + 2, middle, to);
}

static size_t read_nodes(flama_sk_loader *in, const flama_pickle *given,
                         flama_sk_neighbors *n)
{
    flama_numpy array;
    if (!flama_sk_node_array(in, given, "_tree", &array))
        return 0;
    size_t count = array.count;
    int64_t *from = flama_sk_new(in, count, sizeof *from);
    int64_t *to = flama_sk_new(in, count, sizeof *to);
    int64_t *leaf = flama_sk_new(in, count, sizeof *leaf);
    double *radius = flama_sk_new(in, count, sizeof *radius);
    n->nodes = flama_sk_new(in, count, sizeof *n->nodes);
    if (in->failed || !read_field(in, &array, "idx_start", from, NULL) ||
        !read_field(in, &array, "idx_end", to, NULL) ||
        !read_field(in, &array, "is_leaf", leaf, NULL) ||
        !read_field(in, &array, "radius", NULL, radius))
        return 0;
    for (size_t i = 0; i < count; i++)
        n->nodes[i] = (node){(size_t)from[i], (size_t)to[i], radius[i], leaf[i] != 0};
    if (count == 0 || !is_sound(n, count, 0, 0, n->count))
        flama_sk_damaged(in, "_tree", "is no tree over its points");
    return count;
}

/* node_bounds: of a k-d tree (2, nodes, features), here low and high side by side; of a
 * ball tree (1, nodes, features). */
static void read_bounds(flama_sk_loader *in, const flama_pickle *given, size_t nodes,
                        flama_sk_neighbors *n)
{
    flama_numpy array;
    size_t sides = n->ball ? 1 : 2, features = n->distance.features;
    if (!flama_sk_node_array(in, given, "_tree", &array))
        return;
    if (array.rank != 3 || array.shape[0] != sides || array.shape[1] != nodes ||
        array.shape[2] != features) {
        flama_sk_damaged(in, "_tree", "has bounds of another shape than its nodes");
        return;
    }
    double *all = flama_sk_new(in, array.count, sizeof *all);
    double *out = flama_sk_new(in, array.count, sizeof *out);
    if (out && flama_numpy_doubles(&array, NULL, all, NULL) != 0)
        flama_sk_damaged(in, "_tree", "has bounds that are no numbers");
    for (size_t s = 0; in->failed == 0 && s < sides; s++)
        for (size_t i = 0; i < nodes; i++)
            memcpy(out + (i * sides + s) * features, all + (s * nodes + i) * features,
                   features * sizeof *out);
    n->bounds = out;
}

/* The rows in the tree's order, so that a leaf's lie side by side. */
static const double *read_points(flama_sk_loader *in, const flama_pickle *const *state,
                                 flama_sk_neighbors *n)
{
    size_t count = FLAMA_SK_ANY, features = n->distance.features;
    const double *rows =
        flama_sk_node_matrix(in, state[DATA], "_tree", &count, &features);
    const int64_t *positions =
        flama_sk_node_integers(in, state[INDICES], "_tree", &count);
    double *out = in->failed ? NULL : flama_sk_new(in, count * features, sizeof *out);
    for (size_t i = 0; out && i < count; i++) {
        if (positions[i] < 0 || (uint64_t)positions[i] >= count) {
            flama_sk_damaged(in, "_tree", "points outside of its data");
            return NULL;
        }
        memcpy(out + i * features, rows + (size_t)positions[i] * features,
               features * sizeof *out);
    }
    n->positions = positions;
    n->count = in->failed ? 0 : count;
    return out;
}

/* Bounds of boxes are known for these metrics only. */
static bool has_boxes(const flama_sk_distance *d)
{
    return d->metric == FLAMA_SK_EUCLIDEAN || d->metric == FLAMA_SK_MANHATTAN ||
           d->metric == FLAMA_SK_CHEBYSHEV ||
           (d->metric == FLAMA_SK_MINKOWSKI && d->weights == NULL);
}

static const double *read_tree(flama_sk_loader *in, const flama_pickle *self,
                               flama_sk_neighbors *n)
{
    const flama_pickle *tree = flama_sk_get(in, self, "_tree");
    if (tree == NULL)
        return NULL;
    const flama_pickle *state =
        tree->kind == FLAMA_PICKLE_OBJECT ? tree->object->state : NULL;
    if (state == NULL || state->kind != FLAMA_PICKLE_TUPLE ||
        state->count < STATE_SIZE) {
        flama_sk_damaged(in, "_tree", "is no tree of neighbours");
        return NULL;
    }
    if (!n->ball && !has_boxes(&n->distance)) {
        flama_sk_refuse(in, "with a k-d tree of this metric is not run");
        return NULL;
    }
    const double *rows = read_points(in, (const flama_pickle *const *)state->items, n);
    size_t nodes = in->failed ? 0 : read_nodes(in, state->items[NODES], n);
    if (nodes)
        read_bounds(in, state->items[BOUNDS], nodes, n);
    return in->failed ? NULL : rows;
}

flama_sk_neighbors *flama_sk_neighbors_read(flama_sk_loader *in,
                                            const flama_pickle *self,
                                            flama_sk_estimator *out)
{
    static const char *const methods[] = {"brute", "kd_tree", "ball_tree", NULL};
    enum { BRUTE, BALL = 2 };
    flama_sk_neighbors *n = flama_sk_new(in, 1, sizeof *n);
    size_t method = flama_sk_choice(in, self, "_fit_method", methods);
    const flama_pickle *params = flama_sk_find(in, self, "effective_metric_params_");
    if (in->failed)
        return NULL;
    size_t rows = FLAMA_SK_ANY, features = out->features ? out->features : FLAMA_SK_ANY;
    const double *data = flama_sk_matrix_get(in, self, "_fit_X", &rows, &features);
    if (in->failed == 0 && (rows == 0 || features == 0))
        flama_sk_damaged(in, "_fit_X", "is empty");
    if (in->failed || flama_sk_distance_read(in, self, "effective_metric_", params,
                                             features, &n->distance))
        return NULL;
    n->count = rows;
    n->ball = method == BALL;
    n->distance.signed_sums = method == BRUTE && in->version < 101;
    if (method != BRUTE)
        data = read_tree(in, self, n);
    if (in->failed == 0 && n->count != rows)
        flama_sk_damaged(in, "_tree", "has %zu points where _fit_X has %zu", n->count,
                         rows);
    bool squares = n->distance.metric == FLAMA_SK_EUCLIDEAN ||
                   n->distance.metric == FLAMA_SK_SQEUCLIDEAN;
    bool laid = in->failed == 0 && method == BRUTE && squares
                    ? flama_sk_near_new(in, data, rows, features, &n->near)
                    : flama_sk_points_new(in, &n->distance, data, rows, &n->points);
    if (!laid)
        return NULL;
    out->features = features;
    out->cost = 100 + (method == BRUTE ? 0.4 : 0.1) * (double)features * (double)rows;
    return n;
}
