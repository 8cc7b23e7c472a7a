/* Listening sockets: made once by the server, then watched by one loop each.
 *
 * With several loops on a host and port each gets a socket of its own (SO_REUSEPORT),
 * and the kernel spreads the connections. A Unix socket or an inherited one is shared.
 */
#ifndef FLAMA_NET_LISTENER_H
#define FLAMA_NET_LISTENER_H

#include "net/loop.h"

struct sockaddr;

typedef struct flama_listen_options {
    const char *host; /* "": every interface */
    int port;         /* 0: the system chooses */
    const char *uds;  /* path of a Unix socket instead, or NULL */
    int fd;           /* an inherited listening socket instead, or -1 */
    const int
        *sockets; /* listening sockets that flama_listen has made for another ... */
    unsigned socket_count; /* ... server, to be taken over; 0: none */
    unsigned backlog;
} flama_listen_options;

/* Makes `count` listening descriptors for as many loops; the caller closes them.
 * *port is the port bound, 0 for a Unix socket. 0, or FLAMA_EIO with the address and
 * the system's reason, and then no descriptor is left. */
int flama_listen(int *fds, unsigned count, int *port,
                 const flama_listen_options *options, flama_error *err);

typedef struct flama_listener flama_listener;

/* Receives a connected socket, non-blocking and closed on exec, which is the
 * receiver's. */
typedef void (*flama_accepted)(void *ctx, int fd, const struct sockaddr *peer);

/* Starts to accept from fd, which becomes the listener's. When the process runs out of
 * descriptors it waits a little and tries again. 0, FLAMA_EMEMORY or FLAMA_EIO. */
int flama_listener_new(flama_listener **out, flama_loop *loop, int fd,
                       flama_accepted accepted, void *ctx, flama_error *err);

/* Accepts what waits, so that nobody who got through is turned away. */
void flama_listener_drain(flama_listener *listener);

/* Closes the socket and frees the listener. NULL is fine. */
void flama_listener_close(flama_listener *listener);

#endif
