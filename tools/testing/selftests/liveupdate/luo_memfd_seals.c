// SPDX-License-Identifier: GPL-2.0-only
/*
 * A selftest of what a live update keeps of a sealed memfd: its content, its
 * size, exactly its seals, and with them what user space may still do with it.
 *
 * Each property is a result of its own, and one that is lost does not keep the
 * others from being checked.
 */
#include <fcntl.h>
#include <linux/memfd.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <libliveupdate.h>

/* Not every C library knows these. */
#ifndef F_ADD_SEALS
#define F_ADD_SEALS	1033
#define F_GET_SEALS	1034
#define F_SEAL_SEAL	0x0001
#define F_SEAL_SHRINK	0x0002
#define F_SEAL_GROW	0x0004
#endif
#ifndef F_SEAL_EXEC
#define F_SEAL_EXEC	0x0020
#endif

#define FIXED_SIZE_SEALS	(F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW)
#define MODE_EXEC		0111

#define TEST_SESSION_NAME	"memfd-seals-session"
#define STATE_SESSION_NAME	"kexec_memfd_seals_state"
#define STATE_MEMFD_TOKEN	997

/* Results per file, and one for the end of the session */
#define RESULTS_PER_FILE	6
#define RESULTS			(RESULTS_PER_FILE * (int)ARRAY_SIZE(files) + 1)

/**
 * struct sealed_file - A memfd to hand over
 * @name: of the file, for the results
 * @token: by which it is retrieved
 * @flags: for memfd_create()
 * @add_seals: seals to add
 * @seals: all the seals that it has then
 * @mode_exec: the executable bits of its mode
 */
struct sealed_file {
	const char *name;
	int token;
	unsigned int flags;
	int add_seals;
	int seals;
	unsigned int mode_exec;
};

static const struct sealed_file files[] = {
	{
		.name = "plain",
		.token = 0x5ea1,
		.flags = MFD_EXEC | MFD_ALLOW_SEALING,
		.add_seals = FIXED_SIZE_SEALS,
		.seals = FIXED_SIZE_SEALS,
		.mode_exec = MODE_EXEC,
	},
	{
		.name = "noexec",
		.token = 0x5ea2,
		.flags = MFD_NOEXEC_SEAL,
		.add_seals = FIXED_SIZE_SEALS,
		.seals = FIXED_SIZE_SEALS | F_SEAL_EXEC,
		.mode_exec = 0,
	},
};

/* Not a multiple of the page size, so that a rounded size is noticed. */
static size_t file_size(void)
{
	return 2 * getpagesize() + 100;
}

static unsigned char content_at(const struct sealed_file *file, size_t offset)
{
	return offset * 31 + file->token;
}

/* A system call: nolibc has no fcntl(). */
static int get_seals(int fd)
{
	return syscall(__NR_fcntl, fd, F_GET_SEALS, 0);
}

static int add_seals(int fd, int seals)
{
	return syscall(__NR_fcntl, fd, F_ADD_SEALS, seals);
}

static void fill(int fd, const struct sealed_file *file)
{
	size_t size = file_size(), i;
	unsigned char *map;

	if (ftruncate(fd, size) < 0)
		fail_exit("ftruncate of %s", file->name);
	map = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (map == MAP_FAILED)
		fail_exit("mmap of %s", file->name);
	for (i = 0; i < size; i++)
		map[i] = content_at(file, i);
	munmap(map, size);
}

static void preserve_file(int session_fd, const struct sealed_file *file)
{
	int fd, seals;

	fd = memfd_create(file->name, file->flags);
	if (fd < 0)
		fail_exit("memfd_create of %s", file->name);
	fill(fd, file);
	if (add_seals(fd, file->add_seals) < 0)
		fail_exit("F_ADD_SEALS of %s", file->name);
	seals = get_seals(fd);
	if (seals != file->seals)
		fail_exit("%s has seals %#x, not %#x", file->name, seals,
			  file->seals);
	if (luo_session_preserve_fd(session_fd, fd, file->token) < 0)
		fail_exit("luo_session_preserve_fd of %s", file->name);
	close(fd);
}

/* Stage 1: before the kexec. */
static void run_stage_1(int luo_fd)
{
	int session_fd;
	size_t i;

	create_state_file(luo_fd, STATE_SESSION_NAME, STATE_MEMFD_TOKEN, 2);
	session_fd = luo_create_session(luo_fd, TEST_SESSION_NAME);
	if (session_fd < 0)
		fail_exit("luo_create_session for '%s'", TEST_SESSION_NAME);
	for (i = 0; i < ARRAY_SIZE(files); i++) {
		ksft_print_msg("[STAGE 1] Preserving memfd '%s'...\n",
			       files[i].name);
		preserve_file(session_fd, &files[i]);
	}
	close(luo_fd);
	daemonize_and_wait();
}

static bool size_is_kept(int fd)
{
	struct stat st;

	if (fstat(fd, &st) < 0) {
		ksft_print_msg("fstat: %s\n", strerror(errno));
		return false;
	}
	if ((size_t)st.st_size == file_size())
		return true;
	ksft_print_msg("the size is %ld, not %ld\n", (long)st.st_size,
		       (long)file_size());
	return false;
}

