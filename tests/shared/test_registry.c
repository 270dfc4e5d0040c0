/* ctest-serial */
/*
 * The directory that names lie in, and what is to be found in it: another
 * user's traps, garbage, files cut short, those of another version.
 */
#include "child.h"
#include "expect.h"
#include "leak.h"
#include "registry.h"
#include "until.h"

#include "os/named_head.h"
#include "os/named_life.h"

#include <mproc.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>

static struct leak_snapshot *before;

/* The registry of the machine, too, is made when it is used first. */
static int set_up(void **state)
{
    (void)state;
    unsetenv("XDG_RUNTIME_DIR");
    (void)mp_shared_memory_gc();
    setenv("XDG_RUNTIME_DIR", registry_parent, 1);
    (void)mp_shared_memory_gc();
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

/* -- where it is ----------------------------------------------------------- */

static mode_t mode_of(const char *path)
{
    struct stat st;
    return lstat(path, &st) == 0 ? st.st_mode : 0;
}

static void directory_and_files_are_for_the_user_alone(void **state)
{
    (void)state;
    mp_auto(mp_shared_memory) m = mp_shared_memory_new("x", true, 8);
    assert_made(m);
    assert_int_equal(mode_of(registry), S_IFDIR | 0700);
    assert_int_equal(mode_of(registry_path("x")), S_IFREG | 0600);
}

static void umask_does_not_lock_the_user_out(void **state)
{
    (void)state;
    assert_int_equal(rmdir(registry), 0);
    mode_t mask = umask(0777);
    mp_auto(mp_shared_memory) m = mp_shared_memory_new("x", true, 8);
    umask(mask);
    assert_made(m);
    assert_int_equal(mode_of(registry), S_IFDIR | 0700);
    assert_int_equal(mode_of(registry_path("x")), S_IFREG | 0600);
}

/* In /dev/shm then, where this test runs alone. */
static void assert_elsewhere(void)
{
    mp_auto(mp_shared_memory) m = mp_shared_memory_new("mproc-test", true, 8);
    mp_auto(mp_shared_memory) same = mp_shared_memory_new("mproc-test");
    char path[64];
    assert_made(m);
    assert_made(same);
    snprintf(path, sizeof path, "/dev/shm/mproc-%lu/umproc-test",
             (unsigned long)geteuid());
    assert_int_equal(mode_of(path), S_IFREG | 0600);
    assert_int_equal(registry_files(), 0);
}

static void without_a_runtime_directory_it_is_in_dev_shm(void **state)
{
    (void)state;
    static const char *const useless[] = {"",      "relative",  "/nowhere",
                                          "/proc", "/dev/null", "/"};
    unsetenv("XDG_RUNTIME_DIR");
    assert_elsewhere();
    for (size_t i = 0; i < sizeof useless / sizeof *useless; i++) {
        setenv("XDG_RUNTIME_DIR", useless[i], 1);
        assert_elsewhere();
    }
}

static void runtime_directory_that_others_write_to_is_not_used(void **state)
{
    (void)state;
    assert_int_equal(chmod(registry_parent, 0777), 0);
    assert_elsewhere();
    assert_int_equal(chmod(registry_parent, 0700), 0);
}

static void symbolic_link_in_its_place_is_not_followed(void **state)
{
    (void)state;
    char target[100];
    snprintf(target, sizeof target, "%s/trap", registry_parent);
    assert_int_equal(rmdir(registry), 0);
    assert_int_equal(mkdir(target, 0700), 0);
    assert_int_equal(symlink(target, registry), 0);
    assert_elsewhere();
    assert_int_equal(rmdir(target), 0);
    assert_int_equal(unlink(registry), 0);
}

static void directory_that_is_open_to_others_is_not_used(void **state)
{
    (void)state;
    assert_int_equal(chmod(registry, 0755), 0);
    assert_elsewhere();
    assert_int_equal(chmod(registry, 0700), 0);
}

static void file_in_its_place_is_not_used(void **state)
{
    (void)state;
    assert_int_equal(rmdir(registry), 0);
    assert_int_equal(close(open(registry, O_CREAT | O_WRONLY, 0600)), 0);
    assert_elsewhere();
    assert_int_equal(unlink(registry), 0);
}

/* -- what lies in it ------------------------------------------------------- */

static void write_file(const char *path, const void *data, size_t size)
{
    int fd = open(path, O_CREAT | O_TRUNC | O_WRONLY, 0600);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, data, size), size);
    close(fd);
}

