/*
 * ShareableList: the public face of its layout and its items.
 */
#include "shared/shareable_list.h"

#include "any/layout.h"
#include "any/value.h"
#include "base/error.h"
#include "base/opts.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* -- the handle ----------------------------------------------------------- */

static struct mp_shareable_list *list_of(const struct mp__handle *h)
{
    return (struct mp_shareable_list *)(uintptr_t)h;
}

static void destroy(struct mp__handle *h)
{
    struct mp_shareable_list *l = list_of(h);

    mp_shared_memory_free(l->shm);
    free(l->table);
    free(l);
}

int mp__list_check(const struct mp_shareable_list *l)
{
    return l == NULL ? mp__fail_null("list") : mp__memory_check_open(l->shm);
}

/* The texts of both, each as Python writes them; the caller's to free(). */
static char *text_of(mp_any v)
{
    int n = (mp_repr)(v, NULL, 0);
    char *text = n < 0 ? NULL : malloc((size_t)n + 1);

    if (text != NULL)
        (void)(mp_repr)(v, text, (size_t)n + 1);
    return text;
}

static char *text_of_items(const struct mp_shareable_list *l)
{
    mp_any *items;
    char *text;

    if (mp__list_check(l) < 0 || mp__list_load_all(l, &items) < 0)
        return NULL;
    text = text_of(mp_any_list(items, l->table->n));
    free(items);
    return text;
}

static int repr(const struct mp__handle *h, char *buf, size_t size)
{
    const struct mp_shareable_list *l = list_of(h);
    char *items = text_of_items(l);
    char *name = text_of(mp_any_str(l->shm->file.name));
    int n =
        snprintf(buf, size, "ShareableList(%s, name=%s)",
                 items != NULL ? items : "...", name != NULL ? name : "...");

    free(items);
    free(name);
    return n;
}

static int reduce(struct mp__handle *h, struct mp__parcel *out)
{
    return mp__memory_reduce(list_of(h)->shm, out);
}

static int rebuild(const struct mp__parcel *in, struct mp__handle **out);

static const struct mp__handle_type list_type = {
    .tag = MP__TAG_SHAREABLE_LIST,
    .name = "ShareableList",
    .destroy = destroy,
    .repr = repr,
    .reduce = reduce,
    .rebuild = rebuild,
};

__attribute__((constructor)) static void register_type(void)
{
    mp__handle_register(&list_type);
}

mp_any mp_any_shareable_list(mp_shareable_list *l)
{
    return mp__any_handle(l == NULL ? NULL : &l->handle, "list");
}

mp_out mp_out_shareable_list(mp_shareable_list **p)
{
    return mp__out_handle(&list_type, p, false);
}

mp_out mp_out_shareable_list_view(mp_shareable_list **p)
{
    return mp__out_handle(&list_type, p, true);
}

/* Takes over what it is given, also if it fails. */
static struct mp_shareable_list *new_handle(struct mp_shared_memory *shm,
                                            struct mp__list_table *table)
{
    struct mp_shareable_list *l = NULL;

    if (shm != NULL && table != NULL) {
        l = calloc(1, sizeof *l);
        if (l == NULL)
            mp__fail(-ENOMEM, "no memory for a ShareableList");
    }
    if (l == NULL) {
        mp_shared_memory_free(shm);
        free(table);
        return NULL;
    }
    mp__handle_init(&l->handle, &list_type);
    l->shm = shm;
    l->table = table;
    return l;
}

/* -- making --------------------------------------------------------------- */

struct contents {
    const struct mp__list_table *table;
    mp_any sequence;
};

static void fill(void *base, const void *arg)
{
    const struct contents *c = arg;

    mp__list_write(base, c->table);
    for (size_t i = 0; i < c->table->n; i++) {
        unsigned char bytes[8];
        struct mp__item_data data =
            mp__list_data_of(mp__item(c->sequence, i), bytes);

        mp__item_write(mp__list_item(c->table, base, i), &data);
    }
}

