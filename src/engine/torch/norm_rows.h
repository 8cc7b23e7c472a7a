/* Norms of rows, for one type: ops_norm.c includes this for float and for double, with
 * T and TYPED(name) defined. Statistics are in double either way. No guard. */

static void TYPED(row_statistics)(const norm *n, const T *row, double *mean,
                                  double *scale)
{
    double sum = 0, squares = 0;
    for (int64_t i = 0; n->mean && i < n->length; i++)
        sum += (double)row[i];
    *mean = sum / (double)n->length;
    for (int64_t i = 0; i < n->length; i++) {
        double d = (double)row[i] - *mean;
        squares += d * d;
    }
    *scale = 1 / sqrt(squares / (double)n->length + n->eps);
}

static void TYPED(scale_row)(const norm *n, const T *row, T mean, T scale, int64_t r,
                             T *out)
{
    const T *weight = n->weight, *bias = n->bias;
    if (n->channels == 0) {
        for (int64_t i = 0; i < n->length; i++) {
            T v = (row[i] - mean) * scale;
            v = weight ? v * weight[i] : v;
            out[i] = bias ? v + bias[i] : v;
        }
        return;
    }
    int64_t channels_a_row = n->length / n->per_channel;
    int64_t first = r * channels_a_row % n->channels;
    for (int64_t c = 0; c < channels_a_row; c++) {
        T w = weight ? weight[first + c] * scale : scale;
        T b = bias ? bias[first + c] : 0;
        for (int64_t i = c * n->per_channel; i < (c + 1) * n->per_channel; i++)
            out[i] = (row[i] - mean) * w + b;
    }
}

static void TYPED(run_norm)(const norm *n, const T *in, T *out)
{
    T *means = n->means, *scales = n->scales;
    for (int64_t r = 0; r < n->rows; r++, in += n->length, out += n->length) {
        double mean, scale;
        TYPED(row_statistics)(n, in, &mean, &scale);
        TYPED(scale_row)(n, in, (T)mean, (T)scale, r, out);
        if (scales) {
            means[r] = (T)mean;
            scales[r] = (T)scale;
        }
    }
}

/* A channel of all images, `inner` numbers each, `distance` apart: gathered in `row`,
 * brought to mean 0 and variance 1, and put back. */
static void TYPED(run_channel)(const norm *n, int64_t channel, int64_t inner,
                               int64_t distance, const T *in, T *row, T *out)
{
    double mean, scale;
    T *means = n->means, *scales = n->scales;
    norm one = *n;
    for (int64_t i = 0; i * inner < n->length; i++)
        memcpy(row + i * inner, in + i * distance, (size_t)inner * sizeof *row);
    TYPED(row_statistics)(n, row, &mean, &scale);
    one.weight = n->weight ? (const T *)n->weight + channel : NULL;
    one.bias = n->bias ? (const T *)n->bias + channel : NULL;
    if (n->length)
        TYPED(scale_row)(&one, row, (T)mean, (T)scale, 0, row);
    for (int64_t i = 0; i * inner < n->length; i++)
        memcpy(out + i * distance, row + i * inner, (size_t)inner * sizeof *row);
    if (scales) {
        means[channel] = (T)mean;
        scales[channel] = (T)scale;
    }
}

/* Channels times a number each, plus another; `factors` is for both. */
static void TYPED(run_stored)(const stored *s, int64_t rows, int64_t channels,
                              int64_t inner, const T *from, T *factors, T *to)
{
    T *shifts = factors + channels;
    for (int64_t c = 0; c < channels; c++) {
        double shift;
        factors[c] = (T)channel_scale(s, c, &shift);
        shifts[c] = (T)shift;
    }
    for (int64_t i = 0; i < rows; i++)
        for (int64_t c = 0; c < channels; c++, from += inner, to += inner)
            for (int64_t k = 0; k < inner; k++)
                to[k] = from[k] * factors[c] + shifts[c];
}
