/*
 * A registry of named shared memory of the test's own: other tests and other
 * programs of the user make names, too, and are not to be counted.
 */
#ifndef TESTS_SHARED_REGISTRY_H
#define TESTS_SHARED_REGISTRY_H

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char registry_parent[] = "/dev/shm/registry-test-XXXXXX";
static char registry[64];

/* Before anything is made. Exec'd programs find it, too. */
static inline int registry_set_up(void **state)
{
    (void)state;
    if (mkdtemp(registry_parent) == NULL)
        return -1;
    snprintf(registry, sizeof registry, "%s/mproc-%lu", registry_parent,
             (unsigned long)geteuid());
    return setenv("XDG_RUNTIME_DIR", registry_parent, 1);
}

/* Fails if there is a file left. */
static inline int registry_tear_down(void **state)
{
    (void)state;
    (void)rmdir(registry);
    return rmdir(registry_parent);
}

static inline int registry_files(void)
{
    DIR *dir = opendir(registry);
    int n = 0;
    for (struct dirent *e; dir != NULL && (e = readdir(dir)) != NULL;)
        n += e->d_name[0] != '.';
    if (dir != NULL)
        closedir(dir);
    return n;
}

/* As assert_raises_saying, of a call that returns a handle or an address. */
#define assert_none(code_, words_, made_)                               \
    do {                                                                \
        const void *none_ = (made_);                                    \
        assert_null(none_);                                             \
        assert_raises_saying((code_), (words_), mp_error_last()->code); \
    } while (0)

/* The path of the file behind a name. */
static inline const char *registry_path(const char *name)
{
    static char path[400];
    snprintf(path, sizeof path, "%s/u%s", registry, name);
    return path;
}

#endif
