/*
 * Threads; see thread.h.
 */
#include "os/thread.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Beyond the least there can be: what a few nested calls need, and what the
   C library and sanitizers keep on a thread's stack for themselves. */
#define STACK ((size_t)128 * 1024)

static int start_detached(void *(*fn)(void *), void *arg, size_t stack)
{
    pthread_attr_t attr;
    pthread_t thread;
    int error;

    if (pthread_attr_init(&attr) != 0)
        return -1;
    if (stack > 0)
        (void)pthread_attr_setstacksize(&attr, stack);
    (void)pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
    error = pthread_create(&thread, &attr, fn, arg);
    (void)pthread_attr_destroy(&attr);
    return -error;
}

/* Reset in a child, which has none of them. */
static _Atomic int started;

static int start_deaf(void *(*fn)(void *), void *arg, size_t stack)
{
    sigset_t all, before;
    int rc;

    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, &before);
    rc = start_detached(fn, arg, stack);
    if (rc == 0)
        started++;
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    return rc;
}

int mp__thread_start(void *(*fn)(void *), void *arg)
{
    return start_deaf(fn, arg, STACK);
}

int mp__thread_start_roomy(void *(*fn)(void *), void *arg)
{
    return start_deaf(fn, arg, 0);
}

void mp__thread_ends(void)
{
    started--;
}

int mp__thread_reap(pthread_t thread)
{
    int before, error;

    (void)pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &before);
    error = pthread_join(thread, NULL);
    (void)pthread_setcancelstate(before, &before);
    return -error;
}

/* 0: not yet known. Initial-exec, so that a look costs one load. */
static _Thread_local pid_t own_id __attribute__((tls_model("initial-exec")));

/* child. Its one thread has a number of its own. */
static void forget_threads(void)
{
    own_id = 0;
    started = 0;
}

__attribute__((constructor)) static void register_fork_handler(void)
{
    (void)pthread_atfork(NULL, NULL, forget_threads);
}

pid_t mp__thread_id(void)
{
    if (own_id == 0)
        own_id = (pid_t)syscall(SYS_gettid);
    return own_id;
}

bool mp__thread_lives(pid_t pid, pid_t tid)
{
    return syscall(SYS_tgkill, pid, tid, 0) == 0 || errno != ESRCH;
}

/* A line as "Threads:\t3". */
static int threads_of_process(void)
{
    FILE *f = fopen("/proc/self/status", "re");
    char line[128];
    int n = 1;

    if (f == NULL)
        return n;
    while (fgets(line, sizeof line, f) != NULL)
        if (sscanf(line, "Threads: %d", &n) == 1)
            break;
    (void)fclose(f);
    return n;
}

int mp__threads_of_others(void)
{
    int others = threads_of_process() - 1 - started;

    return others > 0 ? others : 0;
}

bool mp__is_main_thread(void)
{
    return mp__thread_id() == getpid();
}
