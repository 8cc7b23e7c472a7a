/* A .flm file: what src/flm itself has beside flama/sys/package.h. */
#ifndef FLAMA_FLM_PACKAGE_H
#define FLAMA_FLM_PACKAGE_H

#include <flama/sys/package.h>

#include "base/buffer.h"

/* flama_package_encode, appending to a buffer. */
int flama_package_write(const flama_package *package, flama_compression compression,
                        flama_buffer *out, flama_error *err);

#endif
