/* Model files: any bytes, in memory. */
#include "flm/package.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const flama_package_limits limits = {
        .size = sizeof limits, .file = 1 << 20, .expanded = 1 << 22};
    flama_package *package;
    flama_error err = {0};
    int rc = flama_package_read(&package, data, size, &limits, &err);
    if ((rc == 0) != (package != NULL) || (rc != 0 && err.message[0] == '\0'))
        __builtin_trap();
    flama_package_free(package);
    return 0;
}
