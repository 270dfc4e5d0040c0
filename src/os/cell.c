/*
 * Cells and the arenas they lie in; see cell.h.
 *
 * Each process has a list of the arenas it has mapped, counted by the cells it
 * holds in them. The list is guarded by a lock that fork undoes, and changed
 * by one store at a time, so what a child finds of it is whole.
 */
#include "os/cell.h"

#include "base/clock.h"
#include "base/error.h"
#include "os/context.h"
#include "os/family.h"
#include "os/mapping.h"
#include "os/thread_lock.h"

#include <assert.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MAGIC      0x6d704172u
#define ALIGNMENT  ((size_t)64)
#define ARENA_SIZE MP__NOTES
#define MANY       (ARENA_SIZE / 8) /* a larger cell has its own arena */

/* At the beginning of the mapping. `next` and `committed` only go up, by
   compare-and-swap; memory lies behind all of [0, committed). */
struct arena_shared {
    uint32_t magic;
    uint32_t unused;
    uint64_t family; /* as in os/family.h; never changes */
    _Atomic uint64_t next;
    _Atomic uint64_t committed;
};

struct mp__arena {
    struct mp__mapping mapping;
    size_t cells; /* held by this process */
    struct mp__arena *next;
};

_Static_assert(sizeof(struct arena_shared) <= ALIGNMENT, "before the first");

static struct mp__thread_lock lock;
static struct mp__arena *arenas;  /* the newest first */
static struct mp__arena *current; /* where small cells are made, or NULL */

static size_t round_up(size_t size, size_t to)
{
    return (size + to - 1) / to * to;
}

static struct arena_shared *shared_of(const struct mp__arena *a)
{
    return a->mapping.base;
}

/* -- the list: all under the lock ----------------------------------------- */

static struct mp__arena *add(const struct mp__mapping *m)
{
    struct mp__arena *a = malloc(sizeof *a);

    if (a == NULL) {
        mp__fail(-ENOMEM, "no memory for a shared object");
        return NULL;
    }
    *a = (struct mp__arena){.mapping = *m, .next = arenas};
    arenas = a;
    return a;
}

static void drop(struct mp__arena *a)
{
    struct mp__arena **link = &arenas;

    if (--a->cells > 0)
        return;
    while (*link != a)
        link = &(*link)->next;
    *link = a->next;
    if (a == current)
        current = NULL;
    mp__mapping_free(&a->mapping);
    free(a);
}

static struct mp__arena *find(int fd)
{
    struct mp__arena *a = arenas;
    struct stat st;

    if (fstat(fd, &st) < 0)
        return NULL;
    while (a != NULL &&
           (a->mapping.device != st.st_dev || a->mapping.inode != st.st_ino))
        a = a->next;
    return a;
}

/* -- making --------------------------------------------------------------- */

static struct mp__arena *new_arena(size_t size, size_t commit)
{
    struct arena_shared *shared;
    struct mp__arena *a;
    struct mp__mapping m;

    if (mp__mapping_new_noted("mproc-cells", MP__NOTES, size, commit, &m) < 0)
        return NULL;
    shared = m.base;
    shared->magic = MAGIC;
    shared->family = mp__family();
    shared->next = ALIGNMENT;
    shared->committed = commit;
    a = add(&m);
    if (a == NULL)
        mp__mapping_free(&m);
    return a;
}

/* Have memory behind all that is before `end`. Two may do so at once. */
static int commit_to(const struct mp__arena *a, uint64_t end)
{
    struct arena_shared *shared = shared_of(a);
    uint64_t committed = atomic_load(&shared->committed);
    uint64_t to = round_up(end, mp__page_size());

    if (end <= committed)
        return 0;
    MP_TRY(mp__mapping_commit(&a->mapping, committed, to - committed));
    while (committed < to &&
           !atomic_compare_exchange_weak(&shared->committed, &committed, to))
        ;
    return 0;
}

/* Take the next `size` bytes; 0 if the arena is full. Other processes may be
   taking of the same arena. */
static uint64_t take(const struct mp__arena *a, size_t size)
{
    _Atomic uint64_t *next = &shared_of(a)->next;
    uint64_t offset = atomic_load(next);

    do
        if (size > a->mapping.size || offset > a->mapping.size - size)
            return 0;
    while (!atomic_compare_exchange_weak(next, &offset, offset + size));
    return offset;
}

static int hold(struct mp__arena *a, uint64_t offset, struct mp__cell *out)
{
    a->cells++;
    *out = (struct mp__cell){(char *)a->mapping.base + offset, a};
    return 0;
}

/* Make an arena go that was made in vain. */
static void drop_unused(struct mp__arena *a)
{
    if (a->cells == 0) {
        a->cells = 1;
        drop(a);
    }
}

/* Of an arena that was made for it, it is the only one: the next small cell
   is not to be laid behind it, and keep it alive. */
