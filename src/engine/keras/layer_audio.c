/* Spectrograms: Fourier transforms as convolutions with waves, of which there are few
 * enough for the frames of a sound. */
#include <math.h>
#include <string.h>

#include "engine/keras/layers.h"

enum { MOST_FFT = 1 << 12 };

/* Of each channel of x (batch, steps, channels) the frames times waves (frame, 1,
 * frequencies): (batch, channels, frames, frequencies). */
static flama_keras_id transform(flama_keras_builder *b, flama_keras_id x,
                                const flama_hdf5_array *waves, int64_t step, bool same)
{
    int64_t one[3] = {FLAMA_KERAS_REST, FLAMA_KERAS_OWN(2), 1};
    int64_t back[4] = {FLAMA_KERAS_LIKE(0), FLAMA_KERAS_LIKE(1), FLAMA_KERAS_OWN(1),
                       FLAMA_KERAS_OWN(2)};
    flama_keras_id channels = flama_keras_axis_last(b, x, 1), y;
    if (waves == NULL)
        return 0;
    if (waves->rank != 3 || waves->shape[0] > (size_t)FLAMA_KERAS_FACTOR)
        return flama_keras_fail(b, FLAMA_EFORMAT, "has weights of another shape");
    flama_keras_window window = {.spatial = 1,
                                 .size = {(int64_t)waves->shape[0]},
                                 .stride = {step},
                                 .dilation = {1},
                                 .same = same};
    y = flama_keras_reshape(b, channels, 0, 3, one);
    y = flama_keras_conv(b, y, &window, waves, 1, (int64_t)waves->shape[2], NULL);
    return flama_keras_reshape(b, y, channels, 4, back);
}

static flama_keras_id power(flama_keras_builder *b, flama_keras_id real,
                            flama_keras_id imaginary)
{
    real = flama_keras_map(b, real, FLAMA_MAP_SQUARE, 0, 0);
    imaginary = flama_keras_map(b, imaginary, FLAMA_MAP_SQUARE, 0, 0);
    return flama_keras_binary(b, FLAMA_KERAS_ADD, real, imaginary);
}

/* max(x, least) */
static flama_keras_id at_least(flama_keras_builder *b, flama_keras_id x, float least)
{
    return flama_keras_map(b, x, FLAMA_MAP_CLAMP, least, INFINITY);
}

/* Twice the power but for the first and the last frequency. */
static flama_keras_id density(flama_keras_builder *b, flama_keras_id x)
{
    int64_t edge[4] = {0, 0, 0, 1};
    flama_keras_id inner = flama_keras_slice(b, x, 3, 1, -1, 1);
    inner = flama_keras_pad(b, inner, edge, edge, FLAMA_KERAS_PAD_CONSTANT, 0);
    return flama_keras_binary(b, FLAMA_KERAS_ADD, x, inner);
}

static bool mode_is(flama_keras_builder *b, const char *mode)
{
    return flama_keras_is(b, "mode", mode, "log");
}

/* What the mode makes of real and imaginary parts, of which one may be 0. */
static flama_keras_id by_mode(flama_keras_builder *b, flama_keras_id real,
                              flama_keras_id imaginary)
{
    if (real == 0 || imaginary == 0)
        return real ? real : imaginary;
    if (mode_is(b, "angle"))
        return flama_keras_binary(b, FLAMA_KERAS_ARCTAN2, imaginary, real);
    if (mode_is(b, "stft"))
        return flama_keras_concat(b, 2, (flama_keras_id[]){real, imaginary}, 3);
    flama_keras_id x = power(b, real, imaginary);
    if (mode_is(b, "psd"))
        return density(b, x);
    x = flama_keras_map(b, at_least(b, x, 1e-7f), FLAMA_MAP_SQRT, 0, 0);
    if (mode_is(b, "magnitude"))
        return x;
    if (!mode_is(b, "log"))
        return flama_keras_fail(b, FLAMA_EUNSUPPORTED, "has an unknown mode");
    return flama_keras_map(b, at_least(b, x, 1e-7f), FLAMA_MAP_LOG, 0, 0);
}

