/*
 * A snapshot is a sorted list of text lines, one for each thing held; two of
 * them are compared like two sorted files. Text keeps the kinds alike and the
 * message ready. Running out of memory here ends the test program: there is
 * nothing it could still prove.
 */
#include "leak.h"

#include "until.h"

#include <dirent.h>
#include <limits.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct leak_snapshot {
    char **lines;
    size_t n;
};

static const double SETTLE_SECONDS = 1.0;

static void *must(void *p)
{
    if (p == NULL) {
        perror("leak snapshot");
        _exit(70);
    }
    return p;
}

static void add(struct leak_snapshot *s, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void add(struct leak_snapshot *s, const char *format, ...)
{
    char line[PATH_MAX + 64];
    va_list args;

    va_start(args, format);
    vsnprintf(line, sizeof line, format, args);
    va_end(args);
    s->lines = must(realloc(s->lines, (s->n + 1) * sizeof *s->lines));
    s->lines[s->n++] = must(strdup(line));
}

static bool is_dot(const char *name)
{
    return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

static void add_descriptors(struct leak_snapshot *s)
{
    DIR *dir = must(opendir("/proc/self/fd"));
    for (struct dirent *e; (e = readdir(dir)) != NULL;) {
        char target[PATH_MAX];
        if (is_dot(e->d_name) || atoi(e->d_name) == dirfd(dir))
            continue;
        ssize_t n =
            readlinkat(dirfd(dir), e->d_name, target, sizeof target - 1);
        target[n < 0 ? 0 : n] = '\0';
        add(s, "descriptor %s -> %s", e->d_name, target);
    }
    closedir(dir);
}

static bool is_shared_memory(const char *name)
{
    return strncmp(name, "/memfd:", 7) == 0 ||
           strncmp(name, "/dev/shm/", 9) == 0 ||
           strncmp(name, "/dev/zero", 9) == 0;
}

/* Neighbouring mappings of one name melt into one line of the table and one
 * may be split by mprotect, so sizes are summed up for each name. */
static void add_mapping(struct leak_snapshot *s, size_t first, const char *name,
                        unsigned long size)
{
    size_t room = strlen(name) + 32;
    for (size_t i = first; i < s->n; i++) {
        unsigned long before;
        int skip = 0;
        sscanf(s->lines[i], "mapping of %lu bytes: %n", &before, &skip);
        if (strcmp(s->lines[i] + skip, name) != 0)
            continue;
        free(s->lines[i]);
        s->lines[i] = must(malloc(room + 32));
        snprintf(s->lines[i], room + 32, "mapping of %lu bytes: %s",
                 before + size, name);
        return;
    }
    add(s, "mapping of %lu bytes: %s", size, name);
}

static void add_mappings(struct leak_snapshot *s)
{
    char line[PATH_MAX + 128];
    size_t first = s->n;
    FILE *maps = must(fopen("/proc/self/maps", "re"));
    while (fgets(line, sizeof line, maps) != NULL) {
        unsigned long from, to;
        int skip = 0;
        line[strcspn(line, "\n")] = '\0';
        /* from-to permissions offset device inode name */
        sscanf(line, "%lx-%lx %*s %*s %*s %*s %n", &from, &to, &skip);
        if (skip > 0 && is_shared_memory(line + skip))
            add_mapping(s, first, line + skip, to - from);
    }
    fclose(maps);
}

static void add_shm_entries(struct leak_snapshot *s)
{
    DIR *dir = opendir("/dev/shm");
    if (dir == NULL)
        return;
    for (struct dirent *e; (e = readdir(dir)) != NULL;) {
        if (strstr(e->d_name, "mproc") != NULL)
            add(s, "entry /dev/shm/%s", e->d_name);
    }
    closedir(dir);
}

static void add_child(struct leak_snapshot *s, int pid)
{
    char path[64], name[64] = "?";
    snprintf(path, sizeof path, "/proc/%d/comm", pid);
    FILE *comm = fopen(path, "re");
    if (comm != NULL) {
        if (fgets(name, sizeof name, comm) != NULL)
            name[strcspn(name, "\n")] = '\0';
        fclose(comm);
    }
    add(s, "child %d (%s)", pid, name);
}

static void add_children(struct leak_snapshot *s)
{
    DIR *dir = must(opendir("/proc/self/task"));
    for (struct dirent *e; (e = readdir(dir)) != NULL;) {
        char path[300];
        int pid;
        snprintf(path, sizeof path, "/proc/self/task/%s/children", e->d_name);
        FILE *children = is_dot(e->d_name) ? NULL : fopen(path, "re");
        if (children == NULL)
            continue;
        while (fscanf(children, "%d", &pid) == 1)
            add_child(s, pid);
        fclose(children);
    }
    closedir(dir);
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

struct leak_snapshot *leak_take(void)
{
    struct leak_snapshot *s = must(calloc(1, sizeof *s));
    add_descriptors(s);
    add_mappings(s);
    add_shm_entries(s);
    add_children(s);
    qsort(s->lines, s->n, sizeof *s->lines, by_text);
    return s;
}

void leak_free(struct leak_snapshot *s)
{
    if (s == NULL)
        return;
    for (size_t i = 0; i < s->n; i++)
        free(s->lines[i]);
    free(s->lines);
    free(s);
}

/* Walk both sorted lists; what only one of them holds is a difference. */
static int differences(const struct leak_snapshot *before,
                       const struct leak_snapshot *after, bool tell)
{
    size_t i = 0, j = 0;
    int n = 0;
    while (i < before->n || j < after->n) {
        int order = i == before->n  ? 1
                    : j == after->n ? -1
                                    : strcmp(before->lines[i], after->lines[j]);
        if (tell && order != 0)
            fprintf(stderr, "%s\n",
                    order < 0 ? before->lines[i] : after->lines[j]);
        n += order != 0;
        i += order <= 0;
        j += order >= 0;
    }
    return n;
}

int leak_count(const struct leak_snapshot *before)
{
    struct until settle = until_start(SETTLE_SECONDS);
    for (;;) {
        struct leak_snapshot *after = leak_take();
        bool last = !until_pause(&settle);
        int n = differences(before, after, last);
        leak_free(after);
        if (n == 0 || last)
            return n;
    }
}