static int check_sequence(mp_any sequence)
{
    if (mp__kind(sequence.head) == MP_KIND_BAD)
        return mp__bad_code(sequence);
    if (!mp__is_sequence(sequence))
        return mp__fail(MP_TYPE_ERROR, "expected list, tuple or array, got %s",
                        mp__type_name(sequence));
    return 0;
}

static struct mp__list_table *table_of(mp_any sequence)
{
    struct mp__list_table *t = mp__list_table_new(mp__len(sequence.head));
    int rc = t == NULL ? -ENOMEM : 0;

    for (size_t i = 0; rc == 0 && i < t->n; i++) {
        size_t capacity;

        rc = mp__list_check_value(mp__item(sequence, i), &capacity);
        if (rc == 0)
            t->slot[i].capacity = capacity;
    }
    if (rc == 0)
        rc = mp__list_table_lay(t);
    if (rc == 0)
        return t;
    free(t);
    return NULL;
}

static struct mp_shareable_list *make(const mp_shareable_list_opts *o)
{
    struct mp__list_table *t;
    struct mp_shared_memory *shm;

    if (check_sequence(o->sequence) < 0)
        return NULL;
    t = table_of(o->sequence);
    if (t == NULL)
        return NULL;
    shm = mp__memory_make(&(struct mp__memory_plan){
        .name = o->name,
        .size = t->size,
        .lasting = o->persist,
        .fill = fill,
        .arg = &(struct contents){t, o->sequence},
    });
    return new_handle(shm, t);
}

/* -- what another process made -------------------------------------------- */

static struct mp_shareable_list *adopt(struct mp_shared_memory *shm)
{
    if (shm == NULL)
        return NULL;
    return new_handle(shm, mp__list_read(shm->file.base, shm->file.size));
}

/* The descriptor stays the caller's if there is no list behind it. */
static int rebuild(const struct mp__parcel *in, struct mp__handle **out)
{
    struct mp_shared_memory *shm = mp__memory_rebuild(in);
    struct mp_shareable_list *l;

    if (shm == NULL)
        return mp__fail_code();
    (void)mp__handle_hold(&shm->handle);
    l = adopt(shm);
    if (l == NULL)
        shm->file.fd = -1;
    mp_shared_memory_free(shm);
    if (l == NULL)
        return mp__fail_code();
    *out = &l->handle;
    return 0;
}

mp_shareable_list *mp_shareable_list_attach(const char *name)
{
    if (name != NULL)
        return adopt(mp__memory_attach(name, false));
    mp__fail(MP_VALUE_ERROR, "the name of a ShareableList is NULL");
    return NULL;
}

/* As in Python, without a sequence and a name it is an empty one. */
mp_shareable_list *(mp_shareable_list_new)(const mp_shareable_list_opts *opts)
{
    mp_shareable_list_opts o;

    if (mp__read_opts(opts, &o, sizeof o, "ShareableList") < 0)
        return NULL;
    if (mp__kind(o.sequence.head) != MP_KIND_NONE)
        return make(&o);
    if (o.name != NULL)
        return mp_shareable_list_attach(o.name);
    o.sequence = mp_any_list(NULL, 0);
    return make(&o);
}

void mp_shareable_list_free(mp_shareable_list *l)
{
    if (l != NULL)
        mp__handle_drop(&l->handle);
}

/* -- items ---------------------------------------------------------------- */

static int find(const struct mp_shareable_list *l, ptrdiff_t i,
                const char *what, size_t *out)
{
    size_t n;

    MP_TRY(mp__list_check(l));
    n = l->table->n;
    if (i < 0 ? (size_t)0 - (size_t)i > n : (size_t)i >= n)
        return mp__fail(MP_INDEX_ERROR, "%sindex out of range", what);
    *out = i < 0 ? n + (size_t)i : (size_t)i;
    return 0;
}

