/* Formats of strings that are checked: their syntax, and for dates the calendar. */
#ifndef FLAMA_SCHEMA_FORMAT_H
#define FLAMA_SCHEMA_FORMAT_H

#include <flama/base.h>

/* What is wrong with the text, as a sentence ("Must be a valid date format."), or NULL
 * when it is right or the format is not one of those checked. Static. */
const char *flama_format_check(const char *format, flama_string text);

#endif
