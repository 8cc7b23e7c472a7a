#include "app/debug/supervisor.h"

#include <dirent.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <flama/sys/supervisor.h>

#include "app/app.h"
#include "app/debug/crash_answer.h"
#include "base/clock.h"
#include "base/options.h"

/* So many crashes in a row, each so soon after the start, and it is no use. */
enum { CRASHES_MOST = 10, SOON = 1000 * 1000 * 1000 /* nanoseconds */ };

typedef struct supervisor {
    flama_crash *crash; /* shared with the child */
    int sockets[2];     /* the supervisor's end, the child's */
    int *listening;
    unsigned listening_count;
    pid_t child;
    int stopping;     /* the signal that has been handed on, 0: none */
    bool served;      /* a child has got as far as that */
    unsigned crashes; /* soon after the start, in a row */
    sigset_t before;
    struct sigaction child_before;
} supervisor;

static supervisor *watching; /* in the child: who watches it; NULL: nobody */

void flama_supervisor__sockets(flama_http_options *http)
{
    if (watching == NULL)
        return;
    http->sockets = watching->listening;
    http->socket_count = watching->listening_count;
    watching->listening_count = 0;
}

void flama_supervisor__ready(void)
{
    if (watching)
        atomic_store(&watching->crash->ready, flama_clock_now());
}

/* Starting. */

/* A fork takes one thread along only. */
static bool is_single_threaded(void)
{
    DIR *tasks = opendir("/proc/self/task");
    int count = 0;
    while (tasks && readdir(tasks))
        count++;
    if (tasks)
        closedir(tasks);
    if (count != 2 + 1) /* ".", ".." and the one */
        flama_log(FLAMA_LOG_WARNING,
                  "this program has started threads already: after a crash it is not "
                  "started again");
    return count == 2 + 1;
}

static bool make_record(supervisor *s)
{
    void *memory = mmap(NULL, sizeof *s->crash, PROT_READ | PROT_WRITE,
                        MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    s->crash = memory == MAP_FAILED ? NULL : memory;
    return s->crash &&
           socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, s->sockets) == 0;
}

static bool listen_first(supervisor *s, const flama_run_options *options,
                         flama_arena *arena)
{
    flama_http_options http;
    unsigned count;
    int port;
    if (flama_app__http_options(options, &http, NULL) != 0 ||
        flama_http_listen(&http, arena, &s->listening, &count, &port, NULL) != 0)
        return false;
    s->listening_count = count;
    return true;
}

static void close_listening(supervisor *s)
{
    for (unsigned i = 0; i < s->listening_count; i++)
        close(s->listening[i]);
    s->listening_count = 0;
}

static void release(supervisor *s)
{
    close_listening(s);
    if (s->sockets[0] >= 0)
        close(s->sockets[0]);
    if (s->sockets[1] >= 0)
        close(s->sockets[1]);
    if (s->crash)
        munmap(s->crash, sizeof *s->crash);
}

static void hold_signals(supervisor *s)
{
    struct sigaction usual = {.sa_handler = SIG_DFL};
    sigset_t held;
    sigemptyset(&usual.sa_mask);
    sigemptyset(&held);
    sigaddset(&held, SIGCHLD);
    sigaddset(&held, SIGINT);
    sigaddset(&held, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &held, &s->before);
    sigaction(SIGCHLD, &usual, &s->child_before);
}

static void let_signals_through(supervisor *s)
{
    sigaction(SIGCHLD, &s->child_before, NULL);
    pthread_sigmask(SIG_SETMASK, &s->before, NULL);
}

/* A child that its supervisor has left alone ends too, as it would be told to. */
static void begin_child(supervisor *s, pid_t parent)
{
    watching = s;
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    let_signals_through(s);
    if (getppid() != parent)
        raise(SIGTERM);
    close(s->sockets[0]);
    flama_crash_watch(s->crash, s->sockets[1]);
}

/* Crashes. */

/* The socket that the child has sent, or -1. */
static int take_socket(const supervisor *s)
{
    int fd = -1;
    char byte;
    union {
        struct cmsghdr header;
        char room[CMSG_SPACE(sizeof fd)];
    } control;
    struct iovec data = {.iov_base = &byte, .iov_len = 1};
    struct msghdr message = {.msg_iov = &data,
                             .msg_iovlen = 1,
                             .msg_control = control.room,
                             .msg_controllen = sizeof control.room};
    if (recvmsg(s->sockets[0], &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC) < 0)
        return -1;
    const struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    if (header && header->cmsg_type == SCM_RIGHTS &&
        header->cmsg_len == CMSG_LEN(sizeof fd))
        memcpy(&fd, CMSG_DATA(header), sizeof fd);
    return fd;
}

static void end_child(supervisor *s)
{
    kill(s->child, SIGKILL);
    waitpid(s->child, NULL, 0);
}

/* Tells of a crash. A child that stands still in the handler of its signal, where
 * nothing in it answers any more, is `there`; it is gone before its client hears of it,
 * so that the next start can't be too late. Of one that is gone already this process
 * knows what both had loaded. */
static void bury(supervisor *s, bool there)
{
    flama_crash_story story;
    flama_arena *arena = flama_arena_new(0);
    int client = take_socket(s);
    if (arena)
        flama_crash_tell(s->crash, there ? s->child : getpid(), arena, &story);
    if (there)
        end_child(s);
    if (arena)
        flama_crash_log(&story);
    if (client >= 0 && arena && story.requested)
        flama_crash_respond(&story, arena, client);
    else if (client >= 0)
        close(client);
    flama_arena_free(arena);
}

