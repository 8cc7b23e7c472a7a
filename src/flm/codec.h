/* Codecs: one way into zlib, bzip2, liblzma and zstd, for bytes that lie whole in
 * memory.
 *
 * Output goes to a growing buffer and stops at the buffer's maximum, however small the
 * input that would fill it. What those libraries allocate comes from the library's
 * allocator, save zstd's, which takes none in its stable interface. A codec is
 * constant; any thread may use it. */
#ifndef FLAMA_FLM_CODEC_H
#define FLAMA_FLM_CODEC_H

#include "base/buffer.h"

typedef enum flama_codec {
    FLAMA_CODEC_STORED,  /* the bytes as they are */
    FLAMA_CODEC_BZ2,     /* bzip2, streams one after another */
    FLAMA_CODEC_LZMA,    /* .lzma ("alone") */
    FLAMA_CODEC_XZ,      /* .xz, streams one after another */
    FLAMA_CODEC_ZLIB,    /* RFC 1950 */
    FLAMA_CODEC_GZIP,    /* RFC 1952, members one after another */
    FLAMA_CODEC_DEFLATE, /* RFC 1951 */
    FLAMA_CODEC_ZSTD,    /* RFC 8878, frames one after another */
    FLAMA_CODEC_COUNT
} flama_codec;

/* "bz2", "zlib" and so on. Static. */
const char *flama_codec_name(flama_codec codec);

/* Appends the decompressed bytes of data[0..size) to *out. All of the input must be
 * used up and be whole: FLAMA_EFORMAT tells damage, an early end and bytes that follow
 * the end apart, each with its offset in data. FLAMA_ELIMIT when the output would pass
 * the buffer's maximum or the decoder would need too much memory; FLAMA_EMEMORY. */
int flama_codec_decompress(flama_codec codec, const void *data, size_t size,
                           flama_buffer *out, flama_error *err);

/* Appends data[0..size) compressed to *out, at the codec's usual level. FLAMA_ELIMIT or
 * FLAMA_EMEMORY. */
int flama_codec_compress(flama_codec codec, const void *data, size_t size,
                         flama_buffer *out, flama_error *err);

#endif
