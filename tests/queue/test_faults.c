/*
 * Want of memory, addresses, descriptors and file size, at every place where
 * it can strike: a named error, nothing done by halves, nothing left behind,
 * and the queue goes on when the want is over.
 */
#include "child.h"
#include "expect.h"
#include "fault.h"
#include "leak.h"
#include "until.h"

#include "base/clock.h"
#include "queue/chunk.h"
#include "queue/queue.h"

#include <mproc.h>

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#if defined __SANITIZE_ADDRESS__ || defined __SANITIZE_THREAD__
#define SANITIZED 1
#elif defined __has_feature
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SANITIZED 1
#endif
#endif

/* -- making ---------------------------------------------------------------- */

/* How many faults it took until a queue could be made; 255 if one of them was
   not answered as it should be. A reserve of addresses that is refused is
   halved: a fault that does no harm. */
static int make_at_every_fault(enum fault kind)
{
    for (int n = 1; n < 200; n++) {
        fault_arm(kind, n, ENOMEM);
        mp_queue *q = mp_queue_new();
        bool struck = fault_disarm();
        if (q == NULL && mp_error_last()->code != -ENOMEM)
            return 255;
        mp_queue_free(q);
        if (!struck)
            return n - 1;
    }
    return 255;
}

static int make_the_first_at_every_fault(void *arg)
{
    (void)arg;
    return make_at_every_fault(FAULT_CALL);
}

/* In a child, for the first queue of a process takes more than the others. */
static void first_queue_fails_cleanly_at_every_fault(void **state)
{
    (void)state;
    int faults = child_run(make_the_first_at_every_fault, NULL, 20.0);
    assert_in_range(faults, 6, 50);
}

static void queue_fails_cleanly_at_every_fault(void **state)
{
    (void)state;
    mp_queue_free(mp_queue_new());
    struct leak_snapshot *before = leak_take();
    assert_int_equal(make_at_every_fault(FAULT_ALLOCATION), 1);
    assert_in_range(make_at_every_fault(FAULT_CALL), 5, 50);
    assert_no_leak(before);
}

/* -- put and get ----------------------------------------------------------- */

enum { LARGE = 300000 };

/* Whether a put that has to make a chunk struck its k-th call. */
static bool put_at_fault(int k)
{
    mp_auto(mp_queue) q = mp_queue_new();
    static char large[LARGE];
    fault_arm(FAULT_CALL, k, ENOSPC);
    int rc = mp_queue_put(q, MP_BYTES(large, LARGE));
    bool struck = fault_disarm();
    assert_int_equal(rc, struck ? k % 2 == 1 ? -EBADF : -ENOSPC : 0);
    assert_int_equal(mp_queue_qsize(q), struck ? 0 : 1);
    assert_ok(mp_queue_put(q, MP_BYTES(large, LARGE)));
    return struck;
}

/* Is the descriptor still ours, and is there memory: for the chunk's header,
   and for all of it. */
static void put_fails_cleanly_at_every_fault(void **state)
{
    (void)state;
    for (int k = 1; k <= 4; k++)
        assert_true(put_at_fault(k));
    assert_false(put_at_fault(5));
}

static void get_without_memory_leaves_the_item(void **state)
{
    (void)state;
    mp_auto(mp_queue) q = mp_queue_new();
    char *text = NULL;
    mp_any v = MP(5);
    assert_ok(mp_queue_put(q, "text"));
    fault_arm(FAULT_ALLOCATION, 1, ENOMEM);
    assert_raises(-ENOMEM, mp_queue_get(q, &text));
    assert_null(text);
    fault_arm(FAULT_ALLOCATION, 1, ENOMEM);
    assert_raises(-ENOMEM, mp_queue_get(q, &v));
    assert_true(mp_any_equal(v, 5));
    fault_disarm();
    assert_ok(mp_queue_get(q, &text, 0));
    assert_string_equal(text, "text");
    free(text);
}

/* -- limits ---------------------------------------------------------------- */

static void set_limit(int what, rlim_t limit)
{
    (void)setrlimit((__rlimit_resource_t)what, &(struct rlimit){limit, limit});
}

static int without_descriptors(void *q)
{
    static char large[LARGE];
    int n;
    set_limit(RLIMIT_NOFILE, 0);
    if (mp_queue_new() != NULL || mp_error_last()->code != -EMFILE)
        return 1;
    if (mp_queue_put((mp_queue *)q, MP_BYTES(large, LARGE)) < 0)
        return 2;
    return mp_queue_get((mp_queue *)q, &n) < 0 || n != 1 ? 3 : 0;
}

