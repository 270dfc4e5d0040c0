/*
 * Pipe and Connection: whole messages between two ends.
 *
 * An end carries values (send, recv) and plain bytes (send_bytes, recv_bytes);
 * what one call sends, one call receives, whatever its size. One end belongs
 * to one user at a time: two processes that receive on the same end each get
 * whole messages, but which of them gets which is not said.
 */
#ifndef MPROC_CONNECTION_H
#define MPROC_CONNECTION_H

#include <mproc/any.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Two connected ends. With duplex (the default) both send and receive;
 * without, the first only receives and the second only sends.
 *
 * Python   a, b = Pipe(duplex)
 * Blocks   no
 * Returns  0 · MP_VALUE_ERROR NULL · -EMFILE, -ENFILE, -ENOMEM
 * Owns     *first and *second are the caller's: mp_connection_free()
 * Safe     in threads, in parent and child; not in signal handlers
 */
MP_API MP__CHECK int mp_pipe(mp_connection **first, mp_connection **second,
                             bool duplex);

/*
 * An end over a file descriptor: a socket or a pipe. What mp_pipe and sockets
 * of type SOCK_SEQPACKET carry are packets; over a byte stream, messages are
 * framed as Python's Connection frames them.
 *
 * Python   Connection(fd, readable, writable)
 * Blocks   no
 * Returns  the connection; NULL with the record set: MP_VALUE_ERROR a negative
 *          fd or neither readable nor writable, -EBADF not open, -ENOMEM
 * Owns     the handle is the caller's, and owns the fd from now on
 * Safe     in threads, in parent and child; not in signal handlers
 */
MP_API mp_connection *mp_connection_new(int fd, bool readable, bool writable);

/*
 * Close this end if need be and give back the handle.
 *
 * Python   del c
 * Blocks   no
 * Returns  nothing
 * Owns     frees the handle; NULL is fine
 * Safe     in threads, in parent and child; not in signal handlers
 */
MP_API void mp_connection_free(mp_connection *c);

/*
 * Send a value as one message.
 *
 * Python   c.send(v)
 * Blocks   while the other end is full, up to timeout seconds; MP_FOREVER is
 *          the default
 * Returns  0 · MP_TIMEOUT nothing was sent · -EPIPE the other end is closed
 *          · MP_VALUE_ERROR closed, read-only, or v cannot travel · -ENOMEM,
 *          -ENOSPC, -EFBIG, -EMFILE, -ENFILE no memory or fd for a large
 *          message · -EIO over a byte stream, where time ran out inside of it:
 *          this end sends no more
 * Owns     borrows v
 * Safe     in threads, in parent and child; not in signal handlers
 */
MP_API MP__CHECK int mp_connection_send(mp_connection *c, mp_any v,
                                        double timeout);

/*
 * Receive the next message as a value.
 *
 * Python   v = c.recv()
 * Blocks   until there is one, up to timeout seconds; MP_FOREVER is the default
 * Returns  0 · MP_TIMEOUT nothing came · MP_EOF the other end is closed and
 *          nothing is left · MP_TYPE_ERROR it does not fit *out, and stays for
 *          the next call · MP_VALUE_ERROR closed, write-only, or what came is
 *          no value · -EIO the message was cut off · -ENOMEM · -EMFILE the
 *          message is lost, for there was no room for its descriptors
 * Owns     what lands in *out is the caller's
 * Safe     in threads, in parent and child; not in signal handlers
 */
MP_API MP__CHECK int mp_connection_recv(mp_connection *c, mp_out out,
                                        double timeout);

/*
 * Send size bytes as one message; 0 bytes are a message too.
 *
 * Python   c.send_bytes(buf)
 * Blocks   as mp_connection_send
 * Returns  as mp_connection_send
 * Owns     borrows data
 * Safe     in threads, in parent and child; not in signal handlers
 */
MP_API MP__CHECK int mp_connection_send_bytes(mp_connection *c,
                                              const void *data, size_t size,
                                              double timeout);

/*
 * Receive the next message as bytes. One that is longer than maxlength makes
 * the connection unreadable: the sender does not keep to what was agreed.
 *
 * Python   buf = c.recv_bytes(maxlength)
 * Blocks   as mp_connection_recv
 * Returns  as mp_connection_recv; -EMSGSIZE longer than maxlength
 * Owns     out->data is the caller's: free()
 * Safe     in threads, in parent and child; not in signal handlers
 */
MP_API MP__CHECK int mp_connection_recv_bytes(mp_connection *c, mp_bytes *out,
                                              size_t maxlength, double timeout);

/*
 * Receive the next message as bytes into memory of the caller's.
 *
 * Python   n = c.recv_bytes_into(buf)
 * Blocks   as mp_connection_recv
 * Returns  as mp_connection_recv; MP_BUFFER_TOO_SHORT it does not fit, and
 *          stays for the next call: mp_connection_recv_bytes has it whole
 * Owns     *out is the length of the message
 * Safe     in threads, in parent and child; not in signal handlers
 */
MP_API MP__CHECK int mp_connection_recv_bytes_into(mp_connection *c, void *buf,
                                                   size_t size, size_t *out,
                                                   double timeout);

/*
 * Whether a receive would not wait: a message is there, or the end.
 *
 * Python   c.poll(timeout)
 * Blocks   up to timeout seconds; 0 is the default
 * Returns  1 · 0 · MP_VALUE_ERROR closed, or write-only
 * Owns     nothing
 * Safe     in threads, in parent and child; not in signal handlers
 */
