/*
 * Processes are killed, stopped or replaced while they use a queue. Nobody is
 * told of it: the children are plain forks, which nobody watches, so those
 * left have to find out by themselves.
 */
#include "child.h"
#include "expect.h"
#include "until.h"

#include "base/clock.h"
#include "queue/queue.h"

#include <mproc.h>

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

enum { ROUNDS = 40, PATIENCE = 20 };

/* Numbers that look random, the same ones in every run. */
static unsigned chance(unsigned *seed, unsigned below)
{
    *seed = *seed * 1103515245u + 12345u;
    return (*seed >> 16) % below;
}

static void kill_and_reap(pid_t pid)
{
    kill(pid, SIGKILL);
    assert_int_equal(child_wait(pid, PATIENCE), -SIGKILL);
}

/* -- producers ------------------------------------------------------------- */

struct producer {
    mp_queue *q;
    int round;
};

/* Texts of changing length, so that kills fall into copies, too. */
static int put_until_killed(void *arg)
{
    struct producer *p = arg;
    static char filler[70000];
    for (int i = 0;; i++) {
        size_t size = i % 16 == 0 ? sizeof filler : (size_t)(i % 500);
        if (mp_queue_put(p->q, MP_TUPLE(p->round, i, MP_BYTES(filler, size))) <
            0)
            return 1;
    }
}

static int get_next(mp_queue *q, int round, int expected, double timeout)
{
    int r, i;
    mp_bytes bytes;
    int rc = mp_queue_get(q, MP_UNPACK(&r, &i, &bytes), timeout);
    if (rc < 0)
        return rc;
    free(bytes.data);
    assert_int_equal(r, round);
    assert_int_equal(i, expected);
    return 0;
}

static void killed_producers(int maxsize)
{
    mp_auto(mp_queue) q = mp_queue_new(maxsize);
    unsigned seed = (unsigned)maxsize + 1;
    for (int round = 0; round < ROUNDS; round++) {
        struct producer p = {q, round};
        pid_t pid = child_start(put_until_killed, &p);
        int i = 0, n = (int)chance(&seed, 400), rc;
        while (i < n)
            assert_ok(get_next(q, round, i++, PATIENCE));
        kill_and_reap(pid);
        while ((rc = get_next(q, round, i, 0)) == 0)
            i++;
        assert_int_equal(rc, MP_EMPTY);
    }
}

static void what_killed_producers_put_arrives_whole_and_once(void **state)
{
    (void)state;
    killed_producers(0);
}

static void killed_producers_of_a_bounded_queue_block_nobody(void **state)
{
    (void)state;
    killed_producers(5);
}

/* -- consumers ------------------------------------------------------------- */

enum { ITEMS = 20000 };

struct consumers {
    mp_queue *q;
    atomic_int seen[ITEMS];
};

static int get_until_killed(void *arg)
{
    struct consumers *c = arg;
    int item;
    while (mp_queue_get(c->q, &item) == 0 && item >= 0)
        atomic_fetch_add(&c->seen[item], 1);
    return 0;
}

/* Two at work, of whom one is killed and replaced now and then; says how many
   were. */
static int put_among_killed_consumers(struct consumers *c)
{
    pid_t pids[2];
    unsigned seed = 3;
    int kills = 0;
    for (int i = 0; i < 2; i++)
        pids[i] = child_start(get_until_killed, c);
    for (int item = 0; item < ITEMS; item++) {
        assert_ok(mp_queue_put(c->q, item, PATIENCE));
        if (chance(&seed, ITEMS / ROUNDS) != 0)
            continue;
        kill_and_reap(pids[kills % 2]);
        pids[kills++ % 2] = child_start(get_until_killed, c);
    }
    for (int i = 0; i < 2; i++)
        assert_ok(mp_queue_put(c->q, -1, PATIENCE));
    for (int i = 0; i < 2; i++)
        assert_int_equal(child_wait(pids[i], PATIENCE), 0);
    return kills;
}

