#include "app/source/make.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "app/app.h"
#include "app/source/cache.h"
#include "app/source/compile.h"
#include "app/source/library.h"
#include "base/error.h"

static bool is_source(const char *path)
{
    size_t size = strlen(path);
    return size > 2 && strcmp(path + size - 2, ".c") == 0;
}

/* The file as an absolute path, so that what is compiled of it (__FILE__) is right from
 * any folder. */
static int find_file(flama_made *made, const char *file, char **path, flama_error *err)
{
    char full[PATH_MAX];
    if (realpath(file, full) == NULL)
        return flama_error_set(err, FLAMA_EIO, "can't read '%s': %s", file,
                               strerror(errno));
    *path = flama_arena_copy(made->arena, full, strlen(full));
    return *path ? 0 : flama_error__memory(err);
}

/* Finds the definition in the source's file. With `reload`, a shared object is loaded
 * from a copy: it will be replaced while it is in use. */
static int load(flama_made *made, const flama_source *source, bool reload,
                flama_app_def *def, flama_error *err)
{
    char *path;
    const char *library;
    int rc = find_file(made, source->file, &path, err);
    if (rc != 0)
        return rc;
    library = path;
    if (is_source(path))
        rc = flama_compile(&library, &made->files, path, err);
    else if (reload)
        rc = flama_cache_copy(made->arena, path, &library, err);
    if (!is_source(path))
        flama_files_add(&made->files, path);
    if (rc == 0)
        rc = flama_library_app(def, library, source->file, source->name, err);
    if (rc != 0 || def->options.folder)
        return rc;
    size_t folder = (size_t)(strrchr(path, '/') - path);
    def->options.folder = flama_arena_copy(made->arena, path, folder);
    return def->options.folder ? 0 : flama_error__memory(err);
}

/* What the file of an app that the program holds already is made from: the compiler
 * knows. Without it, changes of the file go unseen. */
static void find_files(flama_made *made, const flama_source *source)
{
    flama_error err = {0};
    char *path;
    const char *library;
    if (find_file(made, source->file, &path, &err) == 0)
        flama_compile(&library, &made->files, path, &err);
    if (err.code != 0)
        flama_log(FLAMA_LOG_WARNING, "%s: its changes are not seen", err.message);
}

static void log_problems(void *ctx, const flama_app *app)
{
    bool warning;
    const char *text;
    (void)ctx;
    for (size_t i = 0; (text = flama_app_problem(app, i, &warning)); i++)
        flama_log(warning ? FLAMA_LOG_WARNING : FLAMA_LOG_ERROR, "%s", text);
}

/* The model files of the app and of those mounted below it. */
static void add_models(flama_files *files, const flama_app *app)
{
    for (size_t i = 0; i < app->file_count; i++)
        flama_files_add(files, flama_arena_copy(files->arena, app->files[i],
                                                strlen(app->files[i])));
    for (const flama_mounted *m = app->mounts; m; m = m->next)
        add_models(files, m->child);
}

static int begin(flama_made *made, flama_error *err)
{
    *made = (flama_made){.arena = flama_arena_new(0)};
    made->files.arena = made->arena;
    return made->arena ? 0 : flama_error__memory(err);
}

int flama_make_load(flama_made *made, const flama_source *source, bool reload,
                    flama_app_def *def, flama_error *err)
{
    int rc = begin(made, err);
    return rc ? rc : load(made, source, reload, def, err);
}

static flama_app *default_make(void *ctx, const flama_app_def *def)
{
    (void)ctx;
    return flama_app_make(def);
}

int flama_make(flama_made *made, const flama_source *source, const flama_app_def *given,
               bool reload, flama_error *err)
{
    flama_app_def loaded;
    int rc = begin(made, err);
    if (rc != 0)
        return rc;
    if (given == NULL && source->file) {
        rc = load(made, source, reload, &loaded, err);
        if (rc != 0)
            return rc;
        given = &loaded;
    } else if (source->file && reload) {
        find_files(made, source);
    }
    made->app = (source->make ? source->make : default_make)(source->ctx, given);
    if (made->app == NULL)
        return flama_error__memory(err);
    flama_app_start(made->app);
    (source->told ? source->told : log_problems)(source->ctx, made->app);
    add_models(&made->files, made->app);
    if (flama_app_start(made->app) != 0)
        return flama_error_set(err, FLAMA_ESETUP, "%s", flama_error_text(FLAMA_ESETUP));
    return made->files.failed ? flama_error__memory(err) : 0;
}

void flama_made_free(flama_made *made)
{
    flama_app_free(made->app);
    flama_arena_free(made->arena);
    *made = (flama_made){.arena = NULL};
}