static struct mp__named_head good_head(void)
{
    struct mp__named_head head = mp__named_head_new(4096, false);
    strcpy(head.name, "x");
    return head;
}

static void write_head(const struct mp__named_head *head, off_t size)
{
    write_file(registry_path("x"), head, sizeof *head);
    assert_int_equal(truncate(registry_path("x"), size), 0);
}

/* Refused in words; swept since nobody uses it. */
static void assert_refused(const char *words)
{
    assert_none(MP_VALUE_ERROR, words, mp_shared_memory_new("x"));
    assert_none(MP_VALUE_ERROR, words,
                mp_shared_memory_new(.name = "x", .readonly = true));
    assert_int_equal(mp_shared_memory_gc(), 1);
    assert_int_equal(registry_files(), 0);
}

static void garbage_is_refused_and_swept(void **state)
{
    (void)state;
    char garbage[5000];
    memset(garbage, 0x5a, sizeof garbage);
    write_file(registry_path("x"), garbage, sizeof garbage);
    assert_refused("no shared memory of this library");
    write_file(registry_path("x"), "", 0);
    assert_refused("no shared memory of this library");
    write_file(registry_path("x"), &(uint64_t){MP__NAMED_MAGIC}, 8);
    assert_refused("another version");
}

static void other_byte_order_is_refused(void **state)
{
    (void)state;
    struct mp__named_head head = good_head();
    head.magic = __builtin_bswap64(head.magic);
    write_head(&head, 8192);
    assert_refused("no shared memory of this library");
}

static void other_version_is_refused(void **state)
{
    (void)state;
    struct mp__named_head head = good_head();
    head.version++;
    write_head(&head, 8192);
    assert_refused("another version of this library");
    head = good_head();
    head.layout++;
    write_head(&head, 8192);
    assert_refused("another version of this library");
}

static void file_of_another_size_is_refused(void **state)
{
    (void)state;
    static const off_t sizes[] = {304, 4096, 8191, 8193, 1 << 20};
    struct mp__named_head head = good_head();
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        write_head(&head, sizes[i]);
        assert_refused("damaged");
    }
}

static void head_that_cannot_be_is_refused(void **state)
{
    (void)state;
    static const uint64_t pairs[][2] = {
        {0, 8192},          {4096, 0},
        {100, 8092},        {4096, UINT64_MAX},
        {UINT64_MAX, 4096}, {UINT64_MAX - 4095, 12288},
        {8192, 0},          {INT64_MAX & ~4095ll, 8192}};
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        struct mp__named_head head = good_head();
        head.offset = pairs[i][0];
        head.size = pairs[i][1];
        write_head(&head, 8192);
        assert_refused("damaged");
    }
    struct mp__named_head head = good_head();
    memset(head.name, 'x', sizeof head.name);
    write_head(&head, 8192);
    assert_refused("damaged");
}

static void file_with_holes_is_refused(void **state)
{
    (void)state;
    mp_auto(mp_shared_memory) m = mp_shared_memory_new("x", true, 50000);
    mp_auto(mp_shared_memory) same = mp_shared_memory_new("x");
    assert_made(m);
    assert_made(same);
    int fd = open(registry_path("x"), O_RDWR);
    assert_int_equal(
        fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 20000, 10000),
        0);
    close(fd);
    assert_none(MP_VALUE_ERROR, "holes", mp_shared_memory_new("x"));
    assert_int_equal(mp_shared_memory_gc(), 0);
}

static void only_files_are_swept(void **state)
{
    (void)state;
    char path[200], link[200];
    snprintf(path, sizeof path, "%s/usub", registry);
    snprintf(link, sizeof link, "%s/ulink", registry);
    assert_int_equal(mkdir(path, 0700), 0);
    assert_int_equal(symlink("/etc/passwd", link), 0);
    assert_int_equal(mkfifo(registry_path("fifo"), 0600), 0);
    assert_int_equal(mp_shared_memory_gc(), 0);
    assert_null(mp_shared_memory_new("sub"));
    assert_null(mp_shared_memory_new("link"));
    assert_null(mp_shared_memory_new("fifo"));
    assert_int_equal(registry_files(), 3);
    assert_int_equal(rmdir(path), 0);
    assert_int_equal(unlink(link), 0);
    assert_int_equal(unlink(registry_path("fifo")), 0);
}

