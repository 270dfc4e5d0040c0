/*
 * The runtime that code compiled with -fsanitize=thread calls, in place of
 * libtsan: every access to shared memory is a scheduling point and then
 * happens in one piece, in the order of the program.
 *
 * What is explored is sequential consistency: the library keeps its protocol
 * words seq_cst and everything else under a lock, so that this is sound. gcc's
 * set of entry points; clang's differs a little.
 */
#include "sched.h"
#include "trace.h"

#include <stdint.h>
#include <string.h>

#define CALLER __builtin_return_address(0)

/* What gcc calls is declared nowhere. */
#pragma GCC diagnostic ignored "-Wmissing-prototypes"
#pragma GCC diagnostic ignored "-Wmissing-declarations"

static inline bool is_watched(const volatile void *at)
{
    return sim_is_shared(at) && sim_current() >= 0;
}

static void plain_access(const volatile void *at, size_t size, const char *what,
                         const void *pc)
{
    if (!is_watched(at))
        return;
    sim_point();
    if (!sim_has_memory(at, size))
        sim_fail("uses memory that is not there");
    if (sim_tracing)
        sim_trace_access(sim_current(), what, at, pc, "%zu bytes", size);
}

#define PLAIN(name_, size_)                       \
    void __tsan_read##name_(void *at)             \
    {                                             \
        plain_access(at, size_, "read", CALLER);  \
    }                                             \
    void __tsan_write##name_(void *at)            \
    {                                             \
        plain_access(at, size_, "write", CALLER); \
    }                                             \
    void __tsan_unaligned_read##name_(void *at)   \
    {                                             \
        plain_access(at, size_, "read", CALLER);  \
    }                                             \
    void __tsan_unaligned_write##name_(void *at)  \
    {                                             \
        plain_access(at, size_, "write", CALLER); \
    }                                             \
    void __tsan_volatile_read##name_(void *at)    \
    {                                             \
        plain_access(at, size_, "read", CALLER);  \
    }                                             \
    void __tsan_volatile_write##name_(void *at)   \
    {                                             \
        plain_access(at, size_, "write", CALLER); \
    }

PLAIN(1, 1)
PLAIN(2, 2)
PLAIN(4, 4)
PLAIN(8, 8)
PLAIN(16, 16)

void __tsan_read_range(void *at, size_t size)
{
    plain_access(at, size, "read", CALLER);
}

void __tsan_write_range(void *at, size_t size)
{
    plain_access(at, size, "write", CALLER);
}

void __tsan_init(void)
{
}

void __tsan_func_entry(void *pc)
{
    (void)pc;
}

void __tsan_func_exit(void)
{
}

void __tsan_atomic_thread_fence(int order)
{
    (void)order;
}

void __tsan_atomic_signal_fence(int order)
{
    (void)order;
}

static void told(const char *what, const volatile void *at, uint64_t old,
                 uint64_t now, const void *pc)
{
    if (sim_tracing && is_watched(at))
        sim_trace_access(sim_current(), what, at, pc, "%llx -> %llx",
                         (unsigned long long)old, (unsigned long long)now);
}

static inline void before(const volatile void *at)
{
    if (is_watched(at))
        sim_point();
}

/* A read-modify-write whose new value is expr_ of `old` and `v`. */
#define UPDATE(bits_, name_, expr_)                                 \
    uint##bits_##_t __tsan_atomic##bits_##_##name_(                 \
        volatile uint##bits_##_t *at, uint##bits_##_t v, int order) \
    {                                                               \
        uint##bits_##_t old;                                        \
                                                                    \
        (void)order;                                                \
        before(at);                                                 \
        old = *at;                                                  \
        *at = (uint##bits_##_t)(expr_);                             \
        told(#name_, at, old, *at, CALLER);                         \
        return old;                                                 \
    }

#define COMPARE_EXCHANGE(bits_, name_)                                \
    int __tsan_atomic##bits_##_compare_exchange_##name_(              \
        volatile uint##bits_##_t *at, uint##bits_##_t *expected,      \
        uint##bits_##_t v, int order, int failure_order)              \
    {                                                                 \
        uint##bits_##_t old, wanted = *expected;                      \
                                                                      \
        (void)order;                                                  \
        (void)failure_order;                                          \
        before(at);                                                   \
        old = *at;                                                    \
        if (old == wanted)                                            \
            *at = v;                                                  \
        else                                                          \
            *expected = old;                                          \
        told(old == wanted ? "cas" : "cas no", at, old, *at, CALLER); \
        return old == wanted;                                         \
    }

#define ATOMICS(bits_)                                              \
    uint##bits_##_t __tsan_atomic##bits_##_load(                    \
        const volatile uint##bits_##_t *at, int order)              \
    {                                                               \
        (void)order;                                                \
        before(at);                                                 \
        told("load", at, *at, *at, CALLER);                         \
        return *at;                                                 \
    }                                                               \
    void __tsan_atomic##bits_##_store(volatile uint##bits_##_t *at, \
                                      uint##bits_##_t v, int order) \
    {                                                               \
        (void)order;                                                \
        before(at);                                                 \
        told("store", at, *at, v, CALLER);                          \
        *at = v;                                                    \
    }                                                               \
    UPDATE(bits_, exchange, v)                                      \
    UPDATE(bits_, fetch_add, old + v)                               \
    UPDATE(bits_, fetch_sub, old - v)                               \
    UPDATE(bits_, fetch_and, old &v)                                \
    UPDATE(bits_, fetch_or, old | v)                                \
    UPDATE(bits_, fetch_xor, old ^ v)                               \
    COMPARE_EXCHANGE(bits_, strong)                                 \
    COMPARE_EXCHANGE(bits_, weak)

ATOMICS(8)
ATOMICS(16)
ATOMICS(32)
ATOMICS(64)

/* The code under test is compiled to call these in place of memcpy and memset:
   somebody can look, or death come, when half of it is done. */
void *sim_memcpy(void *to, const void *from, size_t size)
{
    size_t half = size / 2;

    if (!is_watched(to) && !is_watched(from))
        return memcpy(to, from, size);
    sim_point();
    memcpy(to, from, half);
    sim_point();
    memcpy((char *)to + half, (const char *)from + half, size - half);
    if (sim_tracing)
        sim_trace_access(sim_current(), "copy", is_watched(to) ? to : from,
                         CALLER, "%zu bytes", size);
    return to;
}

void *sim_memset(void *to, int byte, size_t size)
{
    if (is_watched(to)) {
        sim_point();
        memset(to, byte, size / 2);
        sim_point();
    }
    return memset(to, byte, size);
}
