/*
 * SharedMemory and ShareableList: shared memory by name.
 *
 * What one process makes, any other process of the same user attaches to by
 * its name; related processes can send it as an argument or a message too. It
 * lives as long as somebody uses it: when the last one has closed it, ended or
 * been killed, the name is gone and the memory given back. No other process is
 * needed for that, and none can take away what is in use.
 */
#ifndef MPROC_SHARED_MEMORY_H
#define MPROC_SHARED_MEMORY_H

#include <mproc/any.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct mp_shared_memory_opts {
    size_t size_;     /* filled in by the macro                             */
    const char *name; /* NULL: a new one, as psm_1f2e3d4c                   */
    bool create;      /* make it; otherwise attach to what there is         */
    size_t size;      /* in bytes, if it is made; attaching has the real one */
    bool persist;     /* it stays until it is unlinked, used or not         */
    bool readonly;    /* attach for reading: a write to it is a SIGSEGV     */
} mp_shared_memory_opts;

/*
 * New shared memory, all zero, or that of another process. All of it is had
 * at once: no later access can fail for want of memory.
 *
 * A name is 1 to 254 bytes without '/'.
 *
 * Python   shm = SharedMemory(name, create, size)
 * Blocks   no
 * Returns  the memory; NULL with the record set: -EEXIST create, and there is
 *          one of that name · -ENOENT attach, and there is none ·
 *          MP_VALUE_ERROR create without size, attach without name, what can
 *          be no name, options that do not go together or of a newer library,
 *          what bears the name is damaged or another version's · -ENOSPC,
 *          -ENOMEM, -EMFILE, -ENFILE, -EACCES · -EFBIG above the limit on files
 * Owns     the handle is the caller's: mp_shared_memory_free()
 * Safe     in threads, in parent and child; not in signal handlers
 */
MP_API mp_shared_memory *
mp_shared_memory_new(const mp_shared_memory_opts *opts);

/*
 * Give back the handle; it is closed first. Its maker's handle holds the name
 * up to here, also if it was closed before.
 *
 * Python   del shm
 * Blocks   no
 * Returns  nothing
 * Owns     frees the handle; NULL is fine
 * Safe     in threads, in parent and child; not in signal handlers
 */
MP_API void mp_shared_memory_free(mp_shared_memory *m);

/*
 * The memory.
 *
 * Python   shm.buf
 * Blocks   no
 * Returns  the address of the first byte, at the beginning of a page; NULL with
 *          the record set to MP_VALUE_ERROR if it is closed
 * Owns     the handle's: good until it is closed or freed
 * Safe     in threads, in parent and child; not in signal handlers
 */
MP_API void *mp_shared_memory_buf(mp_shared_memory *m);

/*
 * Its name, and its size in bytes: as it was made, whoever asks. Both are
 * known after it was closed, too.
 *
 * Python   shm.name, shm.size
 * Blocks   no
 * Returns  the name or the size; NULL or 0 with the record set if m is NULL
 * Owns     the name is the handle's: good until it is freed
 * Safe     in threads, in parent and child; not in signal handlers
 */
MP_API const char *mp_shared_memory_name(mp_shared_memory *m);
MP_API size_t mp_shared_memory_size(mp_shared_memory *m);

/*
 * Use the memory no more: it is not to be touched from now on. If nobody else
 * uses it, and this handle did not make it, its name goes.
 *
 * Python   shm.close()
 * Blocks   no
 * Returns  0; a second close does nothing
 * Owns     the handle is still to be freed
 * Safe     in threads, but not while another uses the memory; in parent and
 *          child; not in signal handlers
 */
MP_API int mp_shared_memory_close(mp_shared_memory *m);

/*
 * Take its name away: nobody can attach to it any more, and the name is free.
 * Those who use it go on. It can be done after it was closed, too.
 *
 * Python   shm.unlink()
 * Blocks   no
 * Returns  0 · -ENOENT it has no name any more · -EMFILE, -ENFILE
 * Owns     nothing
 * Safe     in threads, in parent and child; not in signal handlers
 */
MP_API int mp_shared_memory_unlink(mp_shared_memory *m);

/*
 * Give back what belonged to processes that were killed. It is done whenever
 * shared memory is made (with 64 names each time, if there are more); and what
 * nobody uses cannot be attached to in the meantime, and its name can be used
 * anew. What was made to persist stays.
 *
 * Python   the resource tracker's work
 * Blocks   no
 * Returns  how many were given back · -EMFILE, -ENFILE, -ENOMEM, -EACCES
 * Owns     nothing
 * Safe     in threads, in parent and child; not in signal handlers
 */
MP_API int mp_shared_memory_gc(void);

/* -- ShareableList -------------------------------------------------------- */

typedef struct mp_shareable_list_opts {
    size_t size_;     /* filled in by the macro                             */
    mp_any sequence;  /* a list, tuple or array; None: attach to .name      */
    const char *name; /* NULL: a new one                                    */
    bool persist;     /* as of shared memory                                */
} mp_shareable_list_opts;

