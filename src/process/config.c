/*
 * A process object's own data: what it is made of, and its name, authkey and
 * daemon flag, which are copied from the process that makes it.
 */
#include "process/process.h"

#include "any/value.h"
#include "base/error.h"
#include "base/opts.h"
#include "process/registry.h"
#include "process/work.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* -- making ---------------------------------------------------------------- */

/* The n-th object that this process makes is n to it, and more precisely the
   n-th of the m-th of ... of the main process. */
static char *next_identity(void)
{
    const char *own = mp__registry.current->identity;
    unsigned n;
    char *text;

    mp__gate_close();
    n = ++mp__registry.made;
    mp__gate_open();
    if (asprintf(&text, own[0] != '\0' ? "%s:%u" : "%s%u", own, n) < 0)
        return NULL;
    return text;
}

static char *first_name(const mp_process_opts *opts, const char *identity)
{
    char *name;

    if (opts->name != NULL)
        return strdup(opts->name);
    if (asprintf(&name, "%s-%s", opts->type != NULL ? opts->type : "Process",
                 identity) < 0)
        return NULL;
    return name;
}

static int keep_key(struct mp_process *p, const void *data, size_t size)
{
    unsigned char *key = malloc(size > 0 ? size : 1);

    if (key == NULL)
        return mp__fail_os(-ENOMEM, "no memory for an authkey of %zu bytes",
                           size);
    if (size > 0)
        memcpy(key, data, size);
    if (p->key != NULL)
        explicit_bzero(p->key, p->key_size);
    if (!mp__is_main_own(p->key))
        free(p->key);
    p->key = key;
    p->key_size = size;
    return 0;
}

static bool daemon_of(int given)
{
    return given == MP_DAEMON_INHERIT ? mp__registry.current->daemon
                                      : given == MP_DAEMON_YES;
}

static int fill(struct mp_process *p, const mp_process_opts *opts)
{
    const struct mp_process *current = mp__registry.current;

    p->identity = next_identity();
    if (p->identity != NULL)
        p->name = first_name(opts, p->identity);
    if (opts->type != NULL)
        p->type = strdup(opts->type);
    if (p->name == NULL || (opts->type != NULL && p->type == NULL))
        return mp__fail_os(-ENOMEM, "no memory for a process");
    MP_TRY(keep_key(p, current->key, current->key_size));
    MP_TRY((mp_any_copy)(opts->args, &p->args));
    return (mp_any_copy)(opts->kwargs, &p->kwargs);
}

static int check_opts(const mp_process_opts *opts)
{
    return mp__work_check(&(struct mp__work){.target = opts->target,
                                             .run = opts->run,
                                             .args = opts->args,
                                             .kwargs = opts->kwargs,
                                             .daemon = opts->daemon},
                          "Process");
}

mp_process *(mp_process_new)(const mp_process_opts *given)
{
    mp_process_opts opts;
    struct mp_process *p;

    if (mp__read_opts(given, &opts, sizeof opts, "Process") < 0 ||
        check_opts(&opts) < 0)
        return NULL;
    p = malloc(sizeof *p);
    if (p == NULL) {
        mp__fail_os(-ENOMEM, "no memory for a process");
        return NULL;
    }
    *p = (struct mp_process){
        .role = MP__MADE,
        .maker = getpid(),
        .daemon = daemon_of(opts.daemon),
        .target = opts.target != NULL ? opts.target : opts.run,
        .self = opts.self,
        .state = MP__INITIAL,
        .pidfd = -1,
        .exitcode = MP_NO_EXITCODE,
    };
    mp__handle_init(&p->handle, &mp__process_type);
    if (fill(p, &opts) < 0) {
        mp_process_free(p);
        return NULL;
    }
    return p;
}

void mp_process_free(mp_process *p)
{
    if (p != NULL && p->role == MP__MADE && p != mp__registry.current)
        mp__handle_drop(&p->handle);
}

static void destroy(struct mp__handle *h)
{
    struct mp_process *p = (struct mp_process *)h;

    mp_any_clear(&p->args);
    mp_any_clear(&p->kwargs);
    if (p->key != NULL)
        explicit_bzero(p->key, p->key_size);
    free(p->key);
    if (p->pidfd >= 0)
        (void)close(p->pidfd);
    free(p->name);
    free(p->type);
    free(p->identity);
    free(p);
}

static int refuse_to_travel(struct mp__handle *h, struct mp__parcel *out)
{
    (void)h;
    (void)out;
    return mp__fail(MP_TYPE_ERROR, "cannot send a Process to another process");
}

const struct mp__handle_type mp__process_type = {
    .tag = MP__TAG_NONE,
    .name = "Process",
    .destroy = destroy,
    .repr = mp__process_repr,
    .reduce = refuse_to_travel,
};

mp_any mp_any_process(mp_process *p)
{
    return mp__any_handle(p == NULL ? NULL : &p->handle, "a process");
}

/* -- what can be changed --------------------------------------------------- */

int mp_process_set_name(mp_process *p, const char *name)
{
    char *copy, *old;

    if (p == NULL)
        return mp__fail_null("the process");
    if (name == NULL)
        return mp__fail(MP_VALUE_ERROR, "a process's name is NULL");
    copy = strdup(name);
    if (copy == NULL)
        return mp__fail_os(-ENOMEM, "no memory for a process's name");
    mp__gate_close();
    old = p->name;
    p->name = copy;
    mp__gate_open();
    if (!mp__is_main_own(old))
        free(old);
    return 0;
}

int mp_process_daemon(mp_process *p)
{
    return p != NULL && p->daemon;
}

/* The calling process may change its own: as in Python, that is how a daemon
   gets leave to have children. */
int mp_process_set_daemon(mp_process *p, bool daemon)
{
    int rc = 0;

    if (p == NULL)
        return mp__fail_null("the process");
    mp__gate_close();
    if (p->state == MP__CLOSED)
        rc = mp__fail(MP_VALUE_ERROR, "process object is closed");
    else if (p->state != MP__INITIAL && p != mp__registry.current)
        rc = mp__fail(MP_ASSERTION_ERROR, "process has already started");
    else
        p->daemon = daemon;
    mp__gate_open();
    return rc;
}

mp_any mp_process_authkey(mp_process *p)
{
    return p == NULL ? mp_any_none() : mp_any_bytes(p->key, p->key_size);
}

int(mp_process_set_authkey)(mp_process *p, mp_any key)
{
    int kind = mp_any_kind(key);

    if (p == NULL)
        return mp__fail_null("the process");
    if (kind == MP_KIND_BAD)
        return mp__bad_code(key);
    if (kind != MP_KIND_BYTES && kind != MP_KIND_STR)
        return mp__fail(MP_TYPE_ERROR, "an authkey must be bytes, not %s",
                        mp__type_name(key));
    return keep_key(p, mp_any_data(key), mp_any_len(key));
}
