/*
 * repr() and print() write what Python 3.11 writes. The expected texts are
 * those of its repr().
 */
#include "any/handle.h"
#include "roundtrip.h"

#include <errno.h>
#include <locale.h>
#include <stdlib.h>
#include <stdio.h>
#include <unistd.h>

/* clang-format off */
static const struct {
    double f;
    const char *text;
} floats[] = {
    {0x0.0p+0, "0.0"},
    {-0x0.0p+0, "-0.0"},
    {0x1.0000000000000p+0, "1.0"},
    {0x1.8000000000000p+1, "3.0"},
    {-0x1.4000000000000p+1, "-2.5"},
    {0x1.999999999999ap-4, "0.1"},
    {0x1.5555555555555p-2, "0.3333333333333333"},
    {0x1.c6bf526340000p+49, "1000000000000000.0"},
    {0x1.1c37937e08000p+53, "1e+16"},
    {0x1.b69b4ba630f35p+56, "1.2345678901234568e+17"},
    {0x1.1c37937e07fffp+53, "9999999999999998.0"},
    {0x1.a36e2eb1c432dp-14, "0.0001"},
    {0x1.4f8b588e368f1p-17, "1e-05"},
    {0x1.02e4b6ce5dc68p-13, "0.00012345"},
    {0x0.0000000000001p-1022, "5e-324"},
    {0x1.0000000000000p-1022, "2.2250738585072014e-308"},
    {0x1.fffffffffffffp+1023, "1.7976931348623157e+308"},
    {0x1.0000000000000p+305, "6.518515124270356e+91"},
    {0x1.0000000000000p-44, "5.684341886080802e-14"},
    {0x1.9000000000000p+6, "100.0"},
    {0x1.0f0cf064dd592p+73, "1e+22"},
    {0x1.1eb2d66005835p+997, "1.5e+300"},
    {(double)INFINITY, "inf"},
    {-(double)INFINITY, "-inf"},
};

static const struct {
    const char *s;
    size_t size;
    const char *text;
} texts[] = {
    {"", 0, "''"},
    {"hello", 5, "'hello'"},
    {"it's", 4, "\"it's\""},
    {"say \"hi\"", 8, "'say \"hi\"'"},
    {"it's \"both\"", 11, "'it\\'s \"both\"'"},
    {"tab\011nl\012cr\015", 10, "'tab\\tnl\\ncr\\r'"},
    {"back\\slash", 10, "'back\\\\slash'"},
    {"\000\037\177", 3, "'\\x00\\x1f\\x7f'"},
    {"h\303\251llo", 6, "'h\303\251llo'"},
    {"\302\200\302\240\302\255", 6, "'\\x80\\xa0\\xad'"},
    {"\342\200\250\342\200\213\357\273\277", 9, "'\\u2028\\u200b\\ufeff'"},
    {"\360\237\230\200", 4, "'\360\237\230\200'"},
    {"\356\200\200", 3, "'\\ue000'"},
    {"\363\240\200\201", 4, "'\\U000e0001'"},
    {"\344\270\255\346\226\207", 6, "'\344\270\255\346\226\207'"},
    {"\315\270", 2, "'\\u0378'"},
};
/* clang-format on */

static int task(mp_call *c)
{
    (void)c;
    return 0;
}

/* -- repr ------------------------------------------------------------------ */

static void floats_are_pythons(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof floats / sizeof *floats; i++)
        assert_repr(floats[i].text, MP(floats[i].f));
    assert_repr("nan", MP((double)NAN));
}

/* A locale with a decimal comma, compiled for this test: few machines have
   one installed. */
static void floats_do_not_heed_the_locale(void **state)
{
    (void)state;
    char folder[] = "/tmp/mproc-locale-XXXXXX", command[128];
    assert_non_null(mkdtemp(folder));
    (void)snprintf(command, sizeof command,
                   "localedef -i de_DE -f UTF-8 %s/comma.UTF-8", folder);
    int compiled = system(command);
    setenv("LOCPATH", folder, 1);
    const char *set = setlocale(LC_NUMERIC, "comma.UTF-8");
    char comma = localeconv()->decimal_point[0];
    const char *text = repr_of(MP(2.5));
    setlocale(LC_NUMERIC, "C");
    (void)snprintf(command, sizeof command, "rm -r %s", folder);
    assert_int_equal(system(command), 0);
    assert_int_equal(compiled, 0);
    assert_non_null(set);
    assert_int_equal(comma, ',');
    assert_string_equal(text, "2.5");
}

