/*
 * How a process of the tree ends: its threads are waited for, its daemons are
 * ended, its other children waited for, and in a child what mp_atexit
 * registered is called.
 */
#ifndef MP_PROCESS_EXIT_H
#define MP_PROCESS_EXIT_H

/* Have it done by exit(3) in the calling process. In a child this comes before
   all that the parent registered with atexit(3), which is then left out. */
void mp__exit_hook(void);

/* End the daemons among the children, wait for the others. */
void mp__exit_children(void);

/* What a room above this one does first when the process that it is called in
   ends by exit(3), or NULL; set before main. */
extern void (*mp__exit_first)(void);

/* Wait for the threads that are no daemons. The main thread, if it calls this,
   counts as ended from then on, for somebody may wait for it. */
void mp__exit_threads(void);

/* What a room above this one does in a child as the last thing before it ends
   by exit(3); set before main, or NULL. */
extern void (*mp__exit_last)(void);

/* child: what the parent's mp_atexit registered is not called here. */
void mp__exit_forget(void);

#endif
