/* The engines there are. */
#ifndef FLAMA_ENGINE_REGISTRY_H
#define FLAMA_ENGINE_REGISTRY_H

#include <flama/sys/engine.h>

/* The built-in engines, in the order they are asked; the last entry is NULL. */
extern const flama_engine_type *const flama_engines[];

#endif
