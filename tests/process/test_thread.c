/* ctest-label: thread */
/*
 * Thread: its start and its end, which one it is, and what it says of itself.
 */
#include "expect.h"
#include "until.h"

#include <mproc.h>

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static int do_nothing(mp_call *c)
{
    (void)c;
    return 0;
}

/* A thread that stays until it is let go. */
static int wait_for_event(mp_call *c)
{
    mp_event *go;
    MP_TRY(mp_call_args(c, &go));
    return mp_event_wait(go, 60.0);
}

#define assert_repr(t_, ...)                              \
    do {                                                  \
        char is_[256], must_[256];                        \
        mp_repr((t_), is_, sizeof is_);                   \
        (void)snprintf(must_, sizeof must_, __VA_ARGS__); \
        assert_string_equal(is_, must_);                  \
    } while (0)

static void run(mp_thread *t)
{
    assert_made(t);
    assert_ok(mp_thread_start(t));
    assert_ok(mp_thread_join(t, 20.0));
}

/* -- start and join -------------------------------------------------------- */

static void thread_is_started_once(void **state)
{
    (void)state;
    mp_auto(mp_thread) t = mp_thread_new(do_nothing);
    assert_int_equal(mp_thread_is_alive(t), 0);
    assert_raises_saying(MP_RUNTIME_ERROR,
                         "cannot join thread before it is started",
                         mp_thread_join(t, 0));
    run(t);
    assert_raises_saying(MP_RUNTIME_ERROR, "threads can only be started once",
                         mp_thread_start(t));
    assert_ok(mp_thread_join(t));
    assert_ok(mp_thread_join(t, 0));
}

static void join_waits_no_longer_than_it_is_told(void **state)
{
    (void)state;
    mp_auto(mp_event) go = mp_event_new();
    mp_auto(mp_thread) t = mp_thread_new(wait_for_event, .args = MP_ARGS(go));
    assert_ok(mp_thread_start(t));
    assert_raises(MP_TIMEOUT, mp_thread_join(t, 0));
    assert_raises(MP_TIMEOUT, mp_thread_join(t, -1));
    assert_raises(MP_TIMEOUT, mp_thread_join(t, 0.05));
    assert_int_equal(mp_thread_is_alive(t), 1);
    assert_ok(mp_event_set(go));
    assert_ok(mp_thread_join(t));
    assert_int_equal(mp_thread_is_alive(t), 0);
}

static int join_itself(mp_call *c)
{
    int *rc = mp_call_self(c);
    *rc = mp_thread_join(mp_current_thread());
    return 0;
}

static void thread_cannot_join_itself(void **state)
{
    (void)state;
    int rc = 0;
    mp_auto(mp_thread) t = mp_thread_new(join_itself, .self = &rc);
    run(t);
    assert_int_equal(rc, MP_RUNTIME_ERROR);
    assert_raises_saying(MP_RUNTIME_ERROR, "cannot join current thread",
                         mp_thread_join(mp_current_thread()));
}

/* Whoever comes second is told; the first one waits for that one's end. */
struct pair {
    mp_thread *t[2];
    int rc[2];
};

static int join_the_other(mp_call *c)
{
    struct pair *pair = mp_call_self(c);
    int i;
    MP_TRY(mp_call_args(c, &i));
    pair->rc[i] = mp_thread_join(pair->t[1 - i]);
    return 0;
}

static void two_that_join_one_another_are_told(void **state)
{
    (void)state;
    struct pair pair = {.rc = {1, 1}};
    for (int i = 0; i < 2; i++)
        pair.t[i] =
            mp_thread_new(join_the_other, .args = MP_ARGS(i), .self = &pair);
    for (int i = 0; i < 2; i++)
        assert_ok(mp_thread_start(pair.t[i]));
    for (int i = 0; i < 2; i++)
        assert_ok(mp_thread_join(pair.t[i]));
    assert_true(pair.rc[0] == MP_RUNTIME_ERROR ||
                pair.rc[1] == MP_RUNTIME_ERROR);
    for (int i = 0; i < 2; i++)
        mp_thread_free(pair.t[i]);
}

enum { JOINERS = 6 };

static int join_it(mp_call *c)
{
    mp_thread *t = mp_call_self(c);
    double timeout;
    MP_TRY(mp_call_args(c, &timeout));
    return mp_thread_join(t, timeout < 0 ? MP_FOREVER : timeout);
}

static void several_can_join_one(void **state)
{
    (void)state;
    mp_auto(mp_event) go = mp_event_new();
    mp_auto(mp_thread) t = mp_thread_new(wait_for_event, .args = MP_ARGS(go));
    mp_thread *joiners[JOINERS];
    assert_ok(mp_thread_start(t));
    for (int i = 0; i < JOINERS; i++) {
        joiners[i] = mp_thread_new(
            join_it, .args = MP_ARGS(i % 2 == 0 ? -1.0 : i % 3 + 0.01),
            .self = t);
        assert_ok(mp_thread_start(joiners[i]));
    }
    assert_ok(mp_event_set(go));
    for (int i = 0; i < JOINERS; i++) {
        assert_ok(mp_thread_join(joiners[i]));
        mp_thread_free(joiners[i]);
    }
    assert_int_equal(mp_thread_is_alive(t), 0);
}