/* Read, not mapped: a size that shrank must not end the program. */
static bool content_is_kept(int fd, const struct sealed_file *file)
{
	unsigned char buf[256];
	size_t offset = 0;
	ssize_t length, i;

	if (lseek(fd, 0, SEEK_SET) < 0) {
		ksft_print_msg("lseek: %s\n", strerror(errno));
		return false;
	}
	while ((length = read(fd, buf, sizeof(buf))) > 0) {
		for (i = 0; i < length; i++, offset++) {
			if (buf[i] == content_at(file, offset))
				continue;
			ksft_print_msg("the byte at %ld is %#x, not %#x\n",
				       (long)offset, buf[i],
				       content_at(file, offset));
			return false;
		}
	}
	if (length < 0)
		ksft_print_msg("read: %s\n", strerror(errno));
	else if (offset != file_size())
		ksft_print_msg("%ld bytes can be read, not %ld\n", (long)offset,
			       (long)file_size());
	return !length && offset == file_size();
}

static bool seals_are_kept(int fd, const struct sealed_file *file)
{
	int seals = get_seals(fd);

	if (seals < 0)
		ksft_print_msg("F_GET_SEALS: %s\n", strerror(errno));
	else if (seals != file->seals)
		ksft_print_msg("the seals are %#x, not %#x\n", seals,
			       file->seals);
	return seals == file->seals;
}

/*
 * Finding 41a: F_SEAL_EXEC that is added to a file with executable bits brings
 * the seals against writing, and a VM cannot map its memory any more.
 */
static bool can_be_written_by_mapping(int fd)
{
	unsigned char *map, byte = 0;
	bool good;

	map = mmap(NULL, getpagesize(), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (map == MAP_FAILED) {
		ksft_print_msg("mmap shared and writable: %s\n", strerror(errno));
		return false;
	}
	map[0] ^= 0xff;
	good = lseek(fd, 0, SEEK_SET) == 0 && read(fd, &byte, 1) == 1 &&
	       byte == map[0];
	if (!good)
		ksft_print_msg("a write through the mapping is not in the file\n");
	munmap(map, getpagesize());
	return good;
}

/* Finding 40: MFD_NOEXEC_SEAL is the seal and the mode. */
static bool mode_is_kept(int fd, const struct sealed_file *file)
{
	struct stat st;

	if (fstat(fd, &st) < 0) {
		ksft_print_msg("fstat: %s\n", strerror(errno));
		return false;
	}
	if ((st.st_mode & MODE_EXEC) == file->mode_exec)
		return true;
	ksft_print_msg("the executable bits of the mode are %#o, not %#o\n",
		       st.st_mode & MODE_EXEC, file->mode_exec);
	return false;
}

/* The mapping comes last: it changes the content. */
static void check_file(int session_fd, const struct sealed_file *file)
{
	int fd = luo_session_retrieve_fd(session_fd, file->token);
	bool valid = fd >= 0;

	if (!valid)
		ksft_print_msg("luo_session_retrieve_fd of %s: %s\n", file->name,
			       strerror(-fd));
	ksft_test_result(valid, "%s.retrieve\n", file->name);
	ksft_test_result(valid && size_is_kept(fd), "%s.size\n", file->name);
	ksft_test_result(valid && content_is_kept(fd, file), "%s.content\n",
			 file->name);
	ksft_test_result(valid && seals_are_kept(fd, file), "%s.seals\n",
			 file->name);
	ksft_test_result(valid && mode_is_kept(fd, file), "%s.mode\n",
			 file->name);
	ksft_test_result(valid && can_be_written_by_mapping(fd),
			 "%s.writable_mapping\n", file->name);
	if (valid)
		close(fd);
}

static bool finish(int session_fd, int state_session_fd)
{
	int err = luo_session_finish(session_fd);
	int state_err = luo_session_finish(state_session_fd);

	if (err)
		ksft_print_msg("cannot end session '%s': %s\n", TEST_SESSION_NAME,
			       strerror(-err));
	if (state_err)
		ksft_print_msg("cannot end session '%s': %s\n", STATE_SESSION_NAME,
			       strerror(-state_err));
	close(session_fd);
	close(state_session_fd);
	return !err && !state_err;
}

/* Stage 2: after the kexec. */
static void run_stage_2(int luo_fd, int state_session_fd)
{
	int session_fd, stage;
	size_t i;

	restore_and_read_stage(state_session_fd, STATE_MEMFD_TOKEN, &stage);
	if (stage != 2)
		fail_exit("Expected stage 2, but state file contains %d", stage);
	session_fd = luo_retrieve_session(luo_fd, TEST_SESSION_NAME);
	if (session_fd < 0)
		fail_exit("luo_retrieve_session for '%s'", TEST_SESSION_NAME);

	ksft_print_header();
	ksft_set_plan(RESULTS);
	for (i = 0; i < ARRAY_SIZE(files); i++)
		check_file(session_fd, &files[i]);
	ksft_test_result(finish(session_fd, state_session_fd), "finish\n");
	if (!ksft_get_fail_cnt())
		ksft_print_msg("--- MEMFD SEALS KEXEC TEST PASSED ---\n");
	ksft_finished();
}

int main(int argc, char *argv[])
{
	return luo_test(argc, argv, STATE_SESSION_NAME, run_stage_1, run_stage_2);
}
