/* From an archive's model.json to a program: every name resolved, every operator and
 * argument known, every constant in place. */
#ifndef FLAMA_TORCH_GRAPH_H
#define FLAMA_TORCH_GRAPH_H

#include "engine/torch/archive.h"
#include "engine/torch/program.h"

/* Builds the program in its arena; constants' data stay in the archive. FLAMA_EFORMAT,
 * FLAMA_EUNSUPPORTED with the operators that are not known, FLAMA_ELIMIT,
 * FLAMA_EMEMORY. */
int flama_pt_graph_read(flama_pt_program *program, const flama_pt_archive *archive,
                        flama_arena *arena, flama_error *err);

#endif
