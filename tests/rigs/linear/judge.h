/*
 * Many histories of one object, made and judged.
 */
#ifndef LINEAR_JUDGE_H
#define LINEAR_JUDGE_H

#include "run.h"

/* Whether all of them are well. Says so, with counts, and shows the first bad
   ones in full. */
bool linear_judge(const struct linear_subject *subject, long histories,
                  uint64_t seed);

/* The first of so many that is not linearizable, from 1 on; 0: none. Says
   nothing. */
long linear_first_bad(const struct linear_subject *subject, long histories,
                      uint64_t seed);

#endif
