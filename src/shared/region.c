/*
 * Regions, and those that this process keeps mapped; see region.h.
 *
 * All regions that are mapped are in one list, the one touched last in front,
 * guarded by a lock that fork undoes and changed by one store at a time.
 */
#include "shared/region.h"

#include "base/clock.h"
#include "base/error.h"
#include "os/claim.h"
#include "os/context.h"
#include "os/mapping.h"
#include "os/thread_lock.h"

#include <mproc/any.h>

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MAGIC 0x6d704266u

/* Smaller ones are mapped again in no time. */
#define WORTH_KEEPING ((size_t)1 << 22)
#define KEPT_REGIONS  4
#define KEPT_BYTES    ((size_t)1 << 30)

/* At the beginning of the mapping. Only `owner` ever changes: written by who
   gets it. */
struct region_shared {
    uint32_t magic;
    uint32_t elem;
    uint64_t size;
    mp__word owner; /* mp__owner of who had it last */
};

struct mp__region {
    struct mp__mapping mapping; /* its fd is a probe while it is only kept */
    size_t size; /* of the data, as it was when that was checked */
    int elem;
    size_t users; /* handles of this process; 0: kept */
    bool passes;  /* to the next child; written by its handle's
                                   thread, read by the child */
    struct mp__region *next;
};

static struct mp__thread_lock lock;
static struct mp__region *regions;

static struct region_shared *shared_of(const struct mp__region *r)
{
    return r->mapping.base;
}

size_t mp__region_size(const struct mp__region *r)
{
    return r->size;
}

int mp__region_elem(const struct mp__region *r)
{
    return r->elem;
}

void *mp__region_data(const struct mp__region *r)
{
    return (char *)r->mapping.base + mp__page_size();
}

int mp__region_fd(const struct mp__region *r)
{
    return r->mapping.fd;
}

bool mp__region_is_mine(const struct mp__region *r)
{
    return r->mapping.base != NULL &&
           atomic_load(&shared_of(r)->owner) == mp__self();
}

void mp__region_claim(struct mp__region *r)
{
    atomic_store(&shared_of(r)->owner, mp__self());
}

/* -- the list: all under the lock ----------------------------------------- */

static void add(struct mp__region *r)
{
    r->next = regions;
    regions = r;
}

static void take_out(struct mp__region *r)
{
    struct mp__region **link = &regions;

    while (*link != r)
        link = &(*link)->next;
    *link = r->next;
}

static void forget(struct mp__region *r)
{
    take_out(r);
    mp__mapping_free(&r->mapping);
    free(r);
}

static bool is_in_vain(const struct mp__region *r)
{
    return r->mapping.base == NULL || !mp__is_claimed(r->mapping.fd);
}

/* Let go of what is kept in vain, and of the oldest if it is too much. */
static void trim(void)
{
    struct mp__region *next;
    size_t n = 0, bytes = 0;

    for (struct mp__region *r = regions; r != NULL; r = next) {
        next = r->next;
        if (r->users > 0)
            continue;
        if (is_in_vain(r) || n == KEPT_REGIONS ||
            r->mapping.size > KEPT_BYTES - bytes) {
            forget(r);
            continue;
        }
        n++;
        bytes += r->mapping.size;
    }
}

static void trim_at_a_death(void)
{
    (void)mp__thread_lock(&lock, MP__NEVER);
    trim();
    mp__thread_unlock(&lock);
}

/* -- making --------------------------------------------------------------- */

static struct mp__region *new_region(const struct mp__mapping *m, size_t size,
                                     int elem)
{
    struct mp__region *r = malloc(sizeof *r);

    if (r == NULL) {
        mp__fail(-ENOMEM, "no memory for a buffer");
        return NULL;
    }
    *r = (struct mp__region){
        .mapping = *m, .size = size, .elem = elem, .users = 1};
    (void)mp__thread_lock(&lock, MP__NEVER);
    trim();
    add(r);
    mp__thread_unlock(&lock);
    return r;
}

/* Have a descriptor to own it by, beside the one that it is mapped through. If
   there is none to be had nobody will keep it mapped. */
static void claim(struct mp__mapping *m)
{
    int fd = mp__reopen(m->fd);

    if (fd < 0)
        return;
    (void)mp__claim(fd);
    (void)close(m->fd);
    m->fd = fd;
}

