/* A struct is sent with MP_STRUCT; its address does not travel. */
/* expect: type 'struct point \*' */
#include <mproc.h>

struct point {
    double x, y;
};

int wrong(struct point *p);

int wrong(struct point *p)
{
    return mp_print(1, p);
}
