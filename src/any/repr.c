/*
 * repr: values as Python writes them.
 */
#include "any/dict.h"
#include "any/handle.h"
#include "any/record.h"
#include "any/utf8.h"
#include "any/value.h"
#include "any/writer.h"
#include "base/error.h"

#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

static void write_value(struct mp__writer *w, mp_any v, int depth);

/* -- texts ----------------------------------------------------------------- */

/* Python prefers ', unless there is one and no ". */
static char quote_for(const char *s, size_t n)
{
    bool single = n > 0 && memchr(s, '\'', n) != NULL;
    bool twice = n > 0 && memchr(s, '"', n) != NULL;

    return single && !twice ? '"' : '\'';
}

/* An ASCII character; false if it needs a number. */
static bool write_ascii(struct mp__writer *w, char c, char quote)
{
    static const char special[] = "\n\t\r\\";
    static const char letters[] = "ntr\\";
    const char *at = c != '\0' ? strchr(special, c) : NULL;

    if (at != NULL) {
        char escaped[] = {'\\', letters[at - special]};
        mp__write(w, escaped, 2);
    } else if (c == quote) {
        char escaped[] = {'\\', c};
        mp__write(w, escaped, 2);
    } else if (c >= 0x20 && c < 0x7f) {
        mp__write(w, &c, 1);
    } else {
        return false;
    }
    return true;
}

static void write_escape(struct mp__writer *w, uint32_t c)
{
    char text[16];

    if (c <= 0xff)
        snprintf(text, sizeof text, "\\x%02" PRIx32, c);
    else if (c <= 0xffff)
        snprintf(text, sizeof text, "\\u%04" PRIx32, c);
    else
        snprintf(text, sizeof text, "\\U%08" PRIx32, c);
    mp__write_text(w, text);
}

/* Bytes that are no UTF-8 appear as Python's surrogateescape has them. */
static void write_str(struct mp__writer *w, const char *s, size_t n)
{
    char quote = quote_for(s, n);

    mp__write(w, &quote, 1);
    for (size_t i = 0; i < n;) {
        uint32_t c;
        size_t len = mp__utf8_next(s + i, n - i, &c);

        if (len == 0)
            write_escape(w, 0xdc00u + (unsigned char)s[i]);
        else if (c < 0x80 && write_ascii(w, s[i], quote))
            ;
        else if (mp__printable(c))
            mp__write(w, s + i, len);
        else
            write_escape(w, c);
        i += len > 0 ? len : 1;
    }
    mp__write(w, &quote, 1);
}

static void write_bytes(struct mp__writer *w, const char *s, size_t n)
{
    char quote = quote_for(s, n);

    mp__write(w, "b", 1);
    mp__write(w, &quote, 1);
    for (size_t i = 0; i < n; i++) {
        if (!write_ascii(w, s[i], quote))
            write_escape(w, (unsigned char)s[i]);
    }
    mp__write(w, &quote, 1);
}

/* -- containers ------------------------------------------------------------ */

static void write_items(struct mp__writer *w, mp_any v, int depth)
{
    size_t n = mp__len(v.head);

    for (size_t i = 0; i < n; i++) {
        if (i > 0)
            mp__write(w, ", ", 2);
        write_value(w, mp__item(v, i), depth + 1);
    }
}

static void write_list(struct mp__writer *w, mp_any v, int depth)
{
    mp__write(w, "[", 1);
    write_items(w, v, depth);
    mp__write(w, "]", 1);
}

static void write_tuple(struct mp__writer *w, mp_any v, int depth)
{
    mp__write(w, "(", 1);
    write_items(w, v, depth);
    if (mp__len(v.head) == 1)
        mp__write(w, ",", 1);
    mp__write(w, ")", 1);
}

/* Of pairs with equal keys: the first one's place, the last one's value. */
static void write_dict(struct mp__writer *w, mp_any v, int depth)
{
    struct mp__dict_index index;
    bool first = true;

    mp__dict_index_make(&index, v);
    mp__write(w, "{", 1);
    for (size_t i = 0; i < mp__len(v.head); i++) {
        size_t last = mp__dict_index_last(&index, i);

        if (last == MP__REPEATED)
            continue;
        if (!first)
            mp__write(w, ", ", 2);
        first = false;
        write_value(w, v.u.items[2 * i], depth + 1);
        mp__write(w, ": ", 2);
        write_value(w, v.u.items[2 * last + 1], depth + 1);
    }
    mp__write(w, "}", 1);
    mp__dict_index_free(&index);
}

/* -- the rest -------------------------------------------------------------- */