/* An item that a consumer had taken when it was killed is lost with it. */
static void killed_consumers_lose_an_item_each_at_most(void **state)
{
    (void)state;
    mp_auto(mp_queue) q = mp_queue_new(50);
    struct consumers *c = mmap(NULL, sizeof *c, PROT_READ | PROT_WRITE,
                               MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    c->q = q;
    int kills = put_among_killed_consumers(c), lost = 0;
    for (int i = 0; i < ITEMS; i++) {
        assert_true(atomic_load(&c->seen[i]) <= 1);
        lost += atomic_load(&c->seen[i]) == 0;
    }
    assert_in_range(lost, 0, kills);
    assert_true(kills > 0);
    munmap(c, sizeof *c);
}

/* -- the time it takes ----------------------------------------------------- */

static int die_with(struct mp__owner_lock *lock)
{
    if (mp__owner_lock(lock, MP__NEVER) == 0)
        raise(SIGKILL);
    return 1;
}

static int die_with_put_lock(void *q)
{
    return die_with(&((mp_queue *)q)->ring.shared->put.lock);
}

static int die_with_get_lock(void *q)
{
    return die_with(&((mp_queue *)q)->ring.shared->get.lock);
}

static void dead_holder_is_found_out_within_a_slice_or_so(void **state)
{
    (void)state;
    mp_auto(mp_queue) q = mp_queue_new();
    int n;
    assert_int_equal(child_run(die_with_put_lock, q, PATIENCE), -SIGKILL);
    assert_int_equal(child_run(die_with_get_lock, q, PATIENCE), -SIGKILL);
    double start = until_now();
    assert_ok(mp_queue_put(q, 1, PATIENCE));
    assert_ok(mp_queue_get(q, &n, PATIENCE));
    assert_true(until_now() - start < 1.5);
}

/* Dead, but not yet reaped by its parent. */
static void zombie_holder_is_found_out_too(void **state)
{
    (void)state;
    mp_auto(mp_queue) q = mp_queue_new();
    siginfo_t info;
    pid_t pid = child_start(die_with_put_lock, q);
    assert_int_equal(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT), 0);
    assert_ok(mp_queue_put(q, 1, PATIENCE));
    assert_int_equal(child_wait(pid, PATIENCE), -SIGKILL);
}

static int exec_with_put_lock(void *q)
{
    if (mp__owner_lock(&((mp_queue *)q)->ring.shared->put.lock, MP__NEVER) == 0)
        execlp("sleep", "sleep", "60", (char *)NULL);
    return 1;
}

static void holder_that_runs_another_program_by_now_counts_as_dead(void **state)
{
    (void)state;
    mp_auto(mp_queue) q = mp_queue_new();
    mp__word *lock = &q->ring.shared->put.lock.word;
    pid_t pid = child_start(exec_with_put_lock, q);
    assert_until(atomic_load(lock) != 0, PATIENCE);
    assert_ok(mp_queue_put(q, 1, PATIENCE));
    kill_and_reap(pid);
}

/* -- stopped, not dead ----------------------------------------------------- */

static int stop_with(struct mp__owner_lock *lock)
{
    if (mp__owner_lock(lock, MP__NEVER) < 0)
        return 1;
    raise(SIGSTOP);
    mp__owner_unlock(lock);
    return 0;
}

static int stop_with_put_lock(void *q)
{
    return stop_with(&((mp_queue *)q)->ring.shared->put.lock);
}

static int stop_with_get_lock(void *q)
{
    return stop_with(&((mp_queue *)q)->ring.shared->get.lock);
}

static pid_t start_stopped(child_fn fn, mp_queue *q)
{
    int status;
    pid_t pid = child_start(fn, q);
    assert_int_equal(waitpid(pid, &status, WUNTRACED), pid);
    assert_true(WIFSTOPPED(status));
    return pid;
}

static void go_on(pid_t pid)
{
    kill(pid, SIGCONT);
    assert_int_equal(child_wait(pid, PATIENCE), 0);
}

