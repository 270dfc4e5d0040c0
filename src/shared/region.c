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
#include <unistd.h>

#define MAGIC 0x6d704266u

/* Smaller ones are mapped again in no time. */
#define WORTH_KEEPING ((size_t)1 << 22)
#define KEPT_REGIONS  4
#define KEPT_BYTES    ((size_t)1 << 30)

struct mp__region {
    struct mp__mapping mapping; /* its fd is a probe while it is only kept */
    size_t users;               /* handles of this process; 0: kept */
    bool passes;                /* to the next child; written by its handle's
                                   thread, read by the child */
    struct mp__region *next;
};

static struct mp__thread_lock lock;
static struct mp__region *regions;

static struct mp__region_shared *shared_of(const struct mp__region *b)
{
    return b->mapping.base;
}

const struct mp__region_shared *mp__region_shared(const struct mp__region *b)
{
    return shared_of(b);
}

void *mp__region_data(const struct mp__region *b)
{
    return (char *)b->mapping.base + mp__page_size();
}

int mp__region_fd(const struct mp__region *b)
{
    return b->mapping.fd;
}

bool mp__region_is_mine(const struct mp__region *b)
{
    return b->mapping.base != NULL &&
           atomic_load(&shared_of(b)->owner) == mp__self();
}

void mp__region_claim(struct mp__region *b)
{
    atomic_store(&shared_of(b)->owner, mp__self());
}

/* -- the list: all under the lock ----------------------------------------- */

static void add(struct mp__region *b)
{
    b->next = regions;
    regions = b;
}

static void take_out(struct mp__region *b)
{
    struct mp__region **link = &regions;

    while (*link != b)
        link = &(*link)->next;
    *link = b->next;
}

static void forget(struct mp__region *b)
{
    take_out(b);
    mp__mapping_free(&b->mapping);
    free(b);
}

static bool is_in_vain(const struct mp__region *b)
{
    return b->mapping.base == NULL || !mp__is_claimed(b->mapping.fd);
}

/* Let go of what is kept in vain, and of the oldest if it is too much. */
static void trim(void)
{
    struct mp__region *next;
    size_t n = 0, bytes = 0;

    for (struct mp__region *b = regions; b != NULL; b = next) {
        next = b->next;
        if (b->users > 0)
            continue;
        if (is_in_vain(b) || n == KEPT_REGIONS ||
            b->mapping.size > KEPT_BYTES - bytes) {
            forget(b);
            continue;
        }
        n++;
        bytes += b->mapping.size;
    }
}

static void trim_at_a_death(void)
{
    (void)mp__thread_lock(&lock, MP__NEVER);
    trim();
    mp__thread_unlock(&lock);
}

/* -- making --------------------------------------------------------------- */

static struct mp__region *new_region(const struct mp__mapping *m)
{
    struct mp__region *b = malloc(sizeof *b);

    if (b == NULL) {
        mp__fail(-ENOMEM, "no memory for a buffer");
        return NULL;
    }
    *b = (struct mp__region){.mapping = *m, .users = 1};
    (void)mp__thread_lock(&lock, MP__NEVER);
    trim();
    add(b);
    mp__thread_unlock(&lock);
    return b;
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
    struct mp__region_shared *shared;
    struct mp__mapping m;
    struct mp__region *b;

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
    b = new_region(&m);
    if (b == NULL)
        mp__mapping_free(&m);
    else
        mp__region_claim(b);
    return b;
}

static int check(const struct mp__mapping *m)
{
    const struct mp__region_shared *shared = m->base;
    size_t page = mp__page_size();

    if (m->size > page && shared->magic == MAGIC && shared->size > 0 &&
        shared->size <= m->size - page && shared->elem < MP_ELEM_ANY)
        return 0;
    return mp__fail(MP_VALUE_ERROR, "the shared memory received is no buffer");
}

/* One that is mapped here already is used again, with the descriptor in place
   of the probe, or of its like. */
static struct mp__region *find_again(int fd)
{
    struct mp__region *b = regions;

    while (b != NULL && !mp__mapping_is_of(&b->mapping, fd))
        b = b->next;
    if (b == NULL)
        return NULL;
    take_out(b);
    add(b);
    b->users++;
    (void)close(b->mapping.fd);
    b->mapping.fd = fd;
    return b;
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
    struct mp__region *b = NULL;
    struct mp__mapping m;

    if (mp__context_need() < 0 || mp__self() == 0 || map(fd, &m) < 0)
        return NULL;
    if (check(&m) == 0)
        b = new_region(&m);
    if (b == NULL) {
        m.fd = -1;
        mp__mapping_free(&m);
    }
    return b;
}

struct mp__region *mp__region_adopt(int fd)
{
    struct mp__region *b;

    (void)mp__thread_lock(&lock, MP__NEVER);
    b = find_again(fd);
    mp__thread_unlock(&lock);
    return b != NULL ? b : map_received(fd);
}

/* -- fork ------------------------------------------------------------------ */

void mp__region_pass(struct mp__region *b, bool on)
{
    b->passes = on;
}

/* child. The handles may still be freed. */
static void let_go_of_all(void)
{
    for (struct mp__region *b = regions; b != NULL; b = b->next)
        if (!b->passes)
            mp__mapping_free(&b->mapping);
}

__attribute__((constructor)) static void register_fork_handler(void)
{
    (void)pthread_atfork(NULL, NULL, let_go_of_all);
}

/* -- parting from it ------------------------------------------------------- */

static void leave(struct mp__region *b)
{
    int probe = -1;

    if (--b->users > 0)
        return;
    if (b->mapping.size >= WORTH_KEEPING)
        probe = mp__reopen(b->mapping.fd);
    if (probe < 0) {
        forget(b);
        return;
    }
    (void)close(b->mapping.fd);
    b->mapping.fd = probe;
    mp__on_death(trim_at_a_death);
    trim();
}

void mp__region_leave(struct mp__region *b)
{
    (void)mp__thread_lock(&lock, MP__NEVER);
    leave(b);
    mp__thread_unlock(&lock);
}

void mp__region_free(struct mp__region *b, bool spent)
{
    size_t page = mp__page_size();

    (void)mp__thread_lock(&lock, MP__NEVER);
    if (--b->users == 0) {
        if (spent && mp__region_is_mine(b))
            mp__mapping_release(&b->mapping, page, b->mapping.size - page);
        forget(b);
    }
    trim();
    mp__thread_unlock(&lock);
}
