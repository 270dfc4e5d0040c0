/*
 * The names of functions, kept as they are found; see function_name.h.
 */
#include "os/function_name.h"

#include "os/symbols.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

struct named {
    struct named *next;
    uint64_t function;
    char name[128];
};

static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;
static struct named *names;

/* child */
static void open_gate(void)
{
    (void)pthread_mutex_init(&gate, NULL);
}

__attribute__((constructor)) static void register_fork_handler(void)
{
    (void)pthread_atfork(NULL, NULL, open_gate);
}

/* Symbols are asked for by return addresses: of the code just before them. */
static void look_up(struct named *n)
{
    struct mp__symbols *session = mp__symbols_begin();
    struct mp__symbol s;

    (void)snprintf(n->name, sizeof n->name, "%#llx",
                   (unsigned long long)n->function);
    if (session == NULL)
        return;
    mp__symbol_of(session, (void *)(uintptr_t)(n->function + 1), &s);
    if (s.function[0] != '\0')
        (void)snprintf(n->name, sizeof n->name, "%s", s.function);
    mp__symbols_end(session);
}

static struct named *find(uint64_t function)
{
    struct named *n = names;

    while (n != NULL && n->function != function)
        n = n->next;
    return n;
}

static struct named *add(uint64_t function)
{
    struct named *n = malloc(sizeof *n);

    if (n == NULL)
        return NULL;
    n->function = function;
    look_up(n);
    n->next = names;
    names = n;
    return n;
}

const char *mp__function_name(uint64_t function)
{
    struct named *n;

    (void)pthread_mutex_lock(&gate);
    n = find(function);
    if (n == NULL)
        n = add(function);
    (void)pthread_mutex_unlock(&gate);
    return n != NULL ? n->name : "?";
}
