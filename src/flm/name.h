/* Names of files inside containers: artifacts, members of a zip. */
#ifndef FLAMA_FLM_NAME_H
#define FLAMA_FLM_NAME_H

#include <flama/error.h>

#define FLAMA_NAME_MAXIMUM 4096

/* NULL when the name is a relative path that can't leave its folder: UTF-8, of parts
 * between single slashes, none of them "." or "..", no backslash and no control
 * characters. Else what is wrong with it, to end a sentence: "is empty". Static. */
const char *flama_name_fault(flama_string name);

#endif
