/* YAML in: libyaml's events as values.
 *
 * Takes one document of YAML 1.1 syntax with the scalars of YAML 1.2's core schema
 * (true, null, 12, 0x1F, 1.5; everything else is a string). Keys become strings.
 * Aliases, tags other than !!str, two equal keys and numbers that are not finite are
 * refused. Keeps no state: any thread. */
#ifndef FLAMA_SCHEMA_YAML_H
#define FLAMA_SCHEMA_YAML_H

#include <flama/value.h>

#define FLAMA_YAML_DEPTH 32
#define FLAMA_YAML_SIZE (64 * 1024)

/* Decodes text[0..size) into *out, all of it copied into the arena; an empty document
 * is null. 0, FLAMA_EFORMAT with line and column, FLAMA_ELIMIT or FLAMA_EMEMORY. */
int flama_yaml_decode(flama_arena *arena, const char *text, size_t size,
                      flama_value *out, flama_error *err);

#endif
