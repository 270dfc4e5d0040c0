/*
 * What can be seen of a pool: numbers, a table, progress, and its size, which
 * can be changed.
 */
#include "child.h"
#include "tasks.h"

#include "pool/progress.h"

#include <string.h>

/* -- numbers --------------------------------------------------------------- */

static void stats_count_every_task_once(void **state)
{
    (void)state;
    mp_worker_stats w[2];
    long xs[100] = {0};
    mp_auto(mp_pool) pool = mp_pool_new(2);

    assert_ok(mp_pool_map(pool, square, MP_ARRAY(xs)));
    assert_int_equal(mp_pool_stats(pool, w, 2), 2);
    assert_int_equal(w[0].tasks + w[1].tasks, 100);
}

static void stats_name_what_a_worker_is_at(void **state)
{
    mp_worker_stats w;
    (void)set_board(state);
    mp_auto(mp_pool) pool = mp_pool_new(1);
    mp_auto(mp_result) r = mp_pool_apply_async(pool, await_flag);

    assert_until(board->begun == 1, PATIENCE);
    assert_int_equal(mp_pool_stats(pool, &w, 1), 1);
    assert_string_equal(w.function, "await_flag");
    assert_true(w.since >= 0 && w.busy > 0);
    board->flag = 1;
    assert_ok(mp_result_get(r));
    assert_int_equal(mp_pool_stats(pool, &w, 1), 1);
    assert_null(w.function);
}

static void stats_go_on_with_the_next_worker(void **state)
{
    (void)state;
    mp_worker_stats before, after;
    mp_auto(mp_pool) pool = mp_pool_new(1);

    assert_works(pool);
    assert_int_equal(mp_pool_stats(pool, &before, 1), 1);
    assert_raises(MP_WORKER_LOST, mp_pool_apply(pool, kill_itself));
    assert_works(pool);
    assert_int_equal(mp_pool_stats(pool, &after, 1), 1);
    assert_int_equal(after.restarts, 1);
    assert_int_equal(after.tasks, 2);
    assert_true(after.pid != before.pid && after.pid > 0);
    assert_true(after.peak_memory > 0);
}

static void stats_fill_no_more_than_they_are_given(void **state)
{
    (void)state;
    mp_worker_stats w[2] = {{.pid = -7}, {.pid = -7}};
    mp_auto(mp_pool) pool = mp_pool_new(2);

    assert_int_equal(mp_pool_stats(pool, w, 1), 2);
    assert_true(w[0].pid > 0);
    assert_int_equal(w[1].pid, -7);
    assert_raises(MP_VALUE_ERROR, mp_pool_stats(pool, NULL, 1));
}

static void dump_has_a_line_for_each_worker(void **state)
{
    (void)state;
    char text[4096] = "";
    FILE *f = fmemopen(text, sizeof text, "w");
    mp_auto(mp_pool) pool = mp_pool_new(2);

    assert_ok(mp_pool_dump(pool, f));
    (void)fclose(f);
    assert_non_null(strstr(text, "0 tasks or maps are pending\n"));
    assert_non_null(strstr(text, "\n     0 "));
    assert_non_null(strstr(text, "\n     1 "));
    assert_raises(MP_VALUE_ERROR, mp_pool_dump(pool, NULL));
}

/* -- progress -------------------------------------------------------------- */

struct course {
    long calls, last, total;
    bool backwards;
};

static int note_progress(mp_call *c)
{
    struct course *course = mp_call_self(c);
    long done, total;

    MP_TRY(mp_call_args(c, &done, &total));
    course->backwards |= done < course->last;
    course->calls++;
    course->last = done;
    course->total = total;
    return 0;
}

static void progress_ends_with_all_done_before_the_result(void **state)
{
    (void)state;
    struct course course = {0};
    long xs[50] = {0};
    mp_auto(mp_pool) pool = mp_pool_new(2);

    assert_ok(mp_pool_map(pool, square, MP_ARRAY(xs), MP_NOWHERE,
                          .progress = note_progress, .self = &course,
                          .chunksize = 5));
    assert_int_equal(course.last, 50);
    assert_int_equal(course.total, 50);
    assert_true(course.calls >= 1 && course.calls <= 11);
    assert_false(course.backwards);
}

static int map_with_a_bar(void *arg)
{
    long xs[50] = {0};
    mp_auto(mp_pool) pool = mp_pool_new(2);

    (void)arg;
    return mp_pool_map(pool, square, MP_ARRAY(xs), MP_NOWHERE,
                       .progress_bar = true) != 0;
}

