/*
 * Queue, JoinableQueue and SimpleQueue: first in, first out, between any
 * number of processes.
 *
 * An item is in the queue when put returns: get has it at once, qsize counts
 * it, and it stays if the process that put it ends or is killed. Any process
 * may be killed at any moment: the others go on, and an item is received once
 * or, if the one that was receiving it died, not at all.
 *
 * An item may hold handles: a queue, a connection, whenever it was made. They
 * stay open while they are in the queue. What is left of one that was dropped,
 * or was being put or got by a process that was killed, is closed when the next
 * handle passes, or with the queue.
 */
#ifndef MPROC_QUEUE_H
#define MPROC_QUEUE_H

#include <mproc/any.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct mp_queue_opts {
    size_t size_;    /* filled in by the macro                              */
    int64_t maxsize; /* items it holds; 0 or less: as many as memory does   */
} mp_queue_opts;

/*
 * A new queue; a joinable one also counts the tasks that are not yet done.
 *
 * Python   q = Queue(maxsize), JoinableQueue(maxsize)
 * Blocks   no
 * Returns  the queue; NULL with the record set: MP_VALUE_ERROR maxsize above
 *          2147483647, or options of a newer library; -EMFILE, -ENFILE,
 *          -ENOMEM, -ENOSPC, -EFBIG above the limit on files
 * Owns     the handle is the caller's: mp_queue_free()
 * Safe     in threads, in parent and child; not in signal handlers
 */
MP_API mp_queue *mp_queue_new(const mp_queue_opts *opts);
MP_API mp_queue *mp_joinable_queue_new(const mp_queue_opts *opts);

/*
 * Give back this process's handle. The queue and its items stay while another
 * process has it.
 *
 * Python   del q
 * Blocks   no
 * Returns  nothing
 * Owns     frees the handle; NULL is fine
 * Safe     in threads, in parent and child; not in signal handlers
 */
MP_API void mp_queue_free(mp_queue *q);

/*
 * Put an item in at the end.
 *
 * Python   q.put(item, timeout=t), q.put_nowait(item)
 * Blocks   while the queue is full, up to timeout seconds; MP_FOREVER is the
 *          default; nowait not at all. Of items with handles the system sets
 *          how many there may be (net.core.wmem_max): some hundreds or more
 * Returns  0 · MP_FULL no room came in time · MP_VALUE_ERROR closed, or the
 *          item cannot travel · MP_SHUT_DOWN · -ENOMEM, -ENOSPC no memory
 *          · -EAGAIN more than 4094 processes share queues · -EMFILE more
 *          handles are under way than this user may have open · -EBADF one was
 *          closed meanwhile
 * Owns     borrows item
 * Safe     in threads, in parent and child; not in signal handlers
 */
MP_API MP__CHECK int mp_queue_put(mp_queue *q, mp_any item, double timeout);
MP_API MP__CHECK int mp_queue_put_nowait(mp_queue *q, mp_any item);

/*
 * Take the oldest item out.
 *
 * Python   item = q.get(timeout=t), q.get_nowait()
 * Blocks   while the queue is empty, up to timeout seconds; MP_FOREVER is the
 *          default; nowait not at all
 * Returns  0 · MP_EMPTY nothing came in time · MP_TYPE_ERROR the item does not
 *          fit *out, and stays in the queue · MP_VALUE_ERROR closed
 *          · MP_SHUT_DOWN and nothing is left · -ENOMEM, and it stays
 *          · -EMFILE no room for its handles, and it stays · -EAGAIN as
 *          mp_queue_put
 * Owns     what lands in *out is the caller's: free() texts, mp_any_clear()
 *          values
 * Safe     in threads, in parent and child; not in signal handlers
 */
MP_API MP__CHECK int mp_queue_get(mp_queue *q, mp_out out, double timeout);
MP_API MP__CHECK int mp_queue_get_nowait(mp_queue *q, mp_out out);

/*
 * Put each element of a list, tuple or array in as an item, in one go. Items
 * of other processes come in between only after a thousand of them, and when
 * the queue fills up or memory runs out.
 *
 * Python   for item in items: q.put(item)
 * Blocks   as mp_queue_put, over all of them
 * Returns  how many were put, the first ones: if not all, the record says why;
 *          if none, as mp_queue_put. MP_TYPE_ERROR items is none of the three
 * Owns     borrows items
 * Safe     in threads, in parent and child; not in signal handlers
 */
MP_API MP__CHECK int mp_queue_put_many(mp_queue *q, mp_any items,
                                       double timeout);

/*
 * Take as many items as are there, up to the length of an array:
 * mp_queue_get_many(q, MP_INTO_ARRAY(xs)).
 *
 * Python   [q.get(), *as many as do not wait]
 * Blocks   until there is one, up to timeout seconds; MP_FOREVER is the default
 * Returns  how many were taken, from xs[0] on: all that are there, up to one
 *          that does not fit; if none, as mp_queue_get
 * Owns     as mp_queue_get
 * Safe     in threads, in parent and child; not in signal handlers
 */
MP_API MP__CHECK int mp_queue_get_many(mp_queue *q, mp_out array,
                                       double timeout);

/*
 * How many items there are; whether there are none; whether there is no room.
 * Each is exact at some instant during the call.
 *
 * Python   q.qsize(), q.empty(), q.full()
 * Blocks   no
 * Returns  the count; 1 or 0 · MP_VALUE_ERROR closed
 * Owns     nothing
 * Safe     in threads, in parent and child, in signal handlers
 */
MP_API int64_t mp_queue_qsize(mp_queue *q);
MP_API int mp_queue_empty(mp_queue *q);
MP_API int mp_queue_full(mp_queue *q);

