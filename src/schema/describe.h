/* Schemas as JSON Schema, for the OpenAPI document. Private to src/schema. */
#ifndef FLAMA_SCHEMA_DESCRIBE_H
#define FLAMA_SCHEMA_DESCRIBE_H

#include "schema/schema.h"

#define FLAMA_COMPONENTS "#/components/schemas/"

/* What a value must be; a schema of the registry is a $ref. `title` may be NULL. 0 or
 * FLAMA_EMEMORY. */
int flama_schema__describe(flama_arena *arena, const flama_schema *schema,
                           const char *title, flama_value *out);

/* The component that describes an object's fields. */
int flama_schema__describe_shape(flama_arena *arena, const flama_shape *shape,
                                 flama_value *out);

/* {"$ref": ...} to the component of that name. */
int flama_schema__reference(flama_arena *arena, flama_string name, flama_value *out);

#endif
