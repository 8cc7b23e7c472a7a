#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "engine/keras/ops.h"

/* Strings, as which TensorFlow hashes integers: 20 characters at most. */

static uint64_t word_at(const char *s, unsigned bytes)
{
    uint64_t word = 0;
    for (unsigned i = 0; i < bytes; i++) /* little-endian */
        word |= (uint64_t)(uint8_t)s[i] << 8 * i;
    return word;
}

static uint64_t turn_right(uint64_t x, unsigned by)
{
    return x >> by | x << (64 - by);
}

#define FARM_0 0xc3a5c85c97cb3127u
#define FARM_1 0xb492b66fbe98f273u
#define FARM_2 0x9ae16a3b2f90404fu

static uint64_t farm_mix(uint64_t u, uint64_t v, uint64_t factor)
{
    uint64_t a = (u ^ v) * factor;
    a ^= a >> 47;
    uint64_t c = (v ^ a) * factor;
    return (c ^ c >> 47) * factor;
}

/* FarmHash's Fingerprint64 (Pike and Alakuijala, farmhashna) of 1 to 32 characters. */
static uint64_t farm_hash(const char *s, size_t size)
{
    uint64_t factor = FARM_2 + size * 2;
    const char *end = s + size;
    if (size > 16) {
        uint64_t a = word_at(s, 8) * FARM_1, c = word_at(s + 8, 8);
        uint64_t d = word_at(end - 8, 8) * factor, e = word_at(end - 16, 8) * FARM_2;
        return farm_mix(turn_right(a + c, 43) + turn_right(d, 30) + e,
                        a + turn_right(c + FARM_2, 18) + d, factor);
    }
    if (size >= 8) {
        uint64_t a = word_at(s, 8) + FARM_2, c = word_at(end - 8, 8);
        return farm_mix(turn_right(c, 37) * factor + a,
                        (turn_right(a, 25) + c) * factor, factor);
    }
    if (size >= 4)
        return farm_mix(size + (word_at(s, 4) << 3), word_at(end - 4, 4), factor);
    uint64_t y = word_at(s, 1) + (word_at(s + size / 2, 1) << 8);
    uint64_t z = size + (word_at(end - 1, 1) << 2);
    uint64_t mixed = y * FARM_2 ^ z * FARM_0;
    return (mixed ^ mixed >> 47) * FARM_2;
}

static void sip_round(uint64_t v[4])
{
    v[0] += v[1];
    v[2] += v[3];
    v[1] = turn_right(v[1], 51) ^ v[0];
    v[3] = turn_right(v[3], 48) ^ v[2];
    v[0] = turn_right(v[0], 32);
    v[2] += v[1];
    v[0] += v[3];
    v[1] = turn_right(v[1], 47) ^ v[2];
    v[3] = turn_right(v[3], 43) ^ v[0];
    v[2] = turn_right(v[2], 32);
}

/* SipHash-2-4 (Aumasson and Bernstein 2012). */
static uint64_t sip_hash(const char *s, size_t size, const uint64_t key[2])
{
    uint64_t v[4] = {key[0] ^ 0x736f6d6570736575u, key[1] ^ 0x646f72616e646f6du,
                     key[0] ^ 0x6c7967656e657261u, key[1] ^ 0x7465646279746573u};
    for (size_t at = 0; at <= size; at += 8) {
        size_t left = size - at;
        uint64_t word = word_at(s + at, left < 8 ? (unsigned)left : 8);
        word |= left < 8 ? (uint64_t)size << 56 : 0;
        v[3] ^= word;
        sip_round(v);
        sip_round(v);
        v[0] ^= word;
    }
    v[2] ^= 0xff;
    for (unsigned i = 0; i < 4; i++)
        sip_round(v);
    return v[0] ^ v[1] ^ v[2] ^ v[3];
}

static int64_t bin_of(const flama_keras_bins *bins, int64_t x)
{
    char text[24];
    size_t size = (size_t)snprintf(text, sizeof text, "%" PRId64, x);
    uint64_t hash =
        bins->salted ? sip_hash(text, size, bins->salt) : farm_hash(text, size);
    return (int64_t)(hash % (uint64_t)bins->count);
}

static int64_t rest_of(int64_t x, int64_t divisor)
{
    int64_t rest = x % divisor;
    return rest < 0 ? rest + divisor : rest;
}

static int by_key(const void *a, const void *c)
{
    int64_t x = ((const flama_keras_entry *)a)->key;
    int64_t y = ((const flama_keras_entry *)c)->key;
    return (x > y) - (x < y);
}

static int lookup_shape(const flama_keras_op *op, flama_keras_tensor *tensors,
                        flama_error *err)
{
    int code = flama_keras_same_shape(op, tensors, err);
    flama_keras_out(op, tensors, 0)->dtype = FLAMA_KERAS_INT;
    return code;
}

/* Element i as an integer: floats lose their fraction. False when it is none. */
static bool integer_of(const flama_keras_tensor *t, size_t i, int64_t *out)
{
    if (t->dtype == FLAMA_KERAS_INT)
        *out = ((const int64_t *)t->data)[i];
    else {
        float x = ((const float *)t->data)[i];
        if (!(x >= -0x1p63f && x < 0x1p63f))
            return false;
        *out = (int64_t)x;
    }
    return true;
}

static int run_lookup(const flama_keras_op *op, const flama_keras_tensor *tensors,
                      void *scratch, flama_error *err)
{
    (void)scratch;
    const flama_keras_lookup *p = op->params;
    const flama_keras_tensor *in = flama_keras_in(op, tensors, 0);
    int64_t *y = flama_keras_result(op, tensors)->data;
    size_t n = flama_keras_count(in);
    for (size_t i = 0; i < n; i++) {
        flama_keras_entry key = {0};
        if (!integer_of(in, i, &key.key))
            return flama_error_set(err, FLAMA_EINPUT, "an integer is too large");
        const flama_keras_entry *found =
            bsearch(&key, p->entries, p->count, sizeof key, by_key);
        if (found)
            y[i] = found->value;
        else if (p->bins.count == 0)
            return flama_error_set(err, FLAMA_EINPUT, "%lld is not in the vocabulary",
                                   (long long)key.key);
        else
            y[i] = p->other + (p->hashed ? bin_of(&p->bins, key.key)
                                         : rest_of(key.key, p->bins.count));
    }
    return 0;
}

static const flama_keras_op_type lookup_op = {
    .name = "a vocabulary", .shape = lookup_shape, .run = run_lookup};

flama_keras_id flama_keras_look_up(flama_keras_builder *b, flama_keras_id x,
                                   const flama_keras_lookup *lookup)
{
    flama_keras_lookup *p = flama_keras_new(b, 1, sizeof *p);
    if (p == NULL)
        return 0;
    *p = *lookup;
    if (p->count)
        qsort(p->entries, p->count, sizeof *p->entries, by_key);
    for (size_t i = 1; i < p->count; i++)
        if (p->entries[i].key == p->entries[i - 1].key)
            return flama_keras_fail(b, FLAMA_EFORMAT, "has %lld twice",
                                    (long long)p->entries[i].key);
    if (flama_keras_known(b, x)->dtype == FLAMA_KERAS_BOOL)
        x = flama_keras_cast(b, x, FLAMA_KERAS_INT);
    return flama_keras_add(b, &lookup_op, p, 1, FLAMA_KERAS_IDS(x));
}
