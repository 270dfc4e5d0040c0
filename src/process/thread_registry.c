/*
 * The registry of threads; see thread_registry.h.
 */
#include "process/thread_registry.h"

#include "base/error.h"
#include "os/thread.h"
#include "process/registry.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static struct mp__thread_name main_name = {.text = "MainThread"};

/* The main thread of the first process, and of a child that was forked by a
   thread that had no object. They take turns: the parent's stays as it is. */
static struct mp_thread born[2] = {
    {
        .handle = {.type = &mp__thread_type, .refs = 1},
        .role = MP__THREAD_BORN,
        .name = &main_name,
        .state = MP__THREAD_RUNS,
    },
    {
        .handle = {.type = &mp__thread_type, .refs = 1},
        .role = MP__THREAD_BORN,
        .name = &main_name,
        .state = MP__THREAD_RUNS,
    },
};

struct mp__threads mp__threads = {
    .main = &born[0],
    .running_end = &mp__threads.running,
};

static _Thread_local struct mp_thread *current
    __attribute__((tls_model("initial-exec")));

struct mp_thread *mp__thread_current(void)
{
    return current;
}

void mp__thread_become(struct mp_thread *t)
{
    current = t;
}

/* -- what runs ------------------------------------------------------------- */

void mp__threads_add(struct mp_thread *t)
{
    (void)mp__handle_hold(&t->handle);
    t->next = NULL;
    t->link = mp__threads.running_end;
    *t->link = t;
    mp__threads.running_end = &t->next;
}

void mp__threads_remove(struct mp_thread *t)
{
    *t->link = t->next;
    if (t->next != NULL)
        t->next->link = t->link;
    else
        mp__threads.running_end = t->link;
    t->link = NULL;
}

void mp__threads_end(struct mp_thread *t)
{
    bool listed;

    current = NULL;
    mp__gate_close();
    mp__thread_move(t, MP__THREAD_ENDED);
    listed = t->link != NULL;
    if (listed)
        mp__threads_remove(t);
    mp__gate_open();
    if (listed)
        mp__handle_drop(&t->handle);
}

/* Who waits for the thread that ends the program would do so for ever. */
static bool is_waited_for_at_exit(const struct mp_thread *t)
{
    return !t->daemon && t != current && !mp__thread_awaits(t, current);
}

struct mp_thread *mp__threads_hold_first(void)
{
    struct mp_thread *t = mp__threads.running;

    while (t != NULL && !is_waited_for_at_exit(t))
        t = t->next;
    if (t != NULL)
        (void)mp__handle_hold(&t->handle);
    return t;
}

/* A thread that forked, and is the child's main one, may end before it. */
static bool main_is_active(void)
{
    return mp__threads.main->role == MP__THREAD_BORN ||
           mp__thread_look(mp__threads.main) == MP__THREAD_RUNS;
}

static void show(struct mp_thread *t, mp_thread **out, size_t n, size_t *count)
{
    if (*count < n)
        out[*count] = (struct mp_thread *)mp__handle_hold(&t->handle);
    ++*count;
}

int mp_active_threads(mp_thread **out, size_t n)
{
    size_t count = 0;

    if (out == NULL && n > 0)
        return mp__fail(MP_VALUE_ERROR, "the place for the threads is NULL");
    mp__gate_close();
    if (main_is_active())
        show(mp__threads.main, out, n, &count);
    for (struct mp_thread *t = mp__threads.running; t != NULL; t = t->next)
        show(t, out, n, &count);
    mp__gate_open();
    return (int)count;
}

int mp_thread_count(void)
{
    return mp_active_threads(NULL, 0);
}

/* -- fork ------------------------------------------------------------------ */

/* child */
static void lose_the_running(void)
{
    *mp__threads.running_end = mp__threads.lost;
    mp__threads.lost = mp__threads.running;
    mp__threads.running = NULL;
    mp__threads.running_end = &mp__threads.running;
}

/* child */
static void lose_the_main(void)
{
    struct mp_thread *t = mp__threads.main;

    if (t->role == MP__THREAD_BORN)
        return;
    t->next = mp__threads.lost;
    mp__threads.lost = t;
}

/* child. The list's reference, if it had one, keeps the main thread from now
   on. */
void mp__threads_forked(void)
{
    struct mp_thread *t = current;

    mp__threads.forks++;
    if (t == NULL)
        t = &born[mp__threads.main == &born[0]];
    if (t->link != NULL)
        mp__threads_remove(t);
    lose_the_running();
    if (t != mp__threads.main)
        lose_the_main();
    t->forks = mp__threads.forks;
    t->ident = pthread_self();
    t->native_id = getpid();
    t->sleepers = 0;
    t->reaping = false;
    t->awaited = NULL;
    atomic_store(&t->state, MP__THREAD_RUNS);
    mp__threads.main = t;
    current = t;
}

/* -- threads that the host made -------------------------------------------- */

static pthread_key_t adopted;
static int key_error; /* of making the key */

static void let_go(void *t)
{
    mp__threads_end(t);
}

__attribute__((constructor)) static void begin(void)
{
    key_error = pthread_key_create(&adopted, let_go);
    born[0].ident = pthread_self();
    born[0].native_id = mp__thread_id();
    current = &born[0];
}

static struct mp__thread_name *next_name(void)
{
    char text[32];
    unsigned n;

    mp__gate_close();
    n = ++mp__threads.adopted;
    mp__gate_open();
    (void)snprintf(text, sizeof text, "Dummy-%u", n);
    return mp__thread_name_new(text);
}

static struct mp_thread *fail_to_adopt(struct mp_thread *t, int error)
{
    if (t != NULL)
        free(t->name);
    free(t);
    mp__fail_os(-error, "cannot make an object for the calling thread");
    return NULL;
}

/* The object goes when the thread does. */
static struct mp_thread *adopt(void)
{
    struct mp_thread *t = key_error == 0 ? malloc(sizeof *t) : NULL;
    int error;

    if (t == NULL)
        return fail_to_adopt(t, key_error != 0 ? key_error : ENOMEM);
    *t = (struct mp_thread){
        .role = MP__THREAD_ADOPTED,
        .name = next_name(),
        .daemon = true,
        .state = MP__THREAD_RUNS,
        .ident = pthread_self(),
        .native_id = mp__thread_id(),
    };
    mp__handle_init(&t->handle, &mp__thread_type);
    error = t->name != NULL ? pthread_setspecific(adopted, t) : ENOMEM;
    if (error != 0)
        return fail_to_adopt(t, error);
    mp__gate_close();
    t->forks = mp__threads.forks;
    mp__threads_add(t);
    mp__gate_open();
    mp__handle_drop(&t->handle);
    current = t;
    return t;
}

mp_thread *mp_current_thread(void)
{
    return current != NULL ? current : adopt();
}

mp_thread *mp_main_thread(void)
{
    return mp__threads.main;
}
