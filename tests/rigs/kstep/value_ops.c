/*
 * Value, killed at every instruction: being made, under its lock, and by its
 * atomics.
 *
 * What is under the lock is two numbers that go up one after the other: unequal
 * is torn, and has to be told.
 */
#include "op.h"
#include "stage.h"

#include <stdatomic.h>

enum { ROUNDS_BESIDE = 50, SAMPLES_UNTOLD = 5 };

struct pair {
    int first;
    int second;
};

static struct notes {
    atomic_int told; /* how often a death was */
    atomic_int done; /* by all, of what has come to its end */
} * notes;
static int died_before; /* holding the lock, before the victim */
static volatile int answer;

static void lay_out(void *variable)
{
    kstep_need(variable);
    made.variable = variable;
    notes = kstep_zeroed(notes, sizeof *notes);
    died_before = 0;
}

/* Whether it is one death more than there were. */
static bool is_told_twice(void)
{
    return atomic_fetch_add(&notes->told, 1) > died_before;
}

static const char *check_lock(void)
{
    return mp_rlock_locked(mp_shared_lock(made.variable)) == 0
               ? NULL
               : "nobody is left to have it";
}

/* --- being made, beside one that is in use --- */

static void make_five(void)
{
    lay_out(mp_value_new(int, 5));
}

/* Of its own, next to that one, and larger ones that have memory apart. */
static int make_and_free(int i)
{
    int *five = mp_value_new(int, 5);
    int *copy = five != NULL ? mp_shared_copy(five) : NULL;
    double *many = mp_array_new(double, 10000);
    bool well = five != NULL && copy != NULL && many != NULL && *five == 5 &&
                *copy == 5 && many[0] == 0 && many[9999] == 0 &&
                *(int *)made.variable == 5;

    (void)i;
    mp_array_free(many);
    mp_value_free(copy);
    mp_value_free(five);
    return well ? FINE : OF_NO_USE;
}

static void act_make_and_free(void)
{
    answer = make_and_free(0);
}

static int make_and_free_late(int i)
{
    return kstep_leave_nothing(make_and_free, i);
}

const struct kstep_op kstep_value_make = {
    .name = "Value and Array, made, copied and freed",
    .setup = make_five,
    .act = act_make_and_free,
    .latecomer = make_and_free_late,
    .check = check_lock,
    .every = 200,
    .samples = 1,
};

static int make_and_free_until(int i)
{
    return kstep_until_enough(make_and_free, i, ROUNDS_BESIDE);
}

const struct kstep_op kstep_value_make_beside = {
    .name = "Value and Array, made and freed, two beside",
    .setup = make_five,
    .act = act_make_and_free,
    .peers = 2,
    .when = KSTEP_BESIDE,
    .peer = make_and_free_until,
    .stop = kstep_tell_enough,
    .latecomer = make_and_free_late,
    .check = check_lock,
    .every = 1000,
    .samples = 1,
};

/* --- a pair under the lock --- */

static void make_pair(void)
{
    lay_out(mp_value_new(struct pair));
}

/* The caller has the lock, and `rc` from taking it. */
static int count_up(int rc)
{
    volatile struct pair *p = made.variable;

    if (rc < 0)
        return ODD_ANSWER;
    if (rc == MP_OWNER_DEAD) {
        if (is_told_twice())
            return TOLD_TWICE;
        p->second = p->first;
    }
    if (p->first != p->second)
        return TORN;
    p->first++;
    p->second++;
    atomic_fetch_add(&notes->done, 1);
    return FINE;
}

static int pair_round_with(void)
{
    int rc = -1, verdict = ODD_ANSWER;

    MP_WITH(mp_shared_lock(made.variable), &rc)
        verdict = count_up(rc);
    return verdict;
}

static int pair_round_apart(int i)
{
    int verdict = count_up(mp_shared_acquire(made.variable));

    (void)i;
    if (verdict != ODD_ANSWER && mp_shared_release(made.variable) != 0)
        return ODD_ANSWER;
    return verdict;
}

/* By both ways to take a Value's lock. */
static int pair_round(int i)
{
    return i % 2 == 0 ? pair_round_with() : pair_round_apart(i);
}

static void act_pair(void)
{
    (void)pair_round(0);
}

static void take_it(void)
{
    if (mp_shared_acquire(made.variable) != 0)
        rig_stop("kstep: no lock of a Value");
}

static void act_pair_and_release(void)
{
    (void)count_up(0);
    answer = mp_shared_release(made.variable);
}

static const char *check_pair(void)
{
    const struct pair *p = made.variable;
    int done = atomic_load(&notes->done);

    if (p->first != p->second)
        return "the pair is torn";
    if (p->first < done || p->first > done + 1 + died_before)
        return "a round was lost or counted twice";
    return check_lock();
}

const struct kstep_op kstep_value_lock = {
    .name = "Value, under its lock",
    .setup = make_pair,
    .act = act_pair,
    .latecomer = pair_round,
    .check = check_pair,
    .every = 2,
    .samples = SAMPLES_UNTOLD,
};

