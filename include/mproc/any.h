/*
 * Values: what Python passes around, typed by the compiler.
 *
 * Building:   MP_LIST(1, "two", MP_TUPLE(3.0, MP_NONE)) makes an mp_any out of
 *             whatever C values it is given, on the stack, allocating nothing.
 * Receiving:  &n, &text, MP_INTO(point), MP_UNPACK(&a, &b) name the variables
 *             that a value is to land in; the pointer's type says what fits.
 * Ownership:  what you build is borrowed and dies with its block; what you
 *             receive is yours. mp_any_clear on a built value does nothing.
 */
#ifndef MPROC_ANY_H
#define MPROC_ANY_H

#include <mproc/error.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct mp_call mp_call;
typedef int (*mp_fn)(mp_call *c); /* all user code has this one signature */

typedef struct mp_process mp_process;
typedef struct mp_thread mp_thread;
typedef struct mp_connection mp_connection;
typedef struct mp_queue mp_queue;
typedef struct mp_simple_queue mp_simple_queue;
typedef struct mp_lock mp_lock;
typedef struct mp_rlock mp_rlock;
typedef struct mp_semaphore mp_semaphore;
typedef struct mp_condition mp_condition;
typedef struct mp_event mp_event;
typedef struct mp_barrier mp_barrier;
typedef struct mp_shared_memory mp_shared_memory;
typedef struct mp_shareable_list mp_shareable_list;
typedef struct mp_buffer mp_buffer;
typedef struct mp_future mp_future;

enum mp_kind {
    MP_KIND_NONE,
    MP_KIND_BOOL,
    MP_KIND_INT,  /* int64_t in u.i                                    */
    MP_KIND_UINT, /* above INT64_MAX: uint64_t in u.u                  */
    MP_KIND_FLOAT,
    MP_KIND_STR,
    MP_KIND_BYTES,
    MP_KIND_LIST,
    MP_KIND_TUPLE,
    MP_KIND_DICT,   /* keys and values in turn: 2 * length items       */
    MP_KIND_STRUCT, /* an mp_struct: tag, bytes and size               */
    MP_KIND_ARRAY,  /* numbers of one C type, see enum mp_elem         */
    MP_KIND_FN,     /* a function of this program                      */
    MP_KIND_HANDLE, /* a queue, connection, process, ...               */
    MP_KIND_BAD     /* what could not be built; using it is an error   */
};

/* The element type of an array. */
enum mp_elem {
    MP_ELEM_NONE,
    MP_ELEM_I8,
    MP_ELEM_U8,
    MP_ELEM_I16,
    MP_ELEM_U16,
    MP_ELEM_I32,
    MP_ELEM_U32,
    MP_ELEM_I64,
    MP_ELEM_U64,
    MP_ELEM_F32,
    MP_ELEM_F64,
    MP_ELEM_BOOL,
    MP_ELEM_ANY, /* receiving only: an array of mp_any     */
    MP_ELEM_CHAR /* of shared data only: a byte of a text  */
};

/*
 * One value. 16 bytes, passed by value, frozen in the ABI. head holds the kind
 * in bits 0-7, the element type in 8-11, flags in 12-15, the length in 16-63:
 * bytes of a text, items of a list, pairs of a dict, elements of an array.
 */
typedef struct mp_any {
    uint64_t head;
    union {
        int64_t i;
        uint64_t u;
        double f;
        const char *s;
        const void *p;
        const struct mp_any *items;
        mp_fn fn;
    } u;
} mp_any;

/*
 * Where a received value goes: made by MP_TO(pointer), MP_INTO, MP_UNPACK.
 * 16 bytes, frozen in the ABI; head as in mp_any with the kinds of a receiver.
 */
typedef struct mp_out {
    uint64_t head;
    void *p;
} mp_out;

/* A C struct as it lies in memory, and the name it travels under, or NULL. */
typedef struct mp_struct {
    const char *tag;
    void *data;
    size_t size;
} mp_struct;

