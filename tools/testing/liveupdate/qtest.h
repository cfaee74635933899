/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef QTEST_H
#define QTEST_H

#include <stdbool.h>
#include <stddef.h>

#include <linux/types.h>

/* What QEMU reads at once, and commands that fit into it. */
#define QTEST_MAX_BATCH		1024
#define QTEST_MAX_ANSWERS	64

/**
 * struct qtest_answer - Where the answer to one queued command goes
 * @value: a number, or %NULL
 * @bytes: @size bytes, or %NULL
 * @size: length of @bytes
 * @width: bytes of @value
 */
struct qtest_answer {
	void *value;
	u8 *bytes;
	size_t size;
	unsigned int width;
};

/**
 * struct qtest - Connection to QEMU's qtest server
 * @fd: the socket
 * @timeout_ms: how long QEMU may take for an answer
 * @failed: an error was met and told; every later call fails
 * @out: commands not yet sent
 * @out_length: used bytes of @out
 * @in: bytes received and not yet used
 * @in_length: used bytes of @in
 * @answers: one for each command in @out
 * @nr_answers: number of commands in @out
 */
struct qtest {
	int fd;
	int timeout_ms;
	bool failed;
	char out[QTEST_MAX_BATCH + 1];
	size_t out_length;
	char in[64 * 1024];
	size_t in_length;
	struct qtest_answer answers[QTEST_MAX_ANSWERS];
	unsigned int nr_answers;
};

void qtest_open(struct qtest *qtest, int fd, int timeout_ms);
void qtest_close(struct qtest *qtest);

/* Queue one access to guest-physical memory. */
void qtest_read16(struct qtest *qtest, u64 address, u16 *value);
void qtest_read32(struct qtest *qtest, u64 address, u32 *value);
void qtest_read64(struct qtest *qtest, u64 address, u64 *value);
void qtest_read_bytes(struct qtest *qtest, u64 address, void *bytes, size_t size);
void qtest_write32(struct qtest *qtest, u64 address, u32 value);
void qtest_write64(struct qtest *qtest, u64 address, u64 value);

/* Queue one access to an I/O port. */
void qtest_out32(struct qtest *qtest, u16 port, u32 value);

int qtest_run(struct qtest *qtest);

#endif /* QTEST_H */
