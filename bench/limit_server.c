/* limit_server BODY_SIZE: the least that a server can do. One thread, epoll, one fixed
 * answer for each read, nothing looked at. What a real server costs beyond it is its
 * own work. Prints its port; ends when killed. */
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { EVENTS = 64, LARGEST_BODY = 1 << 20 };

static int open_listener(int *port)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    if (fd < 0 || bind(fd, (struct sockaddr *)&address, size) != 0 ||
        listen(fd, 1024) != 0 ||
        getsockname(fd, (struct sockaddr *)&address, &size) != 0)
        return -1;
    *port = ntohs(address.sin_port);
    return fd;
}

static void watch(int poll, int fd)
{
    struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};
    epoll_ctl(poll, EPOLL_CTL_ADD, fd, &event);
}

static void take_connections(int poll, int listener)
{
    int fd;
    while ((fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK)) >= 0) {
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
        watch(poll, fd);
    }
}

static void answer(int fd, const char *text, size_t size)
{
    static char request[1 << 16];
    ssize_t got = read(fd, request, sizeof request);
    if (got <= 0 || write(fd, text, size) != (ssize_t)size)
        close(fd);
}

int main(int argc, char **argv)
{
    size_t body = argc > 1 ? strtoul(argv[1], NULL, 10) : 0;
    if (body > LARGEST_BODY)
        return 2;
    char *text = malloc(body + 512);
    int port, listener = open_listener(&port), poll = epoll_create1(0);
    if (text == NULL || listener < 0 || poll < 0)
        return 1;
    int head = snprintf(text, 512,
                        "HTTP/1.1 200 OK\r\ndate: Thu, 01 Jan 1970 00:00:00 GMT\r\n"
                        "server: limit\r\ncontent-length: %zu\r\n"
                        "content-type: application/json\r\n\r\n",
                        body);
    memset(text + head, 'x', body);
    printf("http://127.0.0.1:%d\n", port);
    fflush(stdout);
    watch(poll, listener);
    for (;;) {
        struct epoll_event events[EVENTS];
        int count = epoll_wait(poll, events, EVENTS, -1);
        for (int i = 0; i < count; i++) {
            if (events[i].data.fd == listener)
                take_connections(poll, listener);
            else
                answer(events[i].data.fd, text, (size_t)head + body);
        }
    }
}
