/* A line that is logged is checked as printf's is. */
/* expect: type 'char \*' */
#include <mproc.h>

void wrong(void);

void wrong(void)
{
    mp_logger_info(mp_get_logger(), "x=%d", "text");
}
