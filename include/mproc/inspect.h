/*
 * Looking into a value: its kind, length and items, taking it apart into C
 * variables, comparing, copying, printing it as Python would.
 */
#ifndef MPROC_INSPECT_H
#define MPROC_INSPECT_H

#include <mproc/any.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * What kind of value it is: one of enum mp_kind.
 *
 * Python   type(v)
 * Blocks   no
 * Returns  the kind
 * Owns     nothing
 * Safe     in threads, in parent and child, in signal handlers
 */
MP_API int mp_any_kind(mp_any v);

/*
 * How long it is: bytes of a text, items of a list, pairs of a dict,
 * elements of an array, bytes of a struct; 0 for what has no length.
 *
 * Python   len(v)
 * Blocks   no
 * Returns  the length
 * Owns     nothing
 * Safe     in threads, in parent and child, in signal handlers
 */
MP_API size_t mp_any_len(mp_any v);

/*
 * The memory of a str (NUL-terminated), of bytes, an array or a struct.
 *
 * Python   memoryview(v)
 * Blocks   no
 * Returns  the address; NULL for other kinds
 * Owns     the value's: good as long as the value is
 * Safe     in threads, in parent and child, in signal handlers
 */
MP_API const void *mp_any_data(mp_any v);

/*
 * Item i of a list, tuple or array; a negative i counts from the end.
 *
 * Python   v[i]
 * Blocks   no
 * Returns  the item; None with the record set to MP_INDEX_ERROR or
 *          MP_TYPE_ERROR if there is no such item
 * Owns     the value's: good as long as the value is
 * Safe     in threads, in parent and child; not in signal handlers
 */
MP_API mp_any mp_any_item(mp_any v, ptrdiff_t i);

/*
 * Key and value of pair i of a dict, in the order in which it was built. If a
 * dict was built with one key twice, both pairs are there; lookup, repr and ==
 * take the last one's value, as Python does.
 *
 * Python   for key, value in v.items()
 * Blocks   no
 * Returns  the key or value; None with the record set, as mp_any_item
 * Owns     the value's: good as long as the value is
 * Safe     in threads, in parent and child; not in signal handlers
 */
MP_API mp_any mp_any_key(mp_any v, size_t i);
MP_API mp_any mp_any_value(mp_any v, size_t i);

/*
 * The value that a dict has for a key.
 *
 * Python   v[key]
 * Blocks   no
 * Returns  0 · MP_KEY_ERROR no such key · MP_TYPE_ERROR not a dict, a list or
 *          dict as key, or it does not fit *out · -ENOMEM
 * Owns     what lands in *out is the caller's
 * Safe     in threads, in parent and child; not in signal handlers
 */
MP_API MP__CHECK int mp_any_get(mp_any v, mp_any key, mp_out out);

/*
 * Take a value apart into C variables.
 *
 * Python   a, b = v
 * Blocks   no
 * Returns  0 · MP_TYPE_ERROR it does not fit · MP_VALUE_ERROR too many or too
 *          few items · -ENOMEM
 * Owns     what lands in *out is the caller's: free() texts, mp_any_clear()
 *          values, the _free of handles
 * Safe     in threads, in parent and child; not in signal handlers
 */
MP_API MP__CHECK int mp_any_into(mp_any v, mp_out out);

/*
 * Whether two values are equal by Python's rules (1 == 1.0 == True).
 *
 * Python   a == b
 * Blocks   no
 * Returns  true if equal
 * Owns     nothing
 * Safe     in threads, in parent and child; not in signal handlers
 */
MP_API bool mp_any_equal(mp_any a, mp_any b);

/*
 * A copy of the whole value that depends on nothing but itself.
 *
 * Python   copy.deepcopy(v)
 * Blocks   no
 * Returns  0 · -ENOMEM · MP_VALUE_ERROR nested too deep, or a NULL in it
 *          · MP_TYPE_ERROR a list or dict as the key of a dict
 * Owns     *out is the caller's: mp_any_clear()
 * Safe     in threads, in parent and child; not in signal handlers
 */
MP_API MP__CHECK int mp_any_copy(mp_any v, mp_any *out);

/*
 * Give back what a received or copied value holds, and make it None. Does
 * nothing to a built value, or to an item of another value, or to NULL.
 *
 * Python   del v
 * Blocks   no
 * Returns  nothing
 * Owns     frees the value's memory and handles
 * Safe     in threads, in parent and child; not in signal handlers
 */
MP_API void mp_any_clear(mp_any *v);

/*
 * Write a value as Python's repr() does, as snprintf(3) would.
 *
 * Python   repr(v)
 * Blocks   no
 * Returns  the length of the whole text, also if buf was too small
 *          · MP_VALUE_ERROR a NULL in it, or longer than INT_MAX
 * Owns     nothing; buf always ends in NUL if size > 0
 * Safe     in threads, in parent and child; not in signal handlers
 */
MP_API int mp_repr(mp_any v, char *buf, size_t size);

/*
 * Print values to stdout as Python's print() does: separated by blanks, texts
 * without quotes at the top level, a newline at the end.
 *
 * Python   print(a, b)
 * Blocks   as stdout does
 * Returns  0 · -errno of the write · MP_VALUE_ERROR a NULL among them
 * Owns     nothing
 * Safe     in threads, in parent and child; not in signal handlers
 */
MP_API int mp_print(const mp_any *values, size_t n);

#ifdef __cplusplus
}
#endif

#ifdef MP__MACROS

#define mp_repr(v_, buf_, size_)   mp_repr(MP(v_), (buf_), (size_))
#define mp_print(...)              mp_print(MP__ITEMS(__VA_ARGS__))
#define mp_any_get(v_, key_, out_) mp_any_get((v_), MP(key_), MP_TO(out_))
#define mp_any_into(v_, out_)      mp_any_into((v_), MP_TO(out_))
#define mp_any_equal(a_, b_)       mp_any_equal(MP(a_), MP(b_))
#define mp_any_copy(v_, out_)      mp_any_copy(MP(v_), (out_))

/* A received value that is cleared when its scope ends. */
#ifdef __GNUC__
#define mp_auto_any MP__CLEANUP(mp_any_clear) mp_any
#endif

#endif /* MP__MACROS */

#endif
