/* The dependencies that a compiler writes (-MD): a make rule, "app: a.c b.h \". Pure
 * functions; any thread. */
#ifndef FLAMA_APP_SOURCE_DEPEND_H
#define FLAMA_APP_SOURCE_DEPEND_H

#include <flama/arena.h>

/* The next file of the rule in *text, which is moved on; NULL at the end, or without
 * memory. Start behind the rule's colon: flama_depend_start. In the arena. */
const char *flama_depend_next(flama_arena *arena, flama_string *text);

/* The text behind the first rule's target, or an empty one when there is no rule. */
flama_string flama_depend_start(flama_string rule);

#endif