int(mp_shareable_list_get)(mp_shareable_list *l, ptrdiff_t i, mp_out out)
{
    unsigned char at_hand[264], *room = at_hand;
    size_t at = 0, size;
    mp_any v;
    int rc;

    MP_TRY(find(l, i, "", &at));
    size = l->table->slot[at].capacity + 1;
    if (size > sizeof at_hand)
        room = malloc(size);
    if (room == NULL)
        return mp__fail_os(-ENOMEM, "cannot get an item of %zu bytes", size);
    rc = mp__list_load(l, at, room, &v);
    if (rc == 0)
        rc = mp__store(v, out);
    if (room != at_hand)
        free(room);
    return rc;
}

int(mp_shareable_list_set)(mp_shareable_list *l, ptrdiff_t i, mp_any v)
{
    unsigned char bytes[8];
    struct mp__item_data data;
    size_t at = 0, capacity;

    MP_TRY(find(l, i, "assignment ", &at));
    MP_TRY(mp__list_check_value(v, &capacity));
    if (l->shm->file.readonly)
        return mp__fail(MP_VALUE_ERROR, "the ShareableList is read only");
    data = mp__list_data_of(v, bytes);
    if (data.length > l->table->slot[at].capacity)
        return mp__fail(MP_VALUE_ERROR,
                        "bytes/str item exceeds available storage");
    mp__item_write(mp__list_at(l, at), &data);
    return 0;
}

int64_t mp_shareable_list_len(mp_shareable_list *l)
{
    int rc = mp__list_check(l);

    return rc < 0 ? rc : (int64_t)l->table->n;
}

/* How many of the items equal v, and where the first one is: -1 nowhere. */
static int64_t search(const struct mp_shareable_list *l, mp_any v,
                      int64_t *first)
{
    int64_t count = 0;
    mp_any *items;

    MP_TRY(mp__list_check(l));
    if (mp__kind(v.head) == MP_KIND_BAD)
        return mp__bad_code(v);
    MP_TRY(mp__list_load_all(l, &items));
    *first = -1;
    for (size_t i = 0; i < l->table->n; i++) {
        if (!(mp_any_equal)(items[i], v))
            continue;
        if (count++ == 0)
            *first = (int64_t)i;
    }
    free(items);
    return count;
}

int64_t(mp_shareable_list_count)(mp_shareable_list *l, mp_any v)
{
    int64_t first;

    return search(l, v, &first);
}

int64_t(mp_shareable_list_index)(mp_shareable_list *l, mp_any v)
{
    int64_t first, count = search(l, v, &first);
    char text[64];

    if (count != 0)
        return count < 0 ? count : first;
    if ((mp_repr)(v, text, sizeof text) < 0)
        text[0] = '\0';
    return mp__fail(MP_VALUE_ERROR, "%s not in this container", text);
}

/* -- and the rest --------------------------------------------------------- */

static int format_of(int kind, size_t capacity, char *buf, size_t size)
{
    switch (kind) {
    case MP_KIND_INT:
        return snprintf(buf, size, "q");
    case MP_KIND_FLOAT:
        return snprintf(buf, size, "d");
    case MP_KIND_BOOL:
        return snprintf(buf, size, "xxxxxxx?");
    case MP_KIND_NONE:
        return snprintf(buf, size, "xxxxxx?x");
    default:
        return snprintf(buf, size, "%zus", capacity);
    }
}

int mp_shareable_list_format(mp_shareable_list *l, char *buf, size_t size)
{
    size_t length = 0;

    MP_TRY(mp__list_check(l));
    for (size_t i = 0; i < l->table->n; i++) {
        int kind = mp__item_kind(mp__list_at(l, i));

        MP_TRY(kind);
        size_t left = size > length ? size - length : 0;
        length += (size_t)format_of(kind, l->table->slot[i].capacity,
                                    left > 0 ? buf + length : NULL, left);
    }
    if (length > INT_MAX)
        return mp__fail(MP_VALUE_ERROR, "the format is longer than INT_MAX");
    if (length == 0 && size > 0)
        buf[0] = '\0';
    return (int)length;
}

mp_shared_memory *mp_shareable_list_shm(mp_shareable_list *l)
{
    if (l != NULL)
        return l->shm;
    mp__fail_null("list");
    return NULL;
}