/* The waves are weights: real ones, then imaginary ones. */
void flama_keras_stft_spectrogram(flama_keras_builder *b, flama_keras_call *call)
{
    static const unsigned frequencies_last[4] = {0, 2, 1, 3},
                          channels_last[4] = {0, 2, 3, 1};
    flama_keras_id x = flama_keras_input(b, call, 0), real = 0, imaginary = 0;
    int64_t frame = flama_keras_int(b, "frame_length", 256, 1, FLAMA_KERAS_FACTOR);
    int64_t step = flama_keras_int(b, "frame_step", frame / 2 ? frame / 2 : 1, 1,
                                   FLAMA_KERAS_FACTOR);
    bool same = flama_keras_is(b, "padding", "same", "valid");
    unsigned index = 0;
    if (flama_keras_known(b, x)->rank != 3 ||
        flama_keras_is(b, "data_format", "channels_first", "channels_last")) {
        flama_keras_fail(b, FLAMA_EUNSUPPORTED,
                         "is given what is no batch of sounds, channels last");
        return;
    }
    if (!mode_is(b, "imag"))
        real = transform(b, x, flama_keras_find_weight(b, "", index++), step, same);
    if (!mode_is(b, "real"))
        imaginary = transform(b, x, flama_keras_find_weight(b, "", index), step, same);
    x = by_mode(b, real, imaginary);
    if (flama_keras_flag(b, "expand_dims", false))
        x = flama_keras_transpose(b, x, channels_last);
    else {
        int64_t dims[3] = {FLAMA_KERAS_OWN(0), FLAMA_KERAS_OWN(1), FLAMA_KERAS_REST};
        x = flama_keras_transpose(b, x, frequencies_last);
        x = flama_keras_reshape(b, x, 0, 3, dims);
    }
    flama_keras_give(call, x);
}

/* The window of `length` in the middle of a frame, as TensorFlow computes it. */
static void make_window(flama_keras_builder *b, int64_t length, int64_t frame,
                        double *out)
{
    const flama_value *field = flama_keras_field(b->layer, "window");
    bool hamming = flama_keras_is(b, "window", "hamming", "hann");
    bool none = field == NULL && flama_value_get(b->layer->config, "window");
    double base = hamming ? 0.54 : 0.5, turn = (double)(length - length % 2);
    if (!none && !hamming && !flama_keras_is(b, "window", "hann", "hann"))
        flama_keras_fail(b, FLAMA_EUNSUPPORTED, "has a window of its own");
    for (int64_t i = 0; i < length; i++)
        out[(frame - length) / 2 + i] =
            none || length == 1 ? 1
                                : base - (1 - base) * cos(2 * M_PI * (double)i / turn);
}

/* Waves (frame, 1, frequencies) of the transform, real or imaginary, windowed. */
static const flama_hdf5_array *make_waves(flama_keras_builder *b, int64_t length,
                                          int64_t frame, bool imaginary)
{
    size_t n = (size_t)frame, frequencies = n / 2 + 1;
    double *window = flama_arena_calloc(b->scratch, n, sizeof *window);
    double *circle = flama_arena_calloc(b->scratch, n, sizeof *circle);
    float *waves = flama_arena_alloc(b->scratch, n * frequencies * sizeof *waves);
    if (window == NULL || circle == NULL || waves == NULL) {
        flama_keras_fail_memory(b);
        return NULL;
    }
    make_window(b, length, frame, window);
    for (size_t i = 0; i < n; i++) {
        double angle = 2 * M_PI * (double)i / (double)n;
        circle[i] = imaginary ? -sin(angle) : cos(angle);
    }
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < frequencies; k++)
            waves[i * frequencies + k] = (float)(window[i] * circle[i * k % n]);
    return flama_keras_array(b, 3, (int64_t[]){frame, 1, (int64_t)frequencies}, waves);
}

static double to_mel(double hertz)
{
    return 1127.0 * log(1 + hertz / 700.0);
}

