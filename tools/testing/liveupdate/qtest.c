// SPDX-License-Identifier: GPL-2.0-only
/*
 * Access to a VM's memory and device registers through QEMU's qtest socket.
 *
 * No code of the guest takes part, so that a device can be driven while no
 * kernel is in control. QEMU carries out all commands that it reads together
 * before it lets a CPU of the guest touch a device: a batch, which is all that
 * is queued between two calls of qtest_run(), is one moment for the guest, and
 * costs one round trip. It reads 1024 bytes at a time, which is the limit.
 */
#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <linux/compiler.h>

#include "qtest.h"

/* Start to use the socket; a failure is told by the first qtest_run(). */
void qtest_open(struct qtest *qtest, int fd, int timeout_ms)
{
	*qtest = (struct qtest) { .fd = fd, .timeout_ms = timeout_ms };
}

/* Give up the connection; QEMU goes on without it. */
void qtest_close(struct qtest *qtest)
{
	if (qtest->fd >= 0)
		close(qtest->fd);
	*qtest = (struct qtest) { .fd = -1, .failed = true };
}

static int __printf(2, 3) fail(struct qtest *qtest, const char *format, ...)
{
	va_list args;

	if (!qtest->failed) {
		va_start(args, format);
		fputs("qtest: ", stderr);
		vfprintf(stderr, format, args);
		fputc('\n', stderr);
		va_end(args);
	}
	qtest->failed = true;
	return -1;
}

static void __printf(3, 4)
queue(struct qtest *qtest, struct qtest_answer answer, const char *format, ...)
{
	va_list args;

	if (qtest->failed)
		return;
	va_start(args, format);
	qtest->out_length += vsnprintf(qtest->out + qtest->out_length,
				       sizeof(qtest->out) - qtest->out_length,
				       format, args);
	va_end(args);
	if (qtest->out_length >= sizeof(qtest->out) ||
	    qtest->nr_answers == QTEST_MAX_ANSWERS) {
		fail(qtest, "a batch is too long");
		return;
	}
	qtest->answers[qtest->nr_answers++] = answer;
}

void qtest_read16(struct qtest *qtest, u64 address, u16 *value)
{
	queue(qtest, (struct qtest_answer) { .value = value, .width = 2 },
	      "readw 0x%llx\n", (unsigned long long)address);
}

void qtest_read32(struct qtest *qtest, u64 address, u32 *value)
{
	queue(qtest, (struct qtest_answer) { .value = value, .width = 4 },
	      "readl 0x%llx\n", (unsigned long long)address);
}

void qtest_read64(struct qtest *qtest, u64 address, u64 *value)
{
	queue(qtest, (struct qtest_answer) { .value = value, .width = 8 },
	      "readq 0x%llx\n", (unsigned long long)address);
}

void qtest_read_bytes(struct qtest *qtest, u64 address, void *bytes, size_t size)
{
	queue(qtest, (struct qtest_answer) { .bytes = bytes, .size = size },
	      "read 0x%llx 0x%zx\n", (unsigned long long)address, size);
}

void qtest_write32(struct qtest *qtest, u64 address, u32 value)
{
	queue(qtest, (struct qtest_answer) {}, "writel 0x%llx 0x%x\n",
	      (unsigned long long)address, value);
}

void qtest_write64(struct qtest *qtest, u64 address, u64 value)
{
	queue(qtest, (struct qtest_answer) {}, "writeq 0x%llx 0x%llx\n",
	      (unsigned long long)address, (unsigned long long)value);
}

void qtest_out32(struct qtest *qtest, u16 port, u32 value)
{
	queue(qtest, (struct qtest_answer) {}, "outl 0x%x 0x%x\n", port, value);
}

