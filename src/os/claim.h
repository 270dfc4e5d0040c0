/*
 * Claims: whether anybody still has a descriptor of a file.
 *
 * A claim is a lock of an open file description. It goes with the descriptor
 * wherever that one goes, into a message, too, and it ends when the last
 * duplicate is closed, by whatever death. Others can ask through a description
 * of their own. What is mapped through a description keeps it open as well: so
 * one that is claimed is not to be mapped.
 */
#ifndef MP_OS_CLAIM_H
#define MP_OS_CLAIM_H

#include <stdbool.h>

/* Claim the file for fd and its duplicates; 0 or -errno. */
int mp__claim(int fd);

/* Another description of the same file, to ask by, or to map; -errno, above all
   if /proc is not there. */
int mp__reopen(int fd);

/* Whether anybody but the probe has a claim on it. */
bool mp__is_claimed(int probe);

#endif
