/*
 * Pipes and other files as streams of bytes: reading and writing without
 * waiting and without SIGPIPE, though the file itself may be a blocking one
 * that other processes use too (so O_NONBLOCK is not ours to set).
 */
#ifndef MP_OS_STREAM_FILE_H
#define MP_OS_STREAM_FILE_H

#include "os/socket.h"

/* How many bytes went · -EAGAIN · -EPIPE · -errno. No descriptors. */
ssize_t mp__file_write(int fd, const struct mp__cargo *cargo);

/* How many bytes came, 0 at the end · -EAGAIN · -errno. */
ssize_t mp__file_read(int fd, void *buf, size_t size);

#endif
