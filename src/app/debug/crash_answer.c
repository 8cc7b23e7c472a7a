#include "app/debug/crash_answer.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "app/debug/debug.h"

enum {
    FRAMES_LOGGED = 32,
    HEAD_ROOM = 2048,
    PATIENCE = 2000, /* milliseconds for a client that takes nothing */
    LEFT_MOST = 64   /* reads of what a client has still sent */
};

void flama_crash_tell(const flama_crash *crash, pid_t pid, flama_arena *arena,
                      flama_crash_story *story)
{
    *story = (flama_crash_story){.name = flama_crash_name(crash->signal),
                                 .text = flama_crash_text(crash, arena)};
    story->requested = flama_crash_request(crash, arena, &story->request);
    flama_backtrace trace = crash->trace;
    if (trace.count > FLAMA_BACKTRACE_MOST)
        trace.count = FLAMA_BACKTRACE_MOST;
    if (flama_symbols_find(arena, pid, &trace, &story->frames) != 0)
        story->frames = (flama_frames){NULL, 0, true};
}

static void log_frame(const flama_frame *f, size_t number)
{
    const char *name = f->function ? f->function : "(no name)";
    if (f->file)
        flama_log(FLAMA_LOG_ERROR, "  #%zu %s at %s:%d", number, name, f->file,
                  f->line);
    else
        flama_log(FLAMA_LOG_ERROR, "  #%zu %s 0x%zx in %s", number, name,
                  (size_t)f->address, f->module ? f->module : "no known file");
}

void flama_crash_log(const flama_crash_story *story)
{
    const flama_request *r = &story->request;
    if (story->requested)
        flama_log(FLAMA_LOG_ERROR,
                  "the app crashed while it answered %.*s %.*s: %s, %s",
                  (int)r->method_name.size, r->method_name.data, (int)r->target.size,
                  r->target.data, story->name, story->text);
    else
        flama_log(FLAMA_LOG_ERROR, "the app crashed: %s, %s", story->name, story->text);
    size_t logged = 0, next;
    const flama_frames *frames = &story->frames;
    for (size_t i = 0; i < frames->count && logged < FRAMES_LOGGED; i = next) {
        next = flama_frames_next(frames, i);
        log_frame(&frames->items[i], i);
        logged++;
        if (next - i > 1)
            flama_log(FLAMA_LOG_ERROR, "     %zu times in all", next - i);
    }
    if (frames->cut || logged == FRAMES_LOGGED)
        flama_log(FLAMA_LOG_ERROR, "  and further frames");
}

/* The answer. */

static bool send_all(int fd, flama_string text)
{
    while (text.size) {
        ssize_t sent = send(fd, text.data, text.size, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (sent >= 0) {
            text = (flama_string){text.data + sent, text.size - (size_t)sent};
            continue;
        }
        struct pollfd ready = {.fd = fd, .events = POLLOUT};
        if (errno != EAGAIN && errno != EINTR)
            return false;
        if (errno == EAGAIN && poll(&ready, 1, PATIENCE) <= 0)
            return false;
    }
    return true;
}

/* A socket closed with bytes unread takes back what the client has not received. */
static void end_connection(int fd)
{
    char left[4096];
    shutdown(fd, SHUT_WR);
    for (int i = 0; i < LEFT_MOST && recv(fd, left, sizeof left, MSG_DONTWAIT) > 0; i++)
        ;
    close(fd);
}

static int page_of(const flama_crash_story *story, flama_arena *arena,
                   flama_string *page)
{
    flama_error error = {0};
    flama_error_set(&error, FLAMA_EINTERNAL, "The app crashed: %s", story->text);
    const flama_debug_failure failure = {
        .request = &story->request,
        .frames = &story->frames,
        .status = 500,
        .name = story->name,
        .title = "The server is started again",
        .error = &error,
    };
    return flama_debug_failure_page(arena, &failure, page);
}

static const char *head_of(flama_arena *arena, const char *type, size_t size)
{
    char *head = flama_arena_format(arena,
                                    "HTTP/1.1 500 Internal Server Error\r\n"
                                    "content-length: %zu\r\ncontent-type: %s\r\n"
                                    "content-security-policy: %s\r\n"
                                    "connection: close\r\n",
                                    size, type, flama_debug__policy);
    for (size_t i = 0; i < flama_debug_header_count && head; i++)
        head = flama_arena_format(arena, "%s%s: %s\r\n", head,
                                  flama_debug_headers[i].name.data,
                                  flama_debug_headers[i].value.data);
    return head ? flama_arena_format(arena, "%s\r\n", head) : NULL;
}

void flama_crash_respond(const flama_crash_story *story, flama_arena *arena, int fd)
{
    flama_string body = FLAMA_STRING("Internal Server Error");
    const char *type = "text/plain; charset=utf-8";
    if (flama_debug_accepts(&story->request) && page_of(story, arena, &body) == 0)
        type = "text/html; charset=utf-8";
    const char *head = head_of(arena, type, body.size);
    flama_string method = story->request.method_name;
    bool bare = method.size == 4 && memcmp(method.data, "HEAD", 4) == 0;
    if (head && send_all(fd, (flama_string){head, strlen(head)}) && !bare)
        send_all(fd, body);
    end_connection(fd);
}
