/* Codecs: the first byte chooses one. What decompresses also goes there and back. */
#include <string.h>

#include "flm/codec.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MAXIMUM = 1 << 18 };

static void go_round(flama_codec codec, const flama_buffer *plain)
{
    flama_buffer packed, again;
    flama_buffer_init(&packed, 2 * MAXIMUM);
    flama_buffer_init(&again, plain->size);
    if (flama_codec_compress(codec, plain->data, plain->size, &packed, NULL) != 0 ||
        flama_codec_decompress(codec, packed.data, packed.size, &again, NULL) != 0 ||
        again.size != plain->size ||
        (plain->size && memcmp(again.data, plain->data, plain->size) != 0))
        __builtin_trap();
    flama_buffer_fini(&again);
    flama_buffer_fini(&packed);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    flama_codec codec = data[0] % FLAMA_CODEC_COUNT;
    flama_buffer plain;
    flama_error err = {0};
    flama_buffer_init(&plain, MAXIMUM);
    int rc = flama_codec_decompress(codec, data + 1, size - 1, &plain, &err);
    if (rc != 0 && err.message[0] == '\0')
        __builtin_trap();
    if (rc == 0)
        go_round(codec, &plain);
    flama_buffer_fini(&plain);
    return 0;
}