static void texts_are_pythons(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        mp_any v = {.head = mp__head(MP_KIND_STR, 0, texts[i].size),
                    .u.s = texts[i].s};
        assert_repr(texts[i].text, v);
    }
}

static void text_that_is_not_utf8_is_shown_by_its_bytes(void **state)
{
    (void)state;
    assert_repr("'a\\udcffb'", MP("a\xff"
                                  "b"));
}

static void bytes_are_pythons(void **state)
{
    (void)state;
    assert_repr("b''", MP_BYTES("", 0));
    assert_repr("b'\\x00\\xff\\n\\\\~'", MP_BYTES("\0\xff\n\\~", 5));
    assert_repr("b\"it's\"", MP_BYTES("it's", 4));
}

static void numbers_and_names_are_pythons(void **state)
{
    (void)state;
    assert_repr("-9223372036854775808", MP(INT64_MIN));
    assert_repr("18446744073709551615", MP(UINT64_MAX));
    assert_repr("True", MP_TRUE);
    assert_repr("False", MP_FALSE);
    assert_repr("None", MP_NONE);
}

static void containers_are_pythons(void **state)
{
    (void)state;
    int xs[] = {1, 2};
    assert_repr("[]", MP_EMPTY_LIST);
    assert_repr("()", MP_EMPTY_TUPLE);
    assert_repr("(1,)", MP_TUPLE(1));
    assert_repr("(1, 'x')", MP_TUPLE(1, "x"));
    assert_repr("{}", MP_EMPTY_DICT);
    assert_repr("{'a': [1, 2], 2: None}",
                MP_DICT("a", MP_ARRAY(xs), 2, MP_NONE));
}

static void repeated_key_has_the_first_place_and_the_last_value(void **state)
{
    (void)state;
    assert_repr("{'a': 2}", MP_DICT("a", 1, "a", 2));
    assert_repr("{1: 'c', 2: 'b'}", MP_DICT(1, "a", 2, "b", MP_TRUE, "c"));
}

static void repeated_keys_of_a_large_dict_are_found(void **state)
{
    (void)state;
    mp_any items[200];
    for (int i = 0; i < 100; i++) {
        items[2 * i] = MP(i % 2);
        items[2 * i + 1] = MP(i);
    }
    assert_repr("{0: 98, 1: 99}", mp_any_dict(items, 200));
}

static void nan_is_a_key_of_its_own(void **state)
{
    (void)state;
    double nan = (double)NAN;
    assert_repr("{nan: 1, nan: 2}", MP_DICT(nan, 1, nan, 2));
}

static void struct_shows_name_and_size(void **state)
{
    (void)state;
    char p[16] = "";
    assert_repr("<struct point, 16 bytes>", MP_STRUCT_AS("point", p));
    assert_repr("<struct, 16 bytes>", MP_STRUCT(p));
}

static void function_shows_its_address(void **state)
{
    (void)state;
    char text[64];
    snprintf(text, sizeof text, "<function at %p>", (void *)(uintptr_t)task);
    assert_repr(text, MP(task));
}

static void endless_nesting_ends_in_dots(void **state)
{
    (void)state;
    mp_any loop[1] = {MP_NONE};
    static char text[4096];
    loop[0] = mp_any_list(loop, 1);
    assert_int_equal(mp_repr(loop[0], text, sizeof text), 2 * 1001 + 3);
    assert_memory_equal(text + 1000, "[...]", 5);
}

static void short_buffer_is_filled_and_the_length_told(void **state)
{
    (void)state;
    char text[5] = "xxxx";
    assert_int_equal(mp_repr(MP_LIST(1, 2, 3), text, sizeof text), 9);
    assert_string_equal(text, "[1, ");
    assert_int_equal(mp_repr("hello", NULL, 0), 7);
    assert_int_equal(mp_repr("hello", text, 1), 7);
    assert_string_equal(text, "");
}

static void null_inside_has_no_repr(void **state)
{
    (void)state;
    char text[8] = "x";
    const char *s = NULL;
    assert_raises(MP_VALUE_ERROR, mp_repr(MP_LIST(s), text, sizeof text));
    assert_string_equal(text, "");
}

/* -- handles --------------------------------------------------------------- */

static int show(const struct mp__handle *h, char *buf, size_t size)
{
    (void)h;
    return snprintf(buf, size, "<Queue of 3>");
}