static atomic_int ran;

static int count(mp_call *c)
{
    (void)c;
    ran++;
    return 0;
}

static void handle_may_go_before_its_thread(void **state)
{
    (void)state;
    ran = 0;
    for (int i = 0; i < 100; i++) {
        mp_auto(mp_thread) t = mp_thread_new(count);
        assert_ok(mp_thread_start(t));
    }
    assert_until(ran == 100 && mp_thread_count() == 1, 20.0);
}

enum { MANY = 200 };

static void two_hundred_run_at_once(void **state)
{
    (void)state;
    mp_auto(mp_event) go = mp_event_new();
    mp_thread *threads[MANY];
    for (int i = 0; i < MANY; i++) {
        threads[i] = mp_thread_new(wait_for_event, .args = MP_ARGS(go));
        assert_ok(mp_thread_start(threads[i]));
    }
    assert_int_equal(mp_thread_count(), MANY + 1);
    assert_ok(mp_event_set(go));
    for (int i = 0; i < MANY; i++) {
        assert_ok(mp_thread_join(threads[i], 60.0));
        mp_thread_free(threads[i]);
    }
    assert_int_equal(mp_thread_count(), 1);
}

static int leave(mp_call *c)
{
    (void)c;
    pthread_exit(NULL);
}

static void thread_that_calls_pthread_exit_has_ended(void **state)
{
    (void)state;
    mp_auto(mp_event) held = mp_event_new();
    mp_auto(mp_thread) t = mp_thread_new(leave, .kwargs = MP_DICT("e", held));
    run(t);
    assert_int_equal(mp_thread_is_alive(t), 0);
    assert_int_equal(mp_thread_count(), 1);
}

static int note_mask(mp_call *c)
{
    return pthread_sigmask(SIG_BLOCK, NULL, mp_call_self(c));
}

static void thread_blocks_what_its_starter_blocks(void **state)
{
    (void)state;
    sigset_t usr1, before, seen;
    mp_auto(mp_thread) t = mp_thread_new(note_mask, .self = &seen);
    sigemptyset(&usr1);
    sigaddset(&usr1, SIGUSR1);
    pthread_sigmask(SIG_BLOCK, &usr1, &before);
    run(t);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    assert_int_equal(sigismember(&seen, SIGUSR1), 1);
    assert_int_equal(sigismember(&seen, SIGUSR2), 0);
}

/* -- which thread ---------------------------------------------------------- */

struct self {
    mp_thread *current;
    unsigned long ident;
    pid_t native_id;
};

static int note_self(mp_call *c)
{
    struct self *self = mp_call_self(c);
    *self = (struct self){mp_current_thread(), (unsigned long)pthread_self(),
                          (pid_t)syscall(SYS_gettid)};
    return 0;
}

static void thread_knows_itself(void **state)
{
    (void)state;
    struct self self = {0};
    mp_auto(mp_thread) t = mp_thread_new(note_self, .self = &self);
    assert_int_equal(mp_thread_ident(t), 0);
    assert_int_equal(mp_thread_native_id(t), 0);
    assert_ok(mp_thread_start(t));
    pid_t id = mp_thread_native_id(t);
    assert_ok(mp_thread_join(t));
    assert_ptr_equal(self.current, t);
    assert_int_equal(mp_thread_ident(t), self.ident);
    assert_int_equal(id, self.native_id);
}

static void main_thread_is_the_one_that_began(void **state)
{
    (void)state;
    mp_thread *t = mp_main_thread();
    assert_ptr_equal(mp_current_thread(), t);
    assert_string_equal(mp_thread_name(t), "MainThread");
    assert_int_equal(mp_thread_native_id(t), getpid());
    assert_int_equal(mp_thread_ident(t), (unsigned long)pthread_self());
    assert_int_equal(mp_thread_is_alive(t), 1);
    assert_int_equal(mp_thread_daemon(t), 0);
}

static void active_threads_are_listed(void **state)
{
    (void)state;
    mp_auto(mp_event) go = mp_event_new();
    mp_auto(mp_thread) t = mp_thread_new(wait_for_event, .args = MP_ARGS(go));
    mp_thread *all[4] = {NULL};
    assert_ok(mp_thread_start(t));
    assert_int_equal(mp_active_threads(all, 1), 2);
    assert_ptr_equal(all[0], mp_main_thread());
    assert_null(all[1]);
    mp_thread_free(all[0]);
    assert_int_equal(mp_active_threads(all, 4), 2);
    assert_ptr_equal(all[1], t);
    assert_ok(mp_event_set(go));
    assert_ok(mp_thread_join(t));
    for (int i = 0; i < 2; i++)
        mp_thread_free(all[i]);
    assert_raises(MP_VALUE_ERROR, mp_active_threads(NULL, 1));
}