/* Bytes received: data is the caller's to free(); size may be 0. */
typedef struct mp_bytes {
    void *data;
    size_t size;
} mp_bytes;

/* -- building: C's types to values ---------------------------------------- */

/*
 * Make a value of a C value; MP(x) picks the right one by the type of x.
 *
 * Python   42, 'hi', 2.5, True, None, b'raw', [..], (..), {..}
 * Blocks   no
 * Returns  the value; of a NULL text, array or handle a value of kind BAD,
 *          which every call that is given it answers with MP_VALUE_ERROR or
 *          with the failure that made the handle NULL
 * Owns     borrows what it points to: that must outlive the value
 * Safe     in threads, in parent and child, in signal handlers
 */
MP_API mp_any mp_any_none(void);
MP_API mp_any mp_any_bool(bool b);
MP_API mp_any mp_any_int(int64_t i);
MP_API mp_any mp_any_uint(uint64_t u);
MP_API mp_any mp_any_float(double f);
MP_API mp_any mp_any_str(const char *s);
MP_API mp_any mp_any_bytes(const void *data, size_t size);
MP_API mp_any mp_any_list(const mp_any *items, size_t n);
MP_API mp_any mp_any_tuple(const mp_any *items, size_t n);
MP_API mp_any mp_any_dict(const mp_any *items, size_t n);
MP_API mp_any mp_any_struct(const mp_struct *s);
MP_API mp_any mp_any_array(int elem, const void *data, size_t n);
MP_API mp_any mp_any_fn(mp_fn fn);
MP_API mp_any mp_any_process(mp_process *p);
MP_API mp_any mp_any_thread(mp_thread *t);
MP_API mp_any mp_any_connection(mp_connection *c);
MP_API mp_any mp_any_queue(mp_queue *q);
MP_API mp_any mp_any_simple_queue(mp_simple_queue *q);
MP_API mp_any mp_any_lock(mp_lock *lock);
MP_API mp_any mp_any_rlock(mp_rlock *lock);
MP_API mp_any mp_any_semaphore(mp_semaphore *s);
MP_API mp_any mp_any_condition(mp_condition *c);
MP_API mp_any mp_any_event(mp_event *e);
MP_API mp_any mp_any_barrier(mp_barrier *b);
MP_API mp_any mp_any_shared(const void *value);
MP_API mp_any mp_any_shared_memory(mp_shared_memory *m);
MP_API mp_any mp_any_shareable_list(mp_shareable_list *l);
MP_API mp_any mp_any_buffer(mp_buffer *b);
MP_API mp_any mp_any_future(mp_future *f);
MP_API mp_any mp_any_same(mp_any v);

#ifdef __cplusplus
}
#endif

#ifdef MP__MACROS

/* clang-format off */
/* The value of any C expression. An unknown type is a compile error. */
#define MP(x_)                                      \
    _Generic((x_),                                  \
        _Bool: mp_any_bool,                         \
        char: mp_any_int,                           \
        signed char: mp_any_int,                    \
        unsigned char: mp_any_int,                  \
        short: mp_any_int,                          \
        unsigned short: mp_any_int,                 \
        int: mp_any_int,                            \
        unsigned int: mp_any_int,                   \
        long: mp_any_int,                           \
        long long: mp_any_int,                      \
        unsigned long: mp_any_uint,                 \
        unsigned long long: mp_any_uint,            \
        float: mp_any_float,                        \
        double: mp_any_float,                       \
        char *: mp_any_str,                         \
        const char *: mp_any_str,                   \
        mp_any: mp_any_same,                        \
        mp_fn: mp_any_fn,                           \
        mp_process *: mp_any_process,               \
        mp_thread *: mp_any_thread,                 \
        mp_connection *: mp_any_connection,         \
        mp_queue *: mp_any_queue,                   \
        mp_simple_queue *: mp_any_simple_queue,     \
        mp_lock *: mp_any_lock,                     \
        mp_rlock *: mp_any_rlock,                   \
        mp_semaphore *: mp_any_semaphore,           \
        mp_condition *: mp_any_condition,           \
        mp_event *: mp_any_event,                   \
        mp_barrier *: mp_any_barrier,               \
        mp_shared_memory *: mp_any_shared_memory,   \
        mp_shareable_list *: mp_any_shareable_list, \
        mp_buffer *: mp_any_buffer,                 \
        mp_future *: mp_any_future)(x_)
