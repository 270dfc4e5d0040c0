/* The value was meant, not its address. */
/* expect: type 'int \*' */
#include <mproc.h>

int wrong(int n);

int wrong(int n)
{
    return mp_print(&n);
}
