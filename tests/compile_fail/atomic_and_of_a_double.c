/* No bits are picked out of a float. */
/* expect: double \* */
#include <mproc.h>

void wrong(double *d);

void wrong(double *d)
{
    mp_value_and(d, 1);
}
