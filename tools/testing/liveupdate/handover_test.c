// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of what is kept of the lines in which the guest tells of the handover, with a
 * stand-in for QEMU.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <linux/kernel.h>

#include "fake_qtest.h"
#include "handover.h"
#include "qtest.h"
#include "tap.h"

static char directory[32];
static struct qtest qtest;

static void path_of(char *path, size_t size, const char *name)
{
	snprintf(path, size, "%s/%s", directory, name);
}

static int keep(const char *line)
{
	return handover_keep(&qtest, directory, line);
}

static int has(const char *name, const char *expected, size_t size)
{
	char path[128], bytes[64];
	size_t length;
	FILE *file;

	path_of(path, sizeof(path), name);
	file = fopen(path, "rb");
	if (!file)
		return 0;
	length = fread(bytes, 1, sizeof(bytes), file);
	fclose(file);
	return length == size && !memcmp(bytes, expected, size);
}

static void test_lines(void)
{
	tap_result(keep("counted 0 1 1") == 1, "lines.others");
	tap_result(!keep("handover image 0x20001000 3") && has("image", "\0\xffK", 3),
		   "lines.bytes");
	tap_result(!keep("handover image 0x20002000 1") && has("image", "\0\xffKH", 4),
		   "lines.appended");
	tap_result(!keep("handover catalogue 0x20003000 2") && has("catalogue", "{}", 2),
		   "lines.another_file");
}

static void test_wrong_lines(void)
{
	static const char * const lines[] = {
		"handover ../image 0x20001000 3", "handover image 0x20001000",
		"handover image 20001000 3", "handover image 0x20001008 3",
		"handover image 0x20001000 0", "handover image 0x20001000 4097",
		"handover image 0x20001000 3x",
	};

	for (size_t i = 0; i < ARRAY_SIZE(lines); i++)
		tap_result(keep(lines[i]) == -1, "wrong.line: %s", lines[i]);
	tap_result(handover_keep(&qtest, "/no/such/directory",
				 "handover image 0x20001000 3") == -1, "wrong.directory");
	tap_result(has("image", "\0\xffKH", 4), "wrong.nothing_kept");
}

static void remove_all(void)
{
	char path[128];

	path_of(path, sizeof(path), "image");
	unlink(path);
	path_of(path, sizeof(path), "catalogue");
	unlink(path);
	rmdir(directory);
}

int main(void)
{
	const struct extent piece = { FAKE_IOVA, FAKE_MEMORY, 0x1000 };
	struct fake *fake = fake_start(true, &piece, 1);

	qtest_open(&qtest, fake->socket, 5000);
	memcpy(fake_at(fake, FAKE_MEMORY + 0x1000, 3), "\0\xffK", 3);
	memcpy(fake_at(fake, FAKE_MEMORY + 0x2000, 1), "H", 1);
	memcpy(fake_at(fake, FAKE_MEMORY + 0x3000, 2), "{}", 2);
	strcpy(directory, "/tmp/handover.XXXXXX");
	if (!mkdtemp(directory))
		tap_die("there is no directory");
	test_lines();
	test_wrong_lines();
	qtest_close(&qtest);
	fake_stop(fake);
	remove_all();
	return tap_end();
}
