/*
 * ShareableList in memory that others have written garbage to: no access goes
 * beyond it, and what is damaged is called so.
 */
#include "expect.h"
#include "leak.h"
#include "registry.h"

#include "any/handle.h"

#include <mproc.h>

#include <fcntl.h>

/* Item i of a list, as it prints. */
#define assert_item(text_, list_, i_)                         \
    do {                                                      \
        mp_auto_any v_ = MP_NONE;                             \
        assert_ok(mp_shareable_list_get((list_), (i_), &v_)); \
        assert_prints((text_), v_);                           \
    } while (0)

#define assert_prints(text_, v_)                         \
    do {                                                 \
        char shown_[400];                                \
        assert_ok(mp_repr((v_), shown_, sizeof shown_)); \
        assert_string_equal(shown_, (text_));            \
    } while (0)

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

static mp_shareable_list *one_of_each(void)
{
    return mp_shareable_list_new(
        MP_LIST(1, 2.5, "text", MP_NONE, MP_TRUE, MP_BYTES("a\0b", 3)),
        .name = "each");
}

/* The memory is sent as read-only by a hostile hand, the list's type with it:
   nothing may be written to it. */
static void list_in_memory_for_reading_is_not_written_to(void **state)
{
    (void)state;
    mp_auto(mp_shareable_list) l = one_of_each();
    struct mp__parcel p = {.nfds = 1};
    struct mp__handle *h = NULL;
    p.fds[0] = open(registry_path("each"), O_RDONLY);
    assert_ok(mp__handle_type_of(MP__TAG_SHAREABLE_LIST)->rebuild(&p, &h));
    mp_auto(mp_shareable_list) reader = (mp_shareable_list *)h;
    assert_made(l);
    assert_item("1", reader, 0);
    assert_raises_saying(MP_VALUE_ERROR, "read only",
                         mp_shareable_list_set(reader, 0, 1));
}

/* -- garbage --------------------------------------------------------------- */

/* Where the list begins, and that of its words that tells the first item. */
enum { HEAD = 16, SLOT = 16, ITEMS = HEAD + SLOT };

static void list_with_a_table_of_garbage_is_refused(void **state)
{
    (void)state;
    static const uint64_t garbage[][2] = {
        {0, 8},  {ITEMS + 1, 8},        {ITEMS, 0},        {ITEMS, 7},
        {48, 8}, {ITEMS, 16},           {ITEMS, 1u << 30}, {UINT64_MAX - 7, 8},
        {8, 8},  {ITEMS, ~UINT64_C(7)}, {ITEMS - 8, 8},    {1u << 20, 8}};
    mp_auto(mp_shareable_list) l =
        mp_shareable_list_new(MP_LIST(1), .name = "l");
    char *base = mp_shared_memory_buf(mp_shareable_list_shm(l));
    for (size_t i = 0; i < sizeof garbage / sizeof *garbage; i++) {
        memcpy(base + HEAD, garbage[i], sizeof garbage[i]);
        assert_none(MP_VALUE_ERROR, "no ShareableList",
                    mp_shareable_list_attach("l"));
        assert_item("1", l, 0);
    }
}

static void list_of_more_items_than_there_is_room_for_is_refused(void **state)
{
    (void)state;
    static const uint64_t lengths[] = {21, 1000, UINT64_MAX, UINT64_MAX / 16};
    mp_auto(mp_shareable_list) l =
        mp_shareable_list_new(MP_LIST(1), .name = "l");
    char *base = mp_shared_memory_buf(mp_shareable_list_shm(l));
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        memcpy(base + 8, &lengths[i], sizeof lengths[i]);
        assert_none(MP_VALUE_ERROR, "no ShareableList",
                    mp_shareable_list_attach("l"));
    }
    assert_int_equal(mp_shareable_list_len(l), 1);
}

/* kind, and length in bytes */
static uint64_t word(unsigned kind, unsigned length)
{
    return kind | (uint64_t)length << 5;
}

static void item_of_garbage_is_damaged_and_can_be_set_anew(void **state)
{
    (void)state;
    const uint64_t garbage[] = {word(7, 0), word(3, 8),        word(2, 7),
                                word(5, 9), word(6, 1u << 26), word(0, 1),
                                word(1, 8), word(4, 0),        UINT64_MAX};
    mp_auto(mp_shareable_list) l = mp_shareable_list_new(MP_LIST(1));
    char *base = mp_shared_memory_buf(mp_shareable_list_shm(l));
    int n = 42;
    for (size_t i = 0; i < sizeof garbage / sizeof *garbage; i++) {
        memcpy(base + ITEMS, &garbage[i], sizeof garbage[i]);
        assert_raises_saying(MP_VALUE_ERROR, "damaged",
                             mp_shareable_list_get(l, 0, &n));
        assert_raises(MP_VALUE_ERROR, mp_shareable_list_count(l, 1));
        assert_raises(MP_VALUE_ERROR, mp_shareable_list_format(l, NULL, 0));
        assert_ok(mp_shareable_list_set(l, 0, 5));
        assert_item("5", l, 0);
    }
    assert_int_equal(n, 42);
}

#define TEST(name_) cmocka_unit_test_setup_teardown(name_, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(list_in_memory_for_reading_is_not_written_to),
        TEST(list_with_a_table_of_garbage_is_refused),
        TEST(list_of_more_items_than_there_is_room_for_is_refused),
        TEST(item_of_garbage_is_damaged_and_can_be_set_anew),
    };
    return cmocka_run_group_tests(tests, registry_set_up, registry_tear_down);
}
