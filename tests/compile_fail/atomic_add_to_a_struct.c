/* Only numbers are changed atomically. */
/* expect: struct point \* */
#include <mproc.h>

struct point {
    int x, y;
};

void wrong(struct point *p);

void wrong(struct point *p)
{
    mp_value_add(p, 1);
}
