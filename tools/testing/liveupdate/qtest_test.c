// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of the connection to QEMU's qtest server, with the other end in hand.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <linux/kernel.h>

#include "qtest.h"
#include "tap.h"

#define ADDRESS			0xfedcba9876543210ull
#define UNTOUCHED		0xa5a5a5a5a5a5a5a5ull
#define TIMEOUT_MS		100

struct connection {
	struct qtest qtest;
	int peer;
};

static void open_connection(struct connection *connection)
{
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair))
		tap_die("there are no sockets");
	qtest_open(&connection->qtest, pair[0], TIMEOUT_MS);
	connection->peer = pair[1];
}

static void close_connection(struct connection *connection)
{
	qtest_close(&connection->qtest);
	if (connection->peer >= 0)
		close(connection->peer);
}

static void say(struct connection *connection, const char *text)
{
	size_t length = strlen(text);

	if (write(connection->peer, text, length) != (ssize_t)length)
		tap_die("an answer does not fit into the socket");
}

/* Run what is queued: whether it failed with one message that has that text. */
static bool fails(struct connection *connection, const char *text)
{
	const char *message;
	bool good;
	int error;

	tap_capture();
	error = qtest_run(&connection->qtest);
	message = tap_captured();
	good = error == -1 && !strncmp(message, "qtest: ", 7) && strstr(message, text) &&
	       strchr(message, '\n') == message + strlen(message) - 1;
	if (!good)
		printf("# returned %d, said: %.200s\n", error, message);
	return good;
}

/* Whether a connection that has failed does nothing any more, and is silent. */
static bool stays_failed(struct connection *connection)
{
	u32 value = 0x12345678;
	char byte;
	int i, error = -1;

	if (connection->peer >= 0) {
		while (recv(connection->peer, &byte, 1, MSG_DONTWAIT) == 1)
			;
		send(connection->peer, "OK 0x1\nOK 0x1\n", 14, 0);
	}
	tap_capture();
	for (i = 0; i < 2 * QTEST_MAX_ANSWERS; i++)
		qtest_read32(&connection->qtest, 0, &value);
	for (i = 0; i < 2; i++)
		error &= qtest_run(&connection->qtest);
	return !*tap_captured() && error == -1 && value == 0x12345678 &&
	       (connection->peer < 0 || recv(connection->peer, &byte, 1, MSG_DONTWAIT) < 0);
}

/* What is queued for an answer, and the number of bytes that it is stored in */
enum command { READ16, READ32, READ64, READ_BYTES, WRITE32, WRITE64, OUT32 };

static void queue(struct qtest *qtest, enum command command, void *value)
{
	switch (command) {
	case READ16:
		qtest_read16(qtest, ADDRESS, value);
		break;
	case READ32:
		qtest_read32(qtest, ADDRESS, value);
		break;
	case READ64:
		qtest_read64(qtest, ADDRESS, value);
		break;
	case READ_BYTES:
		qtest_read_bytes(qtest, ADDRESS, value, 4);
		break;
	case WRITE32:
		qtest_write32(qtest, ADDRESS, 0xdeadbeef);
		break;
	case WRITE64:
		qtest_write64(qtest, ADDRESS, 0x8000000000000001);
		break;
	case OUT32:
		qtest_out32(qtest, 0xcf8, 0x80000010);
		break;
	}
}

static bool sent(struct connection *connection, const char *wanted)
{
	char text[2 * QTEST_MAX_BATCH];
	ssize_t length = recv(connection->peer, text, sizeof(text) - 1, MSG_DONTWAIT);

	text[length < 0 ? 0 : length] = '\0';
	if (strcmp(text, wanted))
		printf("# commands: %s\n", text);
	return !strcmp(text, wanted);
}

