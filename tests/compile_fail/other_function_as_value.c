/* A task has the one signature. */
/* expect: type 'int \(\*\)\(int\)' */
#include <mproc.h>

static int twice(int n)
{
    return 2 * n;
}

mp_any wrong(void);

mp_any wrong(void)
{
    return MP(twice);
}
