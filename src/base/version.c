#include <flama/base.h>

const char *flama_version(void)
{
    return FLAMA_VERSION;
}
