/*
 * The inbox; see inbox.h.
 */
#include "ipc/inbox.h"

#include "base/error.h"
#include "os/generation.h"
#include "os/sealed.h"

#include <errno.h>
#include <stdlib.h>

/* The partner of the acquire in mp__connection_has_message: a thread that
   polls and then receives. */
static void set_whole(struct mp__inbox *inbox, uint32_t generation)
{
    atomic_store_explicit(&inbox->whole, generation, memory_order_release);
}

void mp__inbox_own(struct mp__inbox *inbox, bool held_at_fork)
{
    if (inbox->generation == mp__generation())
        return;
    if (held_at_fork) {
        inbox->buf = NULL;
        inbox->capacity = 0;
        inbox->map = NULL;
        inbox->fds.n = 0;
    }
    mp__inbox_clear(inbox);
    inbox->generation = mp__generation();
}

int mp__inbox_reserve(struct mp__inbox *inbox, size_t capacity)
{
    unsigned char *buf;

    if (inbox->capacity >= capacity)
        return 0;
    buf = realloc(inbox->buf, capacity);
    if (buf == NULL)
        return mp__fail(-ENOMEM, "no memory to receive %zu bytes", capacity);
    inbox->buf = buf;
    inbox->capacity = capacity;
    return 0;
}

void mp__inbox_complete(struct mp__inbox *inbox)
{
    set_whole(inbox, inbox->generation);
}

void mp__inbox_clear(struct mp__inbox *inbox)
{
    set_whole(inbox, 0);
    if (inbox->map != NULL)
        mp__sealed_unmap(inbox->map, inbox->size);
    inbox->map = NULL;
    mp__fd_list_close(&inbox->fds);
    inbox->frame_got = 0;
    inbox->got = 0;
    inbox->size = 0;
    inbox->bare = false;
}

void mp__inbox_free(struct mp__inbox *inbox)
{
    mp__inbox_clear(inbox);
    free(inbox->buf);
    inbox->buf = NULL;
    inbox->capacity = 0;
}