static void queue_works_on_without_a_free_descriptor(void **state)
{
    (void)state;
    mp_auto(mp_queue) q = mp_queue_new();
    assert_ok(mp_queue_put(q, 1));
    assert_int_equal(child_run(without_descriptors, q, 20.0), 0);
}

static int die_with_lock(void *q)
{
    struct ring *r = &((mp_queue *)q)->ring;
    if (mp__owner_lock(&r->shared->put.lock, MP__NEVER) == 0)
        raise(SIGKILL);
    return 1;
}

static int find_the_dead_without_descriptors(void *q)
{
    pid_t pid = child_start(die_with_lock, q);
    siginfo_t info;
    set_limit(RLIMIT_NOFILE, 0);
    if (waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT) < 0)
        return 1;
    return mp_queue_put((mp_queue *)q, 1, 10.0) < 0 ? 2 : 0;
}

static void dead_are_found_without_a_free_descriptor(void **state)
{
    (void)state;
    mp_auto(mp_queue) q = mp_queue_new();
    assert_int_equal(child_run(find_the_dead_without_descriptors, q, 20.0), 0);
}

static int with_no_file_size(void *arg)
{
    (void)arg;
    set_limit(RLIMIT_FSIZE, 0);
    return mp_queue_new() != NULL || mp_error_last()->code != -EFBIG;
}

static int fill_until_it_fails(int expected)
{
    mp_queue *q = mp_queue_new();
    static char large[LARGE];
    int rc = q == NULL ? 1 : 0, n = 0;
    for (; rc == 0; n++)
        rc = mp_queue_put(q, MP_BYTES(large, LARGE));
    if (n < 2 || rc != expected || mp_queue_qsize(q) != n - 1)
        return 1;
    for (mp_bytes bytes; n > 1; n--, free(bytes.data))
        if (mp_queue_get(q, &bytes, 0) < 0)
            return 2;
    if (mp_queue_put(q, MP_BYTES(large, LARGE)) < 0)
        return 3;
    mp_queue_free(q);
    return 0;
}

static int with_small_files(void *arg)
{
    (void)arg;
    set_limit(RLIMIT_FSIZE, 4 << 20);
    return fill_until_it_fails(-ENOSPC);
}

static int put_many_with_small_files(void *arg)
{
    static char large[8 << 20];
    set_limit(RLIMIT_FSIZE, 4 << 20);
    mp_auto(mp_queue) q = mp_queue_new();
    mp_any bytes = MP_BYTES(large, sizeof large);
    (void)arg;
    return mp_queue_put_many(q, MP_LIST(1, 2, bytes, 4)) != 2 ||
           mp_error_last()->code != -ENOSPC || mp_queue_qsize(q) != 2;
}

static void put_many_says_how_far_it_came_before_memory_ran_out(void **state)
{
    (void)state;
    assert_int_equal(child_run(put_many_with_small_files, NULL, 20.0), 0);
}

/* And never by SIGXFSZ. */
static void limit_on_files_is_an_error(void **state)
{
    (void)state;
    assert_int_equal(child_run(with_no_file_size, NULL, 20.0), 0);
    assert_int_equal(child_run(with_small_files, NULL, 20.0), 0);
}

#if !defined SANITIZED
static size_t address_space_used(void)
{
    size_t pages = 0;
    FILE *f = fopen("/proc/self/statm", "re");
    if (f == NULL || fscanf(f, "%zu", &pages) != 1)
        pages = 0;
    if (f != NULL)
        fclose(f);
    return pages * mp__page_size();
}

static int with_few_addresses(void *arg)
{
    (void)arg;
    set_limit(RLIMIT_AS, address_space_used() + (48 << 20));
    return fill_until_it_fails(-ENOSPC);
}

static void queue_makes_do_with_few_addresses(void **state)
{
    (void)state;
    assert_int_equal(child_run(with_few_addresses, NULL, 20.0), 0);
}
#endif

/* -- signals --------------------------------------------------------------- */

static void on_alarm(int signo)
{
    (void)signo;
}

static int put_among_signals(void *q)
{
    size_t size = 200 << 20;
    char *data = calloc(1, size);
    const struct itimerval often = {{0, 1000}, {0, 1000}};
    struct sigaction act = {.sa_handler = on_alarm};
    sigaction(SIGALRM, &act, NULL);
    setitimer(ITIMER_REAL, &often, NULL);
    int rc = mp_queue_put((mp_queue *)q, MP_BYTES(data, size));
    free(data);
    return rc < 0;
}

/* Kernels of some years ago give an interrupted allocation up, however far it
   has come. */
static void signals_do_not_keep_a_large_put_from_ending(void **state)
{
    (void)state;
    mp_auto(mp_queue) q = mp_queue_new();
    assert_int_equal(child_run(put_among_signals, q, 60.0), 0);
}

