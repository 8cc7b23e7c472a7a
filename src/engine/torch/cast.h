/* Casts around operators that do not know all types. For models in float16 and bfloat16
 * what goes in is widened and the result is rounded to the type the archive says, as
 * torch's own functions do for these types on a CPU. Around operators that know only
 * float32 float64 is rounded to it, and the result is a float64 of that precision. */
#ifndef FLAMA_TORCH_CAST_H
#define FLAMA_TORCH_CAST_H

#include "engine/torch/program.h"

/* Adds the nodes to a program that was read. Nodes within torch.autocast (`autocast`)
 * first round their float32 inputs where torch does. FLAMA_EFORMAT when it is not known
 * what an output is, FLAMA_EMEMORY. */
int flama_pt_cast(flama_pt_program *program, flama_error *err);

#endif
