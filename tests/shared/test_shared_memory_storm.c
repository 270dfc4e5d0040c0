/* ctest-timeout: 180 */
/*
 * Crowds of processes that make, find, unlink and give up the same names, and
 * are killed at it: one maker at a time, no name is lost that is used, none
 * is left that is not.
 */
#include "child.h"
#include "expect.h"
#include "leak.h"
#include "output.h"
#include "registry.h"
#include "until.h"

#include <mproc.h>

#include <errno.h>
#include <signal.h>
#include <stdatomic.h>

static struct leak_snapshot *before;

static int set_up(void **state)
{
    (void)state;
    before = leak_take();
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    int leaks = leak_count(before);
    leak_free(before);
    return leaks + registry_files();
}

/* How it ended; kill(2) of a process that could not be started hits others. */
static int end_of(pid_t pid)
{
    if (pid > 0)
        kill(pid, SIGKILL);
    return child_wait(pid, 10.0);
}

/* -- at once --------------------------------------------------------------- */

enum { RACERS = 6, ROUNDS = 40 };

struct race {
    _Atomic int go, made, refused, failed;
};

static int make_at_go(void *arg)
{
    struct race *r = (struct race *)arg;
    while (atomic_load(&r->go) == 0)
        ;
    mp_shared_memory *m = mp_shared_memory_new("x", true, 8);
    if (m != NULL)
        atomic_fetch_add(&r->made, 1);
    else if (mp_error_last()->code == -EEXIST)
        atomic_fetch_add(&r->refused, 1);
    else
        atomic_fetch_add(&r->failed, 1);
    while (r->made + r->refused + r->failed < RACERS)
        usleep(100);
    mp_shared_memory_free(m);
    return 0;
}

static void of_several_makers_at_once_one_succeeds(void **state)
{
    (void)state;
    struct race *r = shared_memory(sizeof *r);
    for (int round = 0; round < ROUNDS; round++) {
        pid_t pids[RACERS];
        r->go = r->made = r->refused = r->failed = 0;
        for (int i = 0; i < RACERS; i++)
            pids[i] = child_start(make_at_go, r);
        atomic_store(&r->go, 1);
        for (int i = 0; i < RACERS; i++)
            assert_int_equal(child_wait(pids[i], 20.0), 0);
        assert_int_equal(r->made, 1);
        assert_int_equal(r->refused, RACERS - 1);
    }
    shared_memory_free(r, sizeof *r);
}

/* -- storms ---------------------------------------------------------------- */

enum { WORKERS = 6, NAMES = 3 };

struct storm {
    bool unlinks;
    int names;
    _Atomic bool over;
    _Atomic long done;
};

static bool is_expected(void)
{
    int code = mp_error_last()->code;
    return code == -EEXIST || code == -ENOENT;
}

/* What was made is whole: of the size that goes with its name. */
static bool is_right(mp_shared_memory *m, int i)
{
    return mp_shared_memory_size(m) == (size_t)(i + 1) * 5000 &&
           ((char *)mp_shared_memory_buf(m))[(i + 1) * 5000 - 1] == 0;
}

/* 0, or which promise was broken. */
static int use_a_name(struct storm *s, unsigned dice)
{
    int i = (int)(dice / 8 % (unsigned)s->names), rc = 0;
    char name[] = {'s', (char)('0' + i), '\0'};
    mp_shared_memory *m =
        dice % 2 ? mp_shared_memory_new(name)
                 : mp_shared_memory_new(name, true, (size_t)(i + 1) * 5000);
    mp_shared_memory *again = NULL;
    if (m == NULL)
        return is_expected() ? 0 : 1;
    if (!is_right(m, i))
        rc = 2;
    if (!s->unlinks) {
        again = mp_shared_memory_new(name);
        rc = again == NULL ? 3 : !is_right(again, i) ? 4 : rc;
    } else if (dice / 2 % 2 && mp_shared_memory_unlink(m) < 0 &&
               !is_expected()) {
        rc = 5;
    }
    if (dice / 4 % 2)
        (void)mp_shared_memory_close(m);
    mp_shared_memory_free(again);
    mp_shared_memory_free(m);
    return rc;
}

static int work(void *arg)
{
    struct storm *s = (struct storm *)arg;
    unsigned dice = (unsigned)getpid() * 2654435761u;
    while (!atomic_load(&s->over)) {
        dice = dice * 1664525u + 1013904223u;
        int rc = use_a_name(s, dice >> 12);
        if (rc != 0)
            return rc;
        atomic_fetch_add(&s->done, 1);
    }
    return 0;
}

/* A moment in which some of the work is done, on a slow machine too. */
static void let_them_work(struct storm *s)
{
    long enough = s->done + rand() % 12;
    for (int i = 0; i == 0 || (i < 100 && s->done < enough); i++)
        usleep(300 + (useconds_t)(rand() % 900));
}

/* Kill one after the other for so long; how many ended in another way. */
static int blow(struct storm *s, double seconds)
{
    pid_t pids[WORKERS];
    double end = until_now() + seconds;
    int wrong = 0;
    for (int i = 0; i < WORKERS; i++)
        pids[i] = child_start(work, s);
    for (int i = 0; until_now() < end; i = (i + 1) % WORKERS) {
        let_them_work(s);
        int code = end_of(pids[i]);
        if (code != -SIGKILL)
            fprintf(stderr, "a worker ended with %d\n", code);
        wrong += code != -SIGKILL;
        pids[i] = child_start(work, s);
    }
    for (int i = 0; i < WORKERS; i++)
        wrong += end_of(pids[i]) != -SIGKILL;
    return wrong;
}

static void storm(bool unlinks)
{
    struct storm *s = shared_memory(sizeof *s);
    s->unlinks = unlinks;
    s->names = NAMES;
    assert_int_equal(blow(s, 4.0), 0);
    assert_true(s->done > 20);
    assert_true(mp_shared_memory_gc() >= 0);
    assert_int_equal(registry_files(), 0);
    shared_memory_free(s, sizeof *s);
}

/* What one holds, and nobody unlinks, another can always find. */
static void killed_users_take_no_name_that_is_used(void **state)
{
    (void)state;
    storm(false);
}

static void killed_users_and_unlinkers_leave_nothing(void **state)
{
    (void)state;
    storm(true);
}

/* As close together as they can, and to the end: each lives and looks. */
static void what_one_uses_is_found_in_any_crowd(void **state)
{
    (void)state;
    struct storm *s = shared_memory(sizeof *s);
    pid_t pids[WORKERS];
    s->names = 1;
    for (int i = 0; i < WORKERS; i++)
        pids[i] = child_start(work, s);
    usleep(4000000);
    atomic_store(&s->over, true);
    for (int i = 0; i < WORKERS; i++)
        assert_int_equal(child_wait(pids[i], 20.0), 0);
    assert_int_equal(registry_files(), 0);
    shared_memory_free(s, sizeof *s);
}

#define TEST(name_) cmocka_unit_test_setup_teardown(name_, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(of_several_makers_at_once_one_succeeds),
        TEST(killed_users_take_no_name_that_is_used),
        TEST(killed_users_and_unlinkers_leave_nothing),
        TEST(what_one_uses_is_found_in_any_crowd),
    };
    return cmocka_run_group_tests(tests, registry_set_up, registry_tear_down);
}
