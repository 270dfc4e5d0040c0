/* ctest-timeout: 300 */
/* ctest-label: slow */
/* ctest-may-skip */
/*
 * A message of more than 4 GiB is a message like any other. Not under a
 * sanitizer, and only where it leaves the machine memory to breathe.
 */
#include "child.h"
#include "expect.h"
#include "skip.h"

#include <mproc.h>

#include <stdio.h>
#include <stdlib.h>

#define MIB ((size_t)1 << 20)

static size_t memory_available(void)
{
    char line[128];
    size_t kib = 0;
    FILE *f = fopen("/proc/meminfo", "re");
    while (f != NULL && fgets(line, sizeof line, f) != NULL)
        if (sscanf(line, "MemAvailable: %zu", &kib) == 1)
            break;
    if (f != NULL)
        fclose(f);
    return kib * 1024;
}

/* To the last byte; 64 bits of length, 48 of them used. */
static int get_above_4_gib(void *q)
{
    size_t size = 4096 * MIB + 5;
    mp_bytes bytes;
    if (mp_queue_get((mp_queue *)q, &bytes) < 0 || bytes.size != size)
        return 1;
    const char *data = bytes.data;
    if (data[0] != 'a' || data[4096 * MIB] != 'y' || data[size - 1] != 'z')
        return 2;
    free(bytes.data);
    return 0;
}

static void message_above_4_gib_goes_through(void **state)
{
    (void)state;
#if defined __SANITIZE_ADDRESS__ || defined __SANITIZE_THREAD__
    skip_for("no sanitizer");
#endif
    size_t size = 4096 * MIB + 5;
    if (memory_available() < 14 * 1024 * MIB)
        skip_for("14 GiB of memory");
    mp_auto(mp_queue) q = mp_queue_new();
    char *data = calloc(1, size);
    assert_non_null(data);
    data[0] = 'a';
    data[4096 * MIB] = 'y';
    data[size - 1] = 'z';
    assert_ok(mp_queue_put(q, MP_BYTES(data, size)));
    free(data);
    assert_int_equal(child_run(get_above_4_gib, q, 200.0), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(message_above_4_gib_goes_through),
    };
    return skip_or_failures(cmocka_run_group_tests(tests, NULL, NULL));
}
