/* ctest-may-skip */
/*
 * A registry on a file system that fills up: one of the test's own, which it
 * mounts where nobody else sees it, if the machine lets it.
 */
#include "child.h"
#include "expect.h"
#include "registry.h"
#include "skip.h"

#include <mproc.h>

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>

enum { CANNOT = 99, SIZE = 100000 };

static bool say(const char *path, const char *text)
{
    int fd = open(path, O_WRONLY);
    ssize_t n = write(fd, text, strlen(text));
    close(fd);
    return n == (ssize_t)strlen(text);
}

/* Stay who we are in a new namespace. */
static bool keep_ids(uid_t uid, gid_t gid)
{
    char users[64], groups[64];
    snprintf(users, sizeof users, "%u %u 1", (unsigned)uid, (unsigned)uid);
    snprintf(groups, sizeof groups, "%u %u 1", (unsigned)gid, (unsigned)gid);
    return say("/proc/self/setgroups", "deny") &&
           say("/proc/self/uid_map", users) &&
           say("/proc/self/gid_map", groups);
}

/* In namespaces of its own, which take no privilege; but a container may
   forbid them. */
static bool mount_a_small_one(void)
{
    uid_t uid = geteuid();
    gid_t gid = getegid();
    return unshare(CLONE_NEWUSER | CLONE_NEWNS) == 0 && keep_ids(uid, gid) &&
           mount("small", registry_parent, "tmpfs", 0, "size=1m,mode=700") == 0;
}

static bool fill_with(char byte, mp_shared_memory *m)
{
    char *buf = mp_shared_memory_buf(m);
    size_t size = mp_shared_memory_size(m);
    memset(buf, byte, size);
    return buf[size - 1] == byte;
}

static mp_shared_memory *make(void)
{
    return mp_shared_memory_new(.create = true, .size = SIZE);
}

static int fill_it_up(void *unused)
{
    mp_shared_memory *m[100];
    int n = 0;
    (void)unused;
    if (!mount_a_small_one())
        return CANNOT;
    while ((m[n] = make()) != NULL)
        if (!fill_with('x', m[n]) || ++n == 100)
            return 1;
    if (mp_error_last()->code != -ENOSPC || n < 8 || registry_files() != n)
        return 2;
    mp_shared_memory_free(m[0]);
    return make() == NULL ? 3 : 0;
}

/* No SIGBUS, what is there stays, and what is given back can be had again. */
static void full_file_system_is_an_error(void **state)
{
    (void)state;
    int code = child_run(fill_it_up, NULL, 20.0);
    if (code == CANNOT)
        skip_for("no file system can be mounted here");
    assert_int_equal(code, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(full_file_system_is_an_error),
    };
    return skip_or_failures(
        cmocka_run_group_tests(tests, registry_set_up, registry_tear_down));
}
