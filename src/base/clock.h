/* Time. */
#ifndef FLAMA_BASE_CLOCK_H
#define FLAMA_BASE_CLOCK_H

#include <stdint.h>

/* Nanoseconds of the monotonic clock. */
uint64_t flama_clock_now(void);

#endif
