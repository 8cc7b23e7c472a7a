/* The inside of the codecs: what each library offers, in one shape.
 *
 * A coder is one stream being coded. `open` prepares it, `step` moves bytes from the
 * span's input to its output, `close` frees it; all the input is there from the start.
 */
#ifndef FLAMA_FLM_CODER_H
#define FLAMA_FLM_CODER_H

#include <stddef.h>
#include <stdint.h>

#include <bzlib.h>
#include <lzma.h>
#include <zlib.h>
#include <zstd.h>
#include <zstd_errors.h>

typedef enum flama_coder_state {
    FLAMA_CODER_MORE,    /* go on */
    FLAMA_CODER_END,     /* the stream is whole */
    FLAMA_CODER_DAMAGED, /* the input is no such stream */
    FLAMA_CODER_MEMORY,  /* no memory */
    FLAMA_CODER_LIMIT    /* the input asks for more memory than a file may */
} flama_coder_state;

typedef struct flama_coder_span {
    const uint8_t *in;
    size_t in_left;
    uint8_t *out;
    size_t out_left;
} flama_coder_span;

typedef union flama_coder {
    z_stream zlib;
    bz_stream bz2;
    lzma_stream lzma;
    ZSTD_DCtx *decoder;
    ZSTD_CCtx *encoder;
} flama_coder;

typedef struct flama_coder_type {
    flama_coder_state (*open)(flama_coder *coder); /* MORE when it is open */
    flama_coder_state (*step)(flama_coder *coder, flama_coder_span *span);
    void (*close)(flama_coder *coder);
} flama_coder_type;

extern const flama_coder_type flama_coder__bz2_decoder;
extern const flama_coder_type flama_coder__bz2_encoder;
extern const flama_coder_type flama_coder__lzma_decoder;
extern const flama_coder_type flama_coder__lzma_encoder;
extern const flama_coder_type flama_coder__xz_decoder;
extern const flama_coder_type flama_coder__xz_encoder;
extern const flama_coder_type flama_coder__zlib_decoder;
extern const flama_coder_type flama_coder__zlib_encoder;
extern const flama_coder_type flama_coder__gzip_decoder;
extern const flama_coder_type flama_coder__gzip_encoder;
extern const flama_coder_type flama_coder__deflate_decoder;
extern const flama_coder_type flama_coder__deflate_encoder;
extern const flama_coder_type flama_coder__zstd_decoder;
extern const flama_coder_type flama_coder__zstd_encoder;

#endif
