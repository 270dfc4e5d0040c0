/*
 * SharedMemory, killed at every instruction of making, finding and the end of
 * a name: the name is of use or gone, never a file that nobody can get rid of.
 *
 * Whoever is killed uses nothing any more, and that is told by the kernel: so
 * no operation here has to wait for the news of a death.
 */
#include "name_fate.h"
#include "op.h"
#include "registry.h"
#include "stage.h"

#include "base/error.h"

#include <errno.h>

enum { SIZE = 1000, MARK = 0x5a, EVERY = 400, ROUNDS_BESIDE = 3 };

static mp_shared_memory *volatile held; /* by a victim that has come so far */
static volatile int answer;

/* --- by the one name --- */

static bool is_whole(mp_shared_memory *m)
{
    const char *buf = mp_shared_memory_buf(m);

    return buf != NULL && mp_shared_memory_size(m) == SIZE &&
           buf[0] == buf[SIZE - 1] && (buf[0] == 0 || buf[0] == MARK);
}

static mp_shared_memory *make(void)
{
    return mp_shared_memory_new(KSTEP_NAME, true, SIZE);
}

static mp_shared_memory *make_to_last(void)
{
    return mp_shared_memory_new(KSTEP_NAME, true, SIZE, true);
}

static void *attach_any(void)
{
    return mp_shared_memory_new(KSTEP_NAME);
}

static void *make_any(void)
{
    return make();
}

static bool look_at_any(void *m)
{
    return is_whole(m);
}

static void free_any(void *m)
{
    mp_shared_memory_free(m);
}

static const struct kstep_named memory = {
    .attach = attach_any,
    .make = make_any,
    .look = look_at_any,
    .free = free_any,
};

