/* What a model takes and gives, as JSON Schema: more than "an array" where its
 * signature tells. */
#ifndef FLAMA_SCHEMA_SHAPE_H
#define FLAMA_SCHEMA_SHAPE_H

#include <flama/sys/engine.h>

/* What can be said of the object {"input": ...} that a prediction takes: its
 * "properties" with the sizes and types of the array, the names of the features in the
 * description and in "x-feature-names"; an example body, or null where it would be
 * large. Both are null when the model has not just one input. 0 or FLAMA_EMEMORY. */
int flama_shape_of_input(flama_arena *arena, const flama_signature *signature,
                         flama_value *shape, flama_value *example);

/* The same for {"output": ...}, a classifier's classes as the "enum" of its items. */
int flama_shape_of_output(flama_arena *arena, const flama_signature *signature,
                          flama_value *shape);

#endif
