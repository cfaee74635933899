# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034
#
# What the parts of make check share.

. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

readonly work=$OUT/check
readonly kunit=tools/testing/kunit

mkdir -p "$work"
cd "$TREE" || die "there is no prepared tree: make tree"

mapfile -t ours < <(our_files)
mapfile -t patches < <(series | sed "s,^,$PATCHES/,")
mapfile -t patched < <(patched_files "${patches[@]}")

# Run a step: it prints its messages, if any, and this its name and time.
failed=0
step() {
	local name=$1 start=$SECONDS result=ok
	shift
	"$@" || { result=FAILED; failed=1; }
	printf '%-48s %6s  %3d s\n' "$name" "$result" $((SECONDS - start))
}

# Read what tools print and print the messages about the files given as
# arguments, without the line and the tree: two trees give the same text.
# sparse does not know __builtin_strlen() as a constant, which the kernel's
# MODULE_INFO() and thus each module_param() has.
messages() {
	sed -E -e "s,($TREE|$PRISTINE)/,,g" -e 's,/[^/]+/\.\./,/,g' \
		-e 's,^(warning|error): (.*),\2 (\1),I' -e 's,^\./,,' \
		-e '/^[^ :]+:[0-9]+.*(warning|error)/I!d' \
		-e '/error: bad constant expression/d' \
		-e 's/:[0-9]+(:[0-9]+)?:? /: /' |
		grep -F -f <(printf '%s: \n' "$@") | sort || true
}

# Print the messages in the first file that the second does not have.
more_than() {
	comm -23 "$1" "$2" | { ! grep .; }
}
