/* Base64 (RFC 4648, section 4), in lines of 76 as Python's base64 codec writes it. */
#ifndef FLAMA_FLM_BASE64_H
#define FLAMA_FLM_BASE64_H

#include "base/buffer.h"

/* Decodes text[0..size) in place and sets *out to the number of bytes. White space is
 * skipped, anything else outside the alphabet is FLAMA_EFORMAT, as is missing padding.
 */
int flama_base64_decode(char *text, size_t size, size_t *out, flama_error *err);

/* Appends data[0..size) as lines that each end with a line feed. 0, FLAMA_ELIMIT or
 * FLAMA_EMEMORY. */
int flama_base64_encode(const void *data, size_t size, flama_buffer *out);

#endif
