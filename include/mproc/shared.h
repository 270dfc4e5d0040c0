/*
 * Value, Array, RawValue and RawArray: C variables in shared memory.
 *
 * What is made is a plain C pointer, `int *counter`, and Python's
 * `counter.value` is `*counter`. It is 0, or what it was made of, and the same
 * in every process that inherits or receives it. An object has a recursive lock
 * of its own, unless it is raw; using the pointer does not take it. This is
 * how two processes count without losing one:
 *
 *     int *counter = mp_value_new(int, 0);
 *     MP_WITH(mp_shared_lock(counter)) ++*counter;    under its lock, or
 *     mp_value_add(counter, 1);                       atomically
 *
 * One or the other: an atomic add does not wait for who has the lock. What is
 * aligned and of up to 8 bytes is never seen half written, whoever is killed.
 */
#ifndef MPROC_SHARED_H
#define MPROC_SHARED_H

#include <mproc/any.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * A new Value of a C type: a number, char, bool or any struct without
 * pointers. The macros take the type and what it is to be, as an initialiser:
 * mp_value_new(int, 5), mp_value_new(struct point, .x = 1); zero if that is
 * left out. The functions take the type as enum mp_elem and size; init may be
 * NULL.
 *
 * mp_value_new_with(lock, int, 5) takes a Lock or RLock for it, which many can
 * share; MP_NONE is one of its own all the same, MP_FALSE none, as raw.
 *
 * Python   v = Value('i', 0); Value('i', 0, lock=lock); RawValue('i', 0)
 * Blocks   no
 * Returns  a pointer to the data, aligned to its type; NULL with the record
 *          set: MP_TYPE_ERROR lock is neither Lock nor RLock; MP_VALUE_ERROR
 *          no such type; -ENOMEM, -ENOSPC, -EMFILE, -ENFILE, -EFBIG
 * Owns     the caller holds it: mp_value_free(); holds lock
 * Safe     in threads, in parent and child; not in signal handlers
 */
MP_API void *mp_value_new(int elem, size_t size, const void *init);
MP_API void *mp_value_new_with(mp_any lock, int elem, size_t size,
                               const void *init);
MP_API void *mp_raw_value_new(int elem, size_t size, const void *init);

/*
 * A new Array of a C type; all of its memory is taken at once. data is its
 * length, and then it is zero; or what it is made of: MP_LIST(1, 2, 3),
 * MP_ARRAY(xs), and for char "text" or MP_BYTES(p, n), without a NUL at the
 * end. One of structs is made of a length, of MP_STRUCT(array_of_them), or of
 * MP_BYTES.
 *
 * Python   a = Array('i', 10); Array('i', [1, 2], lock=lock); RawArray('i', 10)
 * Blocks   no
 * Returns  a pointer to the first element, aligned to 64 bytes if the data are
 *          more than 16; NULL with the record set: MP_TYPE_ERROR data does not
 *          fit the type; MP_VALUE_ERROR the length is negative; otherwise as
 *          mp_value_new
 * Owns     as mp_value_new: mp_array_free(); borrows data
 * Safe     in threads, in parent and child; not in signal handlers
 */
MP_API void *mp_array_new(int elem, size_t size, mp_any data);
MP_API void *mp_array_new_with(mp_any lock, int elem, size_t size, mp_any data);
MP_API void *mp_raw_array_new(int elem, size_t size, mp_any data);

/*
 * Give back this process's hold. The memory stays while another process has
 * it, and while this one holds it more often: once for each time that it was
 * made or received.
 *
 * Python   del v
 * Blocks   no
 * Returns  nothing
 * Owns     the pointer is not to be used any more; NULL is fine
 * Safe     in threads, in parent and child; not in signal handlers
 */
MP_API void mp_value_free(void *value);
MP_API void mp_array_free(void *array);

/*
 * Its lock: the RLock of its own, or the RLock or Lock it was made with.
 *
 * Python   v.get_lock()
 * Blocks   no
 * Returns  the lock; NULL with the record set: MP_ASSERTION_ERROR it is raw,
 *          and has none; MP_TYPE_ERROR its lock is of the other kind;
 *          MP_VALUE_ERROR no pointer to a Value or an Array
 * Owns     the lock is the object's: not to be freed, good as long as that
 * Safe     in threads, in parent and child; not in signal handlers
 */
MP_API mp_rlock *mp_shared_lock(const void *shared);
MP_API mp_lock *mp_shared_own_lock(const void *shared);

/*
 * Take and release its lock, of whichever kind.
 *
 * Python   v.acquire(timeout=t), v.release()
 * Blocks   acquire while another has it, up to timeout seconds; MP_FOREVER is
 *          the default
 * Returns  0 · acquire: MP_OWNER_DEAD it is held, and its last holder died
 *          holding it · MP_TIMEOUT it is not · -EAGAIN more than 4094
 *          processes share objects · release: MP_ASSERTION_ERROR, and of a
 *          Lock MP_VALUE_ERROR, it was not held · both: MP_ASSERTION_ERROR it
 *          is raw · MP_VALUE_ERROR no pointer to a Value or an Array
 * Owns     nothing
 * Safe     in threads, in parent and child; not in signal handlers
 */
