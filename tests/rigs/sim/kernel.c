/*
 * What stands in for the kernel: futexes that put coroutines to sleep, a clock
 * that moves when somebody's time has come, and the death of processes.
 *
 * The real sleep.c runs on top of this. It sleeps in slices, which would hide
 * every lost wake-up; here their end never comes, unless a scenario asks for
 * it.
 */
#include "sched.h"
#include "trace.h"

#include "base/clock.h"
#include "base/error.h"
#include "os/cpu.h"
#include "os/family.h"
#include "os/liveness.h"
#include "os/mapping.h"
#include "os/thread.h"

#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* --- os/futex.h --- */

/* The real one is on one word for the first moment, which has an end as well:
   here a sleep is on both from the start. */

static uint32_t value_of(const mp__word *word)
{
    return *(const volatile uint32_t *)word;
}

int mp__futex_wait(const mp__word *word, uint32_t expected,
                   const mp__word *second, uint32_t second_expected,
                   int64_t until)
{
    int me = sim_current();
    bool woken;

    sim_point();
    if (value_of(word) != expected ||
        (second != NULL && value_of(second) != second_expected)) {
        sim_trace(me, "need not sleep");
        return 0;
    }
    if (sim_tracing)
        sim_trace_access(me, "sleeps", word, __builtin_return_address(0),
                         "= %x", expected);
    woken = sim_sleep((const void *)word, (const void *)second, until);
    sim_point();
    return woken ? 0 : -ETIMEDOUT;
}

enum change { KEEP, ADD, OR, SET };

/* The change, if any, and the wake-up in one step. */
static int change_and_wake_on(mp__word *word, enum change change, uint32_t arg,
                              mp__word *sleepers, int n, const void *pc)
{
    volatile uint32_t *value = (volatile uint32_t *)word;
    uint32_t old;

    sim_point();
    old = *value;
    if (change == ADD)
        *value = old + arg;
    else if (change == OR)
        *value = old | arg;
    else if (change == SET)
        *value = arg;
    if (sim_tracing)
        sim_trace_access(sim_current(), "wakes", word, pc, "%x -> %x", old,
                         *value);
    return sim_wake((const void *)sleepers, n);
}

static int change_and_wake(mp__word *word, enum change change, uint32_t arg,
                           int n, const void *pc)
{
    return change_and_wake_on(word, change, arg, word, n, pc);
}

int mp__futex_wake(mp__word *word, int n)
{
    return change_and_wake(word, KEEP, 0, n, __builtin_return_address(0));
}

int mp__futex_add_wake(mp__word *word, uint32_t add, int n)
{
    return change_and_wake(word, ADD, add, n, __builtin_return_address(0));
}

int mp__futex_or_wake(mp__word *word, uint32_t bits, int n)
{
    return change_and_wake(word, OR, bits, n, __builtin_return_address(0));
}

int mp__futex_add_wake_on(mp__word *word, uint32_t add, mp__word *sleepers,
                          int n)
{
    return change_and_wake_on(word, ADD, add, sleepers, n,
                              __builtin_return_address(0));
}

int mp__futex_bit_wake(mp__word *word, int bit, int n)
{
    return change_and_wake(word, SET, UINT32_C(1) << bit, n,
                           __builtin_return_address(0));
}

/* --- the clock, the processes --- */

int sim_clock_gettime(clockid_t clock, struct timespec *out);
pid_t sim_getpid(void);

int sim_clock_gettime(clockid_t clock, struct timespec *out)
{
    (void)clock;
    out->tv_sec = sim_now() / MP__SECOND;
    out->tv_nsec = sim_now() % MP__SECOND;
    return 0;
}

pid_t sim_getpid(void)
{
    return SIM_FIRST_PID + sim_current();
}

uint64_t mp__start_time(pid_t pid)
{
    return (uint64_t)pid + 1000;
}

uint64_t mp__ticks_now(void)
{
    return mp__start_time(sim_getpid());
}

bool mp__process_lives(pid_t pid, uint64_t seen)
{
    sim_point();
    return sim_lives(pid - SIM_FIRST_PID) &&
           (seen == 0 || mp__start_time(pid) <= seen);
}

bool mp__runs_another_program(pid_t pid)
{
    (void)pid;
    return false;
}

/* Each has one thread, but for those that a scenario speaks of. */
pid_t mp__thread_id(void)
{
    return SIM_FIRST_THREAD + sim_current();
}

bool mp__thread_lives(pid_t pid, pid_t tid)
{
    sim_point();
    return pid == 0 || tid - SIM_FIRST_THREAD == pid - SIM_FIRST_PID;
}

int mp__usable_cpus(void)
{
    return 1;
}

/* Others have their turns at any access here, so none is given away: whoever
   waits sleeps at once, on all that is to wake it. */
bool mp__yield(void)
{
    return false;
}

void mp__give_way(void)
{
    sim_point();
}

uint64_t mp__family(void)
{
    return 1;
}

/* Each simulated process has one thread: its own mutexes are free. */
int sim_mutex_lock(pthread_mutex_t *mutex);
int sim_mutex_unlock(pthread_mutex_t *mutex);

int sim_mutex_lock(pthread_mutex_t *mutex)
{
    (void)mutex;
    return 0;
}

int sim_mutex_unlock(pthread_mutex_t *mutex)
{
    (void)mutex;
    return 0;
}

/* --- base/error.h: the code is enough --- */

int mp__fail(int code, const char *fmt, ...)
{
    (void)fmt;
    return code;
}

int mp__fail_os(int code, const char *fmt, ...)
{
    (void)fmt;
    return code;
}

/* --- os/mapping.h: memory of the world --- */

/* Small, so that it does not take many records to come to its end. There is one
   mapping in a world. */
enum { PAGE = 1024, PAGES = 16 };

static char *mapped;
static uint8_t *has_memory; /* by page; part of the world */

size_t mp__page_size(void)
{
    return PAGE;
}

bool sim_has_memory(const volatile void *at, size_t size)
{
    size_t offset = (size_t)((const volatile char *)at - mapped);

    if (mapped == NULL || offset >= (size_t)PAGES * PAGE)
        return true;
    return has_memory[offset / PAGE] && has_memory[(offset + size - 1) / PAGE];
}

void sim_unmap(void)
{
    mapped = NULL;
}

int mp__mapping_new(const char *name, size_t reserve, size_t commit,
                    struct mp__mapping *out)
{
    (void)reserve;
    mapped = sim_shared((size_t)PAGES * PAGE, name);
    has_memory = sim_private(PAGES);
    *out = (struct mp__mapping){
        .base = mapped, .size = (size_t)PAGES * PAGE, .fd = -1};
    return mp__mapping_commit(out, 0, commit);
}

int mp__mapping_adopt(int fd, struct mp__mapping *out)
{
    (void)fd;
    (void)out;
    return -EBADF;
}

void mp__mapping_free(struct mp__mapping *m)
{
    (void)m;
}

/* A page that has memory keeps what is in it. */
int mp__mapping_commit(const struct mp__mapping *m, size_t offset, size_t size)
{
    sim_point();
    if (size > m->size || offset > m->size - size)
        return -ENOSPC;
    for (size_t i = offset / PAGE; i * PAGE < offset + size; i++)
        has_memory[i] = 1;
    return 0;
}

void mp__mapping_release(const struct mp__mapping *m, size_t offset,
                         size_t size)
{
    sim_point();
    memset((char *)m->base + offset, 0, size);
    for (size_t i = (offset + PAGE - 1) / PAGE; (i + 1) * PAGE <= offset + size;
         i++)
        has_memory[i] = 0;
}
