/*
 * A worker's life: the initializer, tasks, the finalizer; see worker.h.
 *
 * It may be killed at any instruction. What the parent then finds in the lane
 * is the truth: `begun` is set before the function of an item is called, and
 * what has ended is on the ring or in the log.
 */
#include "pool/worker.h"

#include "any/value.h"
#include "base/clock.h"
#include "base/error.h"
#include "os/crash.h"
#include "os/function_name.h"
#include "os/memory.h"
#include "os/probe.h"
#include "os/thread.h"
#include "os/trace.h"
#include "pool/failure.h"
#include "pool/log.h"
#include "process/call.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* The worker that the calling thread is. */
struct self {
    const struct worker *w;
    void *state;
    unsigned slot;   /* of the task at work */
    uint32_t number; /* ... and of its use  */
    bool mute;       /* there is no memory for an answer */
    bool ints;       /* see TASK_INTS                    */
    mp_any task;     /* as it was received; owned        */
};
static _Thread_local struct self self
    __attribute__((tls_model("initial-exec")));

/* -- answers --------------------------------------------------------------- */

static int put(unsigned form, uint32_t index, uint32_t count, mp_any v)
{
    struct ring_label label = answer_label(self.slot, form, index, count);

    return mp__ring_put_labelled(&self.w->lane->answers, v, &label, MP__NEVER);
}

/* An error that is not to be had as it is comes as the one that says so. A
   worker that can say nothing at all is of no use, and its death is an answer. */
static void put_error(unsigned form, uint32_t index)
{
    mp_any failure = mp__failure_of_record();

    if (put(form | ANSWER_ERROR, index, 1, failure) < 0) {
        mp_any_clear(&failure);
        failure = mp__failure_of_record();
        self.mute |= put(form | ANSWER_ERROR, index, 1, failure) < 0;
    }
    mp_any_clear(&failure);
}

/* Why a result cannot travel, in Python's words. */
static void put_unsendable(unsigned form, uint32_t index)
{
    char why[512];

    (void)snprintf(why, sizeof why, "%s", mp__fail_message());
    (void)mp__fail(MP_ENCODING_ERROR, "Error sending result: %s", why);
    put_error(form, index);
}

static void put_value(unsigned form, uint32_t index, mp_any v)
{
    if (put(form | ANSWER_VALUE, index, 1, v) < 0)
        put_unsendable(form, index);
}

/* -- the log --------------------------------------------------------------- */

static void log_begin(struct lane_shared *s, uint32_t first)
{
    atomic_store_explicit(&s->log_end, 0, memory_order_release);
    atomic_store_explicit(&s->log_first, first, memory_order_release);
}

/* Put on the ring what the log has, of the items in front of `next`. */
static void flush(uint32_t next)
{
    struct lane_shared *s = self.w->lane->shared;
    uint64_t end = atomic_load_explicit(&s->log_end, memory_order_relaxed);
    uint32_t first = atomic_load_explicit(&s->log_first, memory_order_relaxed);

    if (end > 0 && put(ANSWER_LOG, first, next - first,
                       mp__log_value(self.w->lane->log, end, s->log_kind)) < 0)
        for (uint32_t i = first; i < next; i++)
            put_unsendable(0, i);
    log_begin(s, next);
}

static bool append(struct lane_shared *s, mp_any v)
{
    uint64_t end = atomic_load_explicit(&s->log_end, memory_order_relaxed);
    ssize_t n =
        mp__log_append(self.w->lane->log + end, LANE_LOG - end, s->log_kind, v);

    if (n > 0)
        atomic_store_explicit(&s->log_end, end + (uint64_t)n,
                              memory_order_release);
    return n > 0;
}

/* By far the most answers are ints, in a log of ints. */
static inline bool append_int(const struct lane *lane, mp_any v)
{
    struct lane_shared *s = lane->shared;
    uint64_t end = atomic_load_explicit(&s->log_end, memory_order_relaxed);
    bool is_short = s->log_kind == MP_ELEM_I32;
    size_t size = is_short ? sizeof(int32_t) : sizeof(int64_t);

    if (v.head != MP_KIND_INT || end == LANE_LOG ||
        (is_short ? v.u.i != (int32_t)v.u.i : s->log_kind != MP_ELEM_I64))
        return false;
    memcpy(lane->log + end, &v.u.i, sizeof(int32_t));
    if (!is_short)
        memcpy(lane->log + end, &v.u.i, sizeof(int64_t));
    atomic_store_explicit(&s->log_end, end + size, memory_order_release);
    return true;
}

/* Add the answer of an item. What is too large, or has descriptors, is put on
   the ring by itself. */
static void log_value(uint32_t index, mp_any v)
{
    struct lane_shared *s = self.w->lane->shared;

    if (append(s, v))
        return;
    flush(index);
    s->log_kind = mp__log_kind(v, self.ints);
    if (append(s, v))
        return;
    put_value(0, index, v);
    log_begin(s, index + 1);
}

