// SPDX-License-Identifier: GPL-2.0-only
/*
 * A selftest of what a live update keeps of a sealed memfd: its content, its
 * size, its mode, exactly its seals, and with them what user space may still do
 * with it. All of its memory is written after it was retrieved.
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

#ifndef MFD_HUGETLB
#define MFD_HUGETLB	0x0004U
#endif

#define FIXED_SIZE_SEALS	(F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW)
#define MODE_ALL		07777

/* Where a memfd is to have large folios; without it, it has small ones. */
#define HUGE_KNOB	"/sys/kernel/mm/transparent_hugepage/shmem_enabled"
#define HUGE_SIZE	(2UL << 20)

#define TEST_SESSION_NAME	"memfd-seals-session"
#define STATE_SESSION_NAME	"kexec_memfd_seals_state"
#define STATE_MEMFD_TOKEN	997

/* Results per file, and one for the end of the session */
#define RESULTS_PER_FILE	6
#define RESULTS			(RESULTS_PER_FILE * (int)ARRAY_SIZE(files) + 5)

/**
 * struct sealed_file - A memfd to hand over
 * @name: of the file, for the results
 * @token: by which it is retrieved
 * @flags: for memfd_create()
 * @add_seals: seals to add
 * @seals: all the seals that it has then
 * @chmod: mode to give it before that, 0 to keep the one it has
 * @mode: the mode that it has then
 * @size: its size, 0 for the usual one
 */
struct sealed_file {
	const char *name;
	int token;
	unsigned int flags;
	int add_seals;
	int seals;
	unsigned int chmod;
	unsigned int mode;
	size_t size;
};

static const struct sealed_file files[] = {
	{
		.name = "plain",
		.token = 0x5ea1,
		.flags = MFD_EXEC | MFD_ALLOW_SEALING,
		.add_seals = FIXED_SIZE_SEALS,
		.seals = FIXED_SIZE_SEALS,
		.mode = 0777,
	},
	{
		.name = "noexec",
		.token = 0x5ea2,
		.flags = MFD_NOEXEC_SEAL,
		.add_seals = FIXED_SIZE_SEALS,
		.seals = FIXED_SIZE_SEALS | F_SEAL_EXEC,
		.mode = 0666,
	},
	{
		.name = "fchmod",
		.token = 0x5ea3,
		.flags = MFD_EXEC | MFD_ALLOW_SEALING,
		.chmod = 0640,
		.add_seals = FIXED_SIZE_SEALS | F_SEAL_EXEC,
		.seals = FIXED_SIZE_SEALS | F_SEAL_EXEC,
		.mode = 0640,
	},
	{
		.name = "huge",
		.token = 0x5ea4,
		.flags = MFD_NOEXEC_SEAL,
		.add_seals = FIXED_SIZE_SEALS,
		.seals = FIXED_SIZE_SEALS | F_SEAL_EXEC,
		.mode = 0666,
		.size = 2 * HUGE_SIZE,
	},
	{
		.name = "open",
		.token = 0x5ea5,
		.flags = MFD_EXEC | MFD_ALLOW_SEALING,
		.mode = 0777,
	},
};

