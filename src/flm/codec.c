#include "flm/codec.h"

#include <string.h>

#include "base/error.h"
#include "flm/coder.h"

typedef struct codec_row {
    const char *name;
    const char *magic; /* a stream that starts so may follow another; NULL: none may */
    const flama_coder_type *decoder;
    const flama_coder_type *encoder;
} codec_row;

static const codec_row codecs[FLAMA_CODEC_COUNT] = {
    [FLAMA_CODEC_STORED] = {"stored", NULL, NULL, NULL},
    [FLAMA_CODEC_BZ2] = {"bz2", "BZh", &flama_coder__bz2_decoder,
                         &flama_coder__bz2_encoder},
    [FLAMA_CODEC_LZMA] = {"lzma", NULL, &flama_coder__lzma_decoder,
                          &flama_coder__lzma_encoder},
    [FLAMA_CODEC_XZ] = {"xz",
                        "\xFD"
                        "7zXZ",
                        &flama_coder__xz_decoder, &flama_coder__xz_encoder},
    [FLAMA_CODEC_ZLIB] = {"zlib", NULL, &flama_coder__zlib_decoder,
                          &flama_coder__zlib_encoder},
    [FLAMA_CODEC_GZIP] = {"gzip", "\x1F\x8B", &flama_coder__gzip_decoder,
                          &flama_coder__gzip_encoder},
    [FLAMA_CODEC_DEFLATE] = {"deflate", NULL, &flama_coder__deflate_decoder,
                             &flama_coder__deflate_encoder},
    [FLAMA_CODEC_ZSTD] = {"zstd", "\x28\xB5\x2F\xFD", &flama_coder__zstd_decoder,
                          &flama_coder__zstd_encoder},
};

/* One run of a codec over data[0..size). */
typedef struct run {
    const codec_row *codec;
    const flama_coder_type *type;
    flama_coder coder;
    size_t size;
    flama_coder_span span; /* its output is set anew for each step */
    flama_buffer *out;
    flama_error *err;
} run;

const char *flama_codec_name(flama_codec codec)
{
    return codecs[codec].name;
}

static int fail_buffer(const run *r, int code)
{
    if (code == FLAMA_EMEMORY)
        return flama_error__memory(r->err);
    return flama_error_set(r->err, FLAMA_ELIMIT, "%s data: over %zu bytes come out",
                           r->codec->name, r->out->maximum);
}

static int fail_state(const run *r, flama_coder_state state)
{
    size_t at = r->size - r->span.in_left;
    if (state == FLAMA_CODER_MEMORY)
        return flama_error__memory(r->err);
    if (state == FLAMA_CODER_LIMIT)
        return flama_error_set(r->err, FLAMA_ELIMIT,
                               "%s data: its header asks for too large a window",
                               r->codec->name);
    return flama_error_set(r->err, FLAMA_EFORMAT, "damaged %s data near byte %zu",
                           r->codec->name, at);
}

/* Room for a first guess of what comes out, then for twice as much each time. */
static int make_room(const run *r)
{
    flama_buffer *out = r->out;
    if (out->size < out->capacity)
        return 0;
    size_t room = out->maximum - out->size;
    size_t guess = out->size ? 1 : r->size > SIZE_MAX / 2 ? r->size : r->size * 2;
    if (guess == 0)
        guess = 1;
    return flama_buffer_reserve(out, guess < room ? guess : room);
}

/* One step into the buffer, or, when that is full to its maximum, into a byte beside
 * it: a stream that ends there may still have its trailer to read. */
static int step(run *r, flama_coder_state *state)
{
    uint8_t beyond;
    int rc = make_room(r);
    if (rc != 0)
        return fail_buffer(r, rc);
    size_t room = r->out->capacity - r->out->size;
    r->span.out = room ? (uint8_t *)r->out->data + r->out->size : &beyond;
    r->span.out_left = room ? room : 1;
    size_t in_left = r->span.in_left;
    *state = r->type->step(&r->coder, &r->span);
    size_t made = (room ? room : 1) - r->span.out_left;
    if (room == 0 && made)
        return fail_buffer(r, FLAMA_ELIMIT);
    r->out->size += made;
    if (*state != FLAMA_CODER_MORE && *state != FLAMA_CODER_END)
        return fail_state(r, *state);
    if (*state == FLAMA_CODER_MORE && made == 0 && r->span.in_left == in_left) {
        if (in_left)
            return fail_state(r, FLAMA_CODER_DAMAGED);
        return flama_error_set(r->err, FLAMA_EFORMAT,
                               "%s data breaks off after %zu bytes", r->codec->name,
                               r->size);
    }
    return 0;
}

static int run_stream(run *r)
{
    flama_coder_state state = r->type->open(&r->coder);
    if (state != FLAMA_CODER_MORE)
        return fail_state(r, state);
    int rc = 0;
    while (rc == 0 && state != FLAMA_CODER_END)
        rc = step(r, &state);
    r->type->close(&r->coder);
    return rc;
}

static run run_begin(flama_codec codec, const flama_coder_type *type, const void *data,
                     size_t size, flama_buffer *out, flama_error *err)
{
    return (run){.codec = &codecs[codec],
                 .type = type,
                 .size = size,
                 .span = {.in = data ? data : "", .in_left = size},
                 .out = out,
                 .err = err};
}

static int store(run *r)
{
    int rc = flama_buffer_append(r->out, r->span.in, r->size);
    return rc ? fail_buffer(r, rc) : 0;
}

static bool another_follows(const run *r)
{
    const char *magic = r->codec->magic;
    size_t length = magic ? strlen(magic) : 0;
    return length && r->span.in_left >= length &&
           memcmp(r->span.in, magic, length) == 0;
}

int flama_codec_decompress(flama_codec codec, const void *data, size_t size,
                           flama_buffer *out, flama_error *err)
{
    run r = run_begin(codec, codecs[codec].decoder, data, size, out, err);
    if (r.type == NULL)
        return store(&r);
    int rc;
    do
        rc = run_stream(&r);
    while (rc == 0 && another_follows(&r));
    if (rc == 0 && r.span.in_left)
        return flama_error_set(err, FLAMA_EFORMAT,
                               "%s data ends at byte %zu, but %zu bytes follow",
                               r.codec->name, size - r.span.in_left, r.span.in_left);
    return rc;
}

int flama_codec_compress(flama_codec codec, const void *data, size_t size,
                         flama_buffer *out, flama_error *err)
{
    run r = run_begin(codec, codecs[codec].encoder, data, size, out, err);
    return r.type ? run_stream(&r) : store(&r);
}
