/* Compiles a C source into a shared object, once for each content.
 *
 * The compiler is $CC, else cc, with the flags of the library: where its headers are,
 * in the build folder or where it is installed. The object stays in the cache; a second
 * call with the same contents of all files runs nothing. One thread at a time. */
#ifndef FLAMA_APP_SOURCE_COMPILE_H
#define FLAMA_APP_SOURCE_COMPILE_H

#include "app/source/files.h"

/* Compiles `file` (an absolute path); *library is the object's path, and what it was
 * made from is added to *files. The compiler writes to standard error. 0, FLAMA_ESETUP
 * when it refuses the file, FLAMA_EIO or FLAMA_EMEMORY. */
int flama_compile(const char **library, flama_files *files, const char *file,
                  flama_error *err);

#endif
