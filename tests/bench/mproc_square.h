/*
 * The task that libmproc's pools are given.
 */
#ifndef BENCH_MPROC_SQUARE_H
#define BENCH_MPROC_SQUARE_H

#include <mproc.h>

int mproc_square(mp_call *call);

#endif
