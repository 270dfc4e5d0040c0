/* Only what can be acquired can be held by a block. */
/* expect: 'mp_queue \*' */
#include <mproc.h>

void wrong(mp_queue *q);

void wrong(mp_queue *q)
{
    MP_WITH(q)
        (void)mp_queue_qsize(q);
}
