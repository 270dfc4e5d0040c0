/*
 * Taking return addresses; see backtrace.h.
 *
 * By the C library's unwinder: it finds a frame's table without a lock, so no
 * other thread of the parent can have left one taken for ever in a child. (Not
 * so libunwind, which also puts its own functions before those of C++.) Its
 * first use loads a library, and so comes before the first fork.
 */
#include "os/backtrace.h"

#include "base/error.h"

#include <execinfo.h>
#include <pthread.h>

/* Weak: a program that is linked with a few objects only, none of which calls
   user code, has no such section. */
extern const char edge_begin[] __asm__("__start_mp__edge")
    __attribute__((weak, visibility("hidden")));
extern const char edge_end[] __asm__("__stop_mp__edge")
    __attribute__((weak, visibility("hidden")));

size_t mp__backtrace(void **addresses, size_t n)
{
    int got = backtrace(addresses, (int)n);

    return got > 0 ? (size_t)got : 0;
}

/* A return address lies behind its call, so it may be the end's. */
bool mp__is_stack_edge(const void *address)
{
    return (const char *)address > edge_begin &&
           (const char *)address <= edge_end;
}

static void load_unwinder(void)
{
    void *here[1];

    (void)mp__backtrace(here, 1);
}

void mp__backtrace_install(void)
{
    static const struct mp__trace_hooks hooks = {.capture = mp__backtrace,
                                                 .name = mp__name_frames};

    mp__trace_install(&hooks);
    (void)pthread_atfork(load_unwinder, NULL, NULL);
}
