/*
 * The same crash at the same point, again and again: whatever is left behind
 * adds up, and shows.
 */
#ifndef KSTEP_REPEAT_H
#define KSTEP_REPEAT_H

#include "op.h"

/* Kill `times` times, in turn at a few points of the operation; whether all
   went well and nothing is left. Says so. */
bool kstep_repeat(const struct kstep_op *op, int times);

#endif