/* -- tasks ----------------------------------------------------------------- */

static void begin_item(struct lane_shared *s, uint32_t index)
{
    atomic_store_explicit(&s->begun, index + 1, memory_order_release);
}

/* One call: the answer to *result, which is the caller's. */
static int call(mp_fn fn, mp_any args, mp_any kwargs, mp_any *result)
{
    struct mp_call c;
    int rc;

    mp__call_init(&c, args, kwargs, NULL);
    rc = mp__call_run(&c, fn);
    *result = c.result;
    c.result = MP_NONE;
    mp__call_end(&c);
    if (rc < 0)
        mp_any_clear(result);
    return rc;
}

static void run_single(mp_fn fn, mp_any args, mp_any kwargs)
{
    struct lane_shared *s = self.w->lane->shared;
    mp_any result;

    begin_item(s, 0);
    if (call(fn, args, kwargs, &result) < 0) {
        put_error(ANSWER_END, 0);
        return;
    }
    put_value(ANSWER_END, 0, result);
    mp_any_clear(&result);
}

/* Calls one after another have one mp_call. */
static inline int call_item(mp_call *c, mp_fn fn, unsigned form,
                            const mp_any *item)
{
    bool star = (form & TASK_STAR) != 0;

    if (star && !mp__is_sequence(*item))
        return mp__fail(MP_TYPE_ERROR,
                        "argument after * must be an iterable, not %s",
                        mp__type_name(*item));
    mp__call_renew(c, star ? *item
                           : (mp_any){.head = mp__head(MP_KIND_TUPLE, 0, 1),
                                      .u.items = item});
    return mp__call_run(c, fn);
}

static void answer_item(uint32_t index, bool failed, mp_any *result)
{
    if (failed) {
        flush(index);
        put_error(0, index);
        log_begin(self.w->lane->shared, index + 1);
    } else {
        log_value(index, *result);
    }
    if ((result->head & MP__FLAGS) != 0)
        mp_any_clear(result);
}

static void run_items(mp_fn fn, unsigned form, mp_any items)
{
    const struct lane *lane = self.w->lane;
    struct lane_shared *s = lane->shared;
    uint32_t n = (uint32_t)mp_any_len(items);
    struct mp_call c;

    self.ints = (form & TASK_INTS) != 0;
    mp__call_init(&c, MP_NONE, MP_NONE, NULL);
    for (uint32_t i = 0; i < n; i++) {
        mp_any item = mp__item(items, i);
        bool failed;

        begin_item(s, i);
        failed = call_item(&c, fn, form, &item) < 0;
        if (failed || !append_int(lane, c.result))
            answer_item(i, failed, &c.result);
        c.result.head = MP_KIND_NONE;
    }
    mp__call_end(&c);
    flush(n);
    self.mute |= put(ANSWER_END, n, 0, MP_NONE) < 0;
}

/* `value` is a list of one tuple of arguments, or an array of ints that are the
   arguments, or (args, kwargs), or items. */
static void run(mp_fn fn, unsigned form, mp_any value)
{
    if ((form & TASK_ITEMS) != 0)
        run_items(fn, form, value);
    else if ((form & TASK_KWARGS) != 0)
        run_single(fn, mp__item(value, 0), mp__item(value, 1));
    else if (mp__kind(value.head) == MP_KIND_ARRAY)
        run_single(fn, value, MP_NONE);
    else
        run_single(fn, mp__item(value, 0), MP_NONE);
}

/* -- the books ------------------------------------------------------------- */

static void add(_Atomic int64_t *sum, int64_t n)
{
    atomic_store_explicit(sum,
                          atomic_load_explicit(sum, memory_order_relaxed) + n,
                          memory_order_relaxed);
}

static void work_begins(uint64_t fn)
{
    struct lane_shared *s = self.w->lane->shared;
    int64_t now = mp__now();

    add(&s->idle, now - atomic_load_explicit(&s->since, memory_order_relaxed));
    atomic_store_explicit(&s->function, fn, memory_order_relaxed);
    atomic_store_explicit(&s->since, now, memory_order_release);
}

static void work_ends(uint64_t items)
{
    struct lane_shared *s = self.w->lane->shared;
    int64_t now = mp__now();

    add(&s->busy, now - atomic_load_explicit(&s->since, memory_order_relaxed));
    atomic_fetch_add_explicit(&s->items, items, memory_order_relaxed);
    atomic_store_explicit(&s->since, now, memory_order_release);
}

/* -- the loop -------------------------------------------------------------- */

/* How far the task is, before it is this worker's. */
static void rewind_progress(struct lane_shared *s)
{
    log_begin(s, 0);
    atomic_store_explicit(&s->begun, 0, memory_order_relaxed);
}

/* The parent may have wanted the task back, or be about to kill this worker,
   which then begins nothing any more. */
