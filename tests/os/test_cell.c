/*
 * Cells: many in few descriptors, and their memory goes when all are freed.
 */
#include "child.h"
#include "expect.h"
#include "leak.h"

#include "os/cell.h"

#include <dirent.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define MAGIC 0x74657374u

enum { SIZE = 40, CELLS = 10000, LARGE = 100000, HALF = 500 };

struct content {
    struct mp__cell_head head;
    atomic_int number;
};

static struct content *content_of(const struct mp__cell *cell)
{
    return cell->shared;
}

static int open_descriptors(void)
{
    DIR *folder = opendir("/proc/self/fd");
    int n = 0;
    while (readdir(folder) != NULL)
        n++;
    closedir(folder);
    return n;
}

/* With the context made, which is kept. */
static struct leak_snapshot *begin(void)
{
    struct mp__cell cell;
    assert_ok(mp__cell_new(MAGIC, SIZE, &cell));
    mp__cell_free(&cell);
    return leak_take();
}

/* -- one ------------------------------------------------------------------- */

static void cell_is_aligned_and_zero_but_for_its_head(void **state)
{
    (void)state;
    struct mp__cell cell;
    assert_ok(mp__cell_new(MAGIC, SIZE, &cell));
    assert_int_equal((uintptr_t)cell.shared % 64, 0);
    assert_int_equal(content_of(&cell)->head.magic, MAGIC);
    assert_true(content_of(&cell)->head.size >= SIZE);
    for (size_t i = sizeof(struct mp__cell_head); i < SIZE; i++)
        assert_int_equal(((unsigned char *)cell.shared)[i], 0);
    mp__cell_free(&cell);
}

static void freeing_twice_does_no_harm(void **state)
{
    (void)state;
    struct leak_snapshot *before = begin();
    struct mp__cell cell;
    assert_ok(mp__cell_new(MAGIC, SIZE, &cell));
    mp__cell_free(&cell);
    mp__cell_free(&cell);
    assert_no_leak(before);
}

static void large_cell_has_memory_of_its_own(void **state)
{
    (void)state;
    struct leak_snapshot *before = begin();
    struct mp__cell large, small;
    assert_ok(mp__cell_new(MAGIC, LARGE, &large));
    assert_ok(mp__cell_new(MAGIC, SIZE, &small));
    memset((char *)large.shared + sizeof(struct mp__cell_head), 1,
           LARGE - sizeof(struct mp__cell_head));
    assert_int_equal(content_of(&small)->number, 0);
    mp__cell_free(&large);
    content_of(&small)->number = 1;
    mp__cell_free(&small);
    assert_no_leak(before);
}

static void cell_too_large_to_be_is_an_error(void **state)
{
    (void)state;
    struct leak_snapshot *before = begin();
    struct mp__cell cell = {.shared = NULL};
    assert_true(mp__cell_new(MAGIC, SIZE_MAX, &cell) < 0);
    assert_true(mp__cell_new(MAGIC, SIZE_MAX / 4, &cell) < 0);
    assert_null(cell.shared);
    assert_no_leak(before);
}

/* -- many ------------------------------------------------------------------ */

static void many_cells_take_few_descriptors_and_all_go(void **state)
{
    (void)state;
    static struct mp__cell cells[CELLS];
    struct leak_snapshot *before = begin();
    int descriptors = open_descriptors();
    for (int i = 0; i < CELLS; i++) {
        assert_ok(mp__cell_new(MAGIC, SIZE, &cells[i]));
        content_of(&cells[i])->number = i;
    }
    assert_in_range(open_descriptors() - descriptors, 1, 20);
    for (int i = 0; i < CELLS; i++) {
        assert_int_equal(content_of(&cells[i])->number, i);
        mp__cell_free(&cells[i]);
    }
    assert_no_leak(before);
}

