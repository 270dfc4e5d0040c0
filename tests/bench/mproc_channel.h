/*
 * libmproc's part: what a job's messages go over, and its processes.
 *
 * An end puts on one side and gets from one; for a queue the two may be the
 * same object. Children have their parent's handles by fork.
 */
#ifndef BENCH_MPROC_CHANNEL_H
#define BENCH_MPROC_CHANNEL_H

#include <mproc.h>

/* Of each pair of fields one kind is set. */
struct channel_end {
    mp_queue *put_queue;
    mp_queue *get_queue;
    mp_simple_queue *put_simple;
    mp_simple_queue *get_simple;
    mp_connection *connection;
};

/* One way: put into *in, get from *out. Both ways: an end for the parent and
   one for the child. -1 and the reason on stderr. */
int channel_one_way(const char *over, struct channel_end *in,
                    struct channel_end *out);
int channel_both_ways(const char *over, struct channel_end *parents,
                      struct channel_end *childs);

/* Frees what the two ends of a channel have. */
void channel_free(struct channel_end *a, struct channel_end *b);

int channel_put(const struct channel_end *e, mp_any v);
int channel_get(const struct channel_end *e, mp_out out);

/* Start a process that runs fn with an object; NULL and the reason on stderr. */
mp_process *channel_child(mp_fn fn, void *self);

/* Join it and free the handle; -1 unless its exit code was 0. */
int channel_join(mp_process *p);

#endif
