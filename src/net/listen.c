#include "net/listener.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

static int fail_tcp(const flama_listen_options *options, const char *reason,
                    flama_error *err)
{
    return flama_error_set(err, FLAMA_EIO, "can't listen on %s:%d: %s",
                           options->host[0] ? options->host : "*", options->port,
                           reason);
}

static int resolve(const flama_listen_options *options, struct addrinfo **list,
                   flama_error *err)
{
    char port[16];
    snprintf(port, sizeof port, "%d", options->port);
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM,
                             .ai_flags = AI_PASSIVE | AI_NUMERICSERV};
    const char *host = options->host[0] ? options->host : NULL;
    if (options->port < 0 || options->port > 65535)
        return fail_tcp(options, "not a port", err);
    int rc = getaddrinfo(host, port, &hints, list);
    return rc == 0 ? 0 : fail_tcp(options, gai_strerror(rc), err);
}

static void set(int fd, int level, int name)
{
    int on = 1;
    setsockopt(fd, level, name, &on, sizeof on);
}

/* Accepted sockets inherit TCP_NODELAY and SO_KEEPALIVE on Linux. */
static int bound_socket(const struct addrinfo *address, bool shared)
{
    int fd = socket(address->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return -1;
    set(fd, SOL_SOCKET, SO_REUSEADDR);
    set(fd, SOL_SOCKET, SO_KEEPALIVE);
    set(fd, IPPROTO_TCP, TCP_NODELAY);
    if (shared)
        set(fd, SOL_SOCKET, SO_REUSEPORT);
    if (address->ai_family == AF_INET6) {
        int off = 0;
        setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off);
    }
    if (bind(fd, address->ai_addr, address->ai_addrlen) == 0)
        return fd;
    int saved = errno;
    close(fd);
    errno = saved;
    return -1;
}

static int port_of(int fd)
{
    struct sockaddr_storage name = {0};
    socklen_t size = sizeof name;
    if (getsockname(fd, (struct sockaddr *)&name, &size) != 0)
        return 0;
    if (name.ss_family == AF_INET)
        return ntohs(((struct sockaddr_in *)&name)->sin_port);
    if (name.ss_family == AF_INET6)
        return ntohs(((struct sockaddr_in6 *)&name)->sin6_port);
    return 0;
}

static void set_port(struct addrinfo *address, int port)
{
    if (address->ai_family == AF_INET)
        ((struct sockaddr_in *)(void *)address->ai_addr)->sin_port =
            htons((uint16_t)port);
    else if (address->ai_family == AF_INET6)
        ((struct sockaddr_in6 *)(void *)address->ai_addr)->sin6_port =
            htons((uint16_t)port);
}

static void close_all(int *fds, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        if (fds[i] >= 0)
            close(fds[i]);
}

/* SO_REUSEPORT would let a second server take the same port unnoticed; a socket without
 * it can't be bound while anyone listens there. */
static bool port_is_free(const struct addrinfo *address)
{
    int fd = bound_socket(address, false);
    if (fd >= 0)
        close(fd);
    return fd >= 0;
}

static bool listen_at(int *fds, unsigned count, struct addrinfo *address,
                      unsigned backlog)
{
    bool shared = count > 1;
    if (shared && !port_is_free(address))
        return false;
    for (unsigned i = 0; i < count; i++) {
        fds[i] = bound_socket(address, shared);
        if (fds[i] < 0 || listen(fds[i], (int)backlog) != 0) {
            int saved = errno;
            close_all(fds, i + 1);
            errno = saved;
            return false;
        }
        set_port(address, port_of(fds[i]));
    }
    return true;
}

/* For every interface the IPv6 socket, which takes IPv4 too, comes first. */
static bool listen_first(int *fds, unsigned count, struct addrinfo *list,
                         const flama_listen_options *options)
{
    if (options->host[0] == '\0')
        for (struct addrinfo *a = list; a; a = a->ai_next)
            if (a->ai_family == AF_INET6 && listen_at(fds, count, a, options->backlog))
                return true;
    for (struct addrinfo *a = list; a; a = a->ai_next)
        if (listen_at(fds, count, a, options->backlog))
            return true;
    return false;
}

