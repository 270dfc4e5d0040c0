/* ctest-timeout: 180 */
/*
 * Processes that write to one list and are killed: whoever reads finds an item
 * as one write left it, and nobody waits for the dead.
 */
#include "child.h"
#include "expect.h"
#include "output.h"
#include "registry.h"
#include "until.h"

#include "shared/shareable_list.h"

#include <mproc.h>

#include <errno.h>
#include <signal.h>
#include <stdatomic.h>

enum { LONGEST = 100, WRITERS = 4 };

static char longest[LONGEST + 1];

static mp_shareable_list *new_list(void)
{
    memset(longest, 'a', LONGEST);
    return mp_shareable_list_new(MP_LIST(longest, longest), .name = "l");
}

/* A text of one letter, whose length goes with the letter; or a number of two
   equal halves. */
static int write_something(mp_shareable_list *l, unsigned dice)
{
    char text[LONGEST + 1] = "";
    unsigned letter = dice % 26;
    if (dice / 32 % 4 == 0)
        return mp_shareable_list_set(l, dice / 256 % 2,
                                     ((int64_t)letter << 32) + letter);
    memset(text, 'a' + (int)letter, 4 * letter);
    return mp_shareable_list_set(l, dice / 256 % 2, (char *)text);
}

static bool is_whole_text(mp_any v)
{
    const char *text = mp_any_data(v);
    size_t n = mp_any_len(v);
    for (size_t i = 1; i < n; i++)
        if (text[i] != text[0])
            return false;
    return n == LONGEST || n == 0 || n == 4 * (size_t)(text[0] - 'a');
}

static bool is_whole(mp_any v)
{
    int64_t n = v.u.i;
    if (mp_any_kind(v) == MP_KIND_STR)
        return is_whole_text(v);
    return mp_any_kind(v) == MP_KIND_INT && n >> 32 == (n & 0xffffffff);
}

/* 0, or what was wrong. */
static int read_something(mp_shareable_list *l, ptrdiff_t i)
{
    mp_auto_any v = MP_NONE;
    if (mp_shareable_list_get(l, i, &v) < 0)
        return 1;
    return is_whole(v) ? 0 : 2;
}

struct work {
    mp_shareable_list *list;
    _Atomic long written;
};

/* Attached by name as a stranger would be; a writer never waits for long. */
static int write_for_ever(void *arg)
{
    struct work *w = (struct work *)arg;
    mp_shareable_list *l = mp_shareable_list_attach("l");
    unsigned dice = (unsigned)getpid() * 2654435761u;
    for (;;) {
        dice = dice * 1664525u + 1013904223u;
        double start = until_now();
        if (write_something(l, dice >> 8) < 0)
            return 1;
        if (until_now() - start > 20.0)
            return 2;
        if (read_something(l, (int)(dice >> 30) % 2) != 0)
            return 3;
        atomic_fetch_add(&w->written, 1);
    }
}

/* Kill a writer and read, for so long; how much of it was wrong. */
static int kill_and_read(struct work *w, double seconds)
{
    pid_t pids[WRITERS];
    double end = until_now() + seconds;
    int wrong = 0;
    for (int i = 0; i < WRITERS; i++)
        pids[i] = child_start(write_for_ever, w);
    for (unsigned i = 0; until_now() < end; i++) {
        pid_t *pid = &pids[i % WRITERS];
        for (int k = 0; k < 300; k++)
            wrong += read_something(w->list, k % 2) != 0;
        if (*pid > 0)
            kill(*pid, SIGKILL);
        wrong += child_wait(*pid, 10.0) != -SIGKILL;
        *pid = child_start(write_for_ever, w);
    }
    for (int i = 0; i < WRITERS; i++) {
        if (pids[i] > 0)
            kill(pids[i], SIGKILL);
        wrong += child_wait(pids[i], 10.0) != -SIGKILL;
    }
    return wrong;
}

static void killed_writers_leave_no_item_torn(void **state)
{
    (void)state;
    mp_auto(mp_shareable_list) l = new_list();
    struct work *w = shared_memory(sizeof *w);
    w->list = l;
    assert_int_equal(kill_and_read(w, 4.0), 0);
    assert_true(w->written > 1000);
    assert_ok(mp_shareable_list_set(l, 0, 5));
    assert_int_equal(read_something(l, 1), 0);
    shared_memory_free(w, sizeof *w);
}

/* As a writer leaves an item that is killed between its claim and the end. */
static void claim_of_the_dead_is_overruled(void **state)
{
    (void)state;
    mp_auto(mp_shareable_list) l = new_list();
    mp__item_word *word = mp__list_at(l, 0).word;
    char *text = NULL;
    atomic_fetch_add(word, (UINT64_C(1) << 32) + (1 << 4));
    assert_ok(mp_shareable_list_get(l, 0, &text));
    assert_string_equal(text, longest);
    double start = until_now();
    assert_ok(mp_shareable_list_set(l, 0, "new"));
    assert_true(until_now() - start < 5.0);
    free(text);
    assert_ok(mp_shareable_list_get(l, 0, &text));
    assert_string_equal(text, "new");
    free(text);
}

enum { EACH = 20000 };

static int write_so_many(void *list)
{
    for (int i = 0; i < EACH; i++)
        if (mp_shareable_list_set((mp_shareable_list *)list, 0, i) < 0)
            return 1;
    return 0;
}

/* Each write comes to its end, and the last one is the last of somebody's. */
static void writers_of_one_item_all_get_on(void **state)
{
    (void)state;
    mp_auto(mp_shareable_list) l = mp_shareable_list_new(MP_LIST(0));
    pid_t pids[WRITERS];
    int last = 0;
    for (int i = 0; i < WRITERS; i++)
        pids[i] = child_start(write_so_many, l);
    for (int i = 0; i < WRITERS; i++)
        assert_int_equal(child_wait(pids[i], 100.0), 0);
    assert_ok(mp_shareable_list_get(l, 0, &last));
    assert_int_equal(last, EACH - 1);
}

static int write_long_texts(void *list)
{
    enum { LONG = 200000, TIMES = 20 };
    char *text = calloc(1, LONG + 1);
    int rc = text == NULL;
    for (int i = 0; rc == 0 && i < TIMES; i++) {
        memset(text, 'a' + i, LONG);
        rc = mp_shareable_list_set((mp_shareable_list *)list, 0, text) < 0;
    }
    free(text);
    return rc;
}

/* Which take longer than one is patient at first. */
static void writers_of_long_texts_all_get_on(void **state)
{
    (void)state;
    char *text = calloc(1, 200001), *out = NULL;
    memset(text, 'x', 200000);
    mp_auto(mp_shareable_list) l = mp_shareable_list_new(MP_LIST(text));
    pid_t pids[WRITERS];
    for (int i = 0; i < WRITERS; i++)
        pids[i] = child_start(write_long_texts, l);
    for (int i = 0; i < WRITERS; i++)
        assert_int_equal(child_wait(pids[i], 100.0), 0);
    assert_ok(mp_shareable_list_get(l, 0, &out));
    memset(text, 'a' + 19, 200000);
    assert_string_equal(out, text);
    free(text);
    free(out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(killed_writers_leave_no_item_torn),
        cmocka_unit_test(claim_of_the_dead_is_overruled),
        cmocka_unit_test(writers_of_one_item_all_get_on),
        cmocka_unit_test(writers_of_long_texts_all_get_on),
    };
    return cmocka_run_group_tests(tests, registry_set_up, registry_tear_down);
}
