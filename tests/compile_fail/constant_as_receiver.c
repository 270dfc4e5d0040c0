/* Nothing can land in a constant. */
/* expect: type 'const int \*' */
#include <mproc.h>

int wrong(mp_any v, const int *n);

int wrong(mp_any v, const int *n)
{
    return mp_any_into(v, n);
}