static void write_garbage(int n)
{
    char name[16];
    for (int i = 0; i < n; i++) {
        snprintf(name, sizeof name, "g%d", i);
        write_file(registry_path(name), "garbage", 7);
    }
}

static void name_of_garbage_can_be_used_anew(void **state)
{
    (void)state;
    write_garbage(300);
    for (int i = 0; i < 300; i += 100) {
        char name[16];
        snprintf(name, sizeof name, "g%d", i);
        mp_auto(mp_shared_memory) m = mp_shared_memory_new(name, true, 8);
        assert_made(m);
    }
    assert_true(mp_shared_memory_gc() > 0);
}

/* Some with each making, also if there are as many that are used. */
static void much_garbage_goes_by_and_by(void **state)
{
    (void)state;
    mp_shared_memory *used[200];
    for (int i = 0; i < 200; i++)
        used[i] = mp_shared_memory_new(.create = true, .size = 8);
    write_garbage(200);
    for (int i = 0; i < 12; i++)
        mp_shared_memory_free(mp_shared_memory_new(.create = true, .size = 8));
    assert_int_equal(registry_files(), 200);
    for (int i = 0; i < 200; i++)
        mp_shared_memory_free(used[i]);
}

static void what_lasts_is_left_also_of_another_version(void **state)
{
    (void)state;
    struct mp__named_head head = good_head();
    head.version = 77;
    head.lasting = 1;
    write_head(&head, 8192);
    assert_int_equal(mp_shared_memory_gc(), 0);
    assert_int_equal(unlink(registry_path("x")), 0);
}

/* The maker was killed before it had said the mode, and its umask took that of
   the user away; which the superuser does not even notice. */
static int sweep_what_cannot_be_opened(void *unused)
{
    char own[] = "/dev/shm/registry-test-XXXXXX", folder[64], file[100];
    (void)unused;
    if (geteuid() == 0 && setuid(65534) < 0)
        return 1;
    if (mkdtemp(own) == NULL || setenv("XDG_RUNTIME_DIR", own, 1) < 0)
        return 2;
    snprintf(folder, sizeof folder, "%s/mproc-%u", own, (unsigned)geteuid());
    snprintf(file, sizeof file, "%s/m0123456789abcdef", folder);
    if (mp_shared_memory_gc() != 0 || mknod(file, S_IFREG, 0) < 0)
        return 3;
    int swept = mp_shared_memory_gc();
    (void)unlink(file);
    return swept == 1 && rmdir(folder) == 0 && rmdir(own) == 0 ? 0 : 4;
}

static void half_made_file_that_cannot_be_opened_is_swept(void **state)
{
    (void)state;
    assert_int_equal(child_run(sweep_what_cannot_be_opened, NULL, 10.0), 0);
}

/* What is to last does so from when it has its name. */
static void half_made_memory_that_was_to_last_is_swept(void **state)
{
    (void)state;
    struct mp__named_head head = good_head();
    char file[100];
    head.lasting = 1;
    mp_shared_memory_free(mp_shared_memory_new(.create = true, .size = 8));
    snprintf(file, sizeof file, "%s/m0123456789abcdef", registry);
    write_file(file, &head, sizeof head);
    assert_int_equal(mp_shared_memory_gc(), 1);
    assert_int_equal(registry_files(), 0);
}

/* -- removing beside each other -------------------------------------------- */

/* Another process is just taking its name away: it holds this lock, then. */
static int lock_for_removal(const char *name)
{
    struct flock l = {.l_type = F_WRLCK, .l_start = 1, .l_len = 1};
    int fd = open(registry_path(name), O_RDWR);
    assert_int_equal(fcntl(fd, F_OFD_SETLK, &l), 0);
    return fd;
}

static void unlink_is_left_to_who_does_it_already(void **state)
{
    (void)state;
    mp_auto(mp_shared_memory) m = mp_shared_memory_new("x", true, 8);
    int fd = lock_for_removal("x");
    assert_raises(-ENOENT, mp_shared_memory_unlink(m));
    assert_int_equal(registry_files(), 1);
    close(fd);
    assert_ok(mp_shared_memory_unlink(m));
}

