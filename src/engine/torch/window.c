#include "engine/torch/window.h"

enum { LARGEST = 1 << 24 }; /* of strides and the like: sums of them can't overflow */

int flama_pt_window_ints(flama_pt_op *op, size_t i, size_t dims, int64_t none,
                         int64_t *out)
{
    int64_t given[3];
    size_t count = flama_pt_ints(op, i, given, 3);
    if (op->code == 0 && count != 1 && count != dims && count != 0)
        return flama_pt_bad(op, "%zu numbers for %zu dimensions", count, dims);
    if (op->code || count == 0)
        return op->code;
    for (size_t d = 0; d < 3; d++) {
        size_t own = d + dims - 3;
        out[d] = d + dims < 3 ? none : given[count == 1 ? 0 : own];
        if (out[d] < 0 || out[d] > LARGEST)
            return flama_pt_bad(op, "%lld is out of range", (long long)out[d]);
    }
    return 0;
}

void flama_pt_window_sizes(const flama_pt_tensor *t, size_t dims, int64_t *out)
{
    for (size_t d = 0; d < 3; d++)
        out[d] = d + dims < 3 ? 1 : t->sizes[t->rank - 3 + d];
}

int flama_pt_window_out(flama_pt_op *op, flama_pt_window *w, bool ceil)
{
    for (size_t d = 0; d < 3 && op->code == 0; d++) {
        int64_t reach = w->dilation[d] * (w->kernel[d] - 1) + 1;
        if (w->kernel[d] < 1 || w->stride[d] < 1 || w->dilation[d] < 1 ||
            w->kernel[d] > LARGEST || w->in[d] > INT64_MAX / 4)
            return flama_pt_bad(op, "windows of this kind are not possible");
        int64_t room = w->in[d] + 2 * w->pad[d] + w->more[d] - reach;
        if (ceil)
            room += w->stride[d] - 1;
        if (room < 0)
            return flama_pt_bad(op, "the window is larger than the padded input");
        w->out[d] = room / w->stride[d] + 1;
        if (ceil && (w->out[d] - 1) * w->stride[d] >= w->in[d] + w->pad[d])
            w->out[d]--;
    }
    return op->code;
}

void flama_pt_window_line(const flama_pt_window *w, const float *line, int64_t x,
                          size_t n, float *out)
{
    int64_t stride = w->stride[2], width = w->in[2];
    size_t i = 0;
    for (; i < n && x < 0; i++, x += stride)
        out[i] = 0;
    if (stride == 1) {
        size_t inside = x < width ? (size_t)(width - x) : 0;
        inside = inside < n - i ? inside : n - i;
        for (size_t k = 0; k < inside; k++)
            out[i + k] = line[x + (int64_t)k];
        i += inside;
    } else
        for (; i < n && x < width; i++, x += stride)
            out[i] = line[x];
    for (; i < n; i++)
        out[i] = 0;
}

int64_t flama_pt_volume(const int64_t *sizes)
{
    return sizes[0] * sizes[1] * sizes[2];
}