static void stopped_producer_leaves_others_their_timeouts(void **state)
{
    (void)state;
    mp_auto(mp_queue) q = mp_queue_new();
    int n;
    pid_t pid = start_stopped(stop_with_put_lock, q);
    double start = until_now();
    assert_raises(MP_FULL, mp_queue_put(q, 1, 0.3));
    assert_raises(MP_EMPTY, mp_queue_get(q, &n, 0.3));
    assert_raises(MP_FULL, mp_queue_put_nowait(q, 1));
    assert_raises(MP_EMPTY, mp_queue_get_nowait(q, &n));
    assert_true(until_now() - start < 3.0);
    go_on(pid);
    assert_ok(mp_queue_put(q, 1, 0));
}

static void stopped_producer_leaves_consumers_what_is_there(void **state)
{
    (void)state;
    mp_auto(mp_queue) q = mp_queue_new();
    int n = 0;
    assert_ok(mp_queue_put(q, 1));
    pid_t pid = start_stopped(stop_with_put_lock, q);
    assert_ok(mp_queue_get(q, &n, 0));
    assert_int_equal(n, 1);
    go_on(pid);
}

static void stopped_consumer_leaves_producers_the_room(void **state)
{
    (void)state;
    mp_auto(mp_queue) q = mp_queue_new(2);
    int n;
    pid_t pid = start_stopped(stop_with_get_lock, q);
    assert_ok(mp_queue_put(q, 1, 0));
    assert_ok(mp_queue_put(q, 2, 0));
    double start = until_now();
    assert_raises(MP_FULL, mp_queue_put(q, 3, 0.2));
    assert_raises(MP_EMPTY, mp_queue_get(q, &n, 0.2));
    assert_true(until_now() - start < 3.0);
    go_on(pid);
    assert_ok(mp_queue_get(q, &n, 0));
}

/* -- forks ----------------------------------------------------------------- */

struct busy {
    mp_queue *q;
    atomic_bool end;
};

static void *put_and_get_until_told(void *arg)
{
    struct busy *b = arg;
    int n;
    while (!atomic_load(&b->end))
        if (mp_queue_put(b->q, 1) < 0 || mp_queue_get(b->q, &n) < 0)
            return b;
    return NULL;
}

static int put_and_get_once(void *q)
{
    int n;
    return mp_queue_put((mp_queue *)q, 1) < 0 ||
           mp_queue_get((mp_queue *)q, &n) < 0;
}

static void
child_uses_a_queue_whose_lock_a_thread_held_at_its_fork(void **state)
{
    (void)state;
    mp_auto(mp_queue) q = mp_queue_new();
    struct busy b = {.q = q};
    pthread_t thread;
    void *failed;
    pthread_create(&thread, NULL, put_and_get_until_told, &b);
    for (int i = 0; i < 200; i++)
        assert_int_equal(child_run(put_and_get_once, q, PATIENCE), 0);
    atomic_store(&b.end, true);
    pthread_join(thread, &failed);
    assert_null(failed);
}

static int let_a_grandchild_put(void *q)
{
    return child_run(put_and_get_once, q, PATIENCE) != 0 ||
           mp_queue_put((mp_queue *)q, 4) < 0;
}

static void grandchild_uses_the_queue(void **state)
{
    (void)state;
    mp_auto(mp_queue) q = mp_queue_new();
    int n = 0;
    assert_int_equal(child_run(let_a_grandchild_put, q, PATIENCE), 0);
    assert_ok(mp_queue_get(q, &n, 0));
    assert_int_equal(n, 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_killed_producers_put_arrives_whole_and_once),
        cmocka_unit_test(killed_producers_of_a_bounded_queue_block_nobody),
        cmocka_unit_test(killed_consumers_lose_an_item_each_at_most),
        cmocka_unit_test(dead_holder_is_found_out_within_a_slice_or_so),
        cmocka_unit_test(zombie_holder_is_found_out_too),
        cmocka_unit_test(
            holder_that_runs_another_program_by_now_counts_as_dead),
        cmocka_unit_test(stopped_producer_leaves_others_their_timeouts),
        cmocka_unit_test(stopped_producer_leaves_consumers_what_is_there),
        cmocka_unit_test(stopped_consumer_leaves_producers_the_room),
        cmocka_unit_test(
            child_uses_a_queue_whose_lock_a_thread_held_at_its_fork),
        cmocka_unit_test(grandchild_uses_the_queue),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
