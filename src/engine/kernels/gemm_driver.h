/* The blocking and packing of matrix products, for one type: gemm.c includes this for
 * float and for double, with T, TYPED(name) and COLUMNS (of a tile) defined. No guard.
 */

static void TYPED(pack_matrix)(const void *ctx, const flama_pack *part, T *out)
{
    const struct TYPED(strided) *matrix = ctx;
    size_t lane = matrix->lane, step = matrix->step;
    for (size_t l = 0; l < part->lanes; l += part->width) {
        size_t some = part->lanes - l < part->width ? part->lanes - l : part->width;
        size_t wide = part->fill ? part->width : some;
        const T *from = matrix->data + (part->first + l) * lane + part->from * step;
        if (lane == 1)
            for (size_t p = 0; p < part->depth; p++) {
                memcpy(out + p * wide, from + p * step, some * sizeof *out);
                for (size_t i = some; i < wide; i++)
                    out[p * wide + i] = 0;
            }
        else {
            for (size_t i = 0; i < some; i++)
                for (size_t p = 0; p < part->depth; p++)
                    out[p * wide + i] = from[i * lane + p * step];
            for (size_t i = some; i < wide; i++)
                for (size_t p = 0; p < part->depth; p++)
                    out[p * wide + i] = 0;
        }
        out += wide * part->depth;
    }
}

/* A part of a factor, packed. `all` lanes of it are packed when it was packed before:
 * block after block of k. */
static const T *TYPED(panels)(const TYPED(flama_factor) * f, const flama_pack *part,
                              size_t lane, size_t step, size_t all, T *scratch)
{
    if (f->packed)
        return f->packed + part->from * all + part->first * part->depth;
    struct TYPED(strided) matrix = {f->data, lane, step};
    if (f->pack)
        f->pack(f->ctx, part, scratch);
    else
        TYPED(pack_matrix)(&matrix, part, scratch);
    return scratch;
}

static TYPED(flama_tile_end) TYPED(tile_end)(const TYPED(flama_gemm) * g, size_t i,
                                             size_t j, size_t from, size_t depth)
{
    bool last = from + depth == g->k;
    return (TYPED(flama_tile_end)){
        .accumulate = g->accumulate || from > 0,
        .clamp = g->clamp && last,
        .row_bias = g->row_bias && last ? g->row_bias + i : NULL,
        .column_scale = g->column_scale && last ? g->column_scale + j : NULL,
        .column_bias = g->column_bias && last ? g->column_bias + j : NULL,
        .low = g->low,
        .high = g->high};
}

/* The tiles of a block; b is packed. Where `a` is NULL it is read where it stands. */
static void TYPED(block)(const TYPED(flama_gemm) * g, const flama_kernels *kernels,
                         const flama_pack *pa, const flama_pack *pb, const T *a,
                         const T *b)
{
    static const size_t start = 0;
    size_t depth = pa->depth, width = pb->width;
    for (size_t i = 0; i < pa->lanes; i += pa->width) {
        size_t rows = pa->lanes - i < pa->width ? pa->lanes - i : pa->width;
        TYPED(flama_tile_rows)
        from = {a ? a + i * depth : NULL, 1, rows, &start, 1, depth};
        if (a == NULL) {
            from.data = g->a.data + (pa->first + i) * g->a.row + pa->from * g->a.column;
            from.row = g->a.row;
            from.step = g->a.column;
        }
        for (size_t j = 0; j < pb->lanes; j += width) {
            size_t columns = pb->lanes - j < width ? pb->lanes - j : width;
            size_t row = pa->first + i, column = pb->first + j;
            TYPED(flama_tile_end)
            end = TYPED(tile_end)(g, row, column, pa->from, depth);
            kernels->TYPED(tile)[rows - 1][columns > width / 2](
                &from, b + j * depth, g->c + row * g->stride + column, g->stride,
                columns, &end);
        }
    }
}

/* Rows of a are read where they stand for few columns of b: copying pays only when the
 * copy is read many times. Not many long rows: those fall out of the cache. */
