/* The address was meant, not the value. */
/* expect: type 'int' */
#include <mproc.h>

int wrong(mp_any v);

int wrong(mp_any v)
{
    int n = 0;
    return mp_any_into(v, n);
}