/*
 * A list in shared memory, of as many items as it is made with: int, float,
 * bool, str, bytes and None. mp_shareable_list_attach(name) is
 * mp_shareable_list_new(.name = name).
 *
 * Python   l = ShareableList([..], name=..), ShareableList(name=..)
 * Blocks   no
 * Returns  the list; NULL with the record set: MP_TYPE_ERROR an item of another
 *          type, or no sequence · MP_VALUE_ERROR an int above INT64_MAX, a text
 *          that is not UTF-8 or 128 MiB long, what was attached to holds no
 *          list · and as mp_shared_memory_new
 * Owns     the handle is the caller's: mp_shareable_list_free()
 * Safe     in threads, in parent and child; not in signal handlers
 */
MP_API mp_shareable_list *
mp_shareable_list_new(const mp_shareable_list_opts *opts);
MP_API mp_shareable_list *mp_shareable_list_attach(const char *name);

/*
 * Give back the handle, and that of its memory.
 *
 * Python   del l
 * Blocks   no
 * Returns  nothing
 * Owns     frees the handle; NULL is fine
 * Safe     in threads, in parent and child; not in signal handlers
 */
MP_API void mp_shareable_list_free(mp_shareable_list *l);

/*
 * Item i; a negative i counts from the end. It is whole: as one set left it,
 * also if another process sets it just now or was killed doing so.
 *
 * Python   x = l[i]
 * Blocks   no
 * Returns  0 · MP_INDEX_ERROR index out of range · MP_TYPE_ERROR it does not
 *          fit *out · MP_VALUE_ERROR closed, or damaged · -ENOMEM
 * Owns     what lands in *out is the caller's: free() texts, mp_any_clear()
 *          values
 * Safe     in threads, in parent and child; not in signal handlers
 */
MP_API MP__CHECK int mp_shareable_list_get(mp_shareable_list *l, ptrdiff_t i,
                                           mp_out out);

/*
 * Set item i, of whatever type. A text may be as long as the one that the list
 * was made with, or up to the next multiple of 8 bytes. Of several who set an
 * item at once the last one wins.
 *
 * Python   l[i] = x
 * Blocks   no longer than others that set the same item just now take
 * Returns  0 · MP_INDEX_ERROR assignment index out of range · MP_TYPE_ERROR a
 *          list cannot hold such a value · MP_VALUE_ERROR it is too long or no
 *          int of 64 bits, closed, or attached for reading
 * Owns     borrows the value
 * Safe     in threads, in parent and child; not in signal handlers
 */
MP_API MP__CHECK int mp_shareable_list_set(mp_shareable_list *l, ptrdiff_t i,
                                           mp_any v);

/*
 * How many items it has; how many of them equal v; where the first one of
 * these is. To walk through: for (i = 0; i < mp_shareable_list_len(l); i++).
 *
 * Python   len(l), l.count(v), l.index(v)
 * Blocks   no
 * Returns  the number · index: MP_VALUE_ERROR v is not in this container · all:
 *          MP_VALUE_ERROR closed, or damaged · -ENOMEM
 * Owns     borrows v
 * Safe     in threads, in parent and child; not in signal handlers
 */
MP_API int64_t mp_shareable_list_len(mp_shareable_list *l);
MP_API int64_t mp_shareable_list_count(mp_shareable_list *l, mp_any v);
MP_API int64_t mp_shareable_list_index(mp_shareable_list *l, mp_any v);

/*
 * The types of the items as Python's struct module writes them: q int, d
 * float, xxxxxxx? bool, 8s str or bytes of at most 8 bytes, xxxxxx?x None.
 *
 * Python   l.format
 * Blocks   no
 * Returns  the length of the whole text, as snprintf(3) · MP_VALUE_ERROR
 *          closed, damaged, or longer than INT_MAX
 * Owns     nothing; buf always ends in NUL if size > 0 and it does not fail
 * Safe     in threads, in parent and child; not in signal handlers
 */
MP_API int mp_shareable_list_format(mp_shareable_list *l, char *buf,
                                    size_t size);

/*
 * The memory that the list lies in: for its name, and to close or unlink it.
 *
 * Python   l.shm
 * Blocks   no
 * Returns  the memory; NULL with the record set if l is NULL
 * Owns     the list's: not to be freed
 * Safe     in threads, in parent and child; not in signal handlers
 */
MP_API mp_shared_memory *mp_shareable_list_shm(mp_shareable_list *l);

#ifdef __cplusplus
}
#endif

MP__AUTO(mp_shared_memory);
MP__AUTO(mp_shareable_list);

#ifdef MP__MACROS
#define mp_shared_memory_new(...)                        \
    mp_shared_memory_new(&(const mp_shared_memory_opts){ \
        .size_ = sizeof(mp_shared_memory_opts), __VA_ARGS__})
#define mp_shareable_list_new(...)                         \
    mp_shareable_list_new(&(const mp_shareable_list_opts){ \
        .size_ = sizeof(mp_shareable_list_opts), __VA_ARGS__})
#define mp_shareable_list_get(l_, i_, o_) \
    mp_shareable_list_get((l_), (i_), MP_TO(o_))
#define mp_shareable_list_set(l_, i_, v_) \
    mp_shareable_list_set((l_), (i_), MP(v_))
#define mp_shareable_list_count(l_, v_) mp_shareable_list_count((l_), MP(v_))
#define mp_shareable_list_index(l_, v_) mp_shareable_list_index((l_), MP(v_))
#endif

#endif
