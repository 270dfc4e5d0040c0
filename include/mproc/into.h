/*
 * Receiving: where a value is to land. The pointer's type is the format
 * string, and its constness the ownership: `char *` is yours to free(),
 * `const char *` is borrowed, and accepted only where that is safe: in the
 * arguments of a call.
 */
#ifndef MPROC_INTO_H
#define MPROC_INTO_H

#include <mproc/any.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Say where a value is to go; MP_TO(p) picks the right one by the type of p.
 * A number fits if its value does (2.0 is no int), an int fits a double, and
 * 0 and 1 fit a bool.
 *
 * Python   name = ...
 * Blocks   no
 * Returns  the receiver, to be handed to a get, recv or args call
 * Owns     borrows *p; text and bytes that arrive are the caller's to free(),
 *          values to mp_any_clear(), handles to their _free; the _view forms
 *          are for the arguments of a call, and borrowed until it returns
 * Safe     in threads, in parent and child, in signal handlers
 */
MP_API mp_out mp_out_bool(bool *p);
MP_API mp_out mp_out_char(char *p);
MP_API mp_out mp_out_schar(signed char *p);
MP_API mp_out mp_out_uchar(unsigned char *p);
MP_API mp_out mp_out_short(short *p);
MP_API mp_out mp_out_ushort(unsigned short *p);
MP_API mp_out mp_out_int(int *p);
MP_API mp_out mp_out_uint(unsigned int *p);
MP_API mp_out mp_out_long(long *p);
MP_API mp_out mp_out_ulong(unsigned long *p);
#if !defined __cplusplus || __cplusplus >= 201103L
MP_API mp_out mp_out_llong(long long *p);
MP_API mp_out mp_out_ullong(unsigned long long *p);
#endif
MP_API mp_out mp_out_float(float *p);
MP_API mp_out mp_out_double(double *p);
MP_API mp_out mp_out_str(char **p);
MP_API mp_out mp_out_str_view(const char **p);
MP_API mp_out mp_out_bytes(mp_bytes *p);
MP_API mp_out mp_out_any(mp_any *p);
MP_API mp_out mp_out_any_view(mp_any *p);
MP_API mp_out mp_out_connection(mp_connection **p);
MP_API mp_out mp_out_connection_view(mp_connection **p);
MP_API mp_out mp_out_queue(mp_queue **p);
MP_API mp_out mp_out_queue_view(mp_queue **p);
MP_API mp_out mp_out_simple_queue(mp_simple_queue **p);
MP_API mp_out mp_out_simple_queue_view(mp_simple_queue **p);
MP_API mp_out mp_out_lock(mp_lock **p);
MP_API mp_out mp_out_lock_view(mp_lock **p);
MP_API mp_out mp_out_rlock(mp_rlock **p);
MP_API mp_out mp_out_rlock_view(mp_rlock **p);
MP_API mp_out mp_out_semaphore(mp_semaphore **p);
MP_API mp_out mp_out_semaphore_view(mp_semaphore **p);
MP_API mp_out mp_out_condition(mp_condition **p);
MP_API mp_out mp_out_condition_view(mp_condition **p);
MP_API mp_out mp_out_event(mp_event **p);
MP_API mp_out mp_out_event_view(mp_event **p);
MP_API mp_out mp_out_barrier(mp_barrier **p);
MP_API mp_out mp_out_barrier_view(mp_barrier **p);
MP_API mp_out mp_out_shared_memory(mp_shared_memory **p);
MP_API mp_out mp_out_shared_memory_view(mp_shared_memory **p);
MP_API mp_out mp_out_shareable_list(mp_shareable_list **p);
MP_API mp_out mp_out_shareable_list_view(mp_shareable_list **p);
MP_API mp_out mp_out_buffer(mp_buffer **p);
MP_API mp_out mp_out_buffer_view(mp_buffer **p);
MP_API mp_out mp_out_future(mp_future **p);
MP_API mp_out mp_out_future_view(mp_future **p);
MP_API mp_out mp_out_shared(int elem, size_t size, void *p);
MP_API mp_out mp_out_fn(mp_fn *p);
MP_API mp_out mp_out_struct(const mp_struct *s);
MP_API mp_out mp_out_array(int elem, void *p, size_t n);
MP_API mp_out mp_out_unpack(const mp_out *outs, size_t n);
MP_API mp_out mp_out_same(mp_out out);
MP_API mp_out mp_out_borrow(mp_out out);