/* Forks; 0 in the child, as fork itself. */
static pid_t start_child(supervisor *s)
{
    pid_t parent = getpid();
    int left; /* sent by a child that then ended in another way */
    while ((left = take_socket(s)) >= 0)
        close(left);
    memset(s->crash, 0, offsetof(flama_crash, text));
    s->child = fork();
    if (s->child == 0)
        begin_child(s, parent);
    return s->child;
}

/* Whether to go on after a crash; says so if not. */
static bool shall_start_again(supervisor *s)
{
    uint64_t began = atomic_load(&s->crash->ready), now = flama_clock_now();
    if (began == 0) {
        flama_log(FLAMA_LOG_ERROR,
                  "the app crashed before it served: it is not started again");
        return false;
    }
    if (atomic_load(&s->crash->happened))
        now = s->crash->when;
    s->crashes = now - began < SOON ? s->crashes + 1 : 0;
    s->served = true;
    if (s->crashes < CRASHES_MOST) {
        flama_log(FLAMA_LOG_INFO, "starting the app again");
        return true;
    }
    flama_log(FLAMA_LOG_ERROR,
              "the app crashed %u times in a row within a second of its start: it is "
              "not started again",
              s->crashes);
    return false;
}

/* Watching. */

typedef enum outcome { GOES_ON, CRASHED, ENDED } outcome;

/* The way a child that was told to stop has ended: as the program would have. */
static int end_as_told(const supervisor *s)
{
    struct sigaction usual = {.sa_handler = SIG_DFL};
    sigset_t one;
    if (s->served || atomic_load(&s->crash->ready))
        return 0;
    sigemptyset(&usual.sa_mask);
    sigaction(s->stopping, &usual, NULL);
    sigemptyset(&one);
    sigaddset(&one, s->stopping);
    pthread_sigmask(SIG_UNBLOCK, &one, NULL);
    raise(s->stopping);
    return 1;
}

static outcome look(supervisor *s, int *exit_status)
{
    int status;
    if (waitpid(s->child, &status, WUNTRACED | WNOHANG) != s->child)
        return GOES_ON;
    if (WIFSTOPPED(status)) {
        if (!atomic_load(&s->crash->happened))
            return GOES_ON; /* somebody else has stopped it */
        bury(s, true);
        return CRASHED;
    }
    if (WIFEXITED(status)) {
        *exit_status = WEXITSTATUS(status);
        return ENDED;
    }
    if (s->stopping && WTERMSIG(status) == s->stopping) {
        *exit_status = end_as_told(s);
        return ENDED;
    }
    if (atomic_load(&s->crash->happened))
        bury(s, false);
    else
        flama_log(FLAMA_LOG_ERROR, "the app was ended by %s",
                  flama_crash_name(WTERMSIG(status)));
    return CRASHED;
}

/* Hands a signal on; from then on no connection waits for a server. */
static void hand_on(supervisor *s, int number)
{
    s->stopping = number;
    close_listening(s);
    kill(s->child, number);
}

/* True in a child. In the supervisor false, at the end of all. */
static bool watch(supervisor *s, int *exit_status)
{
    sigset_t awaited;
    sigemptyset(&awaited);
    sigaddset(&awaited, SIGCHLD);
    sigaddset(&awaited, SIGINT);
    sigaddset(&awaited, SIGTERM);
    for (;;) {
        int number = sigwaitinfo(&awaited, NULL);
        if (number == SIGINT || number == SIGTERM)
            hand_on(s, number);
        outcome now = number == SIGCHLD ? look(s, exit_status) : GOES_ON;
        if (now == ENDED)
            return false;
        if (now == GOES_ON)
            continue;
        *exit_status = 1;
        if (s->stopping || !shall_start_again(s))
            return false;
        pid_t child = start_child(s);
        if (child < 0)
            flama_log(FLAMA_LOG_ERROR, "can't start the app again: %s",
                      strerror(errno));
        if (child <= 0)
            return child == 0;
    }
}

/* Debug mode is for the developer's own machine. */
static void warn_of_strangers(const flama_run_options *options)
{
    const char *host = options->host ? options->host : "127.0.0.1";
    bool own = options->uds || strncmp(host, "127.", 4) == 0 ||
               strcmp(host, "::1") == 0 || strcmp(host, "localhost") == 0;
    if (!own)
        flama_log(FLAMA_LOG_WARNING,
                  "debug mode on '%s': whoever reaches this address is shown source "
                  "code and requests",
                  host);
}

int flama_supervise(const flama_run_options *given, int (*serve)(void *ctx), void *ctx)
{
    flama_run_options own;
    const flama_run_options *options = &own;
    supervisor s = {.sockets = {-1, -1}};
    flama_arena *arena = flama_arena_new(0);
    int status = 1;
    int rc = FLAMA_OPTIONS_TAKE(flama_run_options, &own, given, NULL);
    warn_of_strangers(options);
    if (rc != 0 || arena == NULL || !is_single_threaded() || !make_record(&s) ||
        !listen_first(&s, options, arena)) {
        release(&s);
        flama_arena_free(arena);
        return serve(ctx);
    }
    hold_signals(&s);
    pid_t child = start_child(&s);
    if (child < 0) {
        let_signals_through(&s);
        close_listening(&s);
    }
    bool serves = child <= 0 || watch(&s, &status);
    if (serves)
        status = serve(ctx);
    else
        let_signals_through(&s);
    if (watching == NULL) /* the child may still crash while it ends */
        release(&s);
    flama_arena_free(arena);
    return status;
}
