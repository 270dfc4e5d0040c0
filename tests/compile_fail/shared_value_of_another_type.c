/* What is made is a pointer to the type that was asked for. */
/* expect: incompatible pointer type */
#include <mproc.h>

double *wrong(void);

double *wrong(void)
{
    double *d = mp_value_new(int, 0);
    return d;
}
