/*
 * Buffers: large blocks of memory that are handed from process to process and
 * not copied.
 *
 * A buffer belongs to one process at a time. Put into a queue, sent through a
 * connection or given as an argument, it goes to the one that receives it, and
 * the sender has it no more: a hundred megabytes at the price of a small
 * message. Its memory goes when its owner frees it or dies, and when a message
 * that holds it is dropped.
 */
#ifndef MPROC_BUFFER_H
#define MPROC_BUFFER_H

#include <mproc/any.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * A new buffer of so many bytes, all zero; or of n elements of a C type, whose
 * view is an array of them: mp_buffer_new_array(double, 1000).
 *
 * Python   m = SharedMemory(create=True, size=size)
 * Blocks   no
 * Returns  the buffer; NULL with the record set: MP_VALUE_ERROR size 0, or no
 *          such type · -ENOMEM, -ENOSPC, -EMFILE, -ENFILE, -EFBIG above the
 *          limit on files
 * Owns     the handle is the caller's: mp_buffer_free()
 * Safe     in threads, in parent and child; not in signal handlers
 */
MP_API mp_buffer *mp_buffer_new(size_t size);
MP_API mp_buffer *mp_buffer_new_array(int elem, size_t n);

/*
 * A new buffer with a copy of bytes, a text or an array in it.
 *
 * Python   m.buf[:] = v
 * Blocks   no
 * Returns  as mp_buffer_new; MP_TYPE_ERROR v is none of these
 * Owns     borrows v; the handle is the caller's: mp_buffer_free()
 * Safe     in threads, in parent and child; not in signal handlers
 */
MP_API mp_buffer *mp_buffer_from(mp_any v);

/*
 * Give back the handle, and with it the memory, unless it was handed over.
 *
 * Python   m.close(); m.unlink()
 * Blocks   no
 * Returns  nothing
 * Owns     frees the handle; NULL is fine
 * Safe     in threads, in parent and child; not in signal handlers
 */
MP_API void mp_buffer_free(mp_buffer *b);

/*
 * Where its bytes lie in this process. The address is good until the buffer is
 * handed over or freed, and may be another one when it comes back.
 *
 * Python   m.buf
 * Blocks   no
 * Returns  the address; NULL with the record set: MP_VALUE_ERROR it was handed
 *          over, or this process inherited the handle by fork(2) and it is the
 *          parent's
 * Owns     the buffer's
 * Safe     in threads, in parent and child; not in signal handlers
 */
MP_API void *mp_buffer_data(mp_buffer *b);

/*
 * How many bytes it holds; and all of it as a value, to be printed, copied or
 * looked through: bytes, or an array if it was made as one.
 *
 * Python   m.size, bytes(m.buf)
 * Blocks   no
 * Returns  the size, 0 if b is NULL; the value, whose use is MP_VALUE_ERROR
 *          where mp_buffer_data fails
 * Owns     the value borrows the buffer's memory
 * Safe     in threads, in parent and child; not in signal handlers
 */
MP_API size_t mp_buffer_size(mp_buffer *b);
MP_API mp_any mp_buffer_view(mp_buffer *b);

#ifdef __cplusplus
}
#endif

MP__AUTO(mp_buffer);

#ifdef MP__MACROS
#define mp_buffer_new_array(T_, n_) mp_buffer_new_array(MP__ELEM((T_ *)0), (n_))
#define mp_buffer_from(v_)          mp_buffer_from(MP(v_))
#endif

#endif