static int listen_tcp(int *fds, unsigned count, const flama_listen_options *options,
                      flama_error *err)
{
    struct addrinfo *list;
    int rc = resolve(options, &list, err);
    if (rc != 0)
        return rc;
    if (!listen_first(fds, count, list, options))
        rc = fail_tcp(options, strerror(errno), err);
    freeaddrinfo(list);
    return rc;
}

/* A socket file that nobody listens on any more is in the way. */
static void remove_stale(const struct sockaddr_un *address)
{
    struct stat info;
    if (stat(address->sun_path, &info) != 0 || !S_ISSOCK(info.st_mode))
        return;
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return;
    if (connect(fd, (const struct sockaddr *)address, sizeof *address) != 0 &&
        errno == ECONNREFUSED)
        unlink(address->sun_path);
    close(fd);
}

/* Open to everyone, as the front end that connects usually is another user; the
 * folder's rights are the place to restrict it. */
static int listen_unix(int *fd, const flama_listen_options *options, flama_error *err)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    size_t size = strlen(options->uds);
    if (size >= sizeof address.sun_path)
        return flama_error_set(err, FLAMA_EIO,
                               "can't listen on %s: the path is longer "
                               "than %zu bytes",
                               options->uds, sizeof address.sun_path - 1);
    memcpy(address.sun_path, options->uds, size);
    remove_stale(&address);
    *fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (*fd >= 0 && bind(*fd, (struct sockaddr *)&address, sizeof address) == 0 &&
        chmod(options->uds, 0666) == 0 && listen(*fd, (int)options->backlog) == 0)
        return 0;
    int rc = flama_error_set(err, FLAMA_EIO, "can't listen on %s: %s", options->uds,
                             strerror(errno));
    if (*fd >= 0)
        close(*fd);
    return rc;
}

static int take_inherited(int *fd, const flama_listen_options *options,
                          flama_error *err)
{
    int listening = 0;
    socklen_t size = sizeof listening;
    if (getsockopt(options->fd, SOL_SOCKET, SO_ACCEPTCONN, &listening, &size) != 0)
        return flama_error_set(err, FLAMA_EIO, "descriptor %d: %s", options->fd,
                               strerror(errno));
    if (!listening && listen(options->fd, (int)options->backlog) != 0)
        return flama_error_set(err, FLAMA_EIO, "descriptor %d can't listen: %s",
                               options->fd, strerror(errno));
    set(options->fd, IPPROTO_TCP, TCP_NODELAY);
    *fd = fcntl(options->fd, F_DUPFD_CLOEXEC, 3);
    if (*fd < 0)
        return flama_error_set(err, FLAMA_EIO, "descriptor %d: %s", options->fd,
                               strerror(errno));
    return 0;
}

static int take_over(int *fds, unsigned count, int *port,
                     const flama_listen_options *options, flama_error *err)
{
    if (count != options->socket_count)
        return flama_error_set(err, FLAMA_EARGUMENT,
                               "%u listening sockets are there for %u threads",
                               options->socket_count, count);
    memcpy(fds, options->sockets, count * sizeof *fds);
    *port = port_of(fds[0]);
    return 0;
}

int flama_listen(int *fds, unsigned count, int *port,
                 const flama_listen_options *options, flama_error *err)
{
    int rc;
    if (options->socket_count)
        return take_over(fds, count, port, options, err);
    if (options->uds == NULL && options->fd < 0) {
        rc = listen_tcp(fds, count, options, err);
    } else {
        rc = options->uds ? listen_unix(&fds[0], options, err)
                          : take_inherited(&fds[0], options, err);
        for (unsigned i = 1; i < count && rc == 0; i++) {
            fds[i] = fcntl(fds[0], F_DUPFD_CLOEXEC, 3);
            if (fds[i] < 0) {
                rc = flama_error_set(err, FLAMA_EIO,
                                     "can't share a listening socket: "
                                     "%s",
                                     strerror(errno));
                close_all(fds, i);
            }
        }
    }
    if (rc == 0)
        *port = port_of(fds[0]);
    return rc;
}