MP_API MP__CHECK int mp_shared_acquire(const void *shared, double timeout);
MP_API int mp_shared_release(const void *shared);

/*
 * A new object of the same type and length, with the same data, which are
 * copied under the lock. It has a lock of its own, and is raw if that is.
 *
 * Python   multiprocessing.sharedctypes.copy(v)
 * Blocks   while another has the lock
 * Returns  a pointer to the new data; NULL as mp_value_new, and with
 *          MP_VALUE_ERROR if it is no pointer to a Value or an Array
 * Owns     the caller holds the new one: mp_value_free() or mp_array_free()
 * Safe     in threads, in parent and child; not in signal handlers
 */
MP_API void *mp_shared_copy(const void *shared);

#ifdef __cplusplus
}
#endif

#ifdef MP__MACROS

/* A pointer means nothing in another process: handed on where an int is due,
   this struct is a compile error that says so. */
struct mp__no_pointers_in_shared_memory {
    int unused;
};
#define MP__NO_POINTERS ((struct mp__no_pointers_in_shared_memory){0})

/* clang-format off */
/* The element type of what lies behind a pointer; any struct is NONE. */
#define MP__SHARED_ELEM(p_)                                      \
    _Generic((p_),                                               \
        MP__ELEM_OF_NUMBER,                                      \
        char *: MP_ELEM_CHAR, const char *: MP_ELEM_CHAR,        \
        void **: MP__NO_POINTERS, const void **: MP__NO_POINTERS, \
        char **: MP__NO_POINTERS, const char **: MP__NO_POINTERS, \
        int **: MP__NO_POINTERS, double **: MP__NO_POINTERS,     \
        default: MP_ELEM_NONE)
/* clang-format on */

/* The size of a type whose data can be aligned as it wants. */
#define MP__SHARED_SIZE(T_)                                             \
    (sizeof(T_) +                                                       \
     0 * sizeof(struct {                                                \
         _Static_assert(_Alignof(T_) <= 64,                             \
                        "shared data are aligned to 64 bytes at most"); \
         char unused;                                                   \
     }))

#define MP__TYPE(T_) MP__SHARED_ELEM((T_ *)0), MP__SHARED_SIZE(T_)

/* With what is behind the type, if there is anything: up to 31 of it. */
#define MP__INIT(...) MP__CAT(MP__INIT, MP__IS_ONE(__VA_ARGS__))(__VA_ARGS__)
#define MP__IS_ONE(...)                                                       \
    MP__N_(__VA_ARGS__, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, \
           0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0)
/* clang-format off */
#define MP__INIT1(T_)          MP__TYPE(T_), NULL
#define MP__INIT0(T_, ...)     MP__TYPE(T_), &(T_){__VA_ARGS__}
#define MP__THE_TYPE(...)      MP__THE_TYPE_(__VA_ARGS__, 0)
#define MP__THE_TYPE_(T_, ...) T_
/* clang-format on */

#define mp_value_new(...) \
    ((MP__THE_TYPE(__VA_ARGS__) *)(mp_value_new)(MP__INIT(__VA_ARGS__)))
#define mp_raw_value_new(...) \
    ((MP__THE_TYPE(__VA_ARGS__) *)(mp_raw_value_new)(MP__INIT(__VA_ARGS__)))
#define mp_value_new_with(lock_, ...)                            \
    ((MP__THE_TYPE(__VA_ARGS__) *)(mp_value_new_with)(MP(lock_), \
                                                      MP__INIT(__VA_ARGS__)))
#define mp_array_new(T_, data_) ((T_ *)(mp_array_new)(MP__TYPE(T_), MP(data_)))
#define mp_raw_array_new(T_, data_) \
    ((T_ *)(mp_raw_array_new)(MP__TYPE(T_), MP(data_)))
#define mp_array_new_with(lock_, T_, data_) \
    ((T_ *)(mp_array_new_with)(MP(lock_), MP__TYPE(T_), MP(data_)))

#define mp_shared_acquire(...) \
    MP__PICK2(__VA_ARGS__, MP__shacq2, MP__shacq1, 0)(__VA_ARGS__)
#define MP__shacq1(p_)     mp_shared_acquire((p_), MP_FOREVER)
#define MP__shacq2(p_, t_) mp_shared_acquire((p_), (t_))

/* mp_auto_shared int *counter = ...: freed when its scope ends. */
#ifdef __GNUC__
#define mp_shared_copy(p_) ((__typeof__(p_))(mp_shared_copy)(p_))
#define mp_auto_shared     MP__CLEANUP(mp__auto_shared_free)
static inline MP__UNUSED void mp__auto_shared_free(void *pointer)
{
    void *shared;

    __builtin_memcpy(&shared, pointer, sizeof shared);
    mp_value_free(shared);
}
#endif

#endif /* MP__MACROS */

#include <mproc/array.h>
#include <mproc/atomic.h>

#endif
