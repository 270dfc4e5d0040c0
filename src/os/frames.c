/*
 * Return addresses as the lines of a traceback; see backtrace.h.
 */
#include "os/backtrace.h"
#include "os/symbols.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

/* What a traceback shows at most: the innermost frames. */
enum { FRAMES_MAX = 32 };

/* How many of the innermost frames belong to the user's code, and to what it
   called: up to where the library called it, or up to main. */
static size_t name_up_to_edge(void *const *addresses, size_t n,
                              struct mp__symbol *symbols)
{
    struct mp__symbols *session = mp__symbols_begin();
    size_t count = 0;

    while (count < n && !mp__is_stack_edge(addresses[count])) {
        mp__symbol_of(session, addresses[count], &symbols[count]);
        count++;
        if (strcmp(symbols[count - 1].function, "main") == 0)
            break;
    }
    mp__symbols_end(session);
    /* What starts a thread, or main, is the C library. */
    while (count > 0 && symbols[count - 1].is_system)
        count--;
    return count;
}

static int write_frame(const struct mp__symbol *s, char *text, size_t size)
{
    if (s->function[0] == '\0')
        return snprintf(text, size, "  File \"?\", in ?\n");
    if (s->line > 0)
        return snprintf(text, size, "  File \"%s\", line %d, in %s\n", s->file,
                        s->line, s->function);
    return snprintf(text, size, "  File \"%s\", in %s\n", s->file, s->function);
}

/* Frames within the innermost of the library's own are how these addresses
   were taken. */
static size_t skip_innermost(const struct mp__symbol *symbols, size_t count)
{
    size_t i = 0;

    while (i < count && !symbols[i].is_own)
        i++;
    return i < count ? i : 0;
}

static void name(void *const *addresses, size_t n, bool skip, char *text,
                 size_t size)
{
    struct mp__symbol symbols[FRAMES_MAX];
    size_t used = 0, count, first;

    if (n > FRAMES_MAX)
        n = FRAMES_MAX;
    count = name_up_to_edge(addresses, n, symbols);
    first = skip ? skip_innermost(symbols, count) : 0;
    while (count-- > first && used < size) {
        if (symbols[count].is_own)
            continue;
        int length = write_frame(&symbols[count], text + used, size - used);
        if (length < 0 || (size_t)length >= size - used)
            break;
        used += (size_t)length;
    }
    text[used] = '\0';
}

void mp__name_frames(void *const *addresses, size_t n, char *text, size_t size)
{
    name(addresses, n, true, text, size);
}

void mp__name_crash(void *const *addresses, size_t n, char *text, size_t size)
{
    name(addresses, n, false, text, size);
}

int mp__name_function(const void *function, char *text, size_t size)
{
    struct mp__symbols *session = mp__symbols_begin();
    struct mp__symbol s;

    mp__symbol_of(session, (char *)(uintptr_t)function + 1, &s);
    mp__symbols_end(session);
    if (s.line > 0)
        return snprintf(text, size, "%s (%s:%d)", s.function, s.file, s.line);
    return snprintf(text, size, "%s (%s)", s.function, s.file);
}
