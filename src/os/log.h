/*
 * The logger, as the library uses it.
 *
 * A record that nobody wants costs a load and a branch. One that is wanted is
 * told by the thread that logs: never with a lock held that a handler of the
 * user's could come to want, the registry's gate above all.
 */
#ifndef MP_OS_LOG_H
#define MP_OS_LOG_H

#include <mproc/log.h>

#include <stdatomic.h>

/* Below it nothing is told; above every level if nobody listens. Relaxed: who
   sees a change late logs a line more or less. */
extern _Atomic int mp__log_threshold;

#define mp__log_is_on(level_)                                                \
    __builtin_expect(atomic_load_explicit(&mp__log_threshold,                \
                                          memory_order_relaxed) <= (level_), \
                     0)

#define mp__log(level_, ...)                     \
    do {                                         \
        if (mp__log_is_on(level_))               \
            mp__log_tell((level_), __VA_ARGS__); \
    } while (0)

void mp__log_tell(int level, const char *fmt, ...) MP__PRINTF(2, 3);

/* What a higher room knows: the calling process's name, and what has to be
   done when a program first asks for the logger. Before main. */
struct mp__log_hooks {
    void (*name)(char *buf, size_t size);
    void (*begin)(void);
};
void mp__log_install(const struct mp__log_hooks *hooks);

#endif
