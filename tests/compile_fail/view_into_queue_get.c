/* A message is gone when get returns: a view of it cannot be had. */
/* expect: type 'const char \*\*' */
#include <mproc.h>

int wrong(mp_queue *q);

int wrong(mp_queue *q)
{
    const char *s;
    return mp_queue_get(q, &s);
}