static long resident_kb(void)
{
    char line[128];
    long kb = 0;
    FILE *f = fopen("/proc/self/status", "re");
    while (f != NULL && kb == 0 && fgets(line, sizeof line, f) != NULL)
        if (sscanf(line, "VmRSS: %ld", &kb) != 1)
            kb = 0;
    if (f != NULL)
        fclose(f);
    return kb;
}

static void make_and_free(int times, bool beside_another)
{
    struct mp__cell kept = {.shared = NULL}, cell;
    if (beside_another)
        assert_ok(mp__cell_new(MAGIC, SIZE, &kept));
    for (int i = 0; i < times; i++) {
        assert_ok(mp__cell_new(MAGIC, SIZE, &cell));
        content_of(&cell)->number = i;
        mp__cell_free(&cell);
    }
    mp__cell_free(&kept);
}

/* While another cell lives, and alone: then an arena comes and goes. */
static void making_and_freeing_keeps_memory_flat(void **state)
{
    (void)state;
    struct leak_snapshot *before = begin();
    make_and_free(1000, true);
    long kb = resident_kb();
    make_and_free(100000, true);
    make_and_free(10000, false);
    assert_true(kb > 0 && resident_kb() - kb < 4096);
    assert_no_leak(before);
}

/* -- other processes ------------------------------------------------------- */

static int told[2];

static int count_when_told(void *arg)
{
    struct mp__cell *cell = arg;
    struct mp__cell another;
    char go;
    if (read(told[0], &go, 1) != 1)
        return 1;
    atomic_fetch_add(&content_of(cell)->number, 1);
    if (mp__cell_new(MAGIC, SIZE, &another) < 0)
        return 2;
    int wrong = atomic_load(&content_of(cell)->number) != 6 ||
                atomic_load(&content_of(&another)->number) != 0;
    mp__cell_free(&another);
    mp__cell_free(cell);
    return wrong;
}

static void child_goes_on_when_its_parent_has_freed_it(void **state)
{
    (void)state;
    struct mp__cell cell;
    assert_int_equal(pipe(told), 0);
    assert_ok(mp__cell_new(MAGIC, SIZE, &cell));
    content_of(&cell)->number = 5;
    pid_t pid = child_start(count_when_told, &cell);
    mp__cell_free(&cell);
    assert_int_equal(write(told[1], "g", 1), 1);
    assert_int_equal(child_wait(pid, 10.0), 0);
    close(told[0]);
    close(told[1]);
}

static int fill_with(void *number)
{
    static struct mp__cell cells[HALF];
    for (int i = 0; i < HALF; i++) {
        if (mp__cell_new(MAGIC, SIZE, &cells[i]) < 0)
            return 1;
        content_of(&cells[i])->number = *(int *)number;
    }
    for (int i = 0; i < HALF; i++)
        if (content_of(&cells[i])->number != *(int *)number)
            return 2;
    return 0;
}

/* Both lay theirs into the arena that they have from their parent. */
static void processes_do_not_make_the_same_cell(void **state)
{
    (void)state;
    struct mp__cell first;
    int one = 1, two = 2;
    assert_ok(mp__cell_new(MAGIC, SIZE, &first));
    pid_t a = child_start(fill_with, &one), b = child_start(fill_with, &two);
    assert_int_equal(child_wait(a, 10.0), 0);
    assert_int_equal(child_wait(b, 10.0), 0);
    mp__cell_free(&first);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cell_is_aligned_and_zero_but_for_its_head),
        cmocka_unit_test(freeing_twice_does_no_harm),
        cmocka_unit_test(large_cell_has_memory_of_its_own),
        cmocka_unit_test(cell_too_large_to_be_is_an_error),
        cmocka_unit_test(many_cells_take_few_descriptors_and_all_go),
        cmocka_unit_test(making_and_freeing_keeps_memory_flat),
        cmocka_unit_test(child_goes_on_when_its_parent_has_freed_it),
        cmocka_unit_test(processes_do_not_make_the_same_cell),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
