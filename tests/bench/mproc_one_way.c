/*
 * libmproc's one-way messages: as many consumers as producers, all of them
 * children. A message of 8 bytes is an int, one of 64 a struct, a larger one
 * bytes.
 */
#include "bench.h"
#include "message.h"
#include "mproc_channel.h"
#include "stats.h"

#include <stdio.h>
#include <stdlib.h>

enum { PAIRS_MAX = 8 };

struct course {
    struct channel_end in;
    struct channel_end out;
    mp_queue *arrived; /* a child is there; later, a consumer's sum */
    mp_queue *line;    /* an item for each child: go                */
    size_t size;
    uint64_t first; /* of this producer's numbers      */
    long each;      /* messages of a child             */
};

/* -- producing ------------------------------------------------------------ */

static int put_ints(const struct course *c)
{
    for (uint64_t i = 0; i < (uint64_t)c->each; i++)
        MP_TRY(channel_put(&c->in, MP(c->first + i)));
    return 0;
}

static int put_structs(const struct course *c)
{
    struct small_message message = {0};

    for (uint64_t i = 0; i < (uint64_t)c->each; i++) {
        message_stamp(&message, sizeof message, c->first + i);
        MP_TRY(channel_put(&c->in, MP_STRUCT(message)));
    }
    return 0;
}

static int put_bytes(const struct course *c)
{
    char *buffer = calloc(1, c->size);
    int rc = buffer == NULL ? -1 : 0;

    for (uint64_t i = 0; rc == 0 && i < (uint64_t)c->each; i++) {
        message_stamp(buffer, c->size, c->first + i);
        rc = channel_put(&c->in, MP_BYTES(buffer, c->size));
    }
    free(buffer);
    return rc;
}

/* -- consuming ------------------------------------------------------------ */

static int get_ints(const struct course *c, uint64_t *sum)
{
    for (long i = 0; i < c->each; i++) {
        uint64_t v;

        MP_TRY(channel_get(&c->out, MP_TO(&v)));
        *sum += v;
    }
    return 0;
}

static int get_structs(const struct course *c, uint64_t *sum)
{
    struct small_message message;

    for (long i = 0; i < c->each; i++) {
        MP_TRY(channel_get(&c->out, MP_INTO(message)));
        if (!message_check(&message, sizeof message, sum))
            return mp_raise(NULL, MP_VALUE_ERROR, "a message was damaged");
    }
    return 0;
}

static int get_bytes(const struct course *c, uint64_t *sum)
{
    for (long i = 0; i < c->each; i++) {
        mp_bytes message;
        bool whole;

        MP_TRY(channel_get(&c->out, MP_TO(&message)));
        whole = message.size == c->size &&
                message_check(message.data, message.size, sum);
        free(message.data);
        if (!whole)
            return mp_raise(NULL, MP_VALUE_ERROR, "a message was damaged");
    }
    return 0;
}

/* -- the children --------------------------------------------------------- */

static int wait_at_line(const struct course *c)
{
    int go;

    MP_TRY(mp_queue_put(c->arrived, 0));
    return mp_queue_get(c->line, &go);
}

static int produce(mp_call *call)
{
    const struct course *c = mp_call_self(call);

    MP_TRY(wait_at_line(c));
    if (c->size == sizeof(uint64_t))
        return put_ints(c);
    return c->size == sizeof(struct small_message) ? put_structs(c)
                                                   : put_bytes(c);
}

static int consume(mp_call *call)
{
    const struct course *c = mp_call_self(call);
    uint64_t sum = 0;

    MP_TRY(wait_at_line(c));
    if (c->size == sizeof(uint64_t))
        MP_TRY(get_ints(c, &sum));
    else if (c->size == sizeof(struct small_message))
        MP_TRY(get_structs(c, &sum));
    else
        MP_TRY(get_bytes(c, &sum));
    return mp_queue_put(c->arrived, sum);
}

static int start_all(struct course *c, int pairs, mp_process **children)
{
    for (int i = 0; i < 2 * pairs; i++) {
        c->first = (uint64_t)i * (uint64_t)c->each;
        children[i] = channel_child(i < pairs ? produce : consume, c);
        if (children[i] == NULL)
            return -1;
    }
    return 0;
}

/* -- the parent ----------------------------------------------------------- */

/* From the start to the last consumer's sum; *sum is that of all. */
static int run_course(const struct course *c, int pairs, uint64_t *sum,
                      double *seconds)
{
    double from;

    for (int i = 0; i < 2 * pairs; i++) {
        int here;

        MP_TRY(mp_queue_get(c->arrived, &here));
    }
    from = seconds_now();
    for (int i = 0; i < 2 * pairs; i++)
        MP_TRY(mp_queue_put(c->line, 0));
    for (int i = 0; i < pairs; i++) {
        uint64_t part;

        MP_TRY(mp_queue_get(c->arrived, &part));
        *sum += part;
    }
    *seconds = seconds_now() - from;
    return 0;
}

static int run_children(struct course *c, int pairs, struct figures *out)
{
    mp_process *children[2 * PAIRS_MAX] = {0};
    long count = c->each * pairs;
    double seconds = 0;
    uint64_t sum = 0;
    int rc = start_all(c, pairs, children);

    if (rc == 0 && run_course(c, pairs, &sum, &seconds) < 0)
        rc = mp_perror("one way");
    for (int i = 0; i < 2 * pairs; i++)
        if (channel_join(children[i]) < 0)
            rc = -1;
    if (rc == 0 && sum != message_sum(count)) {
        fprintf(stderr, "libmproc: messages were lost\n");
        rc = -1;
    }
    if (rc == 0)
        out->of[0] = (double)count / seconds;
    return rc;
}

int mproc_one_way(const struct job *job, struct figures *out)
{
    mp_auto(mp_queue) arrived = mp_queue_new();
    mp_auto(mp_queue) line = mp_queue_new();
    struct course c = {
        .arrived = arrived,
        .line = line,
        .size = job->size,
        .each = job->count / job->pairs,
    };
    int rc;

    if (job->pairs > PAIRS_MAX || channel_one_way(job->over, &c.in, &c.out) < 0)
        return -1;
    rc = run_children(&c, job->pairs, out);
    channel_free(&c.in, &c.out);
    return rc;
}
