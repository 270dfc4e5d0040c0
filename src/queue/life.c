/*
 * A ring's life in a process: made, or taken over from another one; its end
 * for all, and its end here. See ring.h.
 */
#include "queue/chunk.h"
#include "queue/passing.h"

#include "base/error.h"
#include "os/family.h"

#include <string.h>

#define MAGIC   0x6d705251u
#define RESERVE (UINT64_C(1) << 36) /* of addresses: what a queue can grow to */

static void begin(struct ring *r, uint32_t maxsize)
{
    /* One that is laid anew is looked at by others. */
    if (r->shared != r->mapping.base)
        r->shared = r->mapping.base;
    r->shared->magic = MAGIC;
    r->shared->maxsize = maxsize;
    r->shared->family = mp__family();
    r->shared->size = r->mapping.size;
    mp__chunks_begin(r);
}

int mp__ring_new(struct ring *r, uint32_t maxsize)
{
    size_t first = mp__page_size() + CHUNK_FIRST_SPAN;
    int rc = mp__context_need();

    _Static_assert(sizeof(struct ring_shared) <= 4096, "one page");
    if (rc < 0)
        return rc;
    memset(r, 0, sizeof *r);
    rc = mp__mapping_new("mproc-queue", RESERVE, first, &r->mapping);
    if (rc < 0)
        return rc;
    rc = mp__passing_new(r);
    if (rc < 0) {
        mp__mapping_free(&r->mapping);
        return rc;
    }
    begin(r, maxsize);
    return 0;
}

void mp__ring_lay(struct ring *r, const struct mp__mapping *memory, int in,
                  int out)
{
    r->mapping = *memory;
    r->in = in;
    r->out = out;
    r->awaited = 0;
    begin(r, 0);
}

static bool is_ring(const struct ring *r)
{
    const struct ring_shared *s = r->mapping.base;

    return r->mapping.size >= mp__page_size() && s->magic == MAGIC &&
           s->size == r->mapping.size && s->family == mp__family() &&
           mp__context != NULL;
}

int mp__ring_adopt(struct ring *r, const int fds[RING_FDS])
{
    int rc;

    memset(r, 0, sizeof *r);
    rc = mp__mapping_adopt(fds[0], &r->mapping);
    if (rc < 0)
        return rc;
    rc = is_ring(r) ? mp__passing_adopt(r, fds[1], fds[2])
                    : mp__fail(MP_VALUE_ERROR, "the shared memory received is "
                                               "no queue of this family");
    if (rc < 0) {
        r->mapping.fd = -1;
        mp__mapping_free(&r->mapping);
        return rc;
    }
    r->shared = r->mapping.base;
    return 0;
}

void mp__ring_fds(const struct ring *r, int out[RING_FDS])
{
    out[0] = r->mapping.fd;
    out[1] = r->in;
    out[2] = r->out;
}

/* The state is no word that anybody sleeps on: have all of them look. */
void mp__ring_shut_down(struct ring *r, bool drop)
{
    uint32_t to = drop ? RING_DROPPED : RING_SHUT_DOWN;
    uint32_t now = atomic_load(&r->shared->state);

    while (now < to &&
           !atomic_compare_exchange_weak(&r->shared->state, &now, to))
        ;
    mp__stir();
}

void mp__ring_free(struct ring *r)
{
    if (r->shared == NULL)
        return;
    mp__passing_free(r);
    mp__mapping_free(&r->mapping);
}
