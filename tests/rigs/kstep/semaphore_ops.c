/*
 * The semaphores by their public names, killed at every instruction: nobody
 * hangs, and a death takes one unit at most with it, or with undo none.
 */
#include "op.h"
#include "stage.h"

enum { ROUNDS_BESIDE = 50, SAMPLES_UNTOLD = 8 };

static int begun; /* units at the beginning */

static void lay_out(int units, mp_semaphore *semaphore)
{
    made.semaphore = semaphore;
    begun = units;
}

/* -- semaphores ------------------------------------------------------------ */

static void make_two(void)
{
    lay_out(2, mp_semaphore_new(2));
}

static void make_bounded(void)
{
    lay_out(2, mp_bounded_semaphore_new(2));
}

static void make_undo(void)
{
    lay_out(1, mp_bounded_semaphore_new(1, .undo = true));
}

static int unit_round(int i)
{
    (void)i;
    if (mp_semaphore_acquire(made.semaphore) != 0)
        return ODD_ANSWER;
    return mp_semaphore_release(made.semaphore) == 0 ? FINE : ODD_ANSWER;
}

static void act_unit(void)
{
    (void)unit_round(0);
}

static int take_unit(int i)
{
    (void)i;
    return mp_semaphore_acquire(made.semaphore) == 0 ? FINE : ODD_ANSWER;
}

static void take_one(void)
{
    if (mp_semaphore_acquire(made.semaphore) < 0)
        rig_stop("kstep: no unit");
}

static void give_one(void)
{
    (void)mp_semaphore_release(made.semaphore);
}

/* The victim took one at most with it. */
static const char *check_units(void)
{
    int left = mp_semaphore_get_value(made.semaphore);
    int lost = begun - left;

    if (lost < 0)
        return "there are more units than before";
    if (lost > (kstep_has_finished() ? 0 : 1))
        return "units were lost";
    return NULL;
}

static const char *check_all_back(void)
{
    return mp_semaphore_get_value(made.semaphore) == begun
               ? NULL
               : "a unit did not come back";
}

const struct kstep_op kstep_semaphore = {
    .name = "Semaphore, alone",
    .setup = make_two,
    .act = act_unit,
    .latecomer = unit_round,
    .check = check_units,
    .every = 2,
    .samples = SAMPLES_UNTOLD,
};

const struct kstep_op kstep_semaphore_bounded = {
    .name = "BoundedSemaphore, alone",
    .setup = make_bounded,
    .act = act_unit,
    .latecomer = unit_round,
    .check = check_units,
    .every = 2,
    .samples = SAMPLES_UNTOLD,
};

static int unit_beside(int i)
{
    return kstep_until_enough(unit_round, i, ROUNDS_BESIDE);
}

const struct kstep_op kstep_semaphore_beside = {
    .name = "Semaphore, two beside",
    .setup = make_two,
    .act = act_unit,
    .peers = 2,
    .when = KSTEP_BESIDE,
    .peer = unit_beside,
    .stop = kstep_tell_enough,
    .latecomer = unit_round,
    .check = check_units,
    .every = 4,
    .samples = SAMPLES_UNTOLD,
};

/* -- with two asleep for one; in the end the rig gives one for each ---------- */

static void make_none(void)
{
    lay_out(0, mp_semaphore_new(0));
}

static void make_none_of_three(void)
{
    lay_out(0, mp_bounded_semaphore_new(3));
    for (int i = 0; i < 3; i++)
        take_one();
}

/* With the victim's it may be one too many for a bounded one: it is refused. */
static void give_three(void)
{
    for (int i = 0; i < 3; i++)
        give_one();
}

/* Two or one, or more if a unit was made of nothing. */
static const char *check_given(void)
{
    int left = mp_semaphore_get_value(made.semaphore);

    return left == 1 || left == 2 ? NULL : "units were lost or made";
}

const struct kstep_op kstep_semaphore_release = {
    .name = "Semaphore, released with two asleep",
    .setup = make_none,
    .act = give_one,
    .peers = 2,
    .when = KSTEP_BEFORE,
    .peer = take_unit,
    .stop = give_three,
    .latecomer = unit_round,
    .check = check_given,
    .every = 2,
    .samples = SAMPLES_UNTOLD,
};

const struct kstep_op kstep_semaphore_bounded_release = {
    .name = "BoundedSemaphore, released with two asleep",
    .setup = make_none_of_three,
    .act = give_one,
    .peers = 2,
    .when = KSTEP_BEFORE,
    .peer = take_unit,
    .stop = give_three,
    .latecomer = unit_round,
    .check = check_given,
    .every = 2,
    .samples = SAMPLES_UNTOLD,
};

/* -- the victim sleeps and is woken, and may die with the unit -------------- */

static void give_two(void)
{
    give_one();
    give_one();
}

const struct kstep_op kstep_semaphore_woken = {
    .name = "Semaphore, asleep and woken, one behind",
    .setup = make_none,
    .act = take_one,
    .unblock = give_two,
    .peers = 1,
    .when = KSTEP_BEHIND,
    .peer = take_unit,
    .stop = give_one,
    .latecomer = unit_round,
    .check = check_given,
    .every = 4,
    .samples = SAMPLES_UNTOLD,
};

/* -- undo ------------------------------------------------------------------ */

const struct kstep_op kstep_undo = {
    .name = "undo, alone",
    .setup = make_undo,
    .act = act_unit,
    .latecomer = unit_round,
    .check = check_all_back,
    .every = 3,
    .samples = SAMPLES_UNTOLD,
};

const struct kstep_op kstep_undo_release = {
    .name = "undo, released with two asleep",
    .setup = make_undo,
    .prepare = take_one,
    .act = give_one,
    .peers = 2,
    .when = KSTEP_PREPARED,
    .peer = unit_round,
    .latecomer = unit_round,
    .check = check_all_back,
    .every = 3,
    .samples = SAMPLES_UNTOLD,
};

const struct kstep_op kstep_undo_beside = {
    .name = "undo, two beside",
    .setup = make_undo,
    .act = act_unit,
    .peers = 2,
    .when = KSTEP_BESIDE,
    .peer = unit_beside,
    .stop = kstep_tell_enough,
    .latecomer = unit_round,
    .check = check_all_back,
    .every = 8,
    .samples = SAMPLES_UNTOLD,
};

static void make_undo_held(void)
{
    make_undo();
    take_one();
}

const struct kstep_op kstep_undo_woken = {
    .name = "undo, asleep and woken, one behind",
    .setup = make_undo_held,
    .act = act_unit,
    .unblock = give_one,
    .peers = 1,
    .when = KSTEP_BEHIND,
    .peer = unit_round,
    .latecomer = unit_round,
    .check = check_all_back,
    .every = 6,
    .samples = SAMPLES_UNTOLD,
};

static int die_with_unit(int arg)
{
    (void)arg;
    take_one();
    return 0;
}

static void make_undo_of_dead_one(void)
{
    make_undo();
    kstep_let_one_die(die_with_unit);
}

const struct kstep_op kstep_undo_inherited = {
    .name = "undo, from a dead holder",
    .setup = make_undo_of_dead_one,
    .act = act_unit,
    .latecomer = unit_round,
    .check = check_all_back,
    .every = 3,
    .samples = SAMPLES_UNTOLD,
};
