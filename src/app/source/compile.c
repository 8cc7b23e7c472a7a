#include "app/source/compile.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <limits.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <flama/app.h>

#include "app/source/cache.h"
#include "app/source/depend.h"
#include "base/error.h"

/* Names bind within the object: a handler called `time` is not the C library's. */
#define FLAGS \
    "-shared -fPIC -Wl,-Bsymbolic -g -Og -fno-omit-frame-pointer -Wall -Wextra"

enum { CLOCK_TICK = 10 * 1000 * 1000 }; /* ns, how late a file's time may be */

/* Where headers are looked for: the file that holds the library's code has beside it,
 * in a build folder, flama.include with their path; installed, a folder above it holds
 * include/flama.h. */
static char *library_path(char path[PATH_MAX])
{
    Dl_info info;
    struct link_map *map;
    if (dladdr1((void *)(uintptr_t)flama_app_new, &info, (void **)&map,
                RTLD_DL_LINKMAP) == 0)
        return NULL;
    bool program = map->l_name[0] == '\0';
    return realpath(program ? "/proc/self/exe" : map->l_name, path);
}

static const char *installed_include(flama_arena *arena, char *folder)
{
    for (char *slash; (slash = strrchr(folder, '/')) != NULL; *slash = '\0') {
        char *header = flama_arena_format(arena, "%s/include/flama.h", folder);
        if (header && access(header, R_OK) == 0)
            return flama_arena_format(arena, "%s/include", folder);
    }
    return NULL;
}

static const char *first_line(flama_arena *arena, flama_string text)
{
    const char *end = text.size ? memchr(text.data, '\n', text.size) : NULL;
    return flama_arena_copy(arena, text.data,
                            end ? (size_t)(end - text.data) : text.size);
}

static const char *include_folder(flama_arena *arena)
{
    char path[PATH_MAX];
    char *slash = library_path(path) ? strrchr(path, '/') : NULL;
    if (slash == NULL)
        return NULL;
    *slash = '\0';
    char *note = flama_arena_format(arena, "%s/flama.include", path);
    flama_string text;
    if (note && flama_cache_read(arena, note, &text))
        return first_line(arena, text);
    return installed_include(arena, path);
}

/* The command, but for where its output goes and the file. */
static int make_command(flama_files *command, flama_error *err)
{
    const char *compiler = getenv("CC");
    const char *include = include_folder(command->arena);
    if (include == NULL)
        return flama_error_set(err, FLAMA_EIO,
                               "flama.h is not found: neither beside the program, in a "
                               "build folder, nor in an include folder above it");
    flama_files_add_words(command, compiler && *compiler ? compiler : "cc");
    flama_files_add_words(command, FLAGS);
    flama_files_add(command, flama_arena_format(command->arena, "-I%s", include));
    flama_files_add_words(command, getenv("CFLAGS"));
    return command->failed ? flama_error__memory(err) : 0;
}

/* What the command is and does, but for the content of files. */
static flama_digest command_digest(const flama_files *command, const char *file)
{
    flama_digest digest = flama_digest_begin();
    flama_digest_add_text(&digest, flama_version());
    flama_digest_add_text(&digest, file);
    for (size_t i = 0; i < command->count; i++)
        flama_digest_add_text(&digest, command->items[i]);
    const char *libraries = getenv("LDLIBS");
    flama_digest_add_text(&digest, libraries ? libraries : "");
    return digest;
}

/* The files of a rule that the compiler wrote; their contents go into *digest. False
 * when the rule or one of the files can't be read. */
static bool read_rule(const char *rule, flama_files *files, flama_digest *digest)
{
    flama_string text;
    const char *name;
    if (!flama_cache_read(files->arena, rule, &text))
        return false;
    bool whole = true;
    text = flama_depend_start(text);
    while ((name = flama_depend_next(files->arena, &text)) != NULL) {
        flama_files_add(files, name);
        flama_digest_add_text(digest, name);
        whole &= flama_digest_add_content(digest, name);
    }
    return whole && files->count > 0 && !files->failed;
}

/* True when nothing of it was changed after the compiler was started: then the content
 * seen now is what it read. */
static bool all_older(const flama_files *files, struct timespec started)
{
    int64_t least = started.tv_sec * INT64_C(1000000000) + started.tv_nsec - CLOCK_TICK;
    struct stat about;
    bool older = true;
    for (size_t i = 0; i < files->count; i++)
        older &=
            stat(files->items[i], &about) == 0 &&
            about.st_mtim.tv_sec * INT64_C(1000000000) + about.st_mtim.tv_nsec < least;
    return older;
}

