#include "flm/coder.h"

#include "base/alloc.h"

/* zlib and bzip2 count in unsigned int, so a step takes at most this much. */
static const size_t chunk = 1u << 30;

/* Preset 9 of xz decodes in 65 MiB; a header may claim 4 GiB. */
static const uint64_t lzma_memory = 256u << 20;

static unsigned clamp(size_t left)
{
    return (unsigned)(left < chunk ? left : chunk);
}

static void *allocate(size_t count, size_t size)
{
    size_t bytes;
    return __builtin_mul_overflow(count, size, &bytes) ? NULL : flama_malloc(bytes);
}

/* What a step used up and made. */
static void advance(flama_coder_span *span, size_t used, size_t made)
{
    span->in += used;
    span->in_left -= used;
    span->out += made;
    span->out_left -= made;
}

/* zlib, gzip, deflate */

enum { WINDOW = 15, GZIP = 16 };

static void *zlib_allocate(void *ctx, unsigned count, unsigned size)
{
    (void)ctx;
    return allocate(count, size);
}

static void zlib_release(void *ctx, void *memory)
{
    (void)ctx;
    flama_free(memory);
}

static flama_coder_state zlib_state(int rc)
{
    switch (rc) {
    case Z_OK:
    case Z_BUF_ERROR:
        return FLAMA_CODER_MORE;
    case Z_STREAM_END:
        return FLAMA_CODER_END;
    case Z_MEM_ERROR:
        return FLAMA_CODER_MEMORY;
    default:
        return FLAMA_CODER_DAMAGED;
    }
}

static flama_coder_state inflate_open(flama_coder *coder, int window)
{
    coder->zlib = (z_stream){.zalloc = zlib_allocate, .zfree = zlib_release};
    return zlib_state(inflateInit2(&coder->zlib, window));
}

static flama_coder_state deflate_open(flama_coder *coder, int window)
{
    coder->zlib = (z_stream){.zalloc = zlib_allocate, .zfree = zlib_release};
    return zlib_state(deflateInit2(&coder->zlib, Z_DEFAULT_COMPRESSION, Z_DEFLATED,
                                   window, 8, Z_DEFAULT_STRATEGY));
}

static flama_coder_state zlib_step(z_stream *z, flama_coder_span *span,
                                   int (*code)(z_stream *, int), int flush)
{
    unsigned in = clamp(span->in_left);
    unsigned out = clamp(span->out_left);
    z->next_in = (Bytef *)span->in; /* zlib doesn't write there */
    z->avail_in = in;
    z->next_out = span->out;
    z->avail_out = out;
    int rc = code(z, flush);
    advance(span, in - z->avail_in, out - z->avail_out);
    return zlib_state(rc);
}

static flama_coder_state inflate_step(flama_coder *coder, flama_coder_span *span)
{
    return zlib_step(&coder->zlib, span, inflate, Z_NO_FLUSH);
}

static flama_coder_state deflate_step(flama_coder *coder, flama_coder_span *span)
{
    return zlib_step(&coder->zlib, span, deflate,
                     span->in_left > chunk ? Z_NO_FLUSH : Z_FINISH);
}

static void inflate_close(flama_coder *coder)
{
    inflateEnd(&coder->zlib);
}

static void deflate_close(flama_coder *coder)
{
    deflateEnd(&coder->zlib);
}

static flama_coder_state zlib_decoder_open(flama_coder *coder)
{
    return inflate_open(coder, WINDOW);
}

static flama_coder_state zlib_encoder_open(flama_coder *coder)
{
    return deflate_open(coder, WINDOW);
}

static flama_coder_state gzip_decoder_open(flama_coder *coder)
{
    return inflate_open(coder, WINDOW + GZIP);
}

static flama_coder_state gzip_encoder_open(flama_coder *coder)
{
    return deflate_open(coder, WINDOW + GZIP);
}

static flama_coder_state deflate_decoder_open(flama_coder *coder)
{
    return inflate_open(coder, -WINDOW);
}

static flama_coder_state deflate_encoder_open(flama_coder *coder)
{
    return deflate_open(coder, -WINDOW);
}

const flama_coder_type flama_coder__zlib_decoder = {zlib_decoder_open, inflate_step,
                                                    inflate_close};
const flama_coder_type flama_coder__zlib_encoder = {zlib_encoder_open, deflate_step,
                                                    deflate_close};
const flama_coder_type flama_coder__gzip_decoder = {gzip_decoder_open, inflate_step,
                                                    inflate_close};
const flama_coder_type flama_coder__gzip_encoder = {gzip_encoder_open, deflate_step,
                                                    deflate_close};
