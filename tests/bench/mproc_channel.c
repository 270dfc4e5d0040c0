/*
 * Queues and pipes by one name; see mproc_channel.h.
 */
#include "mproc_channel.h"

#include <string.h>

static bool is(const char *over, const char *name)
{
    return strcmp(over, name) == 0;
}

int channel_one_way(const char *over, struct channel_end *in,
                    struct channel_end *out)
{
    *in = *out = (struct channel_end){0};
    if (is(over, "pipe"))
        return mp_pipe(&out->connection, &in->connection, false) < 0
                   ? mp_perror("pipe")
                   : 0;
    if (is(over, "simple_queue"))
        in->put_simple = out->get_simple = mp_simple_queue_new();
    else
        in->put_queue = out->get_queue = mp_queue_new();
    return in->put_simple == NULL && in->put_queue == NULL ? mp_perror(over)
                                                           : 0;
}

int channel_both_ways(const char *over, struct channel_end *parents,
                      struct channel_end *childs)
{
    *parents = *childs = (struct channel_end){0};
    if (is(over, "pipe"))
        return mp_pipe(&parents->connection, &childs->connection) < 0
                   ? mp_perror("pipe")
                   : 0;
    parents->put_queue = childs->get_queue = mp_queue_new();
    childs->put_queue = parents->get_queue = mp_queue_new();
    return parents->put_queue == NULL || childs->put_queue == NULL
               ? mp_perror("queue")
               : 0;
}

void channel_free(struct channel_end *a, struct channel_end *b)
{
    mp_queue_free(a->put_queue);
    mp_queue_free(b->put_queue);
    mp_simple_queue_free(a->put_simple);
    mp_connection_free(a->connection);
    mp_connection_free(b->connection);
}

int channel_put(const struct channel_end *e, mp_any v)
{
    if (e->put_queue != NULL)
        return mp_queue_put(e->put_queue, v);
    if (e->put_simple != NULL)
        return mp_simple_queue_put(e->put_simple, v);
    return mp_connection_send(e->connection, v);
}

int channel_get(const struct channel_end *e, mp_out out)
{
    if (e->get_queue != NULL)
        return mp_queue_get(e->get_queue, out);
    if (e->get_simple != NULL)
        return mp_simple_queue_get(e->get_simple, out);
    return mp_connection_recv(e->connection, out);
}

mp_process *channel_child(mp_fn fn, void *self)
{
    mp_process *p = mp_process_new(.run = fn, .self = self);

    if (mp_process_start(p) < 0) {
        mp_perror("start");
        mp_process_free(p);
        return NULL;
    }
    return p;
}

int channel_join(mp_process *p)
{
    int rc = mp_process_join(p);

    if (rc == 0 && mp_process_exitcode(p) != 0)
        rc = -1;
    mp_process_free(p);
    return rc;
}
