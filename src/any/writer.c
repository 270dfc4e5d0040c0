/*
 * A writer: text that is cut off at the end of a buffer, or goes on into a
 * stream.
 */
#include "any/writer.h"

#include <string.h>

void mp__flush(struct mp__writer *w)
{
    if (w->stream == NULL || w->used == 0)
        return;
    if (fwrite(w->buf, 1, w->used, w->stream) < w->used)
        w->failed = true;
    w->used = 0;
}

void mp__write(struct mp__writer *w, const char *text, size_t n)
{
    w->total += n;
    while (n > 0) {
        size_t room = w->size - w->used;
        size_t part = n < room ? n : room;

        if (part > 0)
            memcpy(w->buf + w->used, text, part);
        w->used += part;
        text += part;
        n -= part;
        if (n > 0 && w->stream == NULL)
            return;
        if (n > 0)
            mp__flush(w);
    }
}

void mp__write_text(struct mp__writer *w, const char *text)
{
    mp__write(w, text, strlen(text));
}
