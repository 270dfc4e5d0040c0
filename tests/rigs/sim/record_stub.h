/*
 * Values as the simulator knows them; see record_stub.c.
 */
#ifndef SIM_RECORD_STUB_H
#define SIM_RECORD_STUB_H

#include <stdint.h>

#define HANDLE (UINT64_C(1) << 20) /* in the head of a value */

enum { REFUSED = 1 }; /* the head of a receiver */

#endif