struct mp__region *mp__region_new(size_t size, int elem)
{
    size_t page = mp__page_size();
    struct region_shared *shared;
    struct mp__mapping m;
    struct mp__region *r;

    if (size > PTRDIFF_MAX - page) {
        mp__fail(-ENOMEM, "cannot have %zu bytes of shared memory", size);
        return NULL;
    }
    if (mp__context_need() < 0 || mp__self() == 0 ||
        mp__mapping_new("mproc-buffer", page + size, page + size, &m) < 0)
        return NULL;
    claim(&m);
    shared = m.base;
    shared->magic = MAGIC;
    shared->elem = (uint32_t)elem;
    shared->size = size;
    r = new_region(&m, size, elem);
    if (r == NULL)
        mp__mapping_free(&m);
    else
        mp__region_claim(r);
    return r;
}

/* Read once: a hostile hand may change it. */
static int read_header(const struct mp__mapping *m, size_t *size, int *elem)
{
    struct region_shared header;
    size_t page = mp__page_size();

    if (m->size > page) {
        memcpy(&header, m->base, sizeof header);
        if (header.magic == MAGIC && header.size > 0 &&
            header.size <= m->size - page && header.elem < MP_ELEM_ANY) {
            *size = header.size;
            *elem = (int)header.elem;
            return 0;
        }
    }
    return mp__fail(MP_VALUE_ERROR, "the shared memory received is no buffer");
}

/* One that is mapped here already is used again, with the descriptor in place
   of the probe, or of its like. */
static struct mp__region *find_again(int fd)
{
    struct mp__region *r = regions;

    while (r != NULL && !mp__mapping_is_of(&r->mapping, fd))
        r = r->next;
    if (r == NULL)
        return NULL;
    take_out(r);
    add(r);
    r->users++;
    (void)close(r->mapping.fd);
    r->mapping.fd = fd;
    return r;
}

static int map(int fd, struct mp__mapping *out)
{
    int again = mp__reopen(fd);
    int rc = mp__mapping_adopt(again >= 0 ? again : fd, out);

    if (again >= 0)
        (void)close(again);
    if (rc == 0)
        out->fd = fd;
    return rc;
}

static struct mp__region *map_received(int fd)
{
    struct mp__region *r = NULL;
    struct mp__mapping m;
    size_t size = 0;
    int elem = 0;

    if (mp__context_need() < 0 || mp__self() == 0 || map(fd, &m) < 0)
        return NULL;
    if (read_header(&m, &size, &elem) == 0)
        r = new_region(&m, size, elem);
    if (r == NULL) {
        m.fd = -1;
        mp__mapping_free(&m);
    }
    return r;
}

struct mp__region *mp__region_adopt(int fd)
{
    struct mp__region *r;

    (void)mp__thread_lock(&lock, MP__NEVER);
    r = find_again(fd);
    mp__thread_unlock(&lock);
    return r != NULL ? r : map_received(fd);
}

/* -- fork ------------------------------------------------------------------ */

void mp__region_pass(struct mp__region *r, bool on)
{
    r->passes = on;
}

/* child. The handles may still be freed. */
static void let_go_of_all(void)
{
    for (struct mp__region *r = regions; r != NULL; r = r->next)
        if (!r->passes)
            mp__mapping_free(&r->mapping);
}

__attribute__((constructor)) static void register_fork_handler(void)
{
    (void)pthread_atfork(NULL, NULL, let_go_of_all);
}

/* -- parting from it ------------------------------------------------------- */

static void leave(struct mp__region *r)
{
    int probe = -1;

    if (--r->users > 0)
        return;
    if (r->mapping.size >= WORTH_KEEPING)
        probe = mp__reopen(r->mapping.fd);
    if (probe < 0) {
        forget(r);
        return;
    }
    (void)close(r->mapping.fd);
    r->mapping.fd = probe;
    mp__on_death(trim_at_a_death);
    trim();
}

void mp__region_leave(struct mp__region *r)
{
    (void)mp__thread_lock(&lock, MP__NEVER);
    leave(r);
    mp__thread_unlock(&lock);
}

void mp__region_free(struct mp__region *r, bool spent)
{
    size_t page = mp__page_size();

    (void)mp__thread_lock(&lock, MP__NEVER);
    if (--r->users == 0) {
        if (spent && mp__region_is_mine(r))
            mp__mapping_release(&r->mapping, page, r->mapping.size - page);
        forget(r);
    }
    trim();
    mp__thread_unlock(&lock);
}
