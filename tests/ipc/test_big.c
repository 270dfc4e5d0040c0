/* ctest-timeout: 300 */
/* ctest-label: slow */
/* ctest-serial */
/* ctest-may-skip */
/*
 * A message of more than 4 GiB, over a pipe and over a stream. It needs 12 GiB
 * of free memory and is skipped, visibly, where there is less and under a
 * sanitizer, which needs many times as much.
 */
#include "ends.h"
#include "skip.h"

#include <stdio.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#if defined __SANITIZE_ADDRESS__ || defined __SANITIZE_THREAD__
#define SANITIZED 1
#elif defined __has_feature
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SANITIZED 1
#endif
#endif
#ifndef SANITIZED
#define SANITIZED 0
#endif

static const size_t SIZE = ((size_t)4 << 30) + 12345;
enum { NEEDED_GIB = 12, STEP = 1 << 20 };

static long available_gib(void)
{
    char line[128];
    long kib = 0;
    FILE *f = fopen("/proc/meminfo", "re");

    while (f != NULL && fgets(line, sizeof line, f) != NULL) {
        if (sscanf(line, "MemAvailable: %ld", &kib) == 1)
            break;
    }
    if (f != NULL)
        fclose(f);
    return kib >> 20;
}

static void skip_if_small(void)
{
    if (!SANITIZED && available_gib() >= NEEDED_GIB)
        return;
    skip_for("12 GiB of memory, and no sanitizer");
}

/* A mark every so many bytes: the memory between stays untouched zeros. */
static void mark(unsigned char *p)
{
    for (size_t i = 0; i < SIZE; i += STEP)
        p[i] = (unsigned char)(i >> 20);
    p[SIZE - 1] = 99;
}

static bool is_marked(const unsigned char *p)
{
    for (size_t i = 0; i < SIZE - 1; i += STEP) {
        if (p[i] != (unsigned char)(i >> 20) || p[i + 1] != 0)
            return false;
    }
    return p[SIZE - 1] == 99;
}

static int sends_big(void *arg)
{
    struct ends *e = arg;
    unsigned char *p = mmap(NULL, SIZE, PROT_READ | PROT_WRITE,
                            MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

    if (p == MAP_FAILED)
        return 1;
    mark(p);
    return mp_connection_send_bytes(e->b, p, SIZE, 120) == 0 ? 0 : 2;
}

static void receive_big(struct ends *e)
{
    mp_bytes got;
    pid_t pid = child_start(sends_big, e);
    assert_ok(mp_connection_recv_bytes(e->a, &got, SIZE_MAX, 120));
    assert_int_equal(child_wait(pid, 30), 0);
    assert_int_equal(got.size, SIZE);
    assert_true(is_marked(got.data));
    free(got.data);
}

static void message_over_4_gib_arrives(void **state)
{
    skip_if_small();
    receive_big(*state);
}

static void frame_over_4_gib_arrives(void **state)
{
    (void)state;
    int fds[2];
    skip_if_small();
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds),
                     0);
    struct ends e = {.a = mp_connection_new(fds[0], true, true),
                     .b = mp_connection_new(fds[1], true, true)};
    receive_big(&e);
    mp_connection_free(e.a);
    mp_connection_free(e.b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test_duplex(message_over_4_gib_arrives),
        cmocka_unit_test(frame_over_4_gib_arrives),
    };
    return skip_or_failures(cmocka_run_group_tests(tests, NULL, NULL));
}