/* Triangles over the frequencies, (frequencies, bands), as the HTK has them. */
static const flama_hdf5_array *make_bands(flama_keras_builder *b, int64_t frequencies,
                                          int64_t bands)
{
    double rate = flama_keras_real(b, "sampling_rate", 16000);
    double low = to_mel(flama_keras_real(b, "min_freq", 20));
    double high = to_mel(flama_keras_real(b, "max_freq", floor(rate / 2)));
    double step = (high - low) / (double)(bands + 1);
    float *all =
        flama_arena_calloc(b->scratch, (size_t)(frequencies * bands), sizeof *all);
    if (all == NULL) {
        flama_keras_fail_memory(b);
        return NULL;
    }
    for (int64_t i = 1; i < frequencies; i++) {
        double mel = to_mel(rate / 2 * (double)i / (double)(frequencies - 1));
        for (int64_t k = 0; k < bands; k++) {
            double from = low + step * (double)k, up = (mel - from) / step;
            double down = (from + 2 * step - mel) / step, least = fmin(up, down);
            all[i * bands + k] = least > 0 ? (float)least : 0;
        }
    }
    return flama_keras_array(b, 2, (int64_t[]){frequencies, bands}, all);
}

/* 10 log10(x / ref_power), no less than top_db below the largest of the batch. */
static flama_keras_id to_decibels(flama_keras_builder *b, flama_keras_id x)
{
    double least = flama_keras_real(b, "min_power", 1e-10);
    double reference = fabs(flama_keras_real(b, "ref_power", 1));
    double range = flama_keras_real(b, "top_db", 80);
    double shift = -10 * log10(fmax(reference, least));
    x = flama_keras_map(b, at_least(b, x, (float)least), FLAMA_MAP_LOG10, 0, 0);
    x = flama_keras_map(b, x, FLAMA_MAP_LINEAR, 10, (float)shift);
    unsigned all = (1u << flama_keras_known(b, x)->rank) - 1;
    flama_keras_id floor = flama_keras_reduce(b, FLAMA_KERAS_MAX, x, all, false);
    floor = flama_keras_map(b, floor, FLAMA_MAP_LINEAR, 1, (float)-range);
    return flama_keras_binary(b, FLAMA_KERAS_MAXIMUM, x, floor);
}

void flama_keras_mel_spectrogram(flama_keras_builder *b, flama_keras_call *call)
{
    flama_keras_id x = flama_keras_input(b, call, 0);
    int64_t frame = flama_keras_int(b, "fft_length", 2048, 2, MOST_FFT);
    int64_t length = flama_keras_int(b, "sequence_length", frame, 1, frame);
    int64_t step = flama_keras_int(b, "sequence_stride", 512, 1, FLAMA_KERAS_FACTOR);
    int64_t bands = flama_keras_int(b, "num_mel_bins", 128, 1, 1 << 12);
    double exponent = flama_keras_real(b, "mag_exp", 2);
    int64_t edge[2] = {0, frame / 2};
    int64_t three[3] = {FLAMA_KERAS_OWN(0), FLAMA_KERAS_OWN(1), 1};
    int64_t flat[3] = {FLAMA_KERAS_OWN(0), FLAMA_KERAS_OWN(2), FLAMA_KERAS_OWN(3)};
    if (flama_keras_known(b, x)->rank != 2 || b->failed) {
        flama_keras_fail(b, FLAMA_EUNSUPPORTED, "is given what is no batch of sounds");
        return;
    }
    x = flama_keras_pad(b, x, edge, edge, FLAMA_KERAS_PAD_REFLECT, 0);
    x = flama_keras_reshape(b, x, 0, 3, three);
    x = power(b, transform(b, x, make_waves(b, length, frame, false), step, false),
              transform(b, x, make_waves(b, length, frame, true), step, false));
    x = flama_keras_reshape(b, x, 0, 3, flat);
    if (exponent != 2)
        x = flama_keras_map(b, x, FLAMA_MAP_POWER, (float)(exponent / 2), 0);
    x = flama_keras_dense(b, x, make_bands(b, frame / 2 + 1, bands), frame / 2 + 1,
                          bands, NULL);
    if (flama_keras_flag(b, "power_to_db", true))
        x = to_decibels(b, x);
    flama_keras_give(call, flama_keras_axis_back(b, x, 1));
}
