/*
 * Fuzzing what one attaches to: any bytes, as a file in the registry, as the
 * memory of a ShareableList, and as one that changes under its user.
 *
 * The first byte says which. Of what is accepted all is read and printed, and
 * some of it written: no access may leave the memory, and what was written is
 * what is read.
 */
#include "os/named_head.h"

#include <mproc.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char parent[] = "/dev/shm/fuzz-attach-XXXXXX";
static char folder[64], file[80];

static void check(bool holds)
{
    if (!holds)
        abort();
}

static void leave(void)
{
    (void)unlink(file);
    (void)rmdir(folder);
    (void)rmdir(parent);
}

__attribute__((constructor)) static void start(void)
{
    check(mkdtemp(parent) != NULL);
    check(setenv("XDG_RUNTIME_DIR", parent, 1) == 0);
    (void)snprintf(folder, sizeof folder, "%s/mproc-%lu", parent,
                   (unsigned long)geteuid());
    (void)snprintf(file, sizeof file, "%s/ux", folder);
    check(mp_shared_memory_gc() == 0);
    check(atexit(leave) == 0);
}

/* -- using what was accepted ----------------------------------------------- */

static void set_and_get(mp_shareable_list *l, ptrdiff_t i)
{
    int n = 0;

    check(mp_shareable_list_set(l, i, 42) == 0);
    check(mp_shareable_list_get(l, i, &n) == 0 && n == 42);
}

static void use_list(mp_shareable_list *l)
{
    int64_t n = mp_shareable_list_len(l);
    char text[100];

    (void)mp_shareable_list_format(l, text, sizeof text);
    (void)mp_shareable_list_count(l, 42);
    check(mp_repr(l, text, sizeof text) > 0);
    for (int64_t i = 0; i < n; i++) {
        mp_any v = MP_NONE;
        if (mp_shareable_list_get(l, i, &v) == 0)
            check(mp_repr(v, text, sizeof text) > 0);
        mp_any_clear(&v);
    }
    if (n > 0)
        set_and_get(l, 0);
    if (n > 1)
        set_and_get(l, -1);
}

static void use_memory(mp_shared_memory *m)
{
    volatile unsigned char *buf = mp_shared_memory_buf(m);
    char text[2000];

    buf[0] ^= 1;
    buf[mp_shared_memory_size(m) - 1] ^= 1;
    check(mp_repr(m, text, sizeof text) > 0);
}

/* -- what there is to attach to -------------------------------------------- */

/* One that is right, but for the bytes given: head, or of the whole file. */
static void as_file(const uint8_t *data, size_t size, bool whole)
{
    struct mp__named_head head = mp__named_head_new(5000, true);
    int fd = open(file, O_RDWR | O_CREAT | O_TRUNC, 0600);

    strcpy(head.name, "x");
    if (!whole)
        memcpy(&head, data, size < sizeof head ? size : sizeof head);
    check(fd >= 0 && posix_fallocate(fd, 0, 4096 + 5000) == 0);
    check(mp__named_head_write(fd, &head) == 0);
    if (whole)
        check(ftruncate(fd, (off_t)size) == 0 &&
              pwrite(fd, data, size, 0) == (ssize_t)size);
    close(fd);

    mp_shared_memory *m = mp_shared_memory_new("x");
    if (m != NULL)
        use_memory(m);
    mp_shared_memory_free(m);
    (void)unlink(file);
}

static void as_list(const uint8_t *data, size_t size)
{
    mp_shared_memory *m =
        mp_shared_memory_new(.create = true, .size = size + 1);

    check(m != NULL);
    memcpy(mp_shared_memory_buf(m), data, size);
    mp_shareable_list *l = mp_shareable_list_attach(mp_shared_memory_name(m));
    if (l != NULL)
        use_list(l);
    mp_shareable_list_free(l);
    mp_shared_memory_free(m);
}

/* Overwritten after it was attached to: head, table and items. */
static void as_changed_list(const uint8_t *data, size_t size)
{
    mp_shareable_list *l =
        mp_shareable_list_new(MP_LIST(1, "some text", 2.5, MP_NONE));

    check(l != NULL);
    mp_shared_memory *m = mp_shareable_list_shm(l);
    size_t room = mp_shared_memory_size(m);
    memcpy(mp_shared_memory_buf(m), data, size < room ? size : room);
    use_list(l);
    mp_shareable_list_free(l);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2)
        return 0;
    switch (data[0] % 4) {
    case 0:
        as_file(data + 1, size - 1, false);
        break;
    case 1:
        as_file(data + 1, size - 1, true);
        break;
    case 2:
        as_list(data + 1, size - 1);
        break;
    default:
        as_changed_list(data + 1, size - 1);
    }
    return 0;
}