static int send_all(struct qtest *qtest)
{
	size_t sent = 0;
	ssize_t length;

	while (sent < qtest->out_length) {
		length = write(qtest->fd, qtest->out + sent, qtest->out_length - sent);
		if (length < 0 && errno == EINTR)
			continue;
		if (length <= 0)
			return fail(qtest, "QEMU has gone: %s", strerror(errno));
		sent += length;
	}
	qtest->out_length = 0;
	return 0;
}

static int receive_more(struct qtest *qtest)
{
	struct pollfd pollfd = { .fd = qtest->fd, .events = POLLIN };
	ssize_t length;
	int ready;

	ready = poll(&pollfd, 1, qtest->timeout_ms);
	if (ready < 0 && errno == EINTR)
		return 0;
	if (ready <= 0)
		return fail(qtest, "QEMU does not answer within %d ms", qtest->timeout_ms);
	if (qtest->in_length == sizeof(qtest->in))
		return fail(qtest, "an answer is too long");
	length = read(qtest->fd, qtest->in + qtest->in_length,
		      sizeof(qtest->in) - qtest->in_length);
	if (length < 0 && errno == EINTR)
		return 0;
	if (length <= 0)
		return fail(qtest, "QEMU has gone");
	qtest->in_length += length;
	return 0;
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return -1;
}

static int parse_bytes(const char *text, u8 *bytes, size_t size)
{
	size_t i;

	for (i = 0; i < size; i++) {
		int high = hex_digit(text[2 * i]);
		int low = high < 0 ? -1 : hex_digit(text[2 * i + 1]);

		if (low < 0)
			return -1;
		bytes[i] = high << 4 | low;
	}
	return text[2 * size] ? -1 : 0;
}

static void store(const struct qtest_answer *answer, u64 value)
{
	if (answer->width == 2)
		*(u16 *)answer->value = value;
	else if (answer->width == 4)
		*(u32 *)answer->value = value;
	else
		*(u64 *)answer->value = value;
}

/* An answer is "OK", "OK 0xNUMBER" or "OK 0xBYTES"; all else is an error. */
static int parse_answer(struct qtest *qtest, const struct qtest_answer *answer, const char *line)
{
	const char *rest = line + 2;
	char *end;
	u64 value;

	if (strncmp(line, "OK", 2) || (*rest && *rest != ' '))
		return fail(qtest, "QEMU refused a command: %.80s", line);
	if (!answer->value && !answer->bytes)
		return 0;
	if (strncmp(rest, " 0x", 3))
		return fail(qtest, "not understood: %.80s", line);
	if (answer->bytes) {
		if (parse_bytes(rest + 3, answer->bytes, answer->size))
			return fail(qtest, "not %zu bytes: %.80s", answer->size, line);
		return 0;
	}
	errno = 0;
	value = strtoull(rest + 1, &end, 16);
	if (*end || errno || (answer->width < 8 && value >> 8 * answer->width))
		return fail(qtest, "not a number of %u bytes: %.80s", answer->width, line);
	store(answer, value);
	return 0;
}

/* The interrupt lines that QEMU reports unasked ("IRQ raise 3") are no answer. */
static bool is_answer(const char *line)
{
	return strncmp(line, "IRQ", 3);
}

/* Send what is queued and wait for all the answers: 0, or -1 with a message. */
int qtest_run(struct qtest *qtest)
{
	unsigned int answered = 0;
	char *line, *newline;

	if (qtest->failed || send_all(qtest))
		return -1;
	while (answered < qtest->nr_answers) {
		size_t used;

		newline = memchr(qtest->in, '\n', qtest->in_length);
		if (!newline) {
			if (receive_more(qtest))
				return -1;
			continue;
		}
		line = qtest->in;
		*newline = '\0';
		if (is_answer(line) &&
		    parse_answer(qtest, &qtest->answers[answered++], line))
			return -1;
		used = newline + 1 - qtest->in;
		qtest->in_length -= used;
		memmove(qtest->in, qtest->in + used, qtest->in_length);
	}
	qtest->nr_answers = 0;
	return 0;
}