static void sweep_is_left_to_who_does_it_already(void **state)
{
    (void)state;
    write_file(registry_path("x"), "garbage", 7);
    int fd = lock_for_removal("x");
    assert_int_equal(mp_shared_memory_gc(), 0);
    close(fd);
    assert_int_equal(mp_shared_memory_gc(), 1);
}

static void removal_that_comes_late_leaves_the_next_of_that_name(void **state)
{
    (void)state;
    mp_auto(mp_shared_memory) old = mp_shared_memory_new("x", true, 8);
    int fd = open(registry_path("x"), O_RDWR), dir = open(registry, O_RDONLY);
    assert_ok(mp_shared_memory_unlink(old));
    mp_auto(mp_shared_memory) new = mp_shared_memory_new("x", true, 8);
    assert_made(new);
    assert_int_equal(mp__named_remove(dir, "ux", fd), -ENOENT);
    assert_int_equal(registry_files(), 1);
    close(dir);
    close(fd);
}

/* -- while it is being made ------------------------------------------------ */

/* Others may find it while it is used, and use it a little longer. */
static int make_until_killed(void *arg)
{
    (void)arg;
    for (;;) {
        mp_shared_memory *m = mp_shared_memory_new("x", true, 3 << 20);
        if (m == NULL && mp_error_last()->code != -EEXIST)
            return 1;
        mp_shared_memory_free(m);
    }
}

/* At no time is there a file of that name that is not whole. */
static bool is_whole_or_absent(void)
{
    mp_auto(mp_shared_memory) m = mp_shared_memory_new("x");
    return m != NULL ? mp_shared_memory_size(m) == 3 << 20
                     : mp_error_last()->code == -ENOENT;
}

static void maker_that_is_killed_leaves_what_is_swept(void **state)
{
    (void)state;
    int seen = 0;
    for (int i = 0; i < 150; i++) {
        pid_t pid = child_start(make_until_killed, NULL);
        assert_true(pid > 0);
        usleep((useconds_t)(500 + i * 37));
        kill(pid, SIGKILL);
        assert_int_equal(child_wait(pid, 10.0), -SIGKILL);
        seen += registry_files() > 0;
        assert_true(is_whole_or_absent());
        assert_true(mp_shared_memory_gc() <= 1);
        assert_int_equal(registry_files(), 0);
    }
    assert_true(seen > 10);
}

static void half_made_memory_cannot_be_found(void **state)
{
    (void)state;
    pid_t pid = child_start(make_until_killed, NULL);
    assert_true(pid > 0);
    for (double end = until_now() + 1.0; until_now() < end;)
        assert_true(is_whole_or_absent());
    kill(pid, SIGKILL);
    assert_int_equal(child_wait(pid, 10.0), -SIGKILL);
    (void)mp_shared_memory_gc();
}

#define TEST(name_) cmocka_unit_test_setup_teardown(name_, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(directory_and_files_are_for_the_user_alone),
        TEST(umask_does_not_lock_the_user_out),
        TEST(without_a_runtime_directory_it_is_in_dev_shm),
        TEST(runtime_directory_that_others_write_to_is_not_used),
        TEST(symbolic_link_in_its_place_is_not_followed),
        TEST(directory_that_is_open_to_others_is_not_used),
        TEST(file_in_its_place_is_not_used),
        TEST(garbage_is_refused_and_swept),
        TEST(other_byte_order_is_refused),
        TEST(other_version_is_refused),
        TEST(file_of_another_size_is_refused),
        TEST(head_that_cannot_be_is_refused),
        TEST(file_with_holes_is_refused),
        TEST(only_files_are_swept),
        TEST(name_of_garbage_can_be_used_anew),
        TEST(much_garbage_goes_by_and_by),
        TEST(what_lasts_is_left_also_of_another_version),
        TEST(half_made_file_that_cannot_be_opened_is_swept),
        TEST(half_made_memory_that_was_to_last_is_swept),
        TEST(unlink_is_left_to_who_does_it_already),
        TEST(sweep_is_left_to_who_does_it_already),
        TEST(removal_that_comes_late_leaves_the_next_of_that_name),
        TEST(maker_that_is_killed_leaves_what_is_swept),
        TEST(half_made_memory_cannot_be_found),
    };
    return cmocka_run_group_tests(tests, registry_set_up, registry_tear_down);
}
