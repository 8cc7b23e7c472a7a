/* The log, as the library's own modules write it. Any thread. */
#ifndef FLAMA_BASE_LOG_H
#define FLAMA_BASE_LOG_H

#include <flama/base.h>

/* True when a line of that level would be seen: asks before costly formatting. */
bool flama_log_wanted(flama_log_level level);

/* One line, cut at 2,000 bytes. */
void flama_log(flama_log_level level, const char *format, ...) FLAMA_PRINTF(2, 3);

#endif