static int get_among_signals(void *q)
{
    const struct itimerval often = {{0, 1000}, {0, 1000}};
    struct sigaction act = {.sa_handler = on_alarm};
    double start = until_now();
    int n;
    sigaction(SIGALRM, &act, NULL);
    setitimer(ITIMER_REAL, &often, NULL);
    int rc = mp_queue_get((mp_queue *)q, &n, 0.2);
    return rc != MP_EMPTY || until_now() - start < 0.199;
}

static void signals_do_not_shorten_a_timeout(void **state)
{
    (void)state;
    mp_auto(mp_queue) q = mp_queue_new();
    assert_int_equal(child_run(get_among_signals, q, 20.0), 0);
}

/* -- hosts that tidy up ---------------------------------------------------- */

/* Close the queue's descriptor, and open a file of 32 MiB in its place. */
static int replace_descriptor(mp_queue *q)
{
    int fd = (int)syscall(SYS_memfd_create, "host", 0);
    int ours = fcntl(q->ring.mapping.fd, F_DUPFD_CLOEXEC, 100);
    assert_int_equal(syscall(SYS_fallocate, fd, 0, 0, 32 << 20), 0);
    dup2(fd, q->ring.mapping.fd);
    close(fd);
    return ours;
}

static void file_in_place_of_our_descriptor_is_left_alone(void **state)
{
    (void)state;
    mp_auto(mp_queue) q = mp_queue_new();
    static char large[LARGE], larger[1 << 22];
    mp_bytes bytes;
    struct stat before, after;
    for (int i = 0; i < 50; i++)
        assert_ok(mp_queue_put(q, MP_BYTES(large, LARGE)));
    int ours = replace_descriptor(q);
    fstat(q->ring.mapping.fd, &before);
    assert_raises(-EBADF, mp_queue_put(q, MP_BYTES(larger, sizeof larger)));
    for (int i = 0; i < 50; i++) {
        assert_ok(mp_queue_get(q, &bytes, 0));
        free(bytes.data);
    }
    assert_raises(MP_EMPTY, mp_queue_get(q, &bytes, 0));
    fstat(q->ring.mapping.fd, &after);
    assert_int_equal(before.st_blocks, after.st_blocks);
    assert_int_equal(before.st_size, after.st_size);
    assert_true(atomic_load(&q->ring.shared->memory) <= MP__CHUNKS_KEEP);
    close(ours);
}

/* -- kernels and filters without futex_waitv ------------------------------- */

#ifndef SYS_futex_waitv
#define SYS_futex_waitv 449
#endif

static int forbid_futex_waitv(void)
{
    struct sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_futex_waitv, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog prog = {sizeof code / sizeof *code, code};
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
        return -1;
    return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &prog);
}

static int get_hundred_and_the_end(void *arg)
{
    mp_queue *q = arg;
    int n;
    if (forbid_futex_waitv() < 0)
        return 1;
    for (int i = 0; i < 100; i++)
        if (mp_queue_get(q, &n) < 0 || n != i)
            return 2;
    return mp_queue_get(q, &n) == MP_SHUT_DOWN ? 0 : 3;
}

static void queue_works_where_futex_waitv_is_forbidden(void **state)
{
    (void)state;
    mp_auto(mp_queue) q = mp_queue_new(3);
    pid_t pid = child_start(get_hundred_and_the_end, q);
    for (int i = 0; i < 100; i++)
        assert_ok(mp_queue_put(q, i, 20.0));
    assert_until(mp_queue_empty(q) == 1, 20.0);
    assert_ok(mp_queue_shutdown(q));
    assert_int_equal(child_wait(pid, 20.0), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(first_queue_fails_cleanly_at_every_fault),
        cmocka_unit_test(queue_fails_cleanly_at_every_fault),
        cmocka_unit_test(put_fails_cleanly_at_every_fault),
        cmocka_unit_test(get_without_memory_leaves_the_item),
        cmocka_unit_test(put_many_says_how_far_it_came_before_memory_ran_out),
        cmocka_unit_test(queue_works_on_without_a_free_descriptor),
        cmocka_unit_test(dead_are_found_without_a_free_descriptor),
        cmocka_unit_test(limit_on_files_is_an_error),
#if !defined SANITIZED
        cmocka_unit_test(queue_makes_do_with_few_addresses),
#endif
        cmocka_unit_test(signals_do_not_keep_a_large_put_from_ending),
        cmocka_unit_test(signals_do_not_shorten_a_timeout),
        cmocka_unit_test(file_in_place_of_our_descriptor_is_left_alone),
        cmocka_unit_test(queue_works_where_futex_waitv_is_forbidden),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
