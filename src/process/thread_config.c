/*
 * A thread object's own data: what it is made of, its name and daemon flag.
 * The flag is at first that of the thread that makes it.
 */
#include "process/thread.h"

#include "any/value.h"
#include "base/error.h"
#include "base/opts.h"
#include "process/registry.h"
#include "process/thread_registry.h"
#include "process/work.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* -- names ----------------------------------------------------------------- */

struct mp__thread_name *mp__thread_name_new(const char *text)
{
    size_t size = strlen(text) + 1;
    struct mp__thread_name *name = malloc(sizeof *name + size);

    if (name == NULL)
        return NULL;
    memcpy(name + 1, text, size);
    *name = (struct mp__thread_name){.text = (const char *)(name + 1)};
    return name;
}

static struct mp__thread_name *next_name(void)
{
    char text[32];
    unsigned n;

    mp__gate_close();
    n = ++mp__threads.made;
    mp__gate_open();
    (void)snprintf(text, sizeof text, "Thread-%u", n);
    return mp__thread_name_new(text);
}

/* Python takes an empty name for none. */
static struct mp__thread_name *first_name(const char *given)
{
    return given != NULL && given[0] != '\0' ? mp__thread_name_new(given)
                                             : next_name();
}

const char *mp_thread_name(mp_thread *t)
{
    const char *text;

    if (t == NULL)
        return "";
    mp__gate_close();
    text = t->name->text;
    mp__gate_open();
    return text;
}

int mp_thread_set_name(mp_thread *t, const char *name)
{
    struct mp__thread_name *n;

    if (t == NULL)
        return mp__fail_null("the thread");
    if (name == NULL)
        return mp__fail(MP_VALUE_ERROR, "a thread's name is NULL");
    n = mp__thread_name_new(name);
    if (n == NULL)
        return mp__fail_os(-ENOMEM, "no memory for a thread's name");
    mp__gate_close();
    n->older = t->name;
    t->name = n;
    mp__gate_open();
    return 0;
}

/* -- making ---------------------------------------------------------------- */

static int check_opts(const mp_thread_opts *opts)
{
    return mp__work_check(&(struct mp__work){.target = opts->target,
                                             .run = opts->run,
                                             .args = opts->args,
                                             .kwargs = opts->kwargs,
                                             .daemon = opts->daemon},
                          "Thread");
}

static bool daemon_of(int given)
{
    const struct mp_thread *current = mp__thread_current();

    if (given != MP_DAEMON_INHERIT)
        return given == MP_DAEMON_YES;
    return current == NULL || current->daemon;
}

static int fill(struct mp_thread *t, const mp_thread_opts *opts)
{
    t->name = first_name(opts->name);
    if (opts->type != NULL)
        t->type = strdup(opts->type);
    if (t->name == NULL || (opts->type != NULL && t->type == NULL))
        return mp__fail_os(-ENOMEM, "no memory for a thread");
    MP_TRY((mp_any_copy)(opts->args, &t->args));
    return (mp_any_copy)(opts->kwargs, &t->kwargs);
}

mp_thread *(mp_thread_new)(const mp_thread_opts *given)
{
    mp_thread_opts opts;
    struct mp_thread *t;

    if (mp__read_opts(given, &opts, sizeof opts, "Thread") < 0 ||
        check_opts(&opts) < 0)
        return NULL;
    t = malloc(sizeof *t);
    if (t == NULL) {
        mp__fail_os(-ENOMEM, "no memory for a thread");
        return NULL;
    }
    *t = (struct mp_thread){
        .role = MP__THREAD_MADE,
        .daemon = daemon_of(opts.daemon),
        .target = opts.target != NULL ? opts.target : opts.run,
        .self = opts.self,
        .state = MP__THREAD_INITIAL,
    };
    mp__handle_init(&t->handle, &mp__thread_type);
    if (fill(t, &opts) < 0) {
        mp_thread_free(t);
        return NULL;
    }
    return t;
}

void mp_thread_free(mp_thread *t)
{
    if (t != NULL)
        mp__handle_drop(&t->handle);
}

mp_thread *mp_thread_hold(mp_thread *t)
{
    return t == NULL ? NULL : (struct mp_thread *)mp__handle_hold(&t->handle);
}

/* Who has ended and was not joined, or ends right now, is let go of. */
static void detach(const struct mp_thread *t)
{
    mp__gate_close();
    bool ended =
        t->role == MP__THREAD_MADE && mp__thread_look(t) == MP__THREAD_ENDED;
    mp__gate_open();
    if (ended)
        (void)pthread_detach(t->ident);
}

/* A born one is not on the heap, and the registry's for ever. */
static void destroy(struct mp__handle *h)
{
    struct mp_thread *t = (struct mp_thread *)h;

    if (t->role == MP__THREAD_BORN)
        return;
    detach(t);
    mp_any_clear(&t->args);
    mp_any_clear(&t->kwargs);
    while (t->name != NULL) {
        struct mp__thread_name *older = t->name->older;

        free(t->name);
        t->name = older;
    }
    free(t->type);
    free(t);
}

/* -- as a value ------------------------------------------------------------ */

static const char *class_of(const struct mp_thread *t)
{
    switch (t->role) {
    case MP__THREAD_BORN:
        return "_MainThread";
    case MP__THREAD_ADOPTED:
        return "_DummyThread";
    case MP__THREAD_MADE:
        break;
    }
    return t->type != NULL ? t->type : "Thread";
}

static const char *status_of(const struct mp_thread *t)
{
    switch (mp__thread_look(t)) {
    case MP__THREAD_INITIAL:
    case MP__THREAD_STARTING:
        return "initial";
    case MP__THREAD_CREATED:
    case MP__THREAD_RUNS:
        return "started";
    case MP__THREAD_ENDED:
    case MP__THREAD_JOINED:
        break;
    }
    return "stopped";
}

/* <Thread(Thread-1, started daemon 140213)>; what has not begun has no number
   yet. */
static int repr(const struct mp__handle *h, char *buf, size_t size)
{
    const struct mp_thread *t = (const struct mp_thread *)h;
    char ident[32] = "";
    int n;

    mp__gate_close();
    if (t->ident != 0)
        (void)snprintf(ident, sizeof ident, " %lu", (unsigned long)t->ident);
    n = snprintf(buf, size, "<%s(%s, %s%s%s)>", class_of(t), t->name->text,
                 status_of(t), t->daemon ? " daemon" : "", ident);
    mp__gate_open();
    return n;
}

/* It does not travel: it is this process's. */
const struct mp__handle_type mp__thread_type = {
    .tag = MP__TAG_NONE,
    .name = "Thread",
    .destroy = destroy,
    .repr = repr,
};

mp_any mp_any_thread(mp_thread *t)
{
    return mp__any_handle(t == NULL ? NULL : &t->handle, "a thread");
}

/* -- the daemon flag ------------------------------------------------------- */

int mp_thread_daemon(mp_thread *t)
{
    bool daemon;

    if (t == NULL)
        return 0;
    mp__gate_close();
    daemon = t->daemon;
    mp__gate_open();
    return daemon;
}

int mp_thread_set_daemon(mp_thread *t, bool daemon)
{
    int rc = 0;

    if (t == NULL)
        return mp__fail_null("the thread");
    mp__gate_close();
    if (mp__thread_look(t) != MP__THREAD_INITIAL)
        rc = mp__fail(MP_RUNTIME_ERROR,
                      "cannot set daemon status of active thread");
    else
        t->daemon = daemon;
    mp__gate_open();
    return rc;
}
