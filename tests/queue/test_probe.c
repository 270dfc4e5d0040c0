/*
 * The probes of queues are in the program if <sys/sdt.h> was there to make
 * them, and no other way.
 */
#include "expect.h"
#include "output.h"

#include <mproc.h>

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static int list_notes(void *program)
{
    execlp("readelf", "readelf", "-n", (char *)program, (char *)NULL);
    return 127;
}

static void each_probe_is_listed(void **state)
{
    (void)state;
    static char notes[65536];
    char program[64];
    snprintf(program, sizeof program, "/proc/%d/exe", (int)getpid());
    assert_int_equal(output_of(list_notes, program, 20.0, notes, sizeof notes),
                     0);
#ifdef MP_HAVE_SDT
    assert_non_null(strstr(notes, "Provider: mproc"));
    assert_non_null(strstr(notes, "Name: queue__put\n"));
    assert_non_null(strstr(notes, "Name: queue__get\n"));
#else
    assert_null(strstr(notes, "Provider: mproc"));
#endif
}

/* Which puts the code of queues into this program. */
static void a_queue_works_with_its_probes(void **state)
{
    (void)state;
    int n = 0;
    mp_auto(mp_queue) q = mp_queue_new();
    assert_ok(mp_queue_put(q, 7));
    assert_ok(mp_queue_get(q, &n, 5.0));
    assert_int_equal(n, 7);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_probe_is_listed),
        cmocka_unit_test(a_queue_works_with_its_probes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
