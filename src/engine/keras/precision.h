/* The dtype policies of layers. Float16 and bfloat16 are computed as TensorFlow does on
 * a CPU: each operation in float32, and its result rounded. */
#ifndef FLAMA_KERAS_PRECISION_H
#define FLAMA_KERAS_PRECISION_H

#include "engine/keras/build.h"

/* What the policy of b->layer has it compute in; fails for those that don't run. */
flama_keras_precision flama_keras_policy(flama_keras_builder *b);

/* The type of that name: "float16"; FLAMA_KERAS_WEAK for no float and unknown ones. */
flama_keras_precision flama_keras_precision_of(flama_string name);

/* What two give together, as keras.backend.result_type. */
flama_keras_precision flama_keras_promote(flama_keras_precision a,
                                          flama_keras_precision b);

/* Rounds to the nearest number of that type, halves to the even. */
void flama_keras_round(flama_keras_precision precision, float *x, size_t count);

/* x in that type, with its mask; x itself when it is, or when it holds no floats. */
flama_keras_id flama_keras_convert(flama_keras_builder *b, flama_keras_id x,
                                   flama_keras_precision precision);

#endif
