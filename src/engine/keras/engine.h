/* The engine of Keras 3 models: `.keras` archives, whose layers are taken apart into a
 * graph of operations when the model is loaded. */
#ifndef FLAMA_KERAS_ENGINE_H
#define FLAMA_KERAS_ENGINE_H

#include <flama/sys/engine.h>

extern const flama_engine_type flama_keras_engine;

#endif
