#include <flama/schema.h>

#define BUILT_IN(id, kind_)                                           \
    const flama_type flama_##id##_type = {.size = sizeof(flama_type), \
                                          .name = #id,                \
                                          .kind = FLAMA_TYPE_##kind_, \
                                          .instance_size = sizeof(flama_##id)}

BUILT_IN(any, ANY);
BUILT_IN(array, ARRAY);
BUILT_IN(object, OBJECT);
BUILT_IN(string, STRING);
BUILT_IN(integer, INTEGER);
BUILT_IN(number, NUMBER);
BUILT_IN(boolean, BOOLEAN);
