/*
 * Killing, replacing and counting; see storm.h.
 */
#include "storm.h"

#include "leaks.h"
#include "process.h"

#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>

/* Announced late, a death is found some 20 ms later. The rest is for the
   machine. */
#define LONGEST_GAP 0.25
#define PATIENCE    10.0

enum { PAUSE_NS = 800000, THOUGHT_NS = 100000, LATE = 16 };

static const struct storm *storm;
static struct {
    atomic_int over;
    atomic_int wrong;
    char what[120];
} * shared;

static struct rig_process workers[STORM_WORKERS];
static struct rig_process not_yet_announced;
static long deaths;
static long kills[STORM_WORKERS];
static uint64_t seed_of_next;

uint32_t storm_pick(struct storm_random *r, uint32_t n)
{
    r->state ^= r->state << 13;
    r->state ^= r->state >> 7;
    r->state ^= r->state << 17;
    return (uint32_t)(r->state >> 32) % n;
}

bool storm_is_over(void)
{
    return atomic_load(&shared->over) != 0;
}

/* Leave some time to the others, and to the dying, who need it to die. */
static void think(struct storm_random *r)
{
    struct timespec pause = {0, (long)storm_pick(r, 2 * THOUGHT_NS)};

    if (storm_pick(r, 4) == 0)
        (void)nanosleep(&pause, NULL);
}

static int be_worker(int i)
{
    struct storm_random r = {.state = seed_of_next};
    while (!storm_is_over()) {
        const char *wrong = storm->work(i, &r);

        think(&r);
        if (wrong != NULL && atomic_exchange(&shared->wrong, 1) == 0)
            (void)snprintf(shared->what, sizeof shared->what, "%s", wrong);
        if (wrong != NULL)
            return 1;
    }
    return 0;
}

static void start(int i)
{
    seed_of_next = seed_of_next * UINT64_C(6364136223846793005) + 1442695041;
    workers[i] = rig_start(be_worker, i);
}

/* One death in so many is announced late, as many deaths later, so that the
   others come upon locks whose holder is dead and not yet known to be. No
   worker lives long enough to find out by itself, by slices: kstep does that. */
static void announce_in_time(struct rig_process *dead)
{
    if (++deaths % LATE != 0) {
        rig_announce(dead);
        return;
    }
    rig_announce(&not_yet_announced);
    not_yet_announced = *dead;
}

static void kill_one(struct storm_random *r)
{
    int i = (int)storm_pick(r, STORM_WORKERS);

    rig_kill(&workers[i]);
    kills[i]++;
    announce_in_time(&workers[i]);
    start(i);
}

struct gap {
    uint64_t seen;
    double since;
    double longest;
};

static void watch_progress(struct gap *g)
{
    uint64_t now = storm->progress();
    double waited = rig_seconds() - g->since;

    if (waited > g->longest)
        g->longest = waited;
    if (now != g->seen) {
        g->seen = now;
        g->since = rig_seconds();
    }
}

static void rage(double seconds, struct storm_random *r, struct gap *g)
{
    double end = rig_seconds() + seconds;

    g->since = rig_seconds();
    while (rig_seconds() < end && atomic_load(&shared->wrong) == 0 &&
           g->longest < PATIENCE) {
        struct timespec pause = {0, (long)storm_pick(r, 2 * PAUSE_NS)};

        (void)nanosleep(&pause, NULL);
        watch_progress(g);
        kill_one(r);
    }
}

/* Let all of them come to their end; how many did not. */
static int calm(void)
{
    int stuck = 0;

    atomic_store(&shared->over, 1);
    rig_announce(&not_yet_announced);
    for (int i = 0; i < STORM_WORKERS; i++) {
        int status;

        stuck += !rig_await_end(&workers[i], PATIENCE, &status);
        rig_kill(&workers[i]);
        rig_announce(&workers[i]);
    }
    return stuck;
}

static bool tell(const char *trouble)
{
    if (trouble != NULL)
        (void)printf("    BAD: %s\n", trouble);
    return trouble == NULL;
}

bool storm_run(const struct storm *s, double seconds, uint64_t seed)
{
    struct storm_random r = {.state = seed};
    struct gap gap = {0};
    struct rig_leaks before;
    long all = 0;
    bool well = true;
    int stuck;

    storm = s;
    if (shared == NULL)
        shared = rig_shared(sizeof *shared);
    memset(shared, 0, sizeof *shared);
    memset(kills, 0, sizeof kills);
    seed_of_next = seed;
    (void)rig_count(); /* once, so that what counting needs is there */
    before = rig_count();
    s->setup();
    for (int i = 0; i < STORM_WORKERS; i++)
        start(i);
    rage(seconds, &r, &gap);
    stuck = calm();
    for (int i = 0; i < STORM_WORKERS; i++)
        all += kills[i];
    (void)printf("%-20s %.0f s, seed %llu, kills %ld (%.0f/s), progress %llu, "
                 "longest gap %.1f ms, stuck %d\n",
                 s->name, seconds, (unsigned long long)seed, all,
                 (double)all / seconds, (unsigned long long)s->progress(),
                 gap.longest * 1e3, stuck);
    if (atomic_load(&shared->wrong) != 0)
        well = tell(shared->what);
    if (stuck > 0)
        well = tell("somebody hangs");
    if (gap.longest > LONGEST_GAP)
        well = tell("too long without progress");
    well = tell(s->check(kills)) && well;
    s->teardown();
    return !rig_has_leaked(&before) && well;
}
