/* An open file does not travel. */
/* expect: type 'FILE \*' */
#include <mproc.h>

#include <stdio.h>

mp_any wrong(void);

mp_any wrong(void)
{
    return MP(stdout);
}
