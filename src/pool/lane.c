/*
 * The memory of one worker; see lane.h.
 */
#include "pool/lane.h"

#include "base/error.h"
#include "os/socket.h"

#include <errno.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

/* Of addresses, for each ring: what one task or answer can be. */
#define RING_RESERVE ((size_t)1 << 35)
#define RING_MIN     ((size_t)1 << 20)

static size_t log_at(void)
{
    return mp__page_size();
}

static size_t rings_at(void)
{
    return log_at() + LANE_LOG;
}

/* How large each ring of a mapping is, which may be smaller than asked for. */
static size_t ring_size(const struct mp__mapping *m)
{
    size_t page = mp__page_size();

    return (m->size - rings_at()) / 2 / page * page;
}

static void lay(struct lane *lane, size_t size)
{
    struct mp__mapping down = mp__mapping_part(&lane->memory, rings_at(), size);
    struct mp__mapping up =
        mp__mapping_part(&lane->memory, rings_at() + size, size);

    mp__ring_lay(&lane->tasks, &down, lane->socket[0], lane->socket[1]);
    mp__ring_lay(&lane->answers, &up, lane->socket[1], lane->socket[0]);
}

static void use(struct lane *lane)
{
    lane->shared = lane->memory.base;
    lane->log = (unsigned char *)lane->memory.base + log_at();
}

int mp__lane_new(struct lane *lane)
{
    size_t least = rings_at() + RING_BEGINS, size;
    int rc = mp__context_need();

    _Static_assert(sizeof(struct lane_shared) <= 4096, "one page");
    if (rc < 0)
        return rc;
    rc = mp__mapping_new("mproc-pool", rings_at() + 2 * RING_RESERVE, least,
                         &lane->memory);
    if (rc < 0)
        return rc;
    size = ring_size(&lane->memory);
    rc =
        size < RING_MIN
            ? mp__fail_os(-ENOMEM, "no room for the memory of a worker")
            : mp__mapping_commit(&lane->memory, rings_at() + size, RING_BEGINS);
    if (rc == 0)
        rc = mp__socket_pair(lane->socket);
    if (rc < 0) {
        mp__mapping_free(&lane->memory);
        return rc;
    }
    mp__socket_widen(lane->socket[0]);
    mp__socket_widen(lane->socket[1]);
    use(lane);
    lay(lane, size);
    return 0;
}

int mp__lane_renew(struct lane *lane)
{
    size_t size = ring_size(&lane->memory);
    int ends[2];

    MP_TRY(mp__socket_pair(ends));
    (void)close(lane->socket[0]);
    (void)close(lane->socket[1]);
    memcpy(lane->socket, ends, sizeof ends);
    mp__socket_widen(ends[0]);
    mp__socket_widen(ends[1]);
    mp__mapping_release(&lane->memory, 0, lane->memory.size);
    MP_TRY(mp__mapping_commit(&lane->memory, 0, rings_at() + RING_BEGINS));
    MP_TRY(mp__mapping_commit(&lane->memory, rings_at() + size, RING_BEGINS));
    lay(lane, size);
    return 0;
}

void mp__lane_free(struct lane *lane)
{
    if (lane->memory.base == NULL)
        return;
    (void)close(lane->socket[0]);
    (void)close(lane->socket[1]);
    mp__mapping_free(&lane->memory);
    memset(lane, 0, sizeof *lane);
}

void mp__bell_strike(struct bell *bell)
{
    atomic_fetch_add(&bell->count, 1);
    (void)mp__futex_wake(&bell->count, INT_MAX);
}

/* A death between the two is told to those who sleep by the supervisor. */
void mp__bell_ring(struct bell *bell)
{
    if (atomic_load(&bell->wanted) != 0 &&
        atomic_exchange(&bell->wanted, 0) != 0)
        mp__bell_strike(bell);
}