static int new_large(size_t size, struct mp__cell *out)
{
    struct mp__arena *a;

    if (size > PTRDIFF_MAX - 2 * MP__NOTES)
        return mp__fail(-ENOMEM, "cannot have %zu bytes of shared memory",
                        size);
    size = round_up(ALIGNMENT + size, mp__page_size());
    a = new_arena(size, size);
    if (a == NULL)
        return mp__fail_code();
    atomic_store(&shared_of(a)->next, a->mapping.size);
    return hold(a, ALIGNMENT, out);
}

static int new_small(size_t size, struct mp__cell *out)
{
    uint64_t offset = current != NULL ? take(current, size) : 0;
    int rc;

    if (offset == 0) {
        struct mp__arena *a = new_arena(ARENA_SIZE, mp__page_size());

        if (a == NULL)
            return mp__fail_code();
        current = a;
        offset = take(a, size);
    }
    rc = commit_to(current, offset + size);
    if (rc < 0) {
        drop_unused(current);
        return rc;
    }
    return hold(current, offset, out);
}

int mp__cell_new(uint32_t magic, size_t size, struct mp__cell *out)
{
    int rc = mp__context_need();

    assert(size >= sizeof(struct mp__cell_head));
    if (rc < 0)
        return rc;
    size = size <= MANY ? round_up(size, ALIGNMENT) : size;
    (void)mp__thread_lock(&lock, MP__NEVER);
    rc = size <= MANY ? new_small(size, out) : new_large(size, out);
    mp__thread_unlock(&lock);
    if (rc == 0)
        *(struct mp__cell_head *)out->shared =
            (struct mp__cell_head){.magic = magic, .size = size};
    return rc;
}

/* -- from another process -------------------------------------------------- */

struct mp__cell_address mp__cell_address(const struct mp__cell *cell)
{
    const struct mp__mapping *m = &cell->arena->mapping;
    size_t offset = (size_t)((char *)cell->shared - (char *)m->base);

    return (struct mp__cell_address){m->fd, offset};
}

static bool is_arena(const struct mp__mapping *m)
{
    const struct arena_shared *shared = m->base;

    return m->size >= mp__page_size() && shared->magic == MAGIC &&
           shared->family == mp__family() && mp__context != NULL;
}

static int fail_no_cell(void)
{
    return mp__fail(MP_VALUE_ERROR, "the shared memory received holds no "
                                    "object of this family");
}

static int adopt_arena(int fd, struct mp__arena **out)
{
    struct mp__mapping m;
    struct mp__arena *a;

    MP_TRY(mp__mapping_adopt_noted(fd, MP__NOTES, &m));
    a = is_arena(&m) ? add(&m) : NULL;
    if (a != NULL) {
        *out = a;
        return 0;
    }
    int rc = is_arena(&m) ? -ENOMEM : fail_no_cell();
    m.fd = -1;
    mp__mapping_free(&m);
    return rc;
}

/* All before `committed` can be read. The head is read once, for it may change
   under a hostile hand. */
static bool is_cell(const struct mp__arena *a, uint64_t offset, uint32_t magic,
                    size_t least)
{
    uint64_t end = atomic_load(&shared_of(a)->committed);
    struct mp__cell_head head;

    if (end > a->mapping.size)
        end = a->mapping.size;
    if (offset < ALIGNMENT || offset % ALIGNMENT != 0 || offset > end ||
        end - offset < sizeof head)
        return false;
    memcpy(&head, (char *)a->mapping.base + offset, sizeof head);
    return head.magic == magic && head.size >= least &&
           head.size <= end - offset;
}

static int adopt(struct mp__cell_address at, uint32_t magic, size_t least,
                 bool (*is_whole)(const void *shared), struct mp__cell *out)
{
    struct mp__arena *a = find(at.fd);
    bool is_new = a == NULL;

    if (is_new)
        MP_TRY(adopt_arena(at.fd, &a));
    if (!is_cell(a, at.offset, magic, least) ||
        !is_whole((char *)a->mapping.base + at.offset)) {
        if (is_new)
            a->mapping.fd = -1;
        drop_unused(a);
        return fail_no_cell();
    }
    if (!is_new)
        close(at.fd);
    return hold(a, at.offset, out);
}

int mp__cell_adopt_whole(struct mp__cell_address at, uint32_t magic,
                         size_t least, bool (*is_whole)(const void *shared),
                         struct mp__cell *out)
{
    int rc;

    (void)mp__thread_lock(&lock, MP__NEVER);
    rc = adopt(at, magic, least, is_whole, out);
    mp__thread_unlock(&lock);
    return rc;
}

static bool always(const void *shared)
{
    (void)shared;
    return true;
}

int mp__cell_adopt(struct mp__cell_address at, uint32_t magic, size_t least,
                   struct mp__cell *out)
{
    return mp__cell_adopt_whole(at, magic, least, always, out);
}

void mp__cell_free(struct mp__cell *cell)
{
    if (cell->arena == NULL)
        return;
    (void)mp__thread_lock(&lock, MP__NEVER);
    drop(cell->arena);
    mp__thread_unlock(&lock);
    *cell = (struct mp__cell){.shared = NULL};
}
