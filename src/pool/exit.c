/*
 * Pools at the end of their process: workers are ended before daemons are, or
 * the supervisor would start new ones; those of an executor when its work is
 * done. Kept in a list of the live ones, which
 * a forked child has a copy of and no use for.
 */
#include "pool/executor.h"

#include "os/generation.h"
#include "process/exit.h"

static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;
static struct mp_pool *live;

/* One after another, for ending one takes it off the list. Threads end with
   their process, and one of them may be who ends it. */
static void end_pools(void)
{
    for (;;) {
        struct mp_pool *pool;

        (void)pthread_mutex_lock(&gate);
        pool = live;
        while (pool != NULL && pool->generation != mp__generation())
            pool = pool->next_live;
        (void)pthread_mutex_unlock(&gate);
        if (pool == NULL)
            return;
        if (pool->of_executor)
            mp__executor_drain(pool);
        if (!pool->of_threads)
            (void)mp_pool_terminate(pool);
        mp__pool_is_dead(pool);
    }
}

/* child */
static void forget_pools(void)
{
    (void)pthread_mutex_init(&gate, NULL);
    live = NULL;
}

void mp__pool_is_live(struct mp_pool *pool)
{
    (void)pthread_mutex_lock(&gate);
    pool->next_live = live;
    pool->link_live = &live;
    if (live != NULL)
        live->link_live = &pool->next_live;
    live = pool;
    (void)pthread_mutex_unlock(&gate);
}

void mp__pool_is_dead(struct mp_pool *pool)
{
    (void)pthread_mutex_lock(&gate);
    if (pool->link_live != NULL) {
        *pool->link_live = pool->next_live;
        if (pool->next_live != NULL)
            pool->next_live->link_live = pool->link_live;
        pool->link_live = NULL;
    }
    (void)pthread_mutex_unlock(&gate);
}

__attribute__((constructor)) static void register_pools(void)
{
    mp__exit_first = end_pools;
    (void)pthread_atfork(NULL, NULL, forget_pools);
}
