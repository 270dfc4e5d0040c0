/*
 * Values one behind another; see log.h.
 */
#include "pool/log.h"

#include "any/layout.h"
#include "base/error.h"

#include <errno.h>
#include <string.h>

static size_t whole_words(size_t size)
{
    return (size + 7) & ~(size_t)7;
}

static bool is_word(int kind)
{
    return kind <= MP_KIND_FLOAT;
}

ssize_t mp__log_append(void *end, size_t size, mp_any v)
{
    struct mp__measure m;
    uint64_t *at = end;
    size_t bytes;

    if (is_word(mp__kind(v.head))) { /* by far the most */
        if (size < sizeof v)
            return 0;
        at[0] = v.head & ~MP__FLAGS;
        at[1] = v.u.u;
        return (ssize_t)sizeof v;
    }
    MP_TRY(mp__measure(v, &m));
    if (m.nfds > 0)
        return -EINVAL;
    bytes = sizeof m.head + whole_words(m.size);
    if (bytes > size || bytes < m.size)
        return 0;
    at[0] = m.head;
    mp__encode(v, &m, at + 1, NULL);
    return (ssize_t)bytes;
}

struct log_reader mp__log_read(mp_any bytes)
{
    return (struct log_reader){.at = mp_any_data(bytes),
                               .left = mp_any_len(bytes)};
}

static bool find(const struct log_reader *r, struct mp__record *out)
{
    struct mp__record record = {.nfds = 0};

    if (r->left < sizeof record.head)
        return false;
    memcpy(&record.head, r->at, sizeof record.head);
    record.payload = r->at + sizeof record.head;
    record.size = mp__payload_size(record.head);
    if (record.size > r->left - sizeof record.head)
        return false;
    *out = record;
    return true;
}

static void advance(struct log_reader *r, const struct mp__record *record)
{
    size_t bytes = sizeof record->head + whole_words(record->size);

    bytes = bytes < r->left ? bytes : r->left;
    r->at += bytes;
    r->left -= bytes;
}

int mp__log_next(struct log_reader *r, mp_out out)
{
    struct mp__record record;
    int rc;

    if (!find(r, &record))
        return mp__fail(MP_RUNTIME_ERROR, "the results received are damaged");
    rc = mp__decode(&record, out);
    if (rc == 0)
        advance(r, &record);
    return rc;
}

bool mp__log_skip(struct log_reader *r)
{
    struct mp__record record;

    if (!find(r, &record))
        return false;
    advance(r, &record);
    return true;
}