static void write_struct(struct mp__writer *w, const mp_struct *s)
{
    char text[64];

    mp__write_text(w, "<struct");
    if (s->tag != NULL) {
        mp__write(w, " ", 1);
        mp__write_text(w, s->tag);
    }
    snprintf(text, sizeof text, ", %zu bytes>", s->size);
    mp__write_text(w, text);
}

/* It may have changed since it was measured, and is cut off then; as it is
   where there is no memory for it. */
static char *longer_repr(const struct mp__handle *h, size_t size, char *cut)
{
    char *text = malloc(size);

    if (text == NULL)
        return cut;
    h->type->repr(h, text, size);
    return text;
}

static void write_handle(struct mp__writer *w, const struct mp__handle *h)
{
    char at_hand[256], *text = at_hand;
    int n = 0;

    at_hand[0] = '\0';
    if (h->type->repr != NULL)
        n = h->type->repr(h, at_hand, sizeof at_hand);
    else
        (void)snprintf(at_hand, sizeof at_hand, "<%s at %p>", h->type->name,
                       (const void *)h);
    if (n >= (int)sizeof at_hand)
        text = longer_repr(h, (size_t)n + 1, at_hand);
    mp__write_text(w, text);
    if (text != at_hand)
        free(text);
}

static void write_number(struct mp__writer *w, mp_any v)
{
    char text[MP__FLOAT_MAX];

    if (mp__kind(v.head) == MP_KIND_FLOAT)
        mp__float_repr(v.u.f, text);
    else if (mp__kind(v.head) == MP_KIND_UINT)
        snprintf(text, sizeof text, "%" PRIu64, v.u.u);
    else
        snprintf(text, sizeof text, "%" PRId64, v.u.i);
    mp__write_text(w, text);
}

static void write_fn(struct mp__writer *w, mp_fn fn)
{
    char text[64];

    snprintf(text, sizeof text, "<function at 0x%" PRIxPTR ">", (uintptr_t)fn);
    mp__write_text(w, text);
}

static void write_value(struct mp__writer *w, mp_any v, int depth)
{
    if (depth > MP__DEPTH_MAX) {
        mp__write_text(w, "...");
        return;
    }
    switch (mp__kind(v.head)) {
    case MP_KIND_NONE:
        mp__write_text(w, "None");
        break;
    case MP_KIND_BOOL:
        mp__write_text(w, v.u.i != 0 ? "True" : "False");
        break;
    case MP_KIND_INT:
    case MP_KIND_UINT:
    case MP_KIND_FLOAT:
        write_number(w, v);
        break;
    case MP_KIND_STR:
        write_str(w, v.u.s, mp__len(v.head));
        break;
    case MP_KIND_BYTES:
        write_bytes(w, v.u.s, mp__len(v.head));
        break;
    case MP_KIND_LIST:
    case MP_KIND_ARRAY:
        write_list(w, v, depth);
        break;
    case MP_KIND_TUPLE:
        write_tuple(w, v, depth);
        break;
    case MP_KIND_DICT:
        write_dict(w, v, depth);
        break;
    case MP_KIND_STRUCT:
        write_struct(w, v.u.p);
        break;
    case MP_KIND_FN:
        write_fn(w, v.u.fn);
        break;
    case MP_KIND_HANDLE:
        write_handle(w, v.u.p);
        break;
    default:
        mp__write_text(w, "<NULL>");
    }
}

void mp__write_repr(struct mp__writer *w, mp_any v)
{
    write_value(w, v, 0);
}

static int check_good(mp_any v, int depth)
{
    int kind = mp__kind(v.head);
    size_t n = mp__len(v.head);

    if (kind == MP_KIND_BAD)
        return mp__bad_code(v);
    if (kind != MP_KIND_LIST && kind != MP_KIND_TUPLE && kind != MP_KIND_DICT)
        return 0;
    if (kind == MP_KIND_DICT)
        n *= 2;
    for (size_t i = 0; i < n && depth < MP__DEPTH_MAX; i++)
        MP_TRY(check_good(v.u.items[i], depth + 1));
    return 0;
}

int mp__check_good(mp_any v)
{
    return check_good(v, 0);
}

int(mp_repr)(mp_any v, char *buf, size_t size)
{
    struct mp__writer w = {.buf = buf, .size = size > 0 ? size - 1 : 0};
    int rc = mp__check_good(v);

    if (rc == 0)
        mp__write_repr(&w, v);
    if (size > 0)
        buf[w.used] = '\0';
    if (rc < 0)
        return rc;
    if (w.total > INT_MAX)
        return mp__fail(MP_VALUE_ERROR, "the text is longer than 2**31");
    return (int)w.total;
}