static const struct good {
	enum command command;
	const char *sent;
	const char *answer;
	u64 value;
} goods[] = {
	{ READ16, "readw 0xfedcba9876543210\n", "OK 0x0000000000001234\n", 0xa5a5a5a5a5a51234 },
	{ READ16, "readw 0xfedcba9876543210\n", "OK 0xffff\n", 0xa5a5a5a5a5a5ffff },
	{ READ32, "readl 0xfedcba9876543210\n", "OK 0xdeadbeef\n", 0xa5a5a5a5deadbeef },
	{ READ32, "readl 0xfedcba9876543210\n", "OK 0x0\n", 0xa5a5a5a500000000 },
	{ READ64, "readq 0xfedcba9876543210\n", "OK 0xffffffffffffffff\n", ~0ull },
	{ READ64, "readq 0xfedcba9876543210\n", "OK 0x8000000000000001\n", 0x8000000000000001 },
	{ READ_BYTES, "read 0xfedcba9876543210 0x4\n", "OK 0x00ff9a0f\n", 0xa5a5a5a50f9aff00 },
	{ WRITE32, "writel 0xfedcba9876543210 0xdeadbeef\n", "OK\n", UNTOUCHED },
	{ WRITE64, "writeq 0xfedcba9876543210 0x8000000000000001\n", "OK\n", UNTOUCHED },
	{ OUT32, "outl 0xcf8 0x80000010\n", "OK\n", UNTOUCHED },
	{ READ32, "readl 0xfedcba9876543210\n", "IRQ raise 3\nIRQ lower 3\nOK 0x7\n",
	  0xa5a5a5a500000007 },
	{ WRITE32, "writel 0xfedcba9876543210 0xdeadbeef\n", "IRQ raise 0\nOK\n", UNTOUCHED },
};

static void test_good(const struct good *good)
{
	struct connection connection;
	u64 value = UNTOUCHED;
	int error;

	open_connection(&connection);
	say(&connection, good->answer);
	queue(&connection.qtest, good->command, &value);
	error = qtest_run(&connection.qtest);
	if (error || value != good->value)
		printf("# returned %d, read 0x%llx\n", error, (unsigned long long)value);
	tap_result(!error && value == good->value && sent(&connection, good->sent),
		   "good.%.*s", (int)strcspn(good->answer, "\n"), good->answer);
	close_connection(&connection);
}

static const struct bad {
	const char *name;
	enum command command;
	const char *answer;
	const char *message;
} bads[] = {
	{ "FAIL", READ32, "FAIL no such thing\n", "refused a command: FAIL no such thing" },
	{ "ERR", READ32, "ERR\n", "refused a command: ERR" },
	{ "ERR to a write", WRITE32, "ERR 1\n", "refused a command: ERR 1" },
	{ "empty line", READ32, "\n", "refused a command: " },
	{ "binary", READ64, "\x01\xff\x80\n", "refused a command: " },
	{ "OK and more", WRITE32, "OKAY\n", "refused a command: OKAY" },
	{ "OK after a space", WRITE32, " OK\n", "refused a command:  OK" },
	{ "no number", READ32, "OK\n", "not understood: OK" },
	{ "decimal", READ32, "OK 17\n", "not understood: OK 17" },
	{ "no digits", READ32, "OK 0x\n", "bytes: OK 0x" },
	{ "not a digit", READ32, "OK 0x12g\n", "bytes: OK 0x12g" },
	{ "two numbers", READ32, "OK 0x1 0x2\n", "bytes: OK 0x1 0x2" },
	{ "number, garbage", READ64, "OK 0x1\r\n", "bytes: OK 0x1" },
	{ "more than 16 bits", READ16, "OK 0x10000\n", "not a number of 2 bytes: OK 0x10000" },
	{ "more than 32 bits", READ32, "OK 0x100000000\n", "not a number of 4 bytes: OK 0x1" },
	{ "more than 64 bits", READ64, "OK 0x10000000000000000\n", "not a number of 8 bytes" },
	{ "too few bytes", READ_BYTES, "OK 0x112233\n", "not 4 bytes: OK 0x112233" },
	{ "too many bytes", READ_BYTES, "OK 0x1122334455\n", "not 4 bytes: OK 0x1122334455" },
	{ "half a byte less", READ_BYTES, "OK 0x1122334\n", "not 4 bytes: OK 0x1122334" },
	{ "half a byte more", READ_BYTES, "OK 0x112233445\n", "not 4 bytes: OK 0x112233445" },
	{ "bad high digit", READ_BYTES, "OK 0x11x23344\n", "not 4 bytes: OK 0x11x23344" },
	{ "bad low digit", READ_BYTES, "OK 0x1122334/\n", "not 4 bytes: OK 0x1122334/" },
	{ "no bytes", READ_BYTES, "OK\n", "not understood: OK" },
	{ "silence", READ32, "", "does not answer within 100 ms" },
	{ "no end of line", READ32, "OK 0x1", "does not answer within 100 ms" },
	{ "interrupts only", READ32, "IRQ raise 1\n", "does not answer within 100 ms" },
};