const flama_coder_type flama_coder__deflate_decoder = {deflate_decoder_open,
                                                       inflate_step, inflate_close};
const flama_coder_type flama_coder__deflate_encoder = {deflate_encoder_open,
                                                       deflate_step, deflate_close};

/* bzip2 */

static void *bz2_allocate(void *ctx, int count, int size)
{
    (void)ctx;
    return allocate((size_t)count, (size_t)size);
}

static void bz2_release(void *ctx, void *memory)
{
    (void)ctx;
    flama_free(memory);
}

static flama_coder_state bz2_state(int rc)
{
    switch (rc) {
    case BZ_OK:
    case BZ_RUN_OK:
    case BZ_FINISH_OK:
        return FLAMA_CODER_MORE;
    case BZ_STREAM_END:
        return FLAMA_CODER_END;
    case BZ_MEM_ERROR:
        return FLAMA_CODER_MEMORY;
    default:
        return FLAMA_CODER_DAMAGED;
    }
}

static flama_coder_state bz2_decoder_open(flama_coder *coder)
{
    coder->bz2 = (bz_stream){.bzalloc = bz2_allocate, .bzfree = bz2_release};
    return bz2_state(BZ2_bzDecompressInit(&coder->bz2, 0, 0));
}

static flama_coder_state bz2_encoder_open(flama_coder *coder)
{
    coder->bz2 = (bz_stream){.bzalloc = bz2_allocate, .bzfree = bz2_release};
    return bz2_state(BZ2_bzCompressInit(&coder->bz2, 9, 0, 0));
}

static void bz2_lend(bz_stream *bz, const flama_coder_span *span)
{
    bz->next_in = (char *)span->in; /* bzip2 doesn't write there */
    bz->avail_in = clamp(span->in_left);
    bz->next_out = (char *)span->out;
    bz->avail_out = clamp(span->out_left);
}

static void bz2_advance(const bz_stream *bz, flama_coder_span *span)
{
    advance(span, (size_t)((const uint8_t *)bz->next_in - span->in),
            (size_t)((uint8_t *)bz->next_out - span->out));
}

static flama_coder_state bz2_decoder_step(flama_coder *coder, flama_coder_span *span)
{
    bz2_lend(&coder->bz2, span);
    int rc = BZ2_bzDecompress(&coder->bz2);
    bz2_advance(&coder->bz2, span);
    return bz2_state(rc);
}

static flama_coder_state bz2_encoder_step(flama_coder *coder, flama_coder_span *span)
{
    bz2_lend(&coder->bz2, span);
    int rc = BZ2_bzCompress(&coder->bz2, span->in_left > chunk ? BZ_RUN : BZ_FINISH);
    bz2_advance(&coder->bz2, span);
    return bz2_state(rc);
}

static void bz2_decoder_close(flama_coder *coder)
{
    BZ2_bzDecompressEnd(&coder->bz2);
}

static void bz2_encoder_close(flama_coder *coder)
{
    BZ2_bzCompressEnd(&coder->bz2);
}

const flama_coder_type flama_coder__bz2_decoder = {bz2_decoder_open, bz2_decoder_step,
                                                   bz2_decoder_close};
const flama_coder_type flama_coder__bz2_encoder = {bz2_encoder_open, bz2_encoder_step,
                                                   bz2_encoder_close};

/* liblzma: .lzma and .xz */

static void *lzma_allocate(void *ctx, size_t count, size_t size)
{
    (void)ctx;
    return allocate(count, size);
}

static void lzma_release(void *ctx, void *memory)
{
    (void)ctx;
    flama_free(memory);
}

static const lzma_allocator lzma_memory_functions = {lzma_allocate, lzma_release, NULL};

static flama_coder_state lzma_state(lzma_ret rc)
{
    switch (rc) {
    case LZMA_OK:
    case LZMA_BUF_ERROR:
        return FLAMA_CODER_MORE;
    case LZMA_STREAM_END:
        return FLAMA_CODER_END;
    case LZMA_MEM_ERROR:
        return FLAMA_CODER_MEMORY;
    case LZMA_MEMLIMIT_ERROR:
        return FLAMA_CODER_LIMIT;
    default:
        return FLAMA_CODER_DAMAGED;
    }
}

static lzma_stream *lzma_begin(flama_coder *coder)
{
    coder->lzma = (lzma_stream)LZMA_STREAM_INIT;
    coder->lzma.allocator = &lzma_memory_functions;
    return &coder->lzma;
}

static flama_coder_state lzma_decoder_open(flama_coder *coder)
{
    return lzma_state(lzma_alone_decoder(lzma_begin(coder), lzma_memory));
}

