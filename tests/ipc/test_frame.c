/*
 * The wire by itself: heads of frames and packets, forwards and back.
 */
#include "expect.h"

#include "ipc/frame.h"

#include <string.h>

static void head_of_a_frame_is_pythons(void **state)
{
    (void)state;
    unsigned char head[MP__FRAME_HEAD];
    assert_int_equal(mp__frame_head(0, head), 4);
    assert_memory_equal(head, "\0\0\0\0", 4);
    assert_int_equal(mp__frame_head(0x01020304, head), 4);
    assert_memory_equal(head, "\1\2\3\4", 4);
    assert_int_equal(mp__frame_head(0x7fffffff, head), 4);
    assert_memory_equal(head, "\x7f\xff\xff\xff", 4);
    assert_int_equal(mp__frame_head(0x80000000, head), 12);
    assert_memory_equal(head, "\xff\xff\xff\xff\0\0\0\0\x80\0\0\0", 12);
}

static void head_of_a_frame_reads_back(void **state)
{
    (void)state;
    const uint64_t sizes[] = {0,
                              1,
                              16384,
                              0x7fffffff,
                              0x80000000,
                              0xffffffff,
                              UINT64_C(1) << 32,
                              UINT64_C(1) << 47};
    for (int i = 0; i < 8; i++) {
        unsigned char head[MP__FRAME_HEAD];
        size_t size, n = mp__frame_head(sizes[i], head);
        assert_int_equal(mp__frame_head_size(head), n);
        assert_true(mp__frame_size(head, &size));
        assert_int_equal(size, sizes[i]);
    }
}

static void lengths_below_minus_one_are_no_frame(void **state)
{
    (void)state;
    size_t size;
    const unsigned char minus_two[] = {0xff, 0xff, 0xff, 0xfe};
    const unsigned char least[] = {0x80, 0, 0, 0};
    const unsigned char huge[] = {0xff, 0xff, 0xff, 0xff, 0x80, 0,
                                  0,    0,    0,    0,    0,    0};
    assert_int_equal(mp__frame_head_size(minus_two), 0);
    assert_int_equal(mp__frame_head_size(least), 0);
    assert_int_equal(mp__frame_head_size(huge), 12);
    assert_false(mp__frame_size(huge, &size));
}

static void packet_reads_back(void **state)
{
    (void)state;
    struct mp__packet_head head = {.head = 0x20a, .size = 0x42};
    struct mp__packet p;
    assert_true(mp__packet_parse(&head, sizeof head, &p));
    assert_false(p.apart);
    assert_int_equal(p.head, 0x20a);
    assert_int_equal(p.size, 8);
    assert_memory_equal(p.payload, &head.size, 8);
    assert_true(mp__packet_parse(&head, 8, &p));
    assert_int_equal(p.size, 0);
    head.head |= MP__APART;
    assert_true(mp__packet_parse(&head, sizeof head, &p));
    assert_true(p.apart);
    assert_int_equal(p.head, 0x20a);
    assert_int_equal(p.size, 0x42);
}

static void short_packets_are_none(void **state)
{
    (void)state;
    struct mp__packet_head head = {.head = MP__APART, .size = 1};
    struct mp__packet p;
    for (size_t n = 0; n < sizeof head; n++)
        assert_false(mp__packet_parse(&head, n, &p));
    head.size = 0;
    assert_false(mp__packet_parse(&head, sizeof head, &p));
    head.size = UINT64_MAX;
    assert_false(mp__packet_parse(&head, sizeof head, &p));
}

static void ballast_has_a_limit(void **state)
{
    (void)state;
    assert_true(mp__ballast(MP__PACKET_MAX) < MP__PACKET_MAX);
    assert_int_equal(mp__ballast(SIZE_MAX), MP__BALLAST_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(head_of_a_frame_is_pythons),
        cmocka_unit_test(head_of_a_frame_reads_back),
        cmocka_unit_test(lengths_below_minus_one_are_no_frame),
        cmocka_unit_test(packet_reads_back),
        cmocka_unit_test(short_packets_are_none),
        cmocka_unit_test(ballast_has_a_limit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
