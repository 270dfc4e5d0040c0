/* What acquire answers is an int. */
/* expect: 'long( int)? \*' */
#include <mproc.h>

void wrong(mp_lock *lock, long *rc);

void wrong(mp_lock *lock, long *rc)
{
    MP_WITH(lock, rc)
        (void)mp_lock_locked(lock);
}