static bool TYPED(in_place)(const TYPED(flama_gemm) * g, const flama_kernels *kernels)
{
    bool quick = g->m <= kernels->rows || (g->k <= SHORT && g->a.column == 1);
    return !g->a.packed && !g->a.pack &&
           (g->m == 1 || (quick && g->n <= 4 * COLUMNS(kernels)));
}

/* Elements of the scratch memory that parts of a take. */
static size_t TYPED(scratch_a)(const TYPED(flama_gemm) * g,
                               const flama_kernels *kernels)
{
    if (g->a.packed || TYPED(in_place)(g, kernels))
        return 0;
    return round_up(g->m < MC ? g->m : MC, 16) * (g->k < KC ? g->k : KC);
}

static void TYPED(blocks)(const TYPED(flama_gemm) * g, const flama_kernels *kernels,
                          T *scratch)
{
    size_t wide = COLUMNS(kernels), all_b = round_up(g->n, wide);
    T *scratch_b = scratch + TYPED(scratch_a)(g, kernels);
    for (size_t j = 0; j < g->n; j += NC)
        for (size_t p = 0; p < g->k; p += KC) {
            size_t depth = g->k - p < KC ? g->k - p : KC;
            flama_pack pb = {.first = j,
                             .lanes = g->n - j < NC ? g->n - j : NC,
                             .from = p,
                             .depth = depth,
                             .width = wide,
                             .fill = true};
            const T *b =
                TYPED(panels)(&g->b, &pb, g->b.column, g->b.row, all_b, scratch_b);
            for (size_t i = 0; i < g->m; i += MC) {
                flama_pack pa = {.first = i,
                                 .lanes = g->m - i < MC ? g->m - i : MC,
                                 .from = p,
                                 .depth = depth,
                                 .width = kernels->rows};
                const T *a = TYPED(in_place)(g, kernels)
                                 ? NULL
                                 : TYPED(panels)(&g->a, &pa, g->a.row, g->a.column,
                                                 g->m, scratch);
                TYPED(block)(g, kernels, &pa, &pb, a, b);
            }
        }
}

static void TYPED(finish_rows)(const TYPED(flama_gemm) * g)
{
    for (size_t i = 0; i < g->m; i++) {
        T *c = g->c + i * g->stride, row = g->row_bias ? g->row_bias[i] : 0;
        for (size_t j = 0; g->row_bias && j < g->n; j++)
            c[j] += row;
        for (size_t j = 0; g->column_scale && j < g->n; j++)
            c[j] *= g->column_scale[j];
        for (size_t j = 0; g->column_bias && j < g->n; j++)
            c[j] += g->column_bias[j];
        for (size_t j = 0; g->clamp && j < g->n; j++) {
            c[j] = c[j] < g->low ? g->low : c[j];
            c[j] = c[j] > g->high ? g->high : c[j];
        }
    }
}

/* A row times a matrix that is not packed: each weight is needed once, so that copying
 * it first would be dearer than all the rest. */
static bool TYPED(by_vectors)(const TYPED(flama_gemm) * g)
{
    bool plain = !g->a.packed && !g->a.pack && !g->b.packed && !g->b.pack;
    return plain && g->m == 1 && (g->a.column == 1 || g->k <= 1) &&
           (g->b.column == 1 || g->b.row == 1);
}

static void TYPED(vectors)(const TYPED(flama_gemm) * g, const flama_kernels *kernels)
{
    const T *a = g->a.data, *b = g->b.data;
    if (!g->accumulate)
        memset(g->c, 0, g->n * sizeof *g->c);
    if (g->b.column == 1)
        kernels->TYPED(combine)(a, b, g->k, g->n, g->b.row, g->c);
    else
        for (size_t j = 0; j < g->n; j++)
            g->c[j] += kernels->TYPED(dot)(a, b + j * g->b.column, g->k);
    TYPED(finish_rows)(g);
}

