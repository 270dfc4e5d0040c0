/*
 * SharedMemory travels: as an argument and in messages; and what pretends to
 * be one is refused.
 */
#include "expect.h"
#include "leak.h"
#include "registry.h"

#include "any/handle.h"

#include <mproc.h>

#include <fcntl.h>
#include <sys/mman.h>

static struct leak_snapshot *before;

static int set_up(void **state)
{
    (void)state;
    mp_queue_free(mp_queue_new()); /* the context, made once and kept */
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

static void it_travels_and_keeps_its_name_on_the_way(void **state)
{
    (void)state;
    mp_auto(mp_connection) here = NULL;
    mp_auto(mp_connection) there = NULL;
    mp_auto(mp_shared_memory) same = NULL;
    mp_shared_memory *m = mp_shared_memory_new("x", true, 8);
    strcpy(mp_shared_memory_buf(m), "sent");
    assert_ok(mp_pipe(&here, &there));
    assert_ok(mp_connection_send(here, m));
    mp_shared_memory_free(m);
    assert_int_equal(mp_shared_memory_gc(), 0);
    assert_ok(mp_connection_recv(there, &same, 5.0));
    assert_string_equal(mp_shared_memory_buf(same), "sent");
    assert_string_equal(mp_shared_memory_name(same), "x");
    mp_auto(mp_shared_memory) more = mp_shared_memory_new("x");
    assert_made(more);
}

static void it_travels_through_a_queue(void **state)
{
    (void)state;
    mp_auto(mp_queue) q = mp_queue_new();
    mp_auto(mp_shared_memory) same = NULL;
    mp_shared_memory *m = mp_shared_memory_new("x", true, 8);
    strcpy(mp_shared_memory_buf(m), "queued");
    assert_ok(mp_queue_put(q, m));
    mp_shared_memory_free(m);
    assert_int_equal(mp_shared_memory_gc(), 0);
    assert_ok(mp_queue_get(q, &same, 5.0));
    assert_string_equal(mp_shared_memory_buf(same), "queued");
}

static void what_is_read_only_stays_so_on_the_way(void **state)
{
    (void)state;
    mp_auto(mp_connection) here = NULL;
    mp_auto(mp_connection) there = NULL;
    mp_auto(mp_shared_memory) same = NULL;
    mp_auto(mp_shared_memory) m = mp_shared_memory_new("x", true, 8);
    mp_auto(mp_shared_memory) reader =
        mp_shared_memory_new(.name = "x", .readonly = true);
    assert_made(m);
    assert_ok(mp_pipe(&here, &there));
    assert_ok(mp_connection_send(here, reader));
    assert_ok(mp_connection_recv(there, &same, 5.0));
    assert_int_equal(
        mprotect(mp_shared_memory_buf(same), 8, PROT_READ | PROT_WRITE), -1);
}

static void closed_memory_does_not_travel(void **state)
{
    (void)state;
    mp_auto(mp_connection) here = NULL;
    mp_auto(mp_connection) there = NULL;
    mp_auto(mp_shared_memory) m = mp_shared_memory_new("x", true, 8);
    assert_ok(mp_pipe(&here, &there));
    assert_ok(mp_shared_memory_close(m));
    assert_raises_saying(MP_VALUE_ERROR, "closed", mp_connection_send(here, m));
}

static int add_one(mp_call *c)
{
    mp_shared_memory *m;
    MP_TRY(mp_call_args(c, &m));
    ++*(char *)mp_shared_memory_buf(m);
    return 0;
}

/* What the first process of a program makes stays. */
static void start_a_first_process(void)
{
    mp_auto(mp_shared_memory) m =
        mp_shared_memory_new(.create = true, .size = 1);
    mp_auto(mp_process) p = mp_process_new(add_one, .args = MP_ARGS(m));
    assert_ok(mp_process_start(p));
    assert_ok(mp_process_join(p));
}

static void it_can_be_an_argument(void **state)
{
    (void)state;
    start_a_first_process();
    struct leak_snapshot *now = leak_take();
    leak_free(before);
    before = now;
    mp_auto(mp_shared_memory) m = mp_shared_memory_new("x", true, 8);
    mp_auto(mp_process) p = mp_process_new(add_one, .args = MP_ARGS(m));
    assert_ok(mp_process_start(p));
    assert_ok(mp_process_join(p));
    assert_int_equal(mp_process_exitcode(p), 0);
    assert_int_equal(*(char *)mp_shared_memory_buf(m), 1);
    assert_int_equal(registry_files(), 1);
}

/* -- hostile parcels ------------------------------------------------------- */

/* The program has to have a type to receive it. */
static void have_lists(void)
{
    mp_auto(mp_shareable_list) l = mp_shareable_list_new();
    assert_made(l);
}

/* Whether it is refused, and the descriptor left alone. */
static bool refuses(int tag, int fd, size_t size, size_t nfds)
{
    struct mp__parcel p = {.size = size, .nfds = nfds, .fds = {fd, fd}};
    struct mp__handle *h = NULL;
    int rc = mp__handle_type_of(tag)->rebuild(&p, &h);
    mp__handle_drop(h);
    return rc == MP_VALUE_ERROR && fcntl(fd, F_GETFD) >= 0;
}

static bool both_refuse(int fd, size_t size, size_t nfds)
{
    bool refused = refuses(MP__TAG_SHARED_MEMORY, fd, size, nfds) &&
                   refuses(MP__TAG_SHAREABLE_LIST, fd, size, nfds);
    close(fd);
    return refused;
}

static void parcels_of_another_shape_are_refused(void **state)
{
    (void)state;
    mp_auto(mp_shared_memory) m = mp_shared_memory_new("x", true, 8);
    assert_made(m);
    have_lists();
    const char *path = registry_path("x");
    assert_true(both_refuse(open(path, O_RDWR), 1, 1));
    assert_true(both_refuse(open(path, O_RDWR), 0, 0));
    assert_true(both_refuse(open(path, O_RDWR), 0, 2));
    assert_false(refuses(MP__TAG_SHARED_MEMORY, open(path, O_RDWR), 0, 1));
}

static void parcels_with_another_descriptor_are_refused(void **state)
{
    (void)state;
    int ends[2];
    mp_auto(mp_shared_memory) m = mp_shared_memory_new("x", true, 8);
    have_lists();
    const char *path = registry_path("x");
    assert_made(m);
    assert_true(both_refuse(open("/dev/null", O_RDWR), 0, 1));
    assert_true(both_refuse(open("/", O_RDONLY), 0, 1));
    assert_true(both_refuse(memfd_create("empty", 0), 0, 1));
    assert_true(both_refuse(open(path, O_PATH), 0, 1));
    assert_true(both_refuse(open(path, O_WRONLY), 0, 1));
    assert_int_equal(pipe(ends), 0);
    assert_true(both_refuse(ends[0], 0, 1));
    assert_true(both_refuse(ends[1], 0, 1));
}

static void memory_without_a_list_is_no_list(void **state)
{
    (void)state;
    mp_auto(mp_shared_memory) m = mp_shared_memory_new("x", true, 8);
    assert_made(m);
    have_lists();
    int fd = open(registry_path("x"), O_RDWR);
    assert_true(refuses(MP__TAG_SHAREABLE_LIST, fd, 0, 1));
    close(fd);
}

#define TEST(name_) cmocka_unit_test_setup_teardown(name_, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(it_travels_and_keeps_its_name_on_the_way),
        TEST(it_travels_through_a_queue),
        TEST(what_is_read_only_stays_so_on_the_way),
        TEST(closed_memory_does_not_travel),
        TEST(it_can_be_an_argument),
        TEST(parcels_of_another_shape_are_refused),
        TEST(parcels_with_another_descriptor_are_refused),
        TEST(memory_without_a_list_is_no_list),
    };
    return cmocka_run_group_tests(tests, registry_set_up, registry_tear_down);
}
