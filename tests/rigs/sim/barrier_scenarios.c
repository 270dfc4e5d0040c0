/*
 * The barrier under every schedule: nobody goes on before all have come, a
 * round ends in one way for all who were in it, and a death breaks it unless
 * it is over.
 */
#include "scenarios.h"

#include "base/clock.h"
#include "base/error.h"
#include "sync/barrier_state.h"

#include <errno.h>

#define TIMEOUT (MP__SECOND / 1000)

enum { ROUNDS = 8, ROUND_STEP = 4, OUTSIDER = 2 };

static struct mp__barrier barrier;
static struct notes {
    int32_t came[SIM_PROCESSES];            /* how often each process did */
    uint8_t went_on[ROUNDS][SIM_PROCESSES]; /* by index */
    uint8_t broken[ROUNDS];
    int32_t aborted;
    int32_t resets;
} * notes;

static void lay_out(uint32_t parties)
{
    barrier.parties = parties;
    barrier.shared = sim_shared(mp__barrier_size(parties), "barrier");
    sim_label(&barrier.shared->lock.word, 4, "lock");
    sim_label(&barrier.shared->word, 4, "word");
    sim_label(&barrier.shared->arrived, 4, "arrived");
    sim_label(&barrier.shared->outcomes, 8, "outcomes");
    notes = sim_private(sizeof *notes);
}

static void for_two(void)
{
    lay_out(2);
}

static void for_three(void)
{
    lay_out(3);
}

static bool went_on(uint32_t round)
{
    for (uint32_t i = 0; i < barrier.parties; i++)
        if (notes->went_on[round][i] != 0)
            return true;
    return false;
}

static void note_end(const struct mp__barrier_place *place, int rc)
{
    uint32_t round = place->round / ROUND_STEP % ROUNDS;
    uint32_t came = 0;

    if (rc < 0) {
        SIM_DEMAND(!went_on(round), "broken, but others went on");
        notes->broken[round] = 1;
        return;
    }
    for (int i = 0; i < SIM_PROCESSES; i++)
        came += notes->came[i] > (int)round - notes->resets;
    SIM_DEMAND(came >= barrier.parties, "went on before all had come");
    SIM_DEMAND(notes->broken[round] == 0, "went on, but it was broken");
    SIM_DEMAND(notes->went_on[round][place->index]++ == 0,
               "two came as number %u", place->index);
}

/* As mp_barrier_wait; the action is a point at which all can happen. */
static int wait_once(int me, int64_t deadline)
{
    struct mp__barrier_place place;
    int rc;

    notes->came[me]++;
    rc = mp__barrier_arrive(&barrier, deadline, &place);
    SIM_DEMAND(rc == 0 || rc == MP_BROKEN_BARRIER, "arrive answers %d", rc);
    if (rc < 0)
        return rc;
    SIM_DEMAND(place.index < barrier.parties, "one too many in a round");
    if (place.index < barrier.parties - 1)
        rc = mp__barrier_await(&barrier, &place, deadline);
    else {
        sim_point();
        rc = mp__barrier_release(&barrier, &place);
    }
    SIM_DEMAND(rc == 0 || rc == MP_BROKEN_BARRIER, "wait answers %d", rc);
    note_end(&place, rc);
    return rc;
}

/* Only a death, a deadline or an outsider breaks it. */
static void one_round(int me)
{
    int rc = wait_once(me, MP__NEVER);

    SIM_DEMAND(rc == 0 || sim_kills() > 0, "broken by nothing");
}

static void two_rounds(int me)
{
    one_round(me);
    one_round(me);
}

/* Right is only to wait for one who died before it came. */
static bool may_sleep(int who)
{
    uint32_t round = atomic_load(&barrier.shared->word) & ~UINT32_C(1);
    uint32_t there = 0;

    for (uint32_t i = 0; i < barrier.parties; i++) {
        uint64_t stamp = atomic_load(&barrier.shared->stamps[i]);

        if (stamp == 0 || stamp >> 32 != round)
            continue;
        there++;
        for (int k = 0; k < SIM_PROCESSES; k++)
            if (sim_was_killed(k) && (uint32_t)stamp == sim_owner(k))
                return false;
    }
    return sim_kills() > 0 && sim_sleeps_on(who, &barrier.shared->word) &&
           there < barrier.parties;
}

