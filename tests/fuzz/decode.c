/*
 * Fuzzing the decoder: any bytes, as any record, into any receiver.
 *
 * The first byte chooses the receiver, the second the kind of record; a
 * record that is not CBOR has its whole head in the next eight bytes. What is
 * accepted must survive being copied, printed, sent and received again; what
 * is refused must leave the outputs as they were.
 */
#include "any/handle.h"
#include "any/layout.h"
#include "any/record.h"

#include <mproc.h>

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FDS 3

static void check(bool holds)
{
    if (!holds)
        abort();
}

/* -- a handle that travels ------------------------------------------------- */

struct thing {
    struct mp__handle handle;
    size_t nfds;
    int fds[MP__PARCEL_FDS];
};

static void destroy(struct mp__handle *h)
{
    struct thing *t = (struct thing *)h;

    for (size_t i = 0; i < t->nfds; i++)
        check(close(t->fds[i]) == 0);
    free(t);
}

static int reduce(struct mp__handle *h, struct mp__parcel *out)
{
    struct thing *t = (struct thing *)h;

    out->size = 1;
    out->bytes[0] = 'x';
    out->nfds = t->nfds;
    memcpy(out->fds, t->fds, sizeof out->fds);
    return 0;
}

static int rebuild(const struct mp__parcel *in, struct mp__handle **out);

static const struct mp__handle_type type = {
    .tag = MP__TAG_QUEUE,
    .name = "Thing",
    .destroy = destroy,
    .reduce = reduce,
    .rebuild = rebuild,
};

static int rebuild(const struct mp__parcel *in, struct mp__handle **out)
{
    struct thing *t;

    if (in->size == 0 || in->bytes[0] != 'x')
        return mp_raise(NULL, MP_VALUE_ERROR, "no thing");
    t = malloc(sizeof *t);
    check(t != NULL);
    t->nfds = in->nfds;
    memcpy(t->fds, in->fds, sizeof t->fds);
    mp__handle_init(&t->handle, &type);
    *out = &t->handle;
    return 0;
}

__attribute__((constructor)) static void start(void)
{
    mp__handle_register(&type);
}

/* -- what was accepted ----------------------------------------------------- */

static void send_again(mp_any v)
{
    struct mp__measure m;
    int fds[MP__FDS_MAX];
    mp_any twin = MP_NONE;

    check(mp__measure(v, &m) == 0);
    unsigned char *bytes = malloc(m.size + 1);
    check(bytes != NULL);
    mp__encode(v, &m, bytes, fds);
    for (size_t i = 0; i < m.nfds; i++)
        fds[i] = dup(fds[i]);

    struct mp__record r = {m.head, bytes, m.size, fds, m.nfds};
    check(mp__decode(&r, MP_TO(&twin)) == 0);
    check(mp_any_kind(twin) == mp_any_kind(v));
    check(mp_any_len(twin) == mp_any_len(v));
    mp_any_clear(&twin);
    free(bytes);
}

static void use(mp_any v)
{
    char text[64];
    mp_any copy = MP_NONE;

    check(mp_repr(v, text, sizeof text) > 0);
    check(mp_any_copy(v, &copy) == 0);
    (void)mp_any_equal(v, copy);
    mp_any_clear(&copy);
    send_again(v);
}

static void into_value(const struct mp__record *r)
{
    mp_any v = mp_any_int(42);

    if (mp__decode(r, MP_TO(&v)) < 0) {
        check(mp_any_kind(v) == MP_KIND_INT && v.u.i == 42);
        for (size_t i = 0; i < r->nfds; i++)
            close(r->fds[i]);
        return;
    }
    use(v);
    mp_any_clear(&v);
}

/* -- the other receivers --------------------------------------------------- */

static void into_variables(const struct mp__record *r, unsigned choice)
{
    int n = 42;
    char *s = NULL;
    double xs[2] = {42, 42};
    mp_any v = MP_NONE, vs[2] = {MP_NONE, MP_NONE};
    mp_bytes b = {NULL, 0};
    struct {
        char bytes[8];
    } whole = {"42"};
    struct mp__handle *h = NULL;
    mp_out outs[] = {
        MP_TO(&n),
        MP_TO(&s),
        MP_INTO_ARRAY(xs),
        MP_INTO_ARRAY(vs),
        MP_TO(&b),
        MP_INTO(whole),
        mp__out_handle(&type, &h, false),
        MP_UNPACK(&n, &s),
        MP_UNPACK(&v, MP_UNPACK(&b, MP_INTO_ARRAY(xs))),
        MP_UNPACK(mp__out_handle(&type, &h, false), &v),
    };

    if (mp__decode(r, outs[choice % (sizeof outs / sizeof *outs)]) < 0) {
        check(n == 42 && s == NULL && xs[0] == 42 && xs[1] == 42);
        check(b.data == NULL && h == NULL && strcmp(whole.bytes, "42") == 0);
        check(mp_any_kind(v) == MP_KIND_NONE);
        for (size_t i = 0; i < r->nfds; i++)
            close(r->fds[i]);
    }
    free(s);
    free(b.data);
    mp__handle_drop(h);
    mp_any_clear(&v);
    mp_any_clear(&vs[0]);
    mp_any_clear(&vs[1]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    int fds[FDS];
    struct mp__record r = {.fds = fds};

    if (size < 10)
        return 0;
    unsigned choice = data[0];
    if (data[1] % 2 == 0) {
        r.payload = data + 2;
        r.size = size - 2;
        r.head = mp__head(MP__RECORD_CBOR, 0, r.size);
    } else {
        memcpy(&r.head, data + 2, sizeof r.head);
        r.payload = data + 10;
        r.size = size - 10;
    }
    r.nfds = data[1] / 2 % (FDS + 1);
    for (size_t i = 0; i < r.nfds; i++)
        fds[i] = dup(0);

    if (choice % 2 == 0)
        into_value(&r);
    else
        into_variables(&r, choice / 2);
    return 0;
}
