/* A pointer does not travel. */
/* expect: type 'void \*' */
#include <mproc.h>

mp_any wrong(void *p);

mp_any wrong(void *p)
{
    return MP(p);
}
