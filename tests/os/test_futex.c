/*
 * Sleeping on words: each of the two ends a sleep, early or late in it, and so
 * does the deadline.
 */
#include "expect.h"
#include "until.h"

#include "base/clock.h"
#include "os/futex.h"

#include <errno.h>
#include <limits.h>
#include <pthread.h>

enum { PATIENCE = 20, BEFORE = 7, AFTER = 8 };

struct sleeper {
    mp__word word;
    mp__word second;
    atomic_bool asleep; /* or about to be */
    pthread_t thread;
};

/* Says 0 for a sleep that was ended, not one that came to its end. */
static void *sleeps(void *arg)
{
    struct sleeper *s = arg;
    int rc;

    atomic_store(&s->asleep, true);
    rc = mp__futex_wait(&s->word, BEFORE, &s->second, BEFORE,
                        mp__deadline(PATIENCE));
    return (void *)(intptr_t)rc;
}

static void start(struct sleeper *s)
{
    *s = (struct sleeper){.word = BEFORE, .second = BEFORE};
    assert_int_equal(pthread_create(&s->thread, NULL, sleeps, s), 0);
    assert_until(atomic_load(&s->asleep), PATIENCE);
}

static void change(mp__word *word)
{
    atomic_store(word, AFTER);
    mp__futex_wake(word, INT_MAX);
}

static int end(struct sleeper *s)
{
    void *rc;

    pthread_join(s->thread, &rc);
    return (int)(intptr_t)rc;
}

/* How long it has been asleep for before each of the changes, in seconds. */
static const double moments[] = {0, 0.002, 0.05};
enum { MOMENTS = sizeof moments / sizeof *moments };

static void pass(double seconds)
{
    for (struct until u = until_start(seconds); until_pause(&u);)
        ;
}

static void change_of_the_word_ends_a_sleep(void **state)
{
    (void)state;
    for (int i = 0; i < MOMENTS; i++) {
        struct sleeper s;
        start(&s);
        pass(moments[i]);
        change(&s.word);
        assert_int_equal(end(&s), 0);
    }
}

static void change_of_the_second_word_ends_a_sleep(void **state)
{
    (void)state;
    for (int i = 0; i < MOMENTS; i++) {
        struct sleeper s;
        start(&s);
        pass(moments[i]);
        change(&s.second);
        assert_int_equal(end(&s), 0);
    }
}

static void second_word_that_has_changed_is_seen_within_10_ms(void **state)
{
    mp__word word = BEFORE, second = AFTER;
    double least = PATIENCE;

    (void)state;
    for (int i = 0; i < 20; i++) {
        double from = until_now(), took;

        assert_int_equal(mp__futex_wait(&word, BEFORE, &second, BEFORE,
                                        mp__deadline(PATIENCE)),
                         0);
        took = until_now() - from;
        least = took < least ? took : least;
    }
    assert_true(least < 0.010);
}

static void deadlines_are_kept(void **state)
{
    mp__word word = BEFORE, second = BEFORE;

    (void)state;
    for (int i = 0; i < MOMENTS; i++) {
        double from = until_now();
        int rc;

        do
            rc = mp__futex_wait(&word, BEFORE, &second, BEFORE,
                                mp__deadline(moments[i]));
        while (rc == 0);
        assert_int_equal(rc, -ETIMEDOUT);
        assert_true(until_now() - from >= moments[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(change_of_the_word_ends_a_sleep),
        cmocka_unit_test(change_of_the_second_word_ends_a_sleep),
        cmocka_unit_test(second_word_that_has_changed_is_seen_within_10_ms),
        cmocka_unit_test(deadlines_are_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
