/* Documentation of endpoints: the text of `.doc`, or of a Python docstring.
 *
 * Text in which a line begins with a key of an OpenAPI operation ("summary:", "tags:",
 * "responses:" ...) is YAML, and everything wrong with it a mistake. Any other text is
 * the description. */
#ifndef FLAMA_SCHEMA_DOC_H
#define FLAMA_SCHEMA_DOC_H

#include <flama/value.h>

#include "base/report.h"

/* Reads the documentation of the handler `name` into an object that can be part of an
 * operation: "tags" a list of strings, "responses" by status code with a description
 * each. Mistakes go into the report, with line and column; unknown keys are left out
 * with a warning. 0, FLAMA_ESETUP or FLAMA_EMEMORY. */
int flama_doc_read(flama_arena *arena, const char *name, const char *text,
                   flama_value *out, flama_report *report);

#endif