static bool take(const struct ring_label *label)
{
    struct lane_shared *s = self.w->lane->shared;
    uint32_t word = lane_word(label_number(label), LANE_READY);

    self.slot = label_slot(label);
    self.number = label_number(label);
    if (self.slot >= LANE_SLOTS)
        return false;
    atomic_store(&s->current, self.slot + 1);
    while (atomic_load(&s->stop) != 0) {
        atomic_store(&s->current, 0);
        (void)mp__futex_wait(&s->stop, 1, NULL, 0, MP__NEVER);
        atomic_store(&s->current, self.slot + 1);
    }
    rewind_progress(s);
    if (atomic_compare_exchange_strong(
            &s->slot[self.slot], &word,
            lane_word(label_number(label), LANE_TAKEN)))
        return true;
    atomic_store(&s->current, 0);
    return false;
}

/* One that its group knows the worker by, and its group. */
static pid_t track(void)
{
    return mp__thread_id();
}

static pid_t group(void)
{
    return self.w->is_thread ? getpid() : getppid();
}

static void trace_task(const struct ring_label *label)
{
    const struct lane_shared *s = self.w->lane->shared;
    int64_t from = atomic_load_explicit(&s->since, memory_order_relaxed);

    mp__trace_arrow(false, group(), track(),
                    arrow_number(self.w->index, self.slot, label_number(label)),
                    from);
    mp__trace_slice(&(struct mp__trace_slice){
        .category = "task",
        .name = mp__function_name(label->word[1]),
        .group = group(),
        .track = track(),
        .from = from,
        .to = mp__now(),
    });
}

/* To who asks: a crash report, a probe. 0: nothing. */
static void say_what_it_does(uint64_t function)
{
    if (!self.w->is_thread)
        mp__crash_doing(function != 0 ? "a task of a pool" : NULL,
                        (const void *)(uintptr_t)function);
    if (function != 0)
        MP__PROBE2(task__start, self.w->index, function);
    else
        MP__PROBE2(task__done, self.w->index, self.slot);
}

static void run_task(const struct ring_label *label, mp_any value, int failed)
{
    struct lane_shared *s = self.w->lane->shared;
    unsigned form = label_form(label);

    if (!take(label))
        return;
    work_begins(label->word[1]);
    say_what_it_does(label->word[1]);
    if (failed < 0)
        put_error(ANSWER_END | ANSWER_ALL, 0);
    else
        run((mp_fn)(uintptr_t)label->word[1], form, value);
    if (self.mute)
        return;
    if (mp__traces)
        trace_task(label);
    work_ends((form & TASK_ITEMS) != 0 ? mp_any_len(value) : 1);
    atomic_store(&s->current, 0);
    say_what_it_does(0);
    mp__bell_ring(self.w->bell);
}

static bool has_grown_too_large(void)
{
    size_t limit = self.w->memory_limit;

    return limit > 0 && mp__memory_of_self() > limit;
}

static int work(void)
{
    for (;;) {
        struct ring_label label;
        int failed = 0;
        int rc =
            mp__ring_get_labelled(&self.w->lane->tasks, mp_out_any(&self.task),
                                  &label, &failed, MP__NEVER);

        if (rc < 0)
            return rc;
        if (label_form(&label) == TASK_QUIT)
            return 0;
        run_task(&label, mp__borrow(self.task), failed);
        mp_any_clear(&self.task);
        if (self.mute)
            return mp__fail_os(-ENOMEM, "no memory for the answer of a task");
        if (has_grown_too_large())
            return 0;
    }
}

static int run_hook(mp_fn fn, mp_any args)
{
    struct mp_call c;
    int rc;

    if (fn == NULL)
        return 0;
    mp__call_init(&c, args, MP_NONE, self.w->self);
    rc = mp__call_run(&c, fn);
    mp__call_end(&c);
    return rc;
}

static int initialize(void)
{
    mp_any failure;
    int rc = run_hook(self.w->initializer, mp__borrow(self.w->initargs));

    if (rc >= 0)
        return 0;
    failure = mp__failure_of_record();
    (void)put(ANSWER_FAILED, 0, 1, failure);
    mp_any_clear(&failure);
    mp__bell_ring(self.w->bell);
    return rc;
}

int mp__worker_run(const struct worker *w)
{
    int rc;

    self = (struct self){.w = w};
    rc = initialize();
    if (rc < 0)
        return rc;
    rc = work();
    if (rc == 0)
        atomic_store(&w->lane->shared->left, 1);
    if (run_hook(self.w->finalizer, MP_NONE) < 0)
        (void)mp_perror("the finalizer of a pool's worker");
    return rc;
}

void mp__worker_cut_off(void)
{
    mp_any_clear(&self.task);
}

/* -- what a task may ask --------------------------------------------------- */

int mp_worker_index(void)
{
    return self.w != NULL ? self.w->index : -1;
}

void **mp_worker_state(void)
{
    return self.w != NULL ? &self.state : NULL;
}

bool mp_task_should_stop(void)
{
    return self.w != NULL && atomic_load(&self.w->lane->shared->urge) ==
                                 lane_urge(self.slot, self.number);
}