/*
 * This process uses the queue no more. What it put stays for the others.
 *
 * Python   q.close()
 * Blocks   no
 * Returns  0; a second close does nothing
 * Owns     the handle is still to be freed
 * Safe     in threads, in parent and child; not in signal handlers
 */
MP_API int mp_queue_close(mp_queue *q);

/*
 * End the queue for all processes: puts fail from now on, gets once it is
 * empty, and everybody who waits is woken. With immediate, what it holds is
 * dropped, too, and joins are released.
 *
 * Python   q.shutdown(immediate)
 * Blocks   no
 * Returns  0 · MP_VALUE_ERROR closed
 * Owns     nothing
 * Safe     in threads, in parent and child; not in signal handlers
 */
MP_API int mp_queue_shutdown(mp_queue *q, bool immediate);

/*
 * Of a joinable queue: one item that was got has been dealt with; and wait
 * until all that were put have been.
 *
 * Python   q.task_done(), q.join()
 * Blocks   join until then, up to timeout seconds; MP_FOREVER is the default
 * Returns  0 · task_done: MP_VALUE_ERROR called too many times · join:
 *          MP_TIMEOUT · both: MP_VALUE_ERROR not joinable, or closed
 * Owns     nothing
 * Safe     in threads, in parent and child; not in signal handlers
 */
MP_API MP__CHECK int mp_queue_task_done(mp_queue *q);
MP_API MP__CHECK int mp_queue_join(mp_queue *q, double timeout);

/*
 * SimpleQueue: put, get and empty, without limit and without timeouts.
 *
 * Python   q = SimpleQueue(); q.put(v); v = q.get(); q.empty(); q.close()
 * Blocks   get until there is an item; put while there is no room for the
 *          handles of an item, as mp_queue_put
 * Returns  the queue, or NULL as mp_queue_new; put and get as those of a
 *          queue; empty 1 or 0; all MP_VALUE_ERROR closed, but close, whose
 *          second call does nothing
 * Owns     as for a queue: mp_simple_queue_free()
 * Safe     in threads, in parent and child; not in signal handlers
 */
MP_API mp_simple_queue *mp_simple_queue_new(void);
MP_API void mp_simple_queue_free(mp_simple_queue *q);
MP_API MP__CHECK int mp_simple_queue_put(mp_simple_queue *q, mp_any item);
MP_API MP__CHECK int mp_simple_queue_get(mp_simple_queue *q, mp_out out);
MP_API int mp_simple_queue_empty(mp_simple_queue *q);
MP_API int mp_simple_queue_close(mp_simple_queue *q);

#ifdef __cplusplus
}
#endif

MP__AUTO(mp_queue);
MP__AUTO(mp_simple_queue);

#ifdef MP__MACROS
#define MP__queue_opts(...) \
    (&(const mp_queue_opts){.size_ = sizeof(mp_queue_opts), __VA_ARGS__})
#define mp_queue_new(...) mp_queue_new(MP__queue_opts(__VA_ARGS__))
#define mp_joinable_queue_new(...) \
    mp_joinable_queue_new(MP__queue_opts(__VA_ARGS__))
#define mp_queue_put(...) \
    MP__PICK3(__VA_ARGS__, MP__put3, MP__put2, 0, 0)(__VA_ARGS__)
#define MP__put2(q_, v_)            mp_queue_put((q_), MP(v_), MP_FOREVER)
#define MP__put3(q_, v_, t_)        mp_queue_put((q_), MP(v_), (t_))
#define mp_queue_put_nowait(q_, v_) mp_queue_put_nowait((q_), MP(v_))
#define mp_queue_get(...) \
    MP__PICK3(__VA_ARGS__, MP__get3, MP__get2, 0, 0)(__VA_ARGS__)
#define MP__get2(q_, o_)            mp_queue_get((q_), MP_TO(o_), MP_FOREVER)
#define MP__get3(q_, o_, t_)        mp_queue_get((q_), MP_TO(o_), (t_))
#define mp_queue_get_nowait(q_, o_) mp_queue_get_nowait((q_), MP_TO(o_))
#define mp_queue_put_many(...) \
    MP__PICK3(__VA_ARGS__, MP__putm3, MP__putm2, 0, 0)(__VA_ARGS__)
#define MP__putm2(q_, v_)     mp_queue_put_many((q_), (v_), MP_FOREVER)
#define MP__putm3(q_, v_, t_) mp_queue_put_many((q_), (v_), (t_))
#define mp_queue_get_many(...) \
    MP__PICK3(__VA_ARGS__, MP__getm3, MP__getm2, 0, 0)(__VA_ARGS__)
#define MP__getm2(q_, o_)     mp_queue_get_many((q_), (o_), MP_FOREVER)
#define MP__getm3(q_, o_, t_) mp_queue_get_many((q_), (o_), (t_))
#define mp_queue_shutdown(...) \
    MP__PICK2(__VA_ARGS__, MP__shut2, MP__shut1, 0)(__VA_ARGS__)
#define MP__shut1(q_)     mp_queue_shutdown((q_), false)
#define MP__shut2(q_, i_) mp_queue_shutdown((q_), (i_))
#define mp_queue_join(...) \
    MP__PICK2(__VA_ARGS__, MP__qjoin2, MP__qjoin1, 0)(__VA_ARGS__)
#define MP__qjoin1(q_)              mp_queue_join((q_), MP_FOREVER)
#define MP__qjoin2(q_, t_)          mp_queue_join((q_), (t_))
#define mp_simple_queue_put(q_, v_) mp_simple_queue_put((q_), MP(v_))
#define mp_simple_queue_get(q_, o_) mp_simple_queue_get((q_), MP_TO(o_))
#endif

#endif