/* Runs a command to its end; its output goes to standard error. */
static int run(const flama_files *command, int *status, flama_error *err)
{
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    sigset_t none, all;
    pid_t pid;
    sigemptyset(&none);
    sigfillset(&all);
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&actions, STDERR_FILENO, STDOUT_FILENO);
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setflags(&attributes,
                             POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setsigdefault(&attributes, &all);
    int rc = posix_spawnp(&pid, command->items[0], &actions, &attributes,
                          (char *const *)(uintptr_t)command->items, environ);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    if (rc != 0)
        return flama_error_set(err, FLAMA_EIO,
                               "can't run the compiler '%s': %s; $CC names another",
                               command->items[0], strerror(rc));
    while (waitpid(pid, status, 0) < 0 && errno == EINTR)
        ;
    return 0;
}

/* Where a compilation goes until it is whole. */
typedef struct output {
    char *library;
    char *rule;
} output;

static int make_output(output *out, flama_arena *arena, const char *folder,
                       flama_error *err)
{
    int fd = flama_cache_create(arena, folder, &out->library, err);
    if (fd < 0)
        return FLAMA_EIO;
    close(fd);
    out->rule = flama_arena_format(arena, "%s.d", out->library);
    return out->rule ? 0 : flama_error__memory(err);
}

static int compile(flama_files *command, const output *out, const char *file,
                   flama_error *err)
{
    const char *const words[] = {"-MD",     "-MT", "app",        "-MF",
                                 out->rule, "-o",  out->library, file};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        flama_files_add(command, words[i]);
    flama_files_add_words(command, getenv("LDLIBS"));
    if (command->failed)
        return flama_error__memory(err);
    int status = 0;
    int rc = run(command, &status, err);
    if (rc == 0 && status != 0)
        rc = flama_error_set(err, FLAMA_ESETUP, "'%s' does not compile", file);
    return rc;
}

/* Names the output after its content; one whose files were changed meanwhile keeps its
 * own name, which no later call will find. */
static const char *keep(const output *out, const char *folder, const char *rule,
                        flama_files *files, flama_digest digest,
                        struct timespec started)
{
    if (!read_rule(out->rule, files, &digest) || !all_older(files, started))
        return out->library;
    char *hex = flama_digest_text(digest, files->arena);
    char *name = hex ? flama_arena_format(files->arena, "%s/%s.so", folder, hex) : NULL;
    if (name == NULL || rename(out->library, name) != 0)
        return out->library;
    rename(out->rule, rule);
    flama_cache_prune(folder);
    return name;
}

/* What was compiled before of just these contents; false when there is none. */
static bool find_kept(const char **library, flama_files *files, const char *folder,
                      const char *rule, flama_digest digest)
{
    flama_files known = {.arena = files->arena};
    if (!read_rule(rule, &known, &digest))
        return false;
    char *hex = flama_digest_text(digest, files->arena);
    *library = hex ? flama_arena_format(files->arena, "%s/%s.so", folder, hex) : NULL;
    if (*library == NULL || access(*library, R_OK) != 0)
        return false;
    flama_cache_touch(*library);
    flama_cache_touch(rule);
    *files = known;
    return true;
}

/* Compiles anew: *library is what came of it. */
static int make_library(const char **library, flama_files *files, const char *folder,
                        const char *rule, flama_digest digest, flama_files *command,
                        const char *file, flama_error *err)
{
    output out = {NULL, NULL};
    struct timespec started;
    clock_gettime(CLOCK_REALTIME, &started);
    int rc = make_output(&out, files->arena, folder, err);
    if (rc == 0)
        rc = compile(command, &out, file, err);
    if (rc == 0)
        *library = keep(&out, folder, rule, files, digest, started);
    if (out.rule)
        unlink(out.rule);
    if (rc != 0 && out.library)
        unlink(out.library);
    return rc;
}

int flama_compile(const char **library, flama_files *files, const char *file,
                  flama_error *err)
{
    flama_arena *arena = files->arena;
    flama_files command = {.arena = arena};
    const char *folder;
    int rc = flama_cache_folder(arena, &folder, err);
    if (rc == 0)
        rc = make_command(&command, err);
    if (rc != 0)
        return rc;
    flama_digest digest = command_digest(&command, file);
    char *hex = flama_digest_text(digest, arena);
    char *rule = hex ? flama_arena_format(arena, "%s/%s.d", folder, hex) : NULL;
    if (rule == NULL)
        return flama_error__memory(err);
    if (find_kept(library, files, folder, rule, digest))
        return 0;
    return make_library(library, files, folder, rule, digest, &command, file, err);
}
