/* Blocks that hold a lock, nested, left in every way, and in a loop. */
#include <mproc.h>

int right(mp_lock *lock, mp_rlock *rlock, mp_semaphore *s, mp_condition *c);

int right(mp_lock *lock, mp_rlock *rlock, mp_semaphore *s, mp_condition *c)
{
    int rc, runs = 0;

    MP_WITH(lock) MP_WITH(rlock) MP_WITH(s, &rc)
    {
        MP_WITH(c)
            runs++;
        if (runs > 1)
            continue;
    }
    for (int i = 0; i < 3; i++)
        MP_WITH(lock) {
            if (i == 1)
                return rc;
            if (i == 2)
                break;
            runs += i;
        }
    return runs;
}
