# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# What every script of this folder shares. The Makefile calls them from the
# root of the repository; O is the build directory.

TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
. "$TOP/patches/base"

OUT=$(realpath -m "${O:-build}")
PATCHES=$TOP/patches
# The prepared tree, and the same kernel untouched.
# shellcheck disable=SC2034
TREE=$OUT/linux PRISTINE=$OUT/base/linux

# Tools are parsed and lists are sorted: one locale. The kernel's make must
# not see the variables and the job server of ours.
export LC_ALL=C
unset MAKEFLAGS MFLAGS MAKEOVERRIDES MAKELEVEL KBUILD_OUTPUT

say() {
	printf '  %s\n' "$*" >&2
}

die() {
	printf '%s: %s\n' "$(basename "$0")" "$*" >&2
	exit 1
}

# need COMMAND PACKAGE: stop with what to type when COMMAND is missing.
need() {
	command -v "$1" >/dev/null ||
		die "$1 is missing: run make deps as root, or apt-get install $2"
}

# need_space GIB WHAT: state what WHAT needs, stop when it is not there.
need_space() {
	local free
	mkdir -p "$OUT"
	free=$(df --output=avail -B1M "$OUT" | tail -n 1)
	say "$2 needs $1 GiB of disk, $((free / 1024)) GiB are free"
	[ "$free" -ge $(($1 * 1024)) ] ||
		die "$2 needs $1 GiB of disk and $OUT has $((free / 1024)) GiB: free some, or name another directory with O=DIR"
}

# The version of clang that has libFuzzer: what is installed, or what Debian has.
clang_version() {
	local version
	for version in 19 18 17 16; do
		if command -v "clang-$version" >/dev/null &&
		   command -v "llvm-cov-$version" >/dev/null; then
			echo "$version"
			return
		fi
	done
	for version in 19 18 17 16; do
		if apt-cache show "clang-$version" >/dev/null 2>&1; then
			echo "$version"
			return
		fi
	done
	echo 19
}

# The compiler, through ccache where it is installed.
compiler() {
	if command -v ccache >/dev/null; then
		echo "ccache ${CROSS_COMPILE:-}gcc"
	else
		echo "${CROSS_COMPILE:-}gcc"
	fi
}

jobs() {
	nproc
}

# build_bench LOG: the bench of the ABI, in $OUT/bench; run in the tree.
build_bench() {
	make -s -C tools/testing/kho_abi CC="$(compiler)" OUTPUT="$OUT/bench" >"$1" 2>&1 ||
		{ tail "$1"; return 1; }
}

# corpus_arguments TEXT COPY: make a file of an image of the corpus, and print what a
# kernel is given that boots with it, for the suite image_corpus.
corpus_arguments() {
	"$OUT/bench/kho_image" image "$1" "$2"
	"$OUT/bench/kho_image" damages "$1" "$2.damages" >/dev/null
	printf '%s\n' "fake_kho_image.read=$2" "image_corpus_kunit.damages=$2.damages"
}

# The names in patches/series, without comments.
series() {
	[ -e "$PATCHES/series" ] || return 0
	sed -e 's/[[:space:]]*#.*//' -e '/^[[:space:]]*$/d' "$PATCHES/series"
}

# The existing kernel files that the patches given as arguments edit.
patched_files() {
	[ $# -gt 0 ] || return 0
	sed -n -e 's,^+++ b/\([^\t]*\).*,\1,p' "$@" | sort -u
}

# The folders of the repository that mirror the kernel tree.
readonly MIRRORED=(Documentation drivers include kernel lib mm tests tools)

# Our files at their kernel paths: what git knows or would add, so that no
# editor's backup or build product gets into the tree.
our_files() {
	local dirs=() dir
	for dir in "${MIRRORED[@]}"; do
		[ ! -d "$TOP/$dir" ] || dirs+=("$dir")
	done
	[ ${#dirs[@]} -gt 0 ] || return 0
	(
		cd "$TOP" || exit
		git -c safe.directory="$TOP" ls-files --cached --others \
			--exclude-standard -- "${dirs[@]}" 2>/dev/null ||
			find "${dirs[@]}" -type f
	) | sort -u | while read -r file; do
		[ ! -e "$TOP/$file" ] || echo "$file"
	done
}