static flama_coder_state lzma_encoder_open(flama_coder *coder)
{
    lzma_options_lzma options;
    if (lzma_lzma_preset(&options, LZMA_PRESET_DEFAULT))
        return FLAMA_CODER_MEMORY;
    return lzma_state(lzma_alone_encoder(lzma_begin(coder), &options));
}

static flama_coder_state xz_decoder_open(flama_coder *coder)
{
    return lzma_state(lzma_stream_decoder(lzma_begin(coder), lzma_memory, 0));
}

static flama_coder_state xz_encoder_open(flama_coder *coder)
{
    return lzma_state(
        lzma_easy_encoder(lzma_begin(coder), LZMA_PRESET_DEFAULT, LZMA_CHECK_CRC64));
}

static flama_coder_state lzma_step(flama_coder *coder, flama_coder_span *span,
                                   lzma_action action)
{
    lzma_stream *z = &coder->lzma;
    z->next_in = span->in;
    z->avail_in = span->in_left;
    z->next_out = span->out;
    z->avail_out = span->out_left;
    lzma_ret rc = lzma_code(z, action);
    advance(span, span->in_left - z->avail_in, span->out_left - z->avail_out);
    return lzma_state(rc);
}

static flama_coder_state lzma_decoder_step(flama_coder *coder, flama_coder_span *span)
{
    return lzma_step(coder, span, LZMA_RUN);
}

static flama_coder_state lzma_encoder_step(flama_coder *coder, flama_coder_span *span)
{
    return lzma_step(coder, span, LZMA_FINISH);
}

static void lzma_close(flama_coder *coder)
{
    lzma_end(&coder->lzma);
}

const flama_coder_type flama_coder__lzma_decoder = {lzma_decoder_open,
                                                    lzma_decoder_step, lzma_close};
const flama_coder_type flama_coder__lzma_encoder = {lzma_encoder_open,
                                                    lzma_encoder_step, lzma_close};
const flama_coder_type flama_coder__xz_decoder = {xz_decoder_open, lzma_decoder_step,
                                                  lzma_close};
const flama_coder_type flama_coder__xz_encoder = {xz_encoder_open, lzma_encoder_step,
                                                  lzma_close};

/* zstd */

static flama_coder_state zstd_state(size_t rc)
{
    if (!ZSTD_isError(rc))
        return rc == 0 ? FLAMA_CODER_END : FLAMA_CODER_MORE;
    switch (ZSTD_getErrorCode(rc)) {
    case ZSTD_error_memory_allocation:
        return FLAMA_CODER_MEMORY;
    case ZSTD_error_frameParameter_windowTooLarge:
        return FLAMA_CODER_LIMIT;
    default:
        return FLAMA_CODER_DAMAGED;
    }
}

static flama_coder_state zstd_decoder_open(flama_coder *coder)
{
    coder->decoder = ZSTD_createDCtx();
    return coder->decoder ? FLAMA_CODER_MORE : FLAMA_CODER_MEMORY;
}

static flama_coder_state zstd_encoder_open(flama_coder *coder)
{
    coder->encoder = ZSTD_createCCtx();
    return coder->encoder ? FLAMA_CODER_MORE : FLAMA_CODER_MEMORY;
}

static flama_coder_state zstd_decoder_step(flama_coder *coder, flama_coder_span *span)
{
    ZSTD_inBuffer in = {span->in, span->in_left, 0};
    ZSTD_outBuffer out = {span->out, span->out_left, 0};
    size_t rc = ZSTD_decompressStream(coder->decoder, &out, &in);
    advance(span, in.pos, out.pos);
    return zstd_state(rc);
}

static flama_coder_state zstd_encoder_step(flama_coder *coder, flama_coder_span *span)
{
    ZSTD_inBuffer in = {span->in, span->in_left, 0};
    ZSTD_outBuffer out = {span->out, span->out_left, 0};
    size_t rc = ZSTD_compressStream2(coder->encoder, &out, &in, ZSTD_e_end);
    advance(span, in.pos, out.pos);
    return zstd_state(rc);
}

static void zstd_decoder_close(flama_coder *coder)
{
    ZSTD_freeDCtx(coder->decoder);
}

static void zstd_encoder_close(flama_coder *coder)
{
    ZSTD_freeCCtx(coder->encoder);
}

const flama_coder_type flama_coder__zstd_decoder = {
    zstd_decoder_open, zstd_decoder_step, zstd_decoder_close};
const flama_coder_type flama_coder__zstd_encoder = {
    zstd_encoder_open, zstd_encoder_step, zstd_encoder_close};