MP_API MP__CHECK int mp_connection_poll(mp_connection *c, double timeout);

/*
 * Close this end in this process. A second close does nothing.
 *
 * Python   c.close()
 * Blocks   no
 * Returns  0
 * Owns     closes the fd; the handle is still to be freed
 * Safe     in threads, in parent and child; not in signal handlers
 */
MP_API int mp_connection_close(mp_connection *c);

/*
 * Its file descriptor, and what it can do.
 *
 * Python   c.fileno(), c.closed, c.readable, c.writable
 * Blocks   no
 * Returns  the fd, or MP_VALUE_ERROR closed; the others 1 or 0
 * Owns     the handle's: do not close it
 * Safe     in threads, in parent and child; not in signal handlers
 */
MP_API int mp_connection_fileno(mp_connection *c);
MP_API int mp_connection_closed(mp_connection *c);
MP_API int mp_connection_readable(mp_connection *c);
MP_API int mp_connection_writable(mp_connection *c);

/*
 * Wait until one or more of several objects are ready: a list of connections,
 * processes (ready when ended) and ints (file descriptors). A connection is
 * ready when poll says so.
 *
 * Python   wait([a, b, p.sentinel], timeout)
 * Blocks   up to timeout seconds; MP_FOREVER is the default; with an empty
 *          list, for the whole of it
 * Returns  how many are ready, 0 if time ran out; ready[i] says it of object i
 *          (ready may be NULL) · MP_TYPE_ERROR, MP_VALUE_ERROR an object that
 *          cannot be waited for · -EBADF an fd that is not open · -ENOMEM
 * Owns     nothing
 * Safe     in threads, in parent and child; not in signal handlers
 */
MP_API MP__CHECK int mp_connection_wait(mp_any objects, bool *ready,
                                        double timeout);

#ifdef __cplusplus
}
#endif

MP__AUTO(mp_connection);

#ifdef MP__MACROS
#define mp_pipe(...) \
    MP__PICK3(__VA_ARGS__, MP__pipe3, MP__pipe2, 0, 0)(__VA_ARGS__)
#define MP__pipe2(a_, b_)     mp_pipe((a_), (b_), true)
#define MP__pipe3(a_, b_, d_) mp_pipe((a_), (b_), (d_))
#define mp_connection_send(...) \
    MP__PICK3(__VA_ARGS__, MP__send3, MP__send2, 0, 0)(__VA_ARGS__)
#define MP__send2(c_, v_)     mp_connection_send((c_), MP(v_), MP_FOREVER)
#define MP__send3(c_, v_, t_) mp_connection_send((c_), MP(v_), (t_))
#define mp_connection_recv(...) \
    MP__PICK3(__VA_ARGS__, MP__recv3, MP__recv2, 0, 0)(__VA_ARGS__)
#define MP__recv2(c_, o_)     mp_connection_recv((c_), MP_TO(o_), MP_FOREVER)
#define MP__recv3(c_, o_, t_) mp_connection_recv((c_), MP_TO(o_), (t_))
#define mp_connection_send_bytes(...) \
    MP__PICK4(__VA_ARGS__, MP__sendb4, MP__sendb3, 0, 0, 0)(__VA_ARGS__)
#define MP__sendb3(c_, p_, n_) \
    mp_connection_send_bytes((c_), (p_), (n_), MP_FOREVER)
#define MP__sendb4(c_, p_, n_, t_) \
    mp_connection_send_bytes((c_), (p_), (n_), (t_))
#define mp_connection_recv_bytes(...)                                \
    MP__PICK4(__VA_ARGS__, MP__recvb4, MP__recvb3, MP__recvb2, 0, 0) \
    (__VA_ARGS__)
#define MP__recvb2(c_, o_) \
    mp_connection_recv_bytes((c_), (o_), SIZE_MAX, MP_FOREVER)
#define MP__recvb3(c_, o_, m_) \
    mp_connection_recv_bytes((c_), (o_), (m_), MP_FOREVER)
#define MP__recvb4(c_, o_, m_, t_) \
    mp_connection_recv_bytes((c_), (o_), (m_), (t_))
#define mp_connection_recv_bytes_into(...) \
    MP__PICK5(__VA_ARGS__, MP__recvi5, MP__recvi4, 0, 0, 0, 0)(__VA_ARGS__)
#define MP__recvi4(c_, p_, n_, o_) \
    mp_connection_recv_bytes_into((c_), (p_), (n_), (o_), MP_FOREVER)
#define MP__recvi5(c_, p_, n_, o_, t_) \
    mp_connection_recv_bytes_into((c_), (p_), (n_), (o_), (t_))
#define mp_connection_poll(...) \
    MP__PICK2(__VA_ARGS__, MP__poll2, MP__poll1, 0)(__VA_ARGS__)
#define MP__poll1(c_)     mp_connection_poll((c_), 0)
#define MP__poll2(c_, t_) mp_connection_poll((c_), (t_))
#define mp_connection_wait(...) \
    MP__PICK3(__VA_ARGS__, MP__wait3, MP__wait2, 0, 0)(__VA_ARGS__)
#define MP__wait2(l_, r_)     mp_connection_wait((l_), (r_), MP_FOREVER)
#define MP__wait3(l_, r_, t_) mp_connection_wait((l_), (r_), (t_))
#endif

#endif
