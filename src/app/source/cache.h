/* A folder of the user's, for what is compiled: $XDG_CACHE_HOME/flama/apps,
 * else ~/.cache/flama/apps. One thread at a time; several processes may share it, since
 * entries are renamed into place. */
#ifndef FLAMA_APP_SOURCE_CACHE_H
#define FLAMA_APP_SOURCE_CACHE_H

#include <flama/arena.h>
#include <flama/error.h>

/* A digest of what has been added: FNV-1a (Fowler, Noll, Vo) of 128 bits, so that
 * contents that differ never meet by accident. */
typedef struct flama_digest {
    unsigned __int128 state;
} flama_digest;

flama_digest flama_digest_begin(void);

/* Adds bytes, or a text with the NUL that ends it. */
void flama_digest_add(flama_digest *digest, const void *data, size_t size);
void flama_digest_add_text(flama_digest *digest, const char *text);

/* Adds a file's content; false when it can't be read. */
bool flama_digest_add_content(flama_digest *digest, const char *path);

/* 32 hexadecimal digits in the arena, or NULL without memory. */
char *flama_digest_text(flama_digest digest, flama_arena *arena);

/* The folder, made when it is not there. 0, FLAMA_EMEMORY, or FLAMA_EIO when it can't
 * be had or could be written by others. */
int flama_cache_folder(flama_arena *arena, const char **out, flama_error *err);

/* The content of one of its small files, up to 1 MiB; false when there is none. */
bool flama_cache_read(flama_arena *arena, const char *path, flama_string *out);

/* A copy of the file at `path`, named after its content. 0, FLAMA_EIO or FLAMA_EMEMORY.
 */
int flama_cache_copy(flama_arena *arena, const char *path, const char **copy,
                     flama_error *err);

/* A new empty file in the folder, whose name is the caller's to rename or unlink; its
 * descriptor, or -1 with *err set. */
int flama_cache_create(flama_arena *arena, const char *folder, char **path,
                       flama_error *err);

/* Marks an entry as used now, and drops those not used for a month. */
void flama_cache_touch(const char *path);
void flama_cache_prune(const char *folder);

#endif
