/* The server's side of a crash. What runs in the handler of a signal allocates nothing,
 * takes no lock, and is ended by an alarm should it hang. */
#include "app/debug/crash.h"

#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <ucontext.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/thread.h"

enum { STACK_SIZE = 128 * 1024, PATIENCE = 10 /* seconds for the handler */ };

static const int fatal[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT};

flama_crash *flama_crash__record;
static int to_supervisor = -1;
static pthread_key_t stack_key;
static _Thread_local flama_exchange *current;

void flama_crash__set_current(flama_exchange *exchange)
{
    current = exchange;
}

/* The request. */

static void add_part(size_t index, flama_string text, size_t most)
{
    size_t left = FLAMA_CRASH_TEXT - flama_crash__record->text_size;
    size_t size = text.size < most ? text.size : most;
    size = size < left ? size : left;
    if (size)
        memcpy(flama_crash__record->text + flama_crash__record->text_size, text.data,
               size);
    flama_crash__record->parts[index] =
        (flama_crash_part){(uint32_t)flama_crash__record->text_size, (uint32_t)size};
    flama_crash__record->text_size += size;
}

static void record_request(const flama_request *r)
{
    add_part(FLAMA_CRASH_METHOD, r->method_name, 64);
    add_part(FLAMA_CRASH_TARGET, r->target, 4096);
    add_part(FLAMA_CRASH_PATH, r->path, 4096);
    add_part(FLAMA_CRASH_CLIENT, r->client, 256);
    add_part(FLAMA_CRASH_BODY, r->body, 12 * 1024);
    size_t count = r->header_count;
    count = count < FLAMA_CRASH_HEADERS ? count : FLAMA_CRASH_HEADERS;
    for (size_t i = 0; i < count; i++) {
        add_part(FLAMA_CRASH_PARTS + 2 * i, r->headers[i].name, 256);
        add_part(FLAMA_CRASH_PARTS + 2 * i + 1, r->headers[i].value, 4096);
    }
    flama_crash__record->header_count = count;
    atomic_store(&flama_crash__record->requested, true);
}

static void send_socket(const flama_exchange *x)
{
    const flama_transport *t = x->transport;
    int fd = t->size >= sizeof *t && t->descriptor ? t->descriptor(x) : -1;
    if (fd < 0)
        return;
    union {
        struct cmsghdr header;
        char room[CMSG_SPACE(sizeof fd)];
    } control = {.room = {0}};
    struct iovec byte = {.iov_base = "", .iov_len = 1};
    struct msghdr message = {.msg_iov = &byte,
                             .msg_iovlen = 1,
                             .msg_control = control.room,
                             .msg_controllen = sizeof control.room};
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof fd);
    memcpy(CMSG_DATA(header), &fd, sizeof fd);
    sendmsg(to_supervisor, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
}

/* The handler. */

typedef struct place {
    const void *instruction; /* NULL: not known */
    uintptr_t stack;         /* 0: not known */
} place;

static place place_of(const void *context)
{
    const ucontext_t *c = context;
#if defined(__x86_64__)
    return (place){(const void *)c->uc_mcontext.gregs[REG_RIP],
                   (uintptr_t)c->uc_mcontext.gregs[REG_RSP]};
#elif defined(__aarch64__)
    return (place){(const void *)c->uc_mcontext.pc, c->uc_mcontext.sp};
#else
    (void)c;
    return (place){NULL, 0};
#endif
}

/* Should what follows hang, in a lock that the crashed code holds: the alarm ends it.
 */
static void begin_alarm(void)
{
    sigset_t alarm_only;
    signal(SIGALRM, SIG_DFL);
    sigemptyset(&alarm_only);
    sigaddset(&alarm_only, SIGALRM);
    pthread_sigmask(SIG_UNBLOCK, &alarm_only, NULL);
    alarm(PATIENCE);
}

/* Stops every thread of the process, for good. */
static void stop_here(void)
{
    kill(getpid(), SIGSTOP);
    for (;;)
        pause();
}

/* The record itself crashed, and is as whole as it gets. */
static void crash_again(int number)
{
    if (atomic_load(&flama_crash__record->happened))
        stop_here();
    signal(number, SIG_DFL);
    raise(number);
}

static void on_crash(int number, siginfo_t *info, void *context)
{
    static atomic_flag entered = ATOMIC_FLAG_INIT;
    static _Thread_local bool here;
    if (here)
        crash_again(number);
    here = true;
    while (atomic_flag_test_and_set(&entered))
        pause(); /* another thread was first, and stops this one */
    begin_alarm();
    flama_crash__record->when = flama_clock_now();
    flama_crash__record->signal = number;
    flama_crash__record->reason = info->si_code;
    flama_crash__record->address = (uintptr_t)info->si_addr;
    place at = place_of(context);
    flama_crash__record->stack = at.stack;
    flama_backtrace_take(&flama_crash__record->trace, at.instruction);
    flama_crash__record->trace.exact =
        flama_crash__record->trace.count &&
        flama_crash__record->trace.addresses[0] == at.instruction;
    atomic_store(&flama_crash__record->happened, true);
    if (current) {
        record_request(&current->request);
        send_socket(current);
    }
    stop_here();
}

/* Threads. */

static void drop_stack(void *stack)
{
    const stack_t none = {.ss_flags = SS_DISABLE};
    sigaltstack(&none, NULL);
    munmap(stack, STACK_SIZE);
}

/* Gives the thread a stack for the handler, as its own may be what has run out, and
 * lets the signals through. */
static void watch_thread(void)
{
    sigset_t crashes;
    sigemptyset(&crashes);
    for (size_t i = 0; i < sizeof fatal / sizeof *fatal; i++)
        sigaddset(&crashes, fatal[i]);
    pthread_sigmask(SIG_UNBLOCK, &crashes, NULL);
    stack_t stack;
    if (sigaltstack(NULL, &stack) != 0 || !(stack.ss_flags & SS_DISABLE))
        return; /* a sanitizer's */
    void *memory = mmap(NULL, STACK_SIZE, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
    if (memory == MAP_FAILED)
        return;
    stack = (stack_t){.ss_sp = memory, .ss_size = STACK_SIZE};
    sigaltstack(&stack, NULL);
    pthread_setspecific(stack_key, memory);
}

void flama_crash_watch(flama_crash *crash, int socket)
{
    struct sigaction action = {.sa_sigaction = on_crash,
                               .sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER};
    sigemptyset(&action.sa_mask);
    if (pthread_key_create(&stack_key, drop_stack) != 0)
        return;
    flama_crash__record = crash;
    to_supervisor = socket;
    flama_backtrace_prepare();
    flama_thread_prepare(watch_thread);
    watch_thread();
    for (size_t i = 0; i < sizeof fatal / sizeof *fatal; i++)
        sigaction(fatal[i], &action, NULL);
}
