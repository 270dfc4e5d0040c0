/*
 * ShareableList, killed at every instruction: of making, finding and the end of
 * a name, and of getting and setting items, which are whole whoever is killed.
 */
#include "name_fate.h"
#include "op.h"
#include "registry.h"
#include "stage.h"

#include "base/error.h"
#include "shared/item.h"
#include "shared/shareable_list.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

enum { EVERY = 500, FIRST = 0, TEXT = 1, LAST = 2, LENGTH = 3, NUMBER = 7 };
enum { ROUNDS_BESIDE = 3 };

#define OLD_TEXT "the text it is made with"
#define NEW_TEXT "a new one, as long as it"

static mp_shareable_list *volatile held; /* by a victim that has come so far */
static volatile int answer;

/* --- by the one name --- */

static mp_shareable_list *make(void)
{
    return mp_shareable_list_new(MP_LIST(NUMBER, OLD_TEXT, 0.5),
                                 .name = KSTEP_NAME);
}

/* A text that one set left there, and never a part of it. */
static bool is_text_whole(mp_shareable_list *l)
{
    char *text = NULL;
    bool whole;

    if (mp_shareable_list_get(l, TEXT, &text) != 0)
        return false;
    whole = strcmp(text, OLD_TEXT) == 0 || strcmp(text, NEW_TEXT) == 0;
    free(text);
    return whole;
}

static bool is_whole(mp_shareable_list *l)
{
    int64_t number = 0;
    double last = 0;

    return mp_shareable_list_len(l) == LENGTH &&
           mp_shareable_list_get(l, FIRST, &number) == 0 &&
           (number == NUMBER || number == -NUMBER) &&
           mp_shareable_list_get(l, LAST, &last) == 0 && last == 0.5 &&
           is_text_whole(l);
}

static void *attach_any(void)
{
    return mp_shareable_list_attach(KSTEP_NAME);
}

static void *make_any(void)
{
    return make();
}

static bool look_at_any(void *l)
{
    return is_whole(l);
}

static void free_any(void *l)
{
    mp_shareable_list_free(l);
}

static const struct kstep_named lists = {
    .attach = attach_any,
    .make = make_any,
    .look = look_at_any,
    .free = free_any,
};

static int use_name(int i)
{
    (void)i;
    return kstep_use_name(&lists);
}

static int come_late(int i)
{
    return kstep_leave_nothing(use_name, i);
}

/* --- before and after --- */

static void with_none(void)
{
    kstep_open_registry(KSTEP_GONE, KSTEP_THERE);
}

static void make_it(void)
{
    made.list = make();
    kstep_need(made.list);
}

static void with_ours(void)
{
    kstep_open_registry(KSTEP_THERE, KSTEP_THERE);
    make_it();
}

/* As in memory_ops.c. */
static const char *check_released(void)
{
    if (!is_whole(made.list))
        return "an item is torn";
    if (kstep_has_finished())
        return NULL;
    mp_shareable_list_free(made.list);
    made.list = NULL;
    return kstep_check_no_name();
}

/* --- making and attaching --- */

static void act_make(void)
{
    held = make();
}

const struct kstep_op kstep_list_make = {
    .name = "ShareableList, made",
    .setup = with_none,
    .act = act_make,
    .latecomer = come_late,
    .check = kstep_check_name,
    .tear_down = kstep_close_registry,
    .every = EVERY,
    .samples = 1,
};

/* Whoever finds it finds all of it. */
static int attach_once(int i)
{
    mp_shareable_list *l = attach_any();
    int verdict = FINE;

    (void)i;
    if (l == NULL)
        return mp__fail_code() == -ENOENT ? FINE : ODD_ANSWER;
    if (!is_whole(l))
        verdict = TORN;
    mp_shareable_list_free(l);
    return verdict;
}

static int attach_until(int i)
{
    return kstep_until_enough(attach_once, i, ROUNDS_BESIDE);
}

static int attach_again_and_again(int i)
{
    return kstep_leave_nothing(attach_until, i);
}

const struct kstep_op kstep_list_make_beside = {
    .name = "ShareableList, made, two attaching beside",
    .setup = with_none,
    .act = act_make,
    .peers = 2,
    .when = KSTEP_BESIDE,
    .peer = attach_again_and_again,
    .stop = kstep_tell_enough,
    .latecomer = come_late,
    .check = kstep_check_name,
    .tear_down = kstep_close_registry,
    .every = 6 * EVERY,
    .samples = 1,
};

static void act_attach(void)
{
    mp_shareable_list *l = attach_any();

    answer = l != NULL && is_whole(l);
    mp_shareable_list_free(l);
}

const struct kstep_op kstep_list_attach = {
    .name = "ShareableList, attached to and freed",
    .setup = with_ours,
    .act = act_attach,
    .latecomer = come_late,
    .check = check_released,
    .tear_down = kstep_close_registry,
    .every = EVERY,
    .samples = 1,
};

/* --- the end of its name --- */

static void with_ours_to_unlink(void)
{
    kstep_open_registry(KSTEP_EITHER, KSTEP_GONE);
    make_it();
}

static void act_unlink(void)
{
    answer = mp_shared_memory_unlink(mp_shareable_list_shm(made.list));
}

