/* The encoder's inside, shared by the files that print values and tensors. Lives on the
 * stack of flama_json_encode.
 *
 * A failure returns its code and leaves the reason; on the way out each container puts
 * its step in front of the path, so that the path costs nothing while all goes well. */
#ifndef FLAMA_JSON_ENCODER_H
#define FLAMA_JSON_ENCODER_H

#include <string.h>

#include <flama/json.h>

#include "base/buffer.h"

typedef struct flama_encoder {
    flama_buffer out;
    unsigned flags;
    unsigned level; /* how many containers are open */
    const char *reason;
    char path[112]; /* its end holds the path so far */
    size_t path_at;
} flama_encoder;

/* Room for `size` more bytes, or NULL without memory; what is written there counts once
 * it is added to out.size. */
static inline char *flama_encoder__room(flama_encoder *e, size_t size)
{
    if (size > e->out.capacity - e->out.size &&
        flama_buffer_reserve(&e->out, size) != 0)
        return NULL;
    return e->out.data + e->out.size;
}

/* Appends bytes; inline, for most are one or two, known when it is compiled. */
static inline int flama_encoder__put(flama_encoder *e, const char *text, size_t size)
{
    char *out = flama_encoder__room(e, size);
    if (out == NULL)
        return FLAMA_EMEMORY;
    memcpy(out, text, size);
    e->out.size += size;
    return 0;
}

/* An opening bracket and the closing one that goes with it; they keep the level. */
int flama_encoder__open(flama_encoder *e, char bracket);
int flama_encoder__close(flama_encoder *e, char bracket, bool empty);

/* What stands before an item: the comma unless it is the first, the line end and the
 * indent. `separate` writes it where there is room for separator_size bytes and returns
 * the end. */
int flama_encoder__item(flama_encoder *e, bool first);
size_t flama_encoder__separator_size(const flama_encoder *e);
char *flama_encoder__separate(const flama_encoder *e, char *out, bool first);

int flama_encoder__number(flama_encoder *e, double number);
int flama_encoder__integer(flama_encoder *e, int64_t integer);
int flama_encoder__string(flama_encoder *e, flama_string string);
int flama_encoder__tensor(flama_encoder *e, const flama_tensor *tensor);

/* Puts [index] or .name in front of the path. */
void flama_encoder__at_index(flama_encoder *e, size_t index);
void flama_encoder__at_name(flama_encoder *e, flama_string name);

/* Keeps the reason for a number that JSON can't hold and returns FLAMA_ENONFINITE. */
int flama_encoder__refuse(flama_encoder *e, double number);

#endif
