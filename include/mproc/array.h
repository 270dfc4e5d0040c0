/*
 * Arrays by Python's methods: length, items, slices, and what an array of char
 * is as a text. All of them take the array's lock, as Python's do, but for
 * those that give a view; `xs[i]` and `xs[i] = v` take none. If the lock is a
 * Lock, who has it must not call them: that waits for itself.
 *
 * Each is for what mp_array_new made, and a Value is an array of one.
 */
#ifndef MPROC_ARRAY_H
#define MPROC_ARRAY_H

#include <mproc/shared.h>

#ifdef __cplusplus
extern "C" {
#endif

#define MP_END PTRDIFF_MAX /* of a slice that goes to the end: a[2:] */

/*
 * How many elements it has.
 *
 * Python   len(a)
 * Blocks   no
 * Returns  the number; 0 with the record set if array is no pointer to an
 *          Array or a Value
 * Owns     nothing
 * Safe     in threads, in parent and child; not in signal handlers
 */
MP_API size_t mp_array_len(const void *array);

/*
 * The data as they lie in shared memory, as a value: mp_print(mp_array_view(a))
 * prints what print(a[:]) prints. Of char and of structs, bytes; value is up to
 * the first NUL, raw is all of them.
 *
 * Python   memoryview(a.get_obj()), a.value, a.raw
 * Blocks   no; takes no lock
 * Returns  the value; one of kind BAD if array is no pointer to an Array or a
 *          Value, and value and raw if it is not of char
 * Owns     borrows the array: what changes there changes in the value
 * Safe     in threads, in parent and child; not in signal handlers
 */
MP_API mp_any mp_array_view(const void *array);
MP_API mp_any mp_array_value(const void *array);
MP_API mp_any mp_array_raw(const void *array);

/*
 * A copy of a slice: negative ends count from the end of the array, and what
 * is outside of it is left out. out is &v, or MP_INTO_ARRAY(ys) of its length.
 *
 * Python   v = a[start:stop]
 * Blocks   while another has the lock
 * Returns  0 · MP_OWNER_DEAD it is done, and the last holder of the lock died
 *          holding it · MP_TYPE_ERROR the slice does not fit *out
 *          · MP_VALUE_ERROR no pointer to an Array · -ENOMEM · -EAGAIN as
 *          mp_shared_acquire
 * Owns     what lands in *out is the caller's: mp_any_clear()
 * Safe     in threads, in parent and child; not in signal handlers
 */
MP_API MP__CHECK int mp_array_get(const void *array, ptrdiff_t start,
                                  ptrdiff_t stop, mp_out out);

/*
 * Set a slice, all of it or nothing, to what an array is made of: MP_LIST(..),
 * MP_ARRAY(ys), "text".
 *
 * Python   a[start:stop] = v
 * Blocks   while another has the lock
 * Returns  0 · MP_VALUE_ERROR v is not as long as the slice · MP_TYPE_ERROR
 *          v does not fit the type · otherwise as mp_array_get
 * Owns     borrows v
 * Safe     in threads, in parent and child; not in signal handlers
 */
MP_API MP__CHECK int mp_array_set(void *array, ptrdiff_t start, ptrdiff_t stop,
                                  mp_any v);

/*
 * One item, with Python's look at the index. An item of char is bytes of
 * length 1; one is set to those, to a text of length 1, or to 'c'.
 *
 * Python   v = a[i]; a[i] = v
 * Blocks   while another has the lock
 * Returns  0 · MP_INDEX_ERROR the array has no such item · MP_TYPE_ERROR the
 *          one does not fit the other · otherwise as mp_array_get
 * Owns     as mp_array_get and mp_array_set
 * Safe     in threads, in parent and child; not in signal handlers
 */
MP_API MP__CHECK int mp_array_get_item(const void *array, ptrdiff_t i,
                                       mp_out out);
MP_API MP__CHECK int mp_array_set_item(void *array, ptrdiff_t i, mp_any v);

/*
 * Of an array of char, a copy of its bytes up to the first NUL (value), or of
 * all of them (raw); and set them to a text or bytes. What is behind the new
 * bytes stays, but for the NUL that ends a value, if there is room for it.
 *
 * Python   v = a.value; a.value = v; v = a.raw; a.raw = v
 * Blocks   while another has the lock
 * Returns  0 · MP_TYPE_ERROR the array is not of char, v is no text, or it
 *          does not fit *out · MP_VALUE_ERROR v is longer than the array
 *          · otherwise as mp_array_get
 * Owns     as mp_array_get and mp_array_set
 * Safe     in threads, in parent and child; not in signal handlers
 */
MP_API MP__CHECK int mp_array_get_value(const void *array, mp_out out);
MP_API MP__CHECK int mp_array_set_value(void *array, mp_any v);
MP_API MP__CHECK int mp_array_get_raw(const void *array, mp_out out);
MP_API MP__CHECK int mp_array_set_raw(void *array, mp_any v);

#ifdef __cplusplus
}
#endif

#ifdef MP__MACROS
#define mp_array_get(a_, start_, stop_, out_) \
    mp_array_get((a_), (start_), (stop_), MP_TO(out_))
#define mp_array_set(a_, start_, stop_, v_) \
    mp_array_set((a_), (start_), (stop_), MP(v_))
#define mp_array_get_item(a_, i_, out_) \
    mp_array_get_item((a_), (i_), MP_TO(out_))
#define mp_array_set_item(a_, i_, v_) mp_array_set_item((a_), (i_), MP(v_))
#define mp_array_get_value(a_, out_)  mp_array_get_value((a_), MP_TO(out_))
#define mp_array_set_value(a_, v_)    mp_array_set_value((a_), MP(v_))
#define mp_array_get_raw(a_, out_)    mp_array_get_raw((a_), MP_TO(out_))
#define mp_array_set_raw(a_, v_)      mp_array_set_raw((a_), MP(v_))
#endif

#endif
