/*
 * Array, killed at every instruction while all of it, an item or its text is
 * set and got under its lock.
 *
 * It is of one number in many places: uneven is torn, and has to be told.
 */
#include "op.h"
#include "stage.h"

#include <stdatomic.h>
#include <string.h>

enum { PLACES = 12, SAMPLES_UNTOLD = 5 };

static atomic_int *told; /* how often a death was */
static volatile int answer;

static void lay_out(void *variable)
{
    kstep_need(variable);
    made.variable = variable;
    told = kstep_zeroed(told, sizeof *told);
}

static void take_it(void)
{
    if (mp_shared_acquire(made.variable) != 0)
        rig_stop("kstep: no lock of an Array");
}

static bool is_lock_free(void)
{
    return mp_rlock_locked(mp_shared_lock(made.variable)) == 0;
}

/* --- all of it --- */

#define ALL_ONES MP_LIST(1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1)
#define ALL_TWOS MP_LIST(2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2)

static void make_array(void)
{
    lay_out(mp_array_new(double, PLACES));
}

static bool is_even(const double *values)
{
    for (int k = 1; k < PLACES; k++)
        if (values[k] != values[0])
            return false;
    return true;
}

/* All is set and got under one hold of the lock, and only who is told finds it
   uneven. */
static int array_round(int i)
{
    int rc = mp_shared_acquire(made.variable);
    double got[PLACES];
    int verdict = FINE;

    (void)i;
    if (rc < 0)
        return ODD_ANSWER;
    if (rc == MP_OWNER_DEAD && atomic_fetch_add(told, 1) > 0)
        verdict = TOLD_TWICE;
    if (rc == MP_OWNER_DEAD &&
        mp_array_set(made.variable, 0, MP_END, ALL_TWOS) != 0)
        verdict = ODD_ANSWER;
    if (mp_array_get(made.variable, 0, MP_END, MP_INTO_ARRAY(got)) != 0)
        verdict = ODD_ANSWER;
    else if (!is_even(got))
        verdict = TORN;
    if (mp_array_set(made.variable, 0, MP_END, ALL_ONES) != 0 ||
        mp_shared_release(made.variable) != 0)
        return ODD_ANSWER;
    return verdict;
}

static const char *check_array(void)
{
    if (!is_even(made.variable))
        return "the array is torn";
    return is_lock_free() ? NULL : "nobody is left to have its lock";
}

static void act_set_all(void)
{
    answer = mp_array_set(made.variable, 0, MP_END, ALL_TWOS);
}

const struct kstep_op kstep_array_set = {
    .name = "Array, all of it set",
    .setup = make_array,
    .act = act_set_all,
    .latecomer = array_round,
    .check = check_array,
    .every = 40,
    .samples = SAMPLES_UNTOLD,
};

static void act_set_all_and_release(void)
{
    act_set_all();
    answer = mp_shared_release(made.variable);
}

const struct kstep_op kstep_array_set_asleep = {
    .name = "Array, all of it set, two asleep",
    .setup = make_array,
    .prepare = take_it,
    .act = act_set_all_and_release,
    .peers = 2,
    .when = KSTEP_PREPARED,
    .peer = array_round,
    .latecomer = array_round,
    .check = check_array,
    .every = 60,
    .samples = SAMPLES_UNTOLD,
};

static int array_beside(int i)
{
    return kstep_until_enough_slowly(array_round, i);
}

static void act_get_and_set(void)
{
    double got[PLACES], one = 0;

    answer = mp_array_get(made.variable, 0, MP_END, MP_INTO_ARRAY(got));
    answer = mp_array_get_item(made.variable, -1, &one);
    act_set_all();
}

const struct kstep_op kstep_array_beside = {
    .name = "Array, got and set, two beside",
    .setup = make_array,
    .act = act_get_and_set,
    .peers = 2,
    .when = KSTEP_BESIDE,
    .peer = array_beside,
    .stop = kstep_tell_enough,
    .latecomer = array_round,
    .check = check_array,
    .every = 250,
    .samples = SAMPLES_UNTOLD,
};

/* --- items and texts --- */

#define OLD_TEXT "aaaaaaaaaaaaaaaaaaaaaaa"
#define NEW_TEXT "bbbbbbbbbbbbbbbbbbbbbbb"

static void make_text(void)
{
    lay_out(mp_array_new(char, OLD_TEXT));
}

static bool is_text(const char *text)
{
    return strcmp(text, OLD_TEXT) == 0 || strcmp(text, NEW_TEXT) == 0;
}

/* Only who is told of a death may find it in pieces. */
static int text_round(int i)
{
    int rc = mp_shared_acquire(made.variable);
    char text[sizeof OLD_TEXT] = "";
    int verdict = FINE;

    (void)i;
    if (rc == MP_OWNER_DEAD)
        rc = mp_array_set_value(made.variable, NEW_TEXT);
    if (rc < 0)
        return ODD_ANSWER;
    memcpy(text, made.variable, sizeof OLD_TEXT - 1);
    if (!is_text(text))
        verdict = TORN;
    if (mp_array_set_raw(made.variable, OLD_TEXT) != 0 ||
        mp_array_set_item(made.variable, 0, 'a') != 0 ||
        mp_shared_release(made.variable) != 0)
        return ODD_ANSWER;
    return verdict;
}

static void act_set_text(void)
{
    answer = mp_array_set_value(made.variable, NEW_TEXT);
}

static const char *check_text(void)
{
    return is_lock_free() ? NULL : "nobody is left to have its lock";
}

const struct kstep_op kstep_array_set_text = {
    .name = "Array, its text set",
    .setup = make_text,
    .act = act_set_text,
    .latecomer = text_round,
    .check = check_text,
    .every = 4,
    .samples = SAMPLES_UNTOLD,
};

static int die_with_the_text(int arg)
{
    (void)arg;
    take_it();
    memset(made.variable, 'b', 5);
    return 0;
}

static void make_text_of_a_dead_one(void)
{
    make_text();
    kstep_let_one_die(die_with_the_text);
}

const struct kstep_op kstep_array_set_text_inherited = {
    .name = "Array, its text set, from a dead holder",
    .setup = make_text_of_a_dead_one,
    .act = act_set_text,
    .latecomer = text_round,
    .check = check_text,
    .every = 6,
    .samples = SAMPLES_UNTOLD,
};