static void handle_is_shown_by_its_type(void **state)
{
    (void)state;
    const struct mp__handle_type type = {.name = "Queue", .repr = show};
    struct mp__handle h = {.type = &type};
    assert_repr("<Queue of 3>", mp__any_handle(&h, "queue"));
}

static void handle_without_a_repr_shows_name_and_address(void **state)
{
    (void)state;
    const struct mp__handle_type type = {.name = "Queue"};
    struct mp__handle h = {.type = &type};
    char text[64];
    snprintf(text, sizeof text, "<Queue at %p>", (void *)&h);
    assert_repr(text, mp__any_handle(&h, "queue"));
}

/* -- print ----------------------------------------------------------------- */

/* Send stdout to a pipe; its reading end. */
static int redirect(int *saved)
{
    int fds[2];

    fflush(stdout);
    *saved = dup(STDOUT_FILENO);
    assert_int_equal(pipe(fds), 0);
    dup2(fds[1], STDOUT_FILENO);
    close(fds[1]);
    return fds[0];
}

static void restore(int saved)
{
    dup2(saved, STDOUT_FILENO);
    close(saved);
}

#define assert_prints(text_, ...)                  \
    do {                                           \
        int saved_, fd_ = redirect(&saved_);       \
        int rc_ = mp_print(__VA_ARGS__);           \
        assert_printed((text_), fd_, saved_, rc_); \
    } while (0)

static void assert_printed(const char *text, int fd, int saved, int rc)
{
    char got[4096];

    fflush(stdout);
    restore(saved);
    ssize_t n = read(fd, got, sizeof got - 1);
    close(fd);
    got[n > 0 ? n : 0] = '\0';
    assert_int_equal(rc, 0);
    assert_string_equal(got, text);
}

static void print_quotes_no_text_at_the_top(void **state)
{
    (void)state;
    assert_prints("hello 42 ['x'] None\n", "hello", 42, MP_LIST("x"), MP_NONE);
}

static void print_writes_more_than_its_buffer(void **state)
{
    (void)state;
    char long_text[3000], expected[3002];
    memset(long_text, 'x', sizeof long_text - 1);
    long_text[sizeof long_text - 1] = '\0';
    snprintf(expected, sizeof expected, "%s\n", long_text);
    assert_prints(expected, long_text);
}

static void print_of_a_null_writes_nothing(void **state)
{
    (void)state;
    const char *s = NULL;
    assert_raises_saying(MP_VALUE_ERROR, "a str argument is NULL",
                         mp_print(1, s));
}

static void print_to_a_closed_stdout_fails(void **state)
{
    (void)state;
    fflush(stdout);
    int saved = dup(STDOUT_FILENO);
    close(STDOUT_FILENO);
    setvbuf(stdout, NULL, _IONBF, 0);
    int rc = mp_print("x");
    clearerr(stdout);
    dup2(saved, STDOUT_FILENO);
    close(saved);
    assert_int_equal(rc, -EBADF);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(floats_are_pythons),
        cmocka_unit_test(floats_do_not_heed_the_locale),
        cmocka_unit_test(texts_are_pythons),
        cmocka_unit_test(text_that_is_not_utf8_is_shown_by_its_bytes),
        cmocka_unit_test(bytes_are_pythons),
        cmocka_unit_test(numbers_and_names_are_pythons),
        cmocka_unit_test(containers_are_pythons),
        cmocka_unit_test(repeated_key_has_the_first_place_and_the_last_value),
        cmocka_unit_test(repeated_keys_of_a_large_dict_are_found),
        cmocka_unit_test(nan_is_a_key_of_its_own),
        cmocka_unit_test(struct_shows_name_and_size),
        cmocka_unit_test(function_shows_its_address),
        cmocka_unit_test(endless_nesting_ends_in_dots),
        cmocka_unit_test(short_buffer_is_filled_and_the_length_told),
        cmocka_unit_test(null_inside_has_no_repr),
        cmocka_unit_test(handle_is_shown_by_its_type),
        cmocka_unit_test(handle_without_a_repr_shows_name_and_address),
        cmocka_unit_test(print_quotes_no_text_at_the_top),
        cmocka_unit_test(print_writes_more_than_its_buffer),
        cmocka_unit_test(print_of_a_null_writes_nothing),
        cmocka_unit_test(print_to_a_closed_stdout_fails),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