static void test_bad(const struct bad *bad)
{
	struct connection connection;
	u64 values[2] = { UNTOUCHED, UNTOUCHED };
	unsigned int start = tap_now_ms();

	open_connection(&connection);
	say(&connection, bad->answer);
	queue(&connection.qtest, bad->command, values);
	tap_result(fails(&connection, bad->message), "bad.%s", bad->name);
	tap_result(stays_failed(&connection) && values[1] == UNTOUCHED &&
		   (bad->command == READ_BYTES || *values == UNTOUCHED) &&
		   tap_now_ms() - start < 10 * TIMEOUT_MS, "bad.%s.stays failed", bad->name);
	close_connection(&connection);
}

/* Each answer goes where it belongs; interrupts may come between any two. */
static void test_batch(void)
{
	u8 bytes[3] = {}, more[2] = {};
	struct connection connection;
	u16 word = 0;
	u32 dword = 0;
	u64 qword = 0;
	int error;

	open_connection(&connection);
	say(&connection, "OK 0x1\nOK\nIRQ raise 9\nOK 0x010203\nOK 0x2\nOK 0x3\nOK 0xfffe\nOK");
	say(&connection, " 0x4\n");
	qtest_read16(&connection.qtest, 0x10, &word);
	qtest_write32(&connection.qtest, 0x20, 5);
	qtest_read_bytes(&connection.qtest, 0x30, bytes, 3);
	qtest_read32(&connection.qtest, 0x40, &dword);
	qtest_read64(&connection.qtest, 0x50, &qword);
	qtest_read_bytes(&connection.qtest, 0x60, more, 2);
	error = qtest_run(&connection.qtest);
	tap_result(!error && word == 1 && !memcmp(bytes, "\1\2\3", 3) && dword == 2 &&
		   qword == 3 && !memcmp(more, "\xff\xfe", 2), "batch.answers");
	tap_result(sent(&connection, "readw 0x10\nwritel 0x20 0x5\nread 0x30 0x3\nreadl 0x40\n"
			"readq 0x50\nread 0x60 0x2\n"), "batch.commands");
	qtest_read32(&connection.qtest, 0x70, &dword);
	error = qtest_run(&connection.qtest);
	tap_result(!error && dword == 4 && sent(&connection, "readl 0x70\n"), "batch.next");
	error = qtest_run(&connection.qtest);
	tap_result(!error && sent(&connection, ""), "batch.empty");
	close_connection(&connection);
}

static void test_pieces(void)
{
	static const char text[] = "OK 0x1\nIRQ raise 3\nOK\nOK 0x0102\n";
	struct connection connection;
	const char *piece;
	u8 bytes[2] = {};
	u32 dword = 0;
	int error;
	pid_t pid;

	open_connection(&connection);
	pid = fork();
	if (!pid) {
		for (piece = text; *piece; piece++) {
			usleep(500);
			if (write(connection.peer, piece, 1) != 1)
				_exit(1);
		}
		_exit(0);
	}
	qtest_read32(&connection.qtest, 0, &dword);
	qtest_write32(&connection.qtest, 0, 1);
	qtest_read_bytes(&connection.qtest, 0, bytes, 2);
	error = qtest_run(&connection.qtest);
	waitpid(pid, NULL, 0);
	tap_result(!error && dword == 1 && bytes[0] == 1 && bytes[1] == 2, "pieces");
	close_connection(&connection);
}

/* @size bytes in the form of an answer; the caller frees it. */
static char *hex(size_t size)
{
	char *text = calloc(1, 2 * size + 7);

	if (!text)
		tap_die("there is no memory");
	memset(text, '5', 2 * size + 5);
	memcpy(text, "OK 0x", 5);
	text[2 * size + 5] = '\n';
	return text;
}

static void test_long_answers(void)
{
	size_t fits = (sizeof(((struct qtest *)0)->in) - 6) / 2;
	u8 *bytes = calloc(1, fits + 2);
	struct connection connection;
	char *text = hex(fits);
	int error;

	open_connection(&connection);
	say(&connection, text);
	qtest_read_bytes(&connection.qtest, 0, bytes, fits);
	error = qtest_run(&connection.qtest);
	tap_result(!error && bytes[0] == 0x55 && bytes[fits - 1] == 0x55 && !bytes[fits],
		   "long answer.fits");
	free(text);

	text = hex(fits + 1);
	say(&connection, text);
	qtest_read_bytes(&connection.qtest, 0, bytes, fits + 1);
	tap_result(fails(&connection, "an answer is too long"), "long answer.too long");
	tap_result(stays_failed(&connection), "long answer.stays failed");
	close_connection(&connection);
	free(text);
	free(bytes);
}