const struct kstep_op kstep_value_release = {
    .name = "Value, its lock released with two asleep",
    .setup = make_pair,
    .prepare = take_it,
    .act = act_pair_and_release,
    .peers = 2,
    .when = KSTEP_PREPARED,
    .peer = pair_round,
    .latecomer = pair_round,
    .check = check_pair,
    .every = 2,
    .samples = SAMPLES_UNTOLD,
};

static int pair_beside(int i)
{
    return kstep_until_enough(pair_round, i, ROUNDS_BESIDE);
}

const struct kstep_op kstep_value_lock_beside = {
    .name = "Value, under its lock, two beside",
    .setup = make_pair,
    .act = act_pair,
    .peers = 2,
    .when = KSTEP_BESIDE,
    .peer = pair_beside,
    .stop = kstep_tell_enough,
    .latecomer = pair_round,
    .check = check_pair,
    .every = 10,
    .samples = SAMPLES_UNTOLD,
};

/* In the middle of a round. */
static int die_inside(int arg)
{
    (void)arg;
    take_it();
    ((volatile struct pair *)made.variable)->first++;
    return 0;
}

static void act_pair_apart(void)
{
    (void)pair_round_apart(0);
}

static void make_pair_of_a_dead_one(void)
{
    make_pair();
    died_before = 1;
    kstep_let_one_die(die_inside);
}

const struct kstep_op kstep_value_lock_inherited = {
    .name = "Value, its lock from a dead holder",
    .setup = make_pair_of_a_dead_one,
    .act = act_pair_apart,
    .latecomer = pair_round_apart,
    .check = check_pair,
    .every = 3,
    .samples = SAMPLES_UNTOLD,
};

/* --- atomics --- */

/* What each of them leaves, in this order. */
static const int states[] = {0, 5, 8, 6, 14, 12, 7, 9};
enum { STATES = sizeof states / sizeof *states };

static void make_number(void)
{
    lay_out(mp_value_new(int));
}

static void act_atomically(void)
{
    int *p = made.variable, expected = 7;

    mp_value_store(p, 5);
    answer = mp_value_add(p, 3);
    answer = mp_value_sub(p, 2);
    answer = mp_value_or(p, 8);
    answer = mp_value_and(p, 12);
    answer = mp_value_exchange(p, 7);
    answer = mp_value_compare_exchange(p, &expected, 9);
    answer = mp_value_load(p);
}

/* The functions of the same names. */
static void act_by_functions(void)
{
    int *p = made.variable;
    int64_t expected = 7;

    (mp_value_store)(p, sizeof *p, 5);
    answer = (int)(mp_value_add)(p, sizeof *p, 3);
    answer = (int)(mp_value_sub)(p, sizeof *p, 2);
    answer = (int)(mp_value_or)(p, sizeof *p, 8);
    answer = (int)(mp_value_and)(p, sizeof *p, 12);
    answer = (int)(mp_value_exchange)(p, sizeof *p, 7);
    answer = (mp_value_compare_exchange)(p, sizeof *p, &expected, 9);
    answer = (int)(mp_value_load)(p, sizeof *p);
}

static int find_a_state(int i)
{
    int now = mp_value_load((int *)made.variable);

    (void)i;
    if (kstep_has_finished())
        return now == states[STATES - 1] ? FINE : OF_NO_USE;
    for (int k = 0; k < STATES; k++)
        if (now == states[k])
            return FINE;
    return TORN;
}

const struct kstep_op kstep_value_atomic = {
    .name = "Value, its atomics",
    .setup = make_number,
    .act = act_atomically,
    .latecomer = find_a_state,
    .check = check_lock,
    .samples = 1,
};

const struct kstep_op kstep_value_atomic_functions = {
    .name = "Value, its atomics as functions",
    .setup = make_number,
    .act = act_by_functions,
    .latecomer = find_a_state,
    .check = check_lock,
    .samples = 1,
};

static void make_float(void)
{
    lay_out(mp_value_new(double));
}

static void add_one(void)
{
    (void)mp_value_add((double *)made.variable, 1);
    atomic_fetch_add(&notes->done, 1);
}

static int add_once(int i)
{
    (void)i;
    add_one();
    return FINE;
}

static int add_beside(int i)
{
    return kstep_until_enough(add_once, i, ROUNDS_BESIDE);
}

/* The victim may have died between the addition and its note. */
static const char *check_sum(void)
{
    int more = (int)*(double *)made.variable - atomic_load(&notes->done);

    return more == 0 || (more == 1 && !kstep_has_finished())
               ? NULL
               : "an addition was lost or made twice";
}

const struct kstep_op kstep_value_add_beside = {
    .name = "Value, a float added to, two beside",
    .setup = make_float,
    .act = add_one,
    .peers = 2,
    .when = KSTEP_BESIDE,
    .peer = add_beside,
    .stop = kstep_tell_enough,
    .latecomer = add_once,
    .check = check_sum,
    .samples = 1,
};