static bool may_sleep_alone(int who)
{
    return sim_sleeps_on(who, &barrier.shared->word) &&
           mp__barrier_waiting(&barrier) < barrier.parties;
}

/* What is left is a barrier that can be reset and used. */
static void check(void)
{
    struct mp__barrier_place place;

    for (int i = 0; i < SIM_PROCESSES; i++)
        if (sim_is_asleep(i))
            return;
    SIM_DEMAND(mp__barrier_reset(&barrier) == 0, "it cannot be reset");
    SIM_DEMAND(mp__barrier_waiting(&barrier) == 0,
               "somebody is counted who is not there");
    for (uint32_t i = 0; i < barrier.parties; i++)
        SIM_DEMAND(mp__barrier_arrive(&barrier, 0, &place) == 0 &&
                       place.index == i,
                   "after a reset it is not as new");
    SIM_DEMAND(mp__barrier_release(&barrier, &place) == 0,
               "after a reset it breaks");
}

const struct sim_scenario sim_barrier_two = {
    .name = "barrier_two",
    .what = "two parties, two rounds",
    .processes = 2,
    .victims = 3,
    .ci = {3, 1},
    .more = {5, 1},
    .at_least = 1000,
    .setup = for_two,
    .body = two_rounds,
    .check = check,
    .may_sleep = may_sleep,
};

const struct sim_scenario sim_barrier_three = {
    .name = "barrier_three",
    .what = "three parties, a round",
    .processes = 3,
    .victims = 7,
    .ci = {2, 1},
    .more = {3, 2},
    .at_least = 1000,
    .setup = for_three,
    .body = one_round,
    .check = check,
    .may_sleep = may_sleep,
};

const struct sim_scenario sim_barrier_three_twice = {
    .name = "barrier_three_twice",
    .what = "three parties, two rounds",
    .processes = 3,
    .victims = 7,
    .ci = {1, 1},
    .more = {2, 1},
    .at_least = 1000,
    .setup = for_three,
    .body = two_rounds,
    .check = check,
    .may_sleep = may_sleep,
};

/* --- the release and its wake-up are one step --- */

/* Who was killed in the round is not known to be dead. */
static bool may_wait_for_the_killed(int who)
{
    (void)who;
    return sim_kills() > 0 &&
           (atomic_load(&barrier.shared->word) & ~UINT32_C(1)) == 0;
}

const struct sim_scenario sim_barrier_release_is_one_step = {
    .name = "barrier_release_is_one_step",
    .what = "one of three is killed, and nobody announces it",
    .processes = 3,
    .victims = 1,
    .unwatched = true,
    .ci = {2, 1},
    .more = {3, 1},
    .at_least = 500,
    .setup = for_three,
    .body = one_round,
    .may_sleep = may_wait_for_the_killed,
};

const struct sim_scenario sim_barrier_unannounced = {
    .name = "barrier_unannounced",
    .what = "nobody announces deaths, but sleeps are sliced",
    .processes = 2,
    .victims = 3,
    .unwatched = true,
    .sliced = true,
    .ci = {2, 1},
    .more = {3, 1},
    .at_least = 200,
    .setup = for_two,
    .body = one_round,
    .may_sleep = may_sleep,
};

/* --- one died before it was counted, and its stamp is there --- */

static void left_by_ghost(void)
{
    lay_out(3);
    atomic_store(&barrier.shared->lock.word, sim_owner(SIM_GHOST));
    barrier.shared->stamps[0] = sim_owner(SIM_GHOST);
    mp__announce_death(sim_owner(SIM_GHOST));
}

static void all_find_it_broken(int me)
{
    SIM_DEMAND(wait_once(me, MP__NEVER) == MP_BROKEN_BARRIER,
               "went on with a dead party");
}