/* Not a multiple of the page size, so that a rounded size is noticed. */
static size_t file_size(const struct sealed_file *file)
{
	return file->size ? file->size : 2 * getpagesize() + 100;
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
	size_t size = file_size(file), i;
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

/* The answer does not matter: the kernel may have none. */
static void want_huge_pages(void)
{
	int fd = open(HUGE_KNOB, O_WRONLY);

	if (fd < 0 || write(fd, "always", 6) != 6)
		ksft_print_msg("memfds have no huge pages here\n");
	if (fd >= 0)
		close(fd);
}

static void preserve_file(int session_fd, const struct sealed_file *file)
{
	int fd, seals;

	fd = memfd_create(file->name, file->flags);
	if (fd < 0)
		fail_exit("memfd_create of %s", file->name);
	fill(fd, file);
	if (file->chmod && syscall(__NR_fchmod, fd, file->chmod) < 0)
		fail_exit("fchmod of %s", file->name);
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
	want_huge_pages();
	for (i = 0; i < ARRAY_SIZE(files); i++) {
		ksft_print_msg("[STAGE 1] Preserving memfd '%s'...\n",
			       files[i].name);
		preserve_file(session_fd, &files[i]);
	}
	close(luo_fd);
	daemonize_and_wait();
}

static bool size_is_kept(int fd, const struct sealed_file *file)
{
	struct stat st;

	if (fstat(fd, &st) < 0) {
		ksft_print_msg("fstat: %s\n", strerror(errno));
		return false;
	}
	if ((size_t)st.st_size == file_size(file))
		return true;
	ksft_print_msg("the size is %ld, not %ld\n", (long)st.st_size,
		       (long)file_size(file));
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
	else if (offset != file_size(file))
		ksft_print_msg("%ld bytes can be read, not %ld\n", (long)offset,
			       (long)file_size(file));
	return !length && offset == file_size(file);
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
static bool can_be_written_by_mapping(int fd, const struct sealed_file *file)
{
	size_t size = file_size(file), i;
	unsigned char *map, byte = 0;
	bool good = true;

	map = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (map == MAP_FAILED) {
		ksft_print_msg("mmap shared and writable: %s\n", strerror(errno));
		return false;
	}
	for (i = 0; i < size; i++)
		map[i] ^= 0xff;
	for (i = 0; i < size && good; i += 511)
		good = lseek(fd, i, SEEK_SET) == (off_t)i && read(fd, &byte, 1) == 1 &&
		       byte == (content_at(file, i) ^ 0xff);
	if (!good)
		ksft_print_msg("a write through the mapping is not in the file\n");
	munmap(map, size);
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
	if ((st.st_mode & MODE_ALL) == file->mode)
		return true;
	ksft_print_msg("the mode is %#o, not %#o\n", st.st_mode & MODE_ALL, file->mode);
	return false;
}

/* The mapping comes last: it changes the content. */
static int check_file(int session_fd, const struct sealed_file *file)
{
	int fd = luo_session_retrieve_fd(session_fd, file->token);
	bool valid = fd >= 0;

	if (!valid)
		ksft_print_msg("luo_session_retrieve_fd of %s: %s\n", file->name,
			       strerror(-fd));
	ksft_test_result(valid, "%s.retrieve\n", file->name);
	ksft_test_result(valid && size_is_kept(fd, file), "%s.size\n", file->name);
	ksft_test_result(valid && content_is_kept(fd, file), "%s.content\n",
			 file->name);
	ksft_test_result(valid && seals_are_kept(fd, file), "%s.seals\n",
			 file->name);
	ksft_test_result(valid && mode_is_kept(fd, file), "%s.mode\n",
			 file->name);
	ksft_test_result(valid && can_be_written_by_mapping(fd, file),
			 "%s.writable_mapping\n", file->name);
	return fd;
}

/* It has no seal against that, but what maps it may still have to be retrieved. */
static bool is_frozen(int fd)
{
	if (ftruncate(fd, 0) == 0) {
		ksft_print_msg("it can be truncated before the session finishes\n");
		return false;
	}
	return errno == EPERM;
}

static bool is_not_frozen(int fd)
{
	if (ftruncate(fd, 0) == 0)
		return true;
	ksft_print_msg("ftruncate after the session finished: %s\n", strerror(errno));
	return false;
}

/* What is refused has an error of its own, other than what nobody knows. */
static bool is_refused(int luo_fd, int fd, int err)
{
	int session_fd = luo_create_session(luo_fd, "memfd-refused"), ret;

	if (session_fd < 0) {
		ksft_print_msg("luo_create_session: %s\n", strerror(-session_fd));
		return false;
	}
	ret = luo_session_preserve_fd(session_fd, fd, 1);
	if (ret != err)
		ksft_print_msg("luo_session_preserve_fd returns %d, not %d\n", ret, err);
	close(session_fd);
	return ret == err;
}

static void check_refused(int luo_fd, int fd, int err, const char *name)
{
	if (fd < 0) {
		ksft_test_result_skip("%s\n", name);
		return;
	}
	ksft_test_result(is_refused(luo_fd, fd, err), "%s\n", name);
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
	int session_fd, stage, fds[ARRAY_SIZE(files)], last = ARRAY_SIZE(files) - 1;
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
		fds[i] = check_file(session_fd, &files[i]);
	ksft_test_result(is_frozen(fds[last]), "frozen.before_finish\n");
	ksft_test_result(finish(session_fd, state_session_fd), "finish\n");
	ksft_test_result(is_not_frozen(fds[last]), "frozen.after_finish\n");
	check_refused(luo_fd, memfd_create("huge", MFD_HUGETLB), -EOPNOTSUPP,
		      "refused.hugetlb");
	check_refused(luo_fd, syscall(__NR_memfd_secret, 0), -EPERM, "refused.secret");
	if (!ksft_get_fail_cnt())
		ksft_print_msg("--- MEMFD SEALS KEXEC TEST PASSED ---\n");
	ksft_finished();
}

int main(int argc, char *argv[])
{
	return luo_test(argc, argv, STATE_SESSION_NAME, run_stage_1, run_stage_2);
}