#ifdef __cplusplus
}
#endif

#ifdef MP__MACROS

/* clang-format off */
#define MP__TO_NUMBER                         \
    _Bool *: mp_out_bool,                     \
    char *: mp_out_char,                      \
    signed char *: mp_out_schar,              \
    unsigned char *: mp_out_uchar,            \
    short *: mp_out_short,                    \
    unsigned short *: mp_out_ushort,          \
    int *: mp_out_int,                        \
    unsigned int *: mp_out_uint,              \
    long *: mp_out_long,                      \
    unsigned long *: mp_out_ulong,            \
    long long *: mp_out_llong,                \
    unsigned long long *: mp_out_ullong,      \
    float *: mp_out_float,                    \
    double *: mp_out_double

/* Receive for good: what lands is the caller's. */
#define MP_TO(p_)                                    \
    _Generic((p_),                                   \
        MP__TO_NUMBER,                               \
        char **: mp_out_str,                         \
        mp_bytes *: mp_out_bytes,                    \
        mp_any *: mp_out_any,                        \
        mp_fn *: mp_out_fn,                          \
        mp_connection **: mp_out_connection,         \
        mp_queue **: mp_out_queue,                   \
        mp_simple_queue **: mp_out_simple_queue,     \
        mp_lock **: mp_out_lock,                     \
        mp_rlock **: mp_out_rlock,                   \
        mp_semaphore **: mp_out_semaphore,           \
        mp_condition **: mp_out_condition,           \
        mp_event **: mp_out_event,                   \
        mp_barrier **: mp_out_barrier,               \
        mp_shared_memory **: mp_out_shared_memory,   \
        mp_shareable_list **: mp_out_shareable_list, \
        mp_buffer **: mp_out_buffer,                 \
        mp_future **: mp_out_future,                 \
        mp_out: mp_out_same)(p_)

/* Receive an argument of a call: borrowed until the call returns. */
#define MP__TO_VIEW(p_)                                   \
    _Generic((p_),                                        \
        MP__TO_NUMBER,                                    \
        char **: mp_out_str,                              \
        const char **: mp_out_str_view,                   \
        mp_bytes *: mp_out_bytes,                         \
        mp_any *: mp_out_any_view,                        \
        mp_fn *: mp_out_fn,                               \
        mp_connection **: mp_out_connection_view,         \
        mp_queue **: mp_out_queue_view,                   \
        mp_simple_queue **: mp_out_simple_queue_view,     \
        mp_lock **: mp_out_lock_view,                     \
        mp_rlock **: mp_out_rlock_view,                   \
        mp_semaphore **: mp_out_semaphore_view,           \
        mp_condition **: mp_out_condition_view,           \
        mp_event **: mp_out_event_view,                   \
        mp_barrier **: mp_out_barrier_view,               \
        mp_shared_memory **: mp_out_shared_memory_view,   \
        mp_shareable_list **: mp_out_shareable_list_view, \
        mp_buffer **: mp_out_buffer_view,                 \
        mp_future **: mp_out_future_view,                 \
        mp_out: mp_out_borrow)(p_)
/* clang-format on */

#define MP_INTO(s_) MP_INTO_AS(NULL, s_)
#define MP_INTO_AS(tag_, s_) \
    mp_out_struct(&(const mp_struct){(tag_), &(s_), sizeof(s_)})
#define MP_INTO_ARRAY(a_)       MP_INTO_ARRAY_N((a_), sizeof(a_) / sizeof *(a_))
#define MP_INTO_ARRAY_N(p_, n_) mp_out_array(MP__ELEM(&(p_)[0]), (p_), (n_))
#define MP_INTO_SHARED(p_)      /* int *xs; MP_INTO_SHARED(&xs) */ \
    mp_out_shared(MP__SHARED_ELEM(*(p_)), sizeof **(p_), (p_))
#define MP_UNPACK(...)                                           \
    mp_out_unpack((const mp_out[]){MP__MAP(MP_TO, __VA_ARGS__)}, \
                  MP__N(__VA_ARGS__))

#endif /* MP__MACROS */

#endif