static bool TYPED(by_blas)(const TYPED(flama_gemm) * g)
{
    bool plain = !g->a.packed && !g->a.pack && !g->b.packed && !g->b.pack;
    bool strided = (g->a.row == 1 || g->a.column == 1) &&
                   (g->b.row == 1 || g->b.column == 1) && g->a.row && g->a.column &&
                   g->b.row && g->b.column;
    return plain && strided && g->m >= BLAS_SIDE && g->n >= BLAS_SIDE &&
           g->k >= BLAS_SIDE && flama_blas__fits(g->m, g->n, g->k) &&
           flama_blas__fits(g->a.row | g->a.column, g->b.row | g->b.column,
                            g->stride) &&
           flama_blas__get() != NULL;
}

size_t TYPED(flama_gemm_scratch)(const TYPED(flama_gemm) * g)
{
    if (TYPED(by_vectors)(g) || g->k == 0 || TYPED(by_blas)(g))
        return 0;
    const flama_kernels *kernels = flama_kernels_get();
    size_t depth = g->k < KC ? g->k : KC, wide = COLUMNS(kernels);
    size_t b = g->b.packed ? 0 : round_up(g->n < NC ? g->n : NC, wide);
    return (TYPED(scratch_a)(g, kernels) + b * depth) * sizeof(T);
}

void TYPED_RUN(const TYPED(flama_gemm) * g, void *scratch)
{
    const flama_kernels *kernels = flama_kernels_get();
    if (g->m == 0 || g->n == 0)
        return;
    if (g->k == 0) {
        for (size_t i = 0; i < g->m && !g->accumulate; i++)
            memset(g->c + i * g->stride, 0, g->n * sizeof *g->c);
        TYPED(finish_rows)(g);
    } else if (TYPED(by_vectors)(g))
        TYPED(vectors)(g, kernels);
    else if (TYPED(by_blas)(g)) {
        TYPED(flama_blas__gemm)(g);
        TYPED(finish_rows)(g);
    } else
        TYPED(blocks)(g, kernels, scratch);
}

size_t TYPED(flama_gemm_packed_a)(size_t lanes, size_t k)
{
    size_t size;
    return __builtin_mul_overflow(lanes, k, &size) ? 0 : size;
}

size_t TYPED(flama_gemm_packed_b)(size_t lanes, size_t k)
{
    size_t size, wide = COLUMNS(flama_kernels_get());
    if (__builtin_add_overflow(lanes, wide, &size))
        return 0;
    return __builtin_mul_overflow(round_up(lanes, wide), k, &size) ? 0 : size;
}

static void TYPED(pack_all)(const struct TYPED(strided) * matrix, flama_pack part,
                            size_t k, T *out)
{
    size_t all = part.fill ? round_up(part.lanes, part.width) : part.lanes;
    for (size_t p = 0; p < k; p += KC) {
        part.from = p;
        part.depth = k - p < KC ? k - p : KC;
        TYPED(pack_matrix)(matrix, &part, out + p * all);
    }
}

void TYPED(flama_gemm_pack_a)(const TYPED(flama_factor) * a, size_t m, size_t k, T *out)
{
    struct TYPED(strided) matrix = {a->data, a->row, a->column};
    TYPED(pack_all)
    (&matrix, (flama_pack){.lanes = m, .width = flama_kernels_get()->rows}, k, out);
}

void TYPED(flama_gemm_pack_b)(const TYPED(flama_factor) * b, size_t k, size_t n, T *out)
{
    struct TYPED(strided) matrix = {b->data, b->column, b->row};
    flama_pack part = {.lanes = n, .width = COLUMNS(flama_kernels_get()), .fill = true};
    TYPED(pack_all)(&matrix, part, k, out);
}

T TYPED(flama_dot)(const T *a, const T *b, size_t n)
{
    return flama_kernels_get()->TYPED(dot)(a, b, n);
}

/* The reference. */
void TYPED(flama_gemm_plain)(const TYPED(flama_gemm) * g)
{
    for (size_t i = 0; i < g->m; i++)
        for (size_t j = 0; j < g->n; j++) {
            T sum = g->accumulate ? g->c[i * g->stride + j] : 0;
            for (size_t p = 0; p < g->k; p++)
                sum += g->a.data[i * g->a.row + p * g->a.column] *
                       g->b.data[p * g->b.row + j * g->b.column];
            g->c[i * g->stride + j] = sum;
        }
    TYPED(finish_rows)(g);
}
