#include "net/listener.h"

#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <uv.h>

#include "base/alloc.h"
#include "base/error.h"

enum { ACCEPTS_A_ROUND = 64, BACK_OFF_MS = 50 };

struct flama_listener {
    uv_poll_t poll;
    uv_timer_t back_off;
    int fd;
    int open_handles;
    flama_accepted accepted;
    void *ctx;
};

typedef enum accept_result { ACCEPTED, NONE_WAITING, CANNOT } accept_result;

/* What of accept's errors belongs to one connection, which failed while it waited. */
static bool only_this_one(int error)
{
    return error == ECONNABORTED || error == EINTR || error == EPROTO ||
           error == ENETDOWN || error == EHOSTDOWN || error == EHOSTUNREACH ||
           error == ENETUNREACH || error == ENONET || error == ENOPROTOOPT;
}

static accept_result accept_one(flama_listener *listener)
{
    struct sockaddr_storage peer = {0};
    socklen_t size = sizeof peer;
    int fd = accept4(listener->fd, (struct sockaddr *)&peer, &size,
                     SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd >= 0) {
        listener->accepted(listener->ctx, fd, (struct sockaddr *)&peer);
        return ACCEPTED;
    }
    if (errno == EAGAIN)
        return NONE_WAITING;
    return only_this_one(errno) ? ACCEPTED : CANNOT;
}

static void on_readable(uv_poll_t *poll, int status, int events);

static void on_back_off(uv_timer_t *timer)
{
    flama_listener *listener = timer->data;
    uv_poll_start(&listener->poll, UV_READABLE, on_readable);
}

static void on_readable(uv_poll_t *poll, int status, int events)
{
    (void)status;
    (void)events;
    flama_listener *listener = poll->data;
    accept_result result = ACCEPTED;
    for (int i = 0; i < ACCEPTS_A_ROUND && result == ACCEPTED; i++)
        result = accept_one(listener);
    if (result != CANNOT)
        return;
    flama_log(FLAMA_LOG_WARNING, "can't accept connections: %s", strerror(errno));
    uv_poll_stop(poll);
    uv_timer_start(&listener->back_off, on_back_off, BACK_OFF_MS, 0);
}

int flama_listener_new(flama_listener **out, flama_loop *loop, int fd,
                       flama_accepted accepted, void *ctx, flama_error *err)
{
    flama_listener *listener = flama_calloc(1, sizeof *listener);
    if (listener == NULL)
        return flama_error__memory(err);
    int rc = uv_poll_init(flama_loop__uv(loop), &listener->poll, fd);
    if (rc != 0) {
        flama_free(listener);
        return flama_error_set(err, FLAMA_EIO, "can't watch a listening socket: %s",
                               uv_strerror(rc));
    }
    uv_timer_init(flama_loop__uv(loop), &listener->back_off);
    listener->poll.data = listener->back_off.data = listener;
    listener->open_handles = 2;
    listener->fd = fd;
    listener->accepted = accepted;
    listener->ctx = ctx;
    uv_poll_start(&listener->poll, UV_READABLE, on_readable);
    *out = listener;
    return 0;
}

static void on_closed(uv_handle_t *handle)
{
    flama_listener *listener = handle->data;
    if (--listener->open_handles == 0)
        flama_free(listener);
}

void flama_listener_drain(flama_listener *listener)
{
    while (accept_one(listener) == ACCEPTED)
        ;
}

void flama_listener_close(flama_listener *listener)
{
    if (listener == NULL)
        return;
    uv_poll_stop(&listener->poll);
    close(listener->fd);
    uv_close((uv_handle_t *)&listener->poll, on_closed);
    uv_close((uv_handle_t *)&listener->back_off, on_closed);
}