static void bar_is_not_drawn_on_what_is_no_terminal(void **state)
{
    (void)state;
    char text[256];

    assert_int_equal(
        output_of(map_with_a_bar, NULL, PATIENCE, text, sizeof text), 0);
    assert_string_equal(text, "");
}

static void bar_tells_part_count_time_and_rate(void **state)
{
    (void)state;
    char text[160];

    (void)mp__progress_text(text, sizeof text, 450, 1000, 12);
    assert_string_equal(text, " 45% [#############.................] 450/1000, "
                              "00:12, 00:14 left, 37.5/s");
    (void)mp__progress_text(text, sizeof text, 0, 10, 0);
    assert_non_null(strstr(text, "0/10, 00:00, ? left"));
    (void)mp__progress_text(text, sizeof text, 1, 10, 7200);
    assert_non_null(strstr(text, "2:00:00, 18:00:00 left"));
}

/* -- size ------------------------------------------------------------------ */

static void larger_pool_has_more_workers_at_once(void **state)
{
    (void)set_board(state);
    mp_auto(mp_pool) pool = mp_pool_new(1);
    mp_result *r[3];

    assert_ok(mp_pool_resize(pool, 3));
    for (int i = 0; i < 3; i++)
        r[i] = mp_pool_apply_async(pool, await_flag);
    assert_until(board->begun == 3, PATIENCE);
    board->flag = 1;
    for (int i = 0; i < 3; i++) {
        assert_ok(mp_result_get(r[i]));
        mp_result_free(r[i]);
    }
}

static void smaller_pool_lets_workers_end_what_they_are_at(void **state)
{
    (void)set_board(state);
    mp_auto(mp_pool) pool = mp_pool_new(3);
    mp_result *r[3];

    for (int i = 0; i < 3; i++)
        r[i] = mp_pool_apply_async(pool, await_flag);
    assert_until(board->begun == 3, PATIENCE);
    assert_ok(mp_pool_resize(pool, 1));
    board->flag = 1;
    for (int i = 0; i < 3; i++) {
        assert_ok(mp_result_get(r[i]));
        mp_result_free(r[i]);
    }
    assert_until(mp_active_children(NULL, 0) == 1, PATIENCE);
    assert_works(pool);
}

static void what_had_not_begun_is_for_those_who_stay(void **state)
{
    (void)set_board(state);
    mp_auto(mp_pool) pool = mp_pool_new(2);
    mp_result *r[40];

    for (int i = 0; i < 40; i++)
        r[i] = mp_pool_apply_async(pool, await_flag);
    assert_until(board->begun == 2, PATIENCE);
    assert_ok(mp_pool_resize(pool, 1));
    board->flag = 1;
    for (int i = 0; i < 40; i++) {
        assert_ok(mp_result_get(r[i]));
        mp_result_free(r[i]);
    }
    assert_int_equal(board->ended, 40);
}

static void pool_can_be_made_smaller_and_larger_again(void **state)
{
    (void)state;
    mp_auto(mp_pool) pool = mp_pool_new(3);

    for (int i = 0; i < 10; i++) {
        assert_ok(mp_pool_resize(pool, 1));
        assert_works(pool);
        assert_ok(mp_pool_resize(pool, 3));
        assert_works(pool);
    }
    assert_until(mp_active_children(NULL, 0) == 3, PATIENCE);
}

static void pool_of_none_and_closed_pool_are_refused(void **state)
{
    (void)state;
    mp_auto(mp_pool) pool = mp_pool_new(1);

    assert_raises(MP_VALUE_ERROR, mp_pool_resize(pool, 0));
    assert_raises(MP_VALUE_ERROR, mp_pool_resize(pool, -2));
    assert_ok(mp_pool_close(pool));
    assert_raises(MP_VALUE_ERROR, mp_pool_resize(pool, 2));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(stats_count_every_task_once),
        cmocka_unit_test(stats_name_what_a_worker_is_at),
        cmocka_unit_test(stats_go_on_with_the_next_worker),
        cmocka_unit_test(stats_fill_no_more_than_they_are_given),
        cmocka_unit_test(dump_has_a_line_for_each_worker),
        cmocka_unit_test(progress_ends_with_all_done_before_the_result),
        cmocka_unit_test(bar_is_not_drawn_on_what_is_no_terminal),
        cmocka_unit_test(bar_tells_part_count_time_and_rate),
        cmocka_unit_test(larger_pool_has_more_workers_at_once),
        cmocka_unit_test(smaller_pool_lets_workers_end_what_they_are_at),
        cmocka_unit_test(what_had_not_begun_is_for_those_who_stay),
        cmocka_unit_test(pool_can_be_made_smaller_and_larger_again),
        cmocka_unit_test(pool_of_none_and_closed_pool_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
