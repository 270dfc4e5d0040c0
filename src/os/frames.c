/*
 * Return addresses as the lines of a traceback; see backtrace.h.
 */
#include "os/backtrace.h"
#include "os/symbols.h"

#include <mproc/detail/args.h>

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

/* What a traceback shows at most: the innermost frames. */
enum { FRAMES_MAX = 32 };

/* How often the same line is shown in a row. */
enum { REPEATS_SHOWN = 3 };

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

/* The text so far. A line that does not fit is left out, and all after it. */
struct lines {
    char *text;
    size_t size;
    size_t used;
    bool full;
};

MP__PRINTF(2, 3)
static void write_line(struct lines *out, const char *fmt, ...)
{
    size_t room = out->size - out->used;
    va_list args;
    int n;

    if (out->full)
        return;
    va_start(args, fmt);
    n = vsnprintf(out->text + out->used, room, fmt, args);
    va_end(args);
    if (n >= 0 && (size_t)n < room)
        out->used += (size_t)n;
    else
        out->full = true;
    out->text[out->used] = '\0';
}

static void write_frame(struct lines *out, const struct mp__symbol *s)
{
    if (s->function[0] == '\0')
        write_line(out, "  File \"?\", in ?\n");
    else if (s->line > 0)
        write_line(out, "  File \"%s\", line %d, in %s\n", s->file, s->line,
                   s->function);
    else
        write_line(out, "  File \"%s\", in %s\n", s->file, s->function);
}

static bool is_same(const struct mp__symbol *a, const struct mp__symbol *b)
{
    return a->line == b->line && strcmp(a->file, b->file) == 0 &&
           strcmp(a->function, b->function) == 0;
}

static void write_repeats(struct lines *out, size_t lines)
{
    size_t more = lines > REPEATS_SHOWN ? lines - REPEATS_SHOWN : 0;

    if (more > 0)
        write_line(out, "  [Previous line repeated %zu more time%s]\n", more,
                   more == 1 ? "" : "s");
}

/* Of a recursion only its beginning, as Python does. */
static void write_frames(struct lines *out, const struct mp__symbol *symbols,
                         size_t first, size_t count)
{
    const struct mp__symbol *last = NULL;
    size_t lines = 0;

    while (count-- > first) {
        const struct mp__symbol *s = &symbols[count];

        if (s->is_own)
            continue;
        if (last == NULL || !is_same(last, s)) {
            write_repeats(out, lines);
            lines = 0;
        }
        if (++lines <= REPEATS_SHOWN)
            write_frame(out, s);
        last = s;
    }
    write_repeats(out, lines);
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

static void name(void *const *addresses, size_t n, bool skip, struct lines *out)
{
    struct mp__symbol symbols[FRAMES_MAX];
    size_t count, first;

    if (n > FRAMES_MAX)
        n = FRAMES_MAX;
    count = name_up_to_edge(addresses, n, symbols);
    first = skip ? skip_innermost(symbols, count) : 0;
    out->text[0] = '\0';
    write_frames(out, symbols, first, count);
}

void mp__name_frames(void *const *addresses, size_t n, char *text, size_t size)
{
    name(addresses, n, true, &(struct lines){.text = text, .size = size});
}

void mp__name_crash(void *const *addresses, size_t n, char *text, size_t size)
{
    name(addresses, n, false, &(struct lines){.text = text, .size = size});
}

size_t mp__frames_of_crash(void *const *crash, size_t n, void **out,
                           size_t most)
{
    n = n < most - 1 ? n : most - 1;
    out[0] = (char *)(uintptr_t)mp__frames_of_crash + 1;
    memcpy(out + 1, crash, n * sizeof *crash);
    return n + 1;
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