/* What QEMU says is quoted, but not to any length. */
static void test_long_message(enum command command, const char *name)
{
	struct connection connection;
	char *text = hex(5000);
	u64 value;
	int error;

	open_connection(&connection);
	text[0] = command == WRITE32 ? 'A' : 'O';
	say(&connection, text);
	queue(&connection.qtest, command, &value);
	tap_capture();
	error = qtest_run(&connection.qtest);
	tap_result(strlen(tap_captured()) < 200 && error, "long message.%s", name);
	close_connection(&connection);
	free(text);
}

static void test_too_many(void)
{
	struct connection connection;
	unsigned int i, error;
	u32 value;

	open_connection(&connection);
	for (i = 0; i < QTEST_MAX_ANSWERS; i++)
		qtest_read32(&connection.qtest, i, &value);
	for (i = 0; i < QTEST_MAX_ANSWERS; i++)
		say(&connection, "OK 0x5\n");
	error = qtest_run(&connection.qtest);
	tap_result(!error && value == 5, "too many.as many as fit");
	for (i = 0; i < QTEST_MAX_ANSWERS; i++)
		qtest_read32(&connection.qtest, i, &value);
	tap_capture();
	for (i = 0; i < 3; i++)
		qtest_read32(&connection.qtest, i, &value);
	tap_result(!strcmp(tap_captured(), "qtest: a batch is too long\n"), "too many.message");
	tap_result(stays_failed(&connection), "too many.stays failed");
	close_connection(&connection);
}

/* QEMU reads that much at once; a batch of more would not be one moment. */
static void test_full_batch(unsigned int excess)
{
	char text[2 * QTEST_MAX_BATCH];
	struct connection connection;
	unsigned int i;
	u32 value;
	u8 byte;

	open_connection(&connection);
	for (i = 0; i < 27; i++)
		qtest_write32(&connection.qtest, 1ull << 60, 1u << 28);
	tap_capture();
	if (excess)
		qtest_read_bytes(&connection.qtest, 1ull << 52, &byte, 1);
	else
		qtest_read32(&connection.qtest, 1ull << 60, &value);
	tap_result(!!*tap_captured() == !!excess, "full batch.%u bytes",
		   QTEST_MAX_BATCH + excess);
	if (excess) {
		tap_result(stays_failed(&connection), "full batch.stays failed");
	} else {
		for (i = 0; i < 28; i++)
			say(&connection, "OK 0x1\n");
		tap_result(!qtest_run(&connection.qtest) &&
			   recv(connection.peer, text, sizeof(text), 0) == QTEST_MAX_BATCH,
			   "full batch.is sent");
	}
	close_connection(&connection);
}

static void test_peer_closed(void)
{
	struct connection connection;
	u32 value;

	open_connection(&connection);
	close(connection.peer);
	connection.peer = -1;
	qtest_read32(&connection.qtest, 0, &value);
	tap_result(fails(&connection, "QEMU has gone"), "closed.before a command");
	tap_result(stays_failed(&connection), "closed.before a command.stays failed");
	close_connection(&connection);

	open_connection(&connection);
	say(&connection, "OK 0x1\nOK 0x");
	shutdown(connection.peer, SHUT_WR);
	qtest_read32(&connection.qtest, 0, &value);
	tap_result(!qtest_run(&connection.qtest) && value == 1, "closed.after an answer");
	qtest_read32(&connection.qtest, 0, &value);
	tap_result(fails(&connection, "QEMU has gone"), "closed.within an answer");
	close_connection(&connection);
}

static void test_not_open(void)
{
	unsigned int files = tap_open_files();
	struct connection connection;
	u32 value = 7;

	open_connection(&connection);
	close_connection(&connection);
	tap_result(tap_open_files() == files, "close.no file is left");
	tap_capture();
	qtest_read32(&connection.qtest, 0, &value);
	tap_result(qtest_run(&connection.qtest) == -1 && value == 7 && !*tap_captured(),
		   "close.nothing works after it");
	qtest_close(&connection.qtest);
	tap_result(tap_open_files() == files, "close.twice");
}

int main(void)
{
	unsigned int i;

	/* A test that hangs fails. */
	alarm(60);
	signal(SIGPIPE, SIG_IGN);
	for (i = 0; i < ARRAY_SIZE(goods); i++)
		test_good(&goods[i]);
	for (i = 0; i < ARRAY_SIZE(bads); i++)
		test_bad(&bads[i]);
	test_batch();
	test_pieces();
	test_long_answers();
	test_long_message(WRITE32, "refused");
	test_long_message(READ_BYTES, "too many bytes");
	test_long_message(READ32, "too large a number");
	test_too_many();
	test_full_batch(0);
	test_full_batch(1);
	test_peer_closed();
	test_not_open();
	return tap_end();
}
