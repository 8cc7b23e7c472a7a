#include "net/watch.h"

#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <uv.h>

#include "base/alloc.h"
#include "base/arena.h"
#include "base/error.h"

enum { CLOCK_TICK = 10 * 1000 * 1000 }; /* ns, how late a file's time may be */

/* What of a file tells that it is another one; all 0: it is not there. */
typedef struct stamp {
    uint64_t device, inode, size;
    int64_t changed;
} stamp;

typedef struct watched {
    const char *path;
    stamp told; /* when the watch began, or at the last change */
    stamp seen; /* at the latest look */
} watched;

/* A folder's handle outlives its place in the list while libuv closes it. */
typedef struct folder {
    uv_fs_event_t event;
    struct folder *next;
    char path[];
} folder;

struct flama_watch {
    flama_loop *loop;
    uv_timer_t timer;
    unsigned delay;
    void (*changed)(void *ctx);
    void *ctx;
    flama_arena arena; /* the files and their paths */
    watched *files;
    size_t count;
    folder *folders;
};

static stamp stamp_of(const char *path)
{
    struct stat about;
    if (stat(path, &about) != 0)
        return (stamp){0};
    return (stamp){(uint64_t)about.st_dev, (uint64_t)about.st_ino,
                   (uint64_t)about.st_size,
                   about.st_mtim.tv_sec * INT64_C(1000000000) + about.st_mtim.tv_nsec};
}

static bool same(const stamp *a, const stamp *b)
{
    return a->device == b->device && a->inode == b->inode && a->size == b->size &&
           a->changed == b->changed;
}

/* Looks at all files: tells of a change when they are as they were at the look before.
 */
static void on_timer(uv_timer_t *timer)
{
    flama_watch *watch = timer->data;
    bool moving = false, other = false;
    for (size_t i = 0; i < watch->count; i++) {
        watched *file = &watch->files[i];
        stamp now = stamp_of(file->path);
        moving |= !same(&now, &file->seen);
        other |= !same(&now, &file->told);
        file->seen = now;
    }
    if (moving) {
        uv_timer_start(timer, on_timer, watch->delay, 0);
        return;
    }
    for (size_t i = 0; i < watch->count; i++)
        watch->files[i].told = watch->files[i].seen;
    if (other)
        watch->changed(watch->ctx);
}

static void look_soon(flama_watch *watch)
{
    if (!uv_is_active((uv_handle_t *)&watch->timer))
        uv_timer_start(&watch->timer, on_timer, watch->delay, 0);
}

static void on_event(uv_fs_event_t *event, const char *name, int events, int status)
{
    (void)name, (void)events, (void)status;
    look_soon(event->data);
}

static void free_folder(uv_handle_t *handle)
{
    flama_free(handle->data);
}

static void drop_folders(flama_watch *watch)
{
    while (watch->folders) {
        folder *first = watch->folders;
        watch->folders = first->next;
        first->event.data = first;
        uv_close((uv_handle_t *)&first->event, free_folder);
    }
}

/* Watches the folder that holds the file, unless it is watched already. */
static int add_folder(flama_watch *watch, const char *file, flama_error *err)
{
    const char *slash = strrchr(file, '/');
    size_t size = slash ? (size_t)(slash - file) : 0;
    const char *path = slash == NULL ? "." : size ? file : "/";
    size = size ? size : 1;
    for (const folder *f = watch->folders; f; f = f->next)
        if (strlen(f->path) == size && memcmp(f->path, path, size) == 0)
            return 0;
    folder *added = flama_calloc(1, sizeof *added + size + 1);
    if (added == NULL)
        return flama_error__memory(err);
    memcpy(added->path, path, size);
    uv_fs_event_init(flama_loop__uv(watch->loop), &added->event);
    added->event.data = watch;
    added->next = watch->folders;
    watch->folders = added;
    int rc = uv_fs_event_start(&added->event, on_event, added->path, 0);
    if (rc != 0 && rc != UV_ENOENT)
        flama_log(FLAMA_LOG_WARNING, "can't watch the folder '%s': %s", added->path,
                  uv_strerror(rc));
    return 0;
}

int flama_watch_new(flama_watch **out, flama_loop *loop, unsigned delay,
                    void (*changed)(void *ctx), void *ctx, flama_error *err)
{
    flama_watch *watch = flama_calloc(1, sizeof *watch);
    if (watch == NULL)
        return flama_error__memory(err);
    watch->loop = loop;
    watch->delay = delay;
    watch->changed = changed;
    watch->ctx = ctx;
    flama_arena_init(&watch->arena, 0);
    uv_timer_init(flama_loop__uv(loop), &watch->timer);
    watch->timer.data = watch;
    *out = watch;
    return 0;
}

static bool recent(const stamp *s, int64_t since)
{
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    int64_t now = t.tv_sec * INT64_C(1000000000) + t.tv_nsec;
    return since && s->changed >= since - CLOCK_TICK && s->changed <= now;
}

/* A file is listed whole before it counts, so that a failure leaves a valid watch. */
int flama_watch_files(flama_watch *watch, const char *const *files, size_t count,
                      int64_t since, flama_error *err)
{
    drop_folders(watch);
    watch->count = 0;
    flama_arena_reset(&watch->arena);
    watch->files = flama_arena_calloc(&watch->arena, count + 1, sizeof *watch->files);
    if (watch->files == NULL)
        return flama_error__memory(err);
    for (size_t i = 0; i < count; i++) {
        watched *file = &watch->files[i];
        file->path = flama_arena_copy(&watch->arena, files[i], strlen(files[i]));
        if (file->path == NULL)
            return flama_error__memory(err);
        int rc = add_folder(watch, file->path, err);
        if (rc != 0)
            return rc;
        file->seen = stamp_of(file->path);
        watch->count++;
        if (recent(&file->seen, since))
            look_soon(watch);
        else
            file->told = file->seen;
    }
    return 0;
}

static void free_watch(uv_handle_t *handle)
{
    flama_watch *watch = handle->data;
    flama_arena_fini(&watch->arena);
    flama_free(watch);
}

void flama_watch_free(flama_watch *watch)
{
    if (watch == NULL)
        return;
    drop_folders(watch);
    uv_close((uv_handle_t *)&watch->timer, free_watch);
}