/* clang-format on */

#define MP_NONE        (mp_any_none())
#define MP_TRUE        (mp_any_bool(true))
#define MP_FALSE       (mp_any_bool(false))
#define MP_EMPTY_LIST  (mp_any_list(NULL, 0))
#define MP_EMPTY_TUPLE (mp_any_tuple(NULL, 0))
#define MP_EMPTY_DICT  (mp_any_dict(NULL, 0))

#define MP__ITEMS(...) \
    (const mp_any[]){MP__MAP(MP, __VA_ARGS__)}, MP__N(__VA_ARGS__)
#define MP_LIST(...)  mp_any_list(MP__ITEMS(__VA_ARGS__))
#define MP_TUPLE(...) mp_any_tuple(MP__ITEMS(__VA_ARGS__))
#define MP_ARGS(...)  mp_any_tuple(MP__ITEMS(__VA_ARGS__))
#define MP_DICT(...)  mp_any_dict(MP__ITEMS(__VA_ARGS__)) /* key, value, ... */

#define MP_BYTES(data_, size_) mp_any_bytes((data_), (size_))
#define MP_STRUCT(s_)          MP_STRUCT_AS(NULL, s_)
#define MP_STRUCT_AS(tag_, s_) \
    mp_any_struct(&(const mp_struct){(tag_), (void *)&(s_), sizeof(s_)})

/* clang-format off */
#define MP__ELEM_OF_NUMBER                                              \
    _Bool *: MP_ELEM_BOOL, const _Bool *: MP_ELEM_BOOL,                 \
    signed char *: MP_ELEM_I8, const signed char *: MP_ELEM_I8,         \
    unsigned char *: MP_ELEM_U8, const unsigned char *: MP_ELEM_U8,     \
    short *: MP_ELEM_I16, const short *: MP_ELEM_I16,                   \
    unsigned short *: MP_ELEM_U16, const unsigned short *: MP_ELEM_U16, \
    int *: MP_ELEM_I32, const int *: MP_ELEM_I32,                       \
    unsigned int *: MP_ELEM_U32, const unsigned int *: MP_ELEM_U32,     \
    long *: MP_ELEM_I64, const long *: MP_ELEM_I64,                     \
    unsigned long *: MP_ELEM_U64, const unsigned long *: MP_ELEM_U64,   \
    long long *: MP_ELEM_I64, const long long *: MP_ELEM_I64,           \
    unsigned long long *: MP_ELEM_U64,                                  \
    const unsigned long long *: MP_ELEM_U64,                            \
    float *: MP_ELEM_F32, const float *: MP_ELEM_F32,                   \
    double *: MP_ELEM_F64, const double *: MP_ELEM_F64

#define MP__ELEM(p_) _Generic((p_), MP__ELEM_OF_NUMBER, mp_any *: MP_ELEM_ANY)
/* clang-format on */

/* What mp_value_new and mp_array_new made, as one value: it travels as what it
   is, and is not copied. */
#define MP_SHARED(p_) mp_any_shared(p_)

/* A C array, or n elements behind a pointer, as one value: one copy. */
#define MP_ARRAY(a_)       MP_ARRAY_N((a_), sizeof(a_) / sizeof *(a_))
#define MP_ARRAY_N(p_, n_) mp_any_array(MP__ELEM(&(p_)[0]), (p_), (n_))

#endif /* MP__MACROS */

#include <mproc/into.h>
#include <mproc/inspect.h>

#endif
