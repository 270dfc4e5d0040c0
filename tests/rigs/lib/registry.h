/*
 * A registry of named shared memory of the rig's own: what other programs of
 * the user make is not to be counted.
 */
#ifndef RIG_REGISTRY_H
#define RIG_REGISTRY_H

/* An empty one, for this process and those that it forks. The library's own
   folder in it does not exist yet: who makes memory makes it. */
void rig_registry_open(void);

/* How many files it has, in use or not. */
int rig_registry_files(void);

/* Nobody but this process uses anything in it any more. It is swept and
   removed; how many files the sweep did not take. */
int rig_registry_close(void);

#endif
