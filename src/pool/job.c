/*
 * Jobs and their answers; see job.h.
 */
#include "pool/future.h"

#include "any/value.h"
#include "base/error.h"
#include "pool/failure.h"
#include "pool/log.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct job *mp__job_new(struct mp_pool *pool, enum job_kind kind, mp_fn func)
{
    struct job *job = calloc(1, sizeof *job);

    if (job == NULL) {
        mp__fail_os(-ENOMEM, "no memory for a task");
        return NULL;
    }
    job->refs = 1;
    job->pool = pool;
    job->kind = kind;
    job->func = func;
    job->pieces_end = &job->pieces;
    return job;
}

struct job *mp__job_hold(struct job *job)
{
    job->refs++;
    return job;
}

static void free_piece(struct piece *piece)
{
    mp_any_clear(&piece->value);
    free(piece);
}

void mp__job_drop(struct job *job)
{
    struct piece *next;

    if (--job->refs > 0)
        return;
    if (!job->borrowed)
        mp_any_clear(&job->input);
    mp_any_clear(&job->failure);
    mp__done_callbacks_free(job->callbacks);
    for (struct piece *p = job->pieces; p != NULL; p = next) {
        next = p->next;
        free_piece(p);
    }
    free(job);
}

/* -- input ----------------------------------------------------------------- */

mp_any mp__part(mp_any v, uint64_t first, uint64_t count)
{
    int kind = mp_any_kind(v);

    if (kind == MP_KIND_ARRAY) {
        int elem = mp__elem(v.head);
        const char *at = (const char *)v.u.p + first * mp__elem_size(elem);

        return (mp_any){.head = mp__head(kind, elem, count), .u.p = at};
    }
    return mp_any_list(v.u.items + first, count);
}

mp_any mp__task_value(const struct task *task, mp_any *room)
{
    const struct job *job = task->job;

    if (mp_any_kind(task->own) != MP_KIND_NONE)
        return mp__borrow(mp__part(task->own, 0, task->count));
    if (job->kind != JOB_APPLY)
        return mp__part(job->input, task->first, task->count);
    if ((job->form & TASK_KWARGS) != 0)
        return mp__borrow(job->input);
    if (mp_any_kind(job->input) == MP_KIND_ARRAY)
        return mp__borrow(job->input);
    *room = mp__borrow(job->input);
    return mp_any_list(room, 1);
}

/* -- answers --------------------------------------------------------------- */

/* Where a piece belongs: at the end, but for an imap in order. */
static struct piece **place_of(struct job *job, const struct piece *piece)
{
    struct piece **link = &job->pieces;

    if (job->kind != JOB_IMAP)
        return job->pieces_end;
    while (*link != NULL && (*link)->first < piece->first)
        link = &(*link)->next;
    return link;
}

int mp__job_keep(struct job *job, const struct piece *piece)
{
    struct piece *kept = malloc(sizeof *kept), **link;

    if (kept == NULL) {
        mp_any lost = piece->value;

        mp_any_clear(&lost);
        return mp__fail_os(-ENOMEM, "no memory for the result of a task");
    }
    link = place_of(job, piece);
    *kept = *piece;
    kept->next = *link;
    *link = kept;
    if (kept->next == NULL)
        job->pieces_end = &kept->next;
    return 0;
}

/* All answers of a map, borrowed but for those that are `made`, which are the
   caller's to clear. */
struct answers {
    mp_any *items;
    size_t *made;
    size_t nmade;
};

static int spread_log(struct answers *a, const struct piece *piece)
{
    struct log_reader r = mp__log_read(piece->value, 0);

    for (uint64_t i = piece->first; i < piece->first + piece->count; i++) {
        int rc = mp__log_next(&r, mp_out_any(&a->items[i]));

        if (rc < 0)
            return rc;
        if ((a->items[i].head & MP__FLAGS) != 0)
            a->made[a->nmade++] = i;
    }
    return 0;
}

static int spread(const struct job *job, struct answers *a)
{
    for (const struct piece *p = job->pieces; p != NULL; p = p->next) {
        if (p->is_log)
            MP_TRY(spread_log(a, p));
        else
            a->items[p->first] = mp__borrow(p->value);
    }
    return 0;
}

static bool are_of(int elem, const struct piece *p)
{
    if (mp__kind(p->value.head) != MP_KIND_ARRAY)
        return false;
    if (mp__elem(p->value.head) == elem)
        return true;
    return mp__elem(p->value.head) == MP_ELEM_I64 &&
           mp__longs_fit(elem, p->value.u.p, p->count);
}

/* Whether all answers are ints, and go into an array of numbers. */
static bool are_longs(const struct job *job, mp_out out)
{
    int elem = mp__elem(out.head);

    if (mp__kind(out.head) != MP__INTO_ARRAY || elem == MP_ELEM_ANY ||
        elem == MP_ELEM_F32 || elem == MP_ELEM_F64 ||
        mp__len(out.head) != job->total)
        return false;
    for (const struct piece *p = job->pieces; p != NULL; p = p->next)
        if (!p->is_log || !are_of(elem, p))
            return false;
    return true;
}

static void store_longs(const struct job *job, mp_out out)
{
    int elem = mp__elem(out.head);

    for (const struct piece *p = job->pieces; p != NULL; p = p->next) {
        char *to = (char *)out.p + p->first * mp__elem_size(elem);

        if (mp__elem(p->value.head) == elem)
            memcpy(to, p->value.u.p, p->count * mp__elem_size(elem));
        else
            mp__longs_store(elem, to, p->value.u.p, p->count);
    }
}

static int all_results(struct job *job, mp_out out)
{
    size_t n = job->total;
    struct answers a = {
        .items = calloc(n + 1, sizeof *a.items),
        .made = calloc(n + 1, sizeof *a.made),
    };
    int rc = a.items != NULL && a.made != NULL
                 ? spread(job, &a)
                 : mp__fail_os(-ENOMEM, "no memory for %zu results", n);

    if (rc == 0) {
        mp_any list = mp_any_list(a.items, n);

        /* Not borrowed for ever: what `out` gets is a copy. */
        rc = mp__store(list, out);
    }
    for (size_t i = 0; i < a.nmade; i++)
        mp_any_clear(&a.items[a.made[i]]);
    free(a.items);
    free(a.made);
    return rc;
}

static bool is_nowhere(mp_out out)
{
    return out.head == 0 && out.p == NULL;
}

int mp__job_result(struct job *job, mp_out out)
{
    if (mp_any_kind(job->failure) != MP_KIND_NONE)
        return mp__failure_raise(job->failure);
    if (is_nowhere(out))
        return 0;
    if (job->kind != JOB_APPLY && are_longs(job, out)) {
        store_longs(job, out);
        return 0;
    }
    if (job->kind != JOB_APPLY)
        return all_results(job, out);
    return job->pieces == NULL
               ? mp__fail_os(-ENOMEM, "no memory for the result of a task")
               : mp__store(mp__borrow(job->pieces->value), out);
}
