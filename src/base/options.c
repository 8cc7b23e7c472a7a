#include "base/options.h"

#include <string.h>

int flama_options_take(void *own, size_t size, const void *given, const char *name,
                       flama_error *err)
{
    size_t told = size;
    if (given)
        memcpy(&told, given, sizeof told);
    memset(own, 0, size);
    if (given && told >= sizeof told)
        memcpy(own, given, told < size ? told : size);
    memcpy(own, &size, sizeof size);
    if (told >= sizeof told)
        return 0;
    return flama_error_set(err, FLAMA_EARGUMENT,
                           "a %s without its size: set .size = sizeof(%s)", name, name);
}