const struct sim_scenario sim_barrier_recovery = {
    .name = "barrier_recovery",
    .what = "two of three come upon the stamp of a dead one",
    .processes = 2,
    .victims = 3,
    .ci = {3, 1},
    .more = {5, 1},
    .at_least = 200,
    .setup = left_by_ghost,
    .body = all_find_it_broken,
    .check = check,
};

/* --- deadlines --- */

static void one_is_timed(int me)
{
    int rc = wait_once(me, me == 0 ? MP__SECOND + TIMEOUT : MP__NEVER);

    if (rc < 0)
        SIM_DEMAND(mp__barrier_is_broken(&barrier), "broken, but not for all");
}

static void check_timed(void)
{
    SIM_DEMAND(sim_kills() > 0 || !went_on(0) ||
                   !mp__barrier_is_broken(&barrier),
               "all went on, and yet it is broken");
    check();
}

const struct sim_scenario sim_barrier_timed = {
    .name = "barrier_timed",
    .what = "one of three has a deadline",
    .processes = 3,
    .victims = 7,
    .timeouts = 1,
    .ci = {1, 1},
    .more = {2, 1},
    .at_least = 1000,
    .setup = for_three,
    .body = one_is_timed,
    .check = check_timed,
    .may_sleep = may_sleep,
};

/* --- an outsider aborts --- */

static void two_and_abort(int me)
{
    if (me != OUTSIDER) {
        (void)wait_once(me, MP__NEVER);
        return;
    }
    (void)mp__barrier_abort(&barrier);
    notes->aborted = 1;
}

static void check_aborted(void)
{
    SIM_DEMAND(notes->aborted == 0 || mp__barrier_is_broken(&barrier),
               "it was aborted and is not broken");
    check();
}

const struct sim_scenario sim_barrier_abort = {
    .name = "barrier_abort",
    .what = "two parties, and one who aborts",
    .processes = 3,
    .victims = 7,
    .ci = {2, 1},
    .more = {3, 1},
    .at_least = 1000,
    .setup = for_two,
    .body = two_and_abort,
    .check = check_aborted,
    .may_sleep = may_sleep,
};

/* --- an outsider resets --- */

/* Who was sent away comes again. */
static void two_and_reset(int me)
{
    if (me == OUTSIDER) {
        notes->resets++;
        (void)mp__barrier_reset(&barrier);
        return;
    }
    if (wait_once(me, MP__NEVER) < 0 && wait_once(me, MP__NEVER) < 0)
        SIM_DEMAND(sim_kills() > 0, "one reset broke two rounds");
}

const struct sim_scenario sim_barrier_reset = {
    .name = "barrier_reset",
    .what = "two parties, and one who resets",
    .processes = 3,
    .victims = 7,
    .ci = {2, 1},
    .more = {3, 1},
    .at_least = 1000,
    .setup = for_two,
    .body = two_and_reset,
    .check = check,
    .may_sleep = may_sleep,
};

/* --- who was sent away is slow to look, and the others meet --- */

static void meet_after_reset(int me)
{
    if (me == OUTSIDER) {
        notes->resets++;
        (void)mp__barrier_reset(&barrier);
    }
    (void)wait_once(me, MP__NEVER);
}

/* All of a round went on, or nobody did. */
static void check_whole_rounds(void)
{
    for (int r = 0; r < ROUNDS; r++)
        SIM_DEMAND(notes->went_on[r][0] == notes->went_on[r][1],
                   "one of two went on");
}

const struct sim_scenario sim_barrier_slow_to_look = {
    .name = "barrier_slow_to_look",
    .what = "one is sent away by a reset, and the others meet before it looks",
    .processes = 3,
    .ci = {3, 0},
    .more = {4, 0},
    .at_least = 1000,
    .setup = for_two,
    .body = meet_after_reset,
    .check = check_whole_rounds,
    .may_sleep = may_sleep_alone,
};

/* --- one too many --- */

const struct sim_scenario sim_barrier_crowd = {
    .name = "barrier_crowd",
    .what = "three come to a barrier for two: one waits for another round",
    .processes = 3,
    .ci = {3, 0},
    .more = {4, 0},
    .at_least = 1000,
    .setup = for_two,
    .body = one_round,
    .may_sleep = may_sleep_alone,
};