static void *ask_who_it_is(void *kept)
{
    mp_thread *t = mp_current_thread();
    *(mp_thread **)kept = mp_thread_hold(t);
    bool fine = mp_thread_is_alive(t) == 1 && mp_thread_daemon(t) == 1 &&
                mp_current_thread() == t && mp_thread_count() == 2 &&
                mp_thread_native_id(t) == (pid_t)syscall(SYS_gettid);
    return fine ? NULL : kept;
}

static void thread_of_the_hosts_gets_an_object_that_ends_with_it(void **state)
{
    (void)state;
    pthread_t thread;
    void *failed;
    mp_thread *t = NULL;
    assert_int_equal(pthread_create(&thread, NULL, ask_who_it_is, &t), 0);
    assert_int_equal(pthread_join(thread, &failed), 0);
    assert_null(failed);
    assert_int_equal(mp_thread_count(), 1);
    assert_int_equal(mp_thread_is_alive(t), 0);
    assert_raises_saying(MP_ASSERTION_ERROR, "cannot join a dummy thread",
                         mp_thread_join(t));
    assert_repr(t, "<_DummyThread(%s, stopped daemon %lu)>", mp_thread_name(t),
                mp_thread_ident(t));
    mp_thread_free(t);
}

static pthread_key_t key;
static bool was_dummy;

static void note_late_self(void *unused)
{
    (void)unused;
    was_dummy = strncmp(mp_thread_name(mp_current_thread()), "Dummy-", 6) == 0;
}

static int leave_a_key(mp_call *c)
{
    return pthread_setspecific(key, c);
}

/* What the system calls at a thread's end comes after ours. */
static void thread_that_has_ended_is_one_of_the_hosts(void **state)
{
    (void)state;
    assert_int_equal(pthread_key_create(&key, note_late_self), 0);
    mp_thread *t = mp_thread_new(leave_a_key);
    assert_ok(mp_thread_start(t));
    assert_ok(mp_thread_join(t));
    mp_thread_free(t);
    assert_true(was_dummy);
    assert_int_equal(mp_thread_count(), 1);
    assert_int_equal(pthread_key_delete(key), 0);
}

/* -- as text --------------------------------------------------------------- */

static void thread_says_what_python_says(void **state)
{
    (void)state;
    mp_auto(mp_event) go = mp_event_new();
    mp_auto(mp_thread) t = mp_thread_new(wait_for_event, .args = MP_ARGS(go),
                                         .name = "x", .daemon = true);
    assert_repr(t, "<Thread(x, initial daemon)>");
    assert_ok(mp_thread_start(t));
    assert_repr(t, "<Thread(x, started daemon %lu)>", mp_thread_ident(t));
    assert_ok(mp_event_set(go));
    assert_ok(mp_thread_join(t));
    assert_repr(t, "<Thread(x, stopped daemon %lu)>", mp_thread_ident(t));
    assert_repr(mp_main_thread(), "<_MainThread(MainThread, started %lu)>",
                mp_thread_ident(mp_main_thread()));
}

static void subclass_says_its_name(void **state)
{
    (void)state;
    mp_auto(mp_thread) t =
        mp_thread_new(.run = do_nothing, .type = "Worker", .name = "w");
    assert_repr(t, "<Worker(w, initial)>");
}

static void thread_does_not_travel(void **state)
{
    (void)state;
    mp_auto(mp_thread) t = mp_thread_new(do_nothing);
    mp_auto(mp_queue) q = mp_queue_new();
    assert_raises_saying(MP_VALUE_ERROR, "a Thread cannot be sent",
                         mp_queue_put(q, t));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(thread_is_started_once),
        cmocka_unit_test(join_waits_no_longer_than_it_is_told),
        cmocka_unit_test(thread_cannot_join_itself),
        cmocka_unit_test(two_that_join_one_another_are_told),
        cmocka_unit_test(several_can_join_one),
        cmocka_unit_test(handle_may_go_before_its_thread),
        cmocka_unit_test(two_hundred_run_at_once),
        cmocka_unit_test(thread_that_calls_pthread_exit_has_ended),
        cmocka_unit_test(thread_blocks_what_its_starter_blocks),
        cmocka_unit_test(thread_knows_itself),
        cmocka_unit_test(main_thread_is_the_one_that_began),
        cmocka_unit_test(active_threads_are_listed),
        cmocka_unit_test(thread_of_the_hosts_gets_an_object_that_ends_with_it),
        cmocka_unit_test(thread_that_has_ended_is_one_of_the_hosts),
        cmocka_unit_test(thread_says_what_python_says),
        cmocka_unit_test(subclass_says_its_name),
        cmocka_unit_test(thread_does_not_travel),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
