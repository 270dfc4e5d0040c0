/*
 * A history, to be read.
 */
#ifndef LINEAR_TELL_H
#define LINEAR_TELL_H

#include "family.h"

/* Those not in `placed` are marked; see check.h. */
void linear_tell(const struct linear_family *family,
                 const struct linear_history *h, uint64_t placed);

#endif