static const char *check_unlinked(void)
{
    int rc = mp_shared_memory_unlink(mp_shareable_list_shm(made.list));

    if (rc != 0 && rc != -ENOENT)
        return "its name cannot be taken away";
    return check_released();
}

const struct kstep_op kstep_list_unlink = {
    .name = "ShareableList, unlinked while it is used",
    .setup = with_ours_to_unlink,
    .act = act_unlink,
    .latecomer = come_late,
    .check = check_unlinked,
    .tear_down = kstep_close_registry,
    .every = EVERY,
    .samples = 1,
};

static void hold_it(void)
{
    held = make();
}

static void act_close_and_free(void)
{
    answer = mp_shared_memory_close(mp_shareable_list_shm(held));
    mp_shareable_list_free(held);
}

static void with_none_in_the_end(void)
{
    kstep_open_registry(KSTEP_GONE, KSTEP_GONE);
}

const struct kstep_op kstep_list_close = {
    .name = "ShareableList, closed and freed by the last",
    .setup = with_none_in_the_end,
    .prepare = hold_it,
    .act = act_close_and_free,
    .latecomer = come_late,
    .check = kstep_check_name,
    .tear_down = kstep_close_registry,
    .every = EVERY,
    .samples = 1,
};

/* --- items --- */

/* Either text and either number; and so that both kinds of a set come. */
static int set_once(int i)
{
    static int times;

    times += 1 + i;
    if (mp_shareable_list_set(made.list, TEXT,
                              times % 2 == 0 ? OLD_TEXT : NEW_TEXT) != 0 ||
        mp_shareable_list_set(made.list, FIRST,
                              times % 2 == 0 ? NUMBER : -NUMBER) != 0)
        return ODD_ANSWER;
    return is_whole(made.list) ? FINE : TORN;
}

/* It is as one set left it, and can be set. */
static int set_late(int i)
{
    char *text = NULL;
    int verdict = is_whole(made.list) ? FINE : TORN;

    if (verdict == FINE)
        verdict = set_once(i);
    if (verdict != FINE)
        return verdict;
    if (mp_shareable_list_set(made.list, TEXT, OLD_TEXT) != 0 ||
        mp_shareable_list_get(made.list, TEXT, &text) != 0)
        return ODD_ANSWER;
    verdict = strcmp(text, OLD_TEXT) == 0 ? FINE : OF_NO_USE;
    free(text);
    return verdict;
}

static void act_set_text(void)
{
    answer = mp_shareable_list_set(made.list, TEXT, NEW_TEXT);
}

const struct kstep_op kstep_list_set_text = {
    .name = "ShareableList, a text set",
    .setup = with_ours,
    .act = act_set_text,
    .latecomer = set_late,
    .check = check_released,
    .tear_down = kstep_close_registry,
    .every = 4,
    .samples = 1,
};

static void act_set_number(void)
{
    answer = mp_shareable_list_set(made.list, FIRST, -NUMBER);
}

const struct kstep_op kstep_list_set_number = {
    .name = "ShareableList, a number set",
    .setup = with_ours,
    .act = act_set_number,
    .latecomer = set_late,
    .check = check_released,
    .tear_down = kstep_close_registry,
    .samples = 1,
    .every = 2,
};

static int set_beside(int i)
{
    return kstep_until_enough_slowly(set_once, i);
}

const struct kstep_op kstep_list_set_beside = {
    .name = "ShareableList, a text set, two beside",
    .setup = with_ours,
    .act = act_set_text,
    .peers = 2,
    .when = KSTEP_BESIDE,
    .peer = set_beside,
    .stop = kstep_tell_enough,
    .latecomer = set_late,
    .check = check_released,
    .tear_down = kstep_close_registry,
    .every = 8,
    .samples = 1,
};

static void act_look(void)
{
    char format[64];
    int64_t where;

    answer = is_whole(made.list);
    answer = (int)mp_shareable_list_count(made.list, NUMBER);
    where = mp_shareable_list_index(made.list, 0.5);
    answer = (int)where;
    answer = mp_shareable_list_format(made.list, format, sizeof format);
}

const struct kstep_op kstep_list_look_beside = {
    .name = "ShareableList, looked through, two setting",
    .setup = with_ours,
    .act = act_look,
    .peers = 2,
    .when = KSTEP_BESIDE,
    .peer = set_beside,
    .stop = kstep_tell_enough,
    .latecomer = set_late,
    .check = check_released,
    .tear_down = kstep_close_registry,
    .every = 250,
    .samples = 1,
};

/* --- a dead one's claim is on it --- */

/* As one leaves it who is killed right behind its claim: see item.c. */
static void with_a_dead_ones_claim(void)
{
    mp__item_word *word;

    with_ours();
    word = mp__list_at(made.list, TEXT).word;
    atomic_store(word,
                 (atomic_load(word) | UINT64_C(1) << 4) + (UINT64_C(1) << 32));
}

const struct kstep_op kstep_list_set_inherited = {
    .name = "ShareableList, a text set, from a dead one",
    .setup = with_a_dead_ones_claim,
    .act = act_set_text,
    .latecomer = set_late,
    .check = check_released,
    .tear_down = kstep_close_registry,
    .every = 12,
    .samples = 1,
};