static int use_name(int i)
{
    (void)i;
    return kstep_use_name(&memory);
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

/* The victim has freed what it had, when it has finished. */
static void with_none_in_the_end(void)
{
    kstep_open_registry(KSTEP_GONE, KSTEP_GONE);
}

static void make_it(void)
{
    char *buf;

    made.memory = make();
    kstep_need(made.memory);
    buf = mp_shared_memory_buf(made.memory);
    buf[0] = buf[SIZE - 1] = MARK;
}

static void with_ours(void)
{
    kstep_open_registry(KSTEP_THERE, KSTEP_THERE);
    make_it();
}

static int die_with_it(int arg)
{
    (void)arg;
    return make() == NULL;
}

static void with_a_dead_ones(void)
{
    with_none();
    kstep_let_one_die(die_with_it);
}

/* The rig was the last who used it, but for a victim that lives: that has it,
   too, as its child. */
static const char *check_released(void)
{
    if (!is_whole(made.memory))
        return "the memory has changed";
    if (kstep_has_finished())
        return NULL;
    mp_shared_memory_free(made.memory);
    made.memory = NULL;
    return kstep_check_no_name();
}

/* --- making --- */

static void act_make(void)
{
    held = make();
}

const struct kstep_op kstep_memory_make = {
    .name = "SharedMemory, made",
    .setup = with_none,
    .act = act_make,
    .latecomer = come_late,
    .check = kstep_check_name,
    .tear_down = kstep_close_registry,
    .every = EVERY,
    .samples = 1,
};

const struct kstep_op kstep_memory_make_again = {
    .name = "SharedMemory, made where a dead one's is",
    .setup = with_a_dead_ones,
    .act = act_make,
    .latecomer = come_late,
    .check = kstep_check_name,
    .tear_down = kstep_close_registry,
    .every = EVERY,
    .samples = 1,
};

static void with_none_or_one_to_last(void)
{
    kstep_open_registry(KSTEP_EITHER, KSTEP_THERE);
}

static void act_make_to_last(void)
{
    held = make_to_last();
}

const struct kstep_op kstep_memory_make_to_last = {
    .name = "SharedMemory, made to persist",
    .setup = with_none_or_one_to_last,
    .act = act_make_to_last,
    .latecomer = come_late,
    .check = kstep_check_name,
    .tear_down = kstep_close_registry,
    .every = 2 * EVERY,
    .samples = 1,
};

static void act_make_any(void)
{
    held = mp_shared_memory_new(.create = true, .size = SIZE);
}

/* The next one to be made takes with it what the victim left. */
static int make_one_of_any_name(int i)
{
    mp_shared_memory *m = mp_shared_memory_new(.create = true, .size = SIZE);
    int verdict = m != NULL && is_whole(m) ? FINE : OF_NO_USE;

    (void)i;
    mp_shared_memory_free(m);
    if (verdict == FINE && rig_registry_files() != kstep_has_finished())
        return TAKEN;
    return verdict;
}

static int make_any_late(int i)
{
    return kstep_leave_nothing(make_one_of_any_name, i);
}

const struct kstep_op kstep_memory_make_any = {
    .name = "SharedMemory, made without a name",
    .setup = with_none,
    .act = act_make_any,
    .latecomer = make_any_late,
    .tear_down = kstep_close_registry,
    .every = 2 * EVERY,
    .samples = 1,
};

/* --- beside two who make it and let it go --- */

static int make_or_attach_once(int i)
{
    mp_shared_memory *m = i == 0 ? make() : (mp_shared_memory *)attach_any();
    int code = m != NULL ? 0 : mp__fail_code();
    int verdict = FINE;

    if (m == NULL && code != -EEXIST && code != -ENOENT)
        verdict = ODD_ANSWER;
    if (m != NULL && !is_whole(m))
        verdict = TORN;
    mp_shared_memory_free(m);
    return verdict;
}

static int make_or_attach_until(int i)
{
    return kstep_until_enough(make_or_attach_once, i, ROUNDS_BESIDE);
}

static int make_or_attach(int i)
{
    return kstep_leave_nothing(make_or_attach_until, i);
}

static void with_others_names(void)
{
    kstep_open_registry(KSTEP_GONE, KSTEP_EITHER);
}

const struct kstep_op kstep_memory_make_beside = {
    .name = "SharedMemory, made, two beside",
    .setup = with_others_names,
    .act = act_make,
    .peers = 2,
    .when = KSTEP_BESIDE,
    .peer = make_or_attach,
    .stop = kstep_tell_enough,
    .latecomer = come_late,
    .check = kstep_check_name,
    .tear_down = kstep_close_registry,
    .every = 2 * EVERY,
    .samples = 1,
};

/* --- attaching --- */

static void act_attach(void)
{
    mp_shared_memory *m = attach_any();

    answer = m == NULL ? mp__fail_code() : is_whole(m);
    mp_shared_memory_free(m);
}

const struct kstep_op kstep_memory_attach = {
    .name = "SharedMemory, attached to and freed",
    .setup = with_ours,
    .act = act_attach,
    .latecomer = come_late,
    .check = check_released,
    .tear_down = kstep_close_registry,
    .every = EVERY,
    .samples = 1,
};

static void with_a_dead_ones_only(void)
{
    with_none_in_the_end();
    kstep_let_one_die(die_with_it);
}

const struct kstep_op kstep_memory_attach_dead = {
    .name = "SharedMemory, not attached to a dead one's",
    .setup = with_a_dead_ones_only,
    .act = act_attach,
    .latecomer = come_late,
    .check = kstep_check_name,
    .tear_down = kstep_close_registry,
    .every = EVERY,
    .samples = 1,
};

const struct kstep_op kstep_memory_attach_beside = {
    .name = "SharedMemory, attached to, two beside",
    .setup = with_none_in_the_end,
    .act = act_attach,
    .peers = 2,
    .when = KSTEP_BESIDE,
    .peer = make_or_attach,
    .stop = kstep_tell_enough,
    .latecomer = come_late,
    .check = kstep_check_name,
    .tear_down = kstep_close_registry,
    .every = 2 * EVERY,
    .samples = 1,
};

/* --- the end of a name --- */

static void hold_it(void)
{
    held = make();
}

static void act_close_and_free(void)
{
    answer = mp_shared_memory_close(held);
    mp_shared_memory_free(held);
}

const struct kstep_op kstep_memory_close = {
    .name = "SharedMemory, closed and freed by the last",
    .setup = with_none_in_the_end,
    .prepare = hold_it,
    .act = act_close_and_free,
    .latecomer = come_late,
    .check = kstep_check_name,
    .tear_down = kstep_close_registry,
    .every = EVERY,
    .samples = 1,
};

static void with_ours_to_unlink(void)
{
    kstep_open_registry(KSTEP_EITHER, KSTEP_GONE);
    make_it();
}

static void act_unlink(void)
{
    answer = mp_shared_memory_unlink(made.memory);
}

/* Whose it is goes on with it, and it has its name or not. */
static const char *check_unlinked(void)
{
    int rc = mp_shared_memory_unlink(made.memory);

    if (rc != 0 && rc != -ENOENT)
        return "its name cannot be taken away";
    return check_released();
}

const struct kstep_op kstep_memory_unlink = {
    .name = "SharedMemory, unlinked while it is used",
    .setup = with_ours_to_unlink,
    .act = act_unlink,
    .latecomer = come_late,
    .check = check_unlinked,
    .tear_down = kstep_close_registry,
    .every = EVERY,
    .samples = 1,
};

static void with_one_to_last(void)
{
    mp_shared_memory *m;

    kstep_open_registry(KSTEP_EITHER, KSTEP_GONE);
    m = make_to_last();
    kstep_need(m);
    mp_shared_memory_free(m);
}

static void act_attach_and_unlink(void)
{
    held = attach_any();
    answer = mp_shared_memory_unlink(held);
    mp_shared_memory_free(held);
}

const struct kstep_op kstep_memory_unlink_lasting = {
    .name = "SharedMemory, unlinked that persists",
    .setup = with_one_to_last,
    .act = act_attach_and_unlink,
    .latecomer = come_late,
    .check = kstep_check_name,
    .tear_down = kstep_close_registry,
    .every = EVERY,
    .samples = 1,
};

/* Make it and take its name away again, or that of another's. */
static int make_and_unlink_once(int i)
{
    mp_shared_memory *m = make();
    int rc;

    (void)i;
    if (m == NULL && mp__fail_code() == -EEXIST)
        m = attach_any();
    if (m == NULL)
        return mp__fail_code() == -ENOENT ? FINE : ODD_ANSWER;
    rc = mp_shared_memory_unlink(m);
    mp_shared_memory_free(m);
    return rc == 0 || rc == -ENOENT ? FINE : ODD_ANSWER;
}

static int make_and_unlink_until(int i)
{
    return kstep_until_enough(make_and_unlink_once, i, ROUNDS_BESIDE);
}

static int make_and_unlink(int i)
{
    return kstep_leave_nothing(make_and_unlink_until, i);
}

const struct kstep_op kstep_memory_unlink_beside = {
    .name = "SharedMemory, unlinked, two beside",
    .setup = with_none_in_the_end,
    .prepare = hold_it,
    .act = act_attach_and_unlink,
    .peers = 2,
    .when = KSTEP_BESIDE,
    .peer = make_and_unlink,
    .stop = kstep_tell_enough,
    .latecomer = come_late,
    .check = kstep_check_name,
    .tear_down = kstep_close_registry,
    .every = 2 * EVERY,
    .samples = 1,
};

/* --- sweeping --- */

static int die_with_two(int arg)
{
    return die_with_it(arg) != 0 ||
           mp_shared_memory_new(.create = true, .size = SIZE) == NULL;
}

static void with_two_of_the_dead(void)
{
    with_none_in_the_end();
    kstep_let_one_die(die_with_two);
}

static void act_sweep(void)
{
    answer = mp_shared_memory_gc();
}

const struct kstep_op kstep_memory_gc = {
    .name = "SharedMemory, what the dead had swept",
    .setup = with_two_of_the_dead,
    .act = act_sweep,
    .latecomer = come_late,
    .check = kstep_check_name,
    .tear_down = kstep_close_registry,
    .every = EVERY,
    .samples = 1,
};
