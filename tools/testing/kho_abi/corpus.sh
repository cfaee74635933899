#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Hold the bench against the corpus of good images, and against what is derived from it:
#
#   corpus.sh check|update KHO_IMAGE WORK
#
# corpus/draft has what this version writes, until it is released; corpus/MAJOR.MINOR what
# a released version has written, which is never changed; corpus/memfd-v2 what Linux 7.3
# writes of memfds. Each is read by this version, or else it refuses all of it for its
# version.
set -eu
export LC_ALL=C

mode=$1 bench=$2 work=$3
corpus=$(dirname "$0")/corpus
# These are only made, as they are large.
large=' test-blocks memfd-300 '
status=0

fail() {
	echo "corpus: $*"
	status=1
}

is_large() {
	case $large in
	*" $1 "*) return 0 ;;
	esac
	return 1
}

# Where the image NAME is checked in, and which of these are never written anew
place_of() {
	case $1 in
	memfd-v2*) echo "$corpus/memfd-v2/$1.txt" ;;
	*) echo "$corpus/draft/$1.txt" ;;
	esac
}

is_draft() {
	[ "$(place_of "$1")" = "$corpus/draft/$1.txt" ]
}

mkdir -p "$work"
for name in $("$bench" golden); do
	"$bench" golden "$name" "$work/$name"
	is_large "$name" && continue
	"$bench" text "$work/$name" >"$work/$name.txt"
	if [ "$mode" = update ] && is_draft "$name"; then
		cp "$work/$name.txt" "$(place_of "$name")"
	else
		diff -u "$(place_of "$name")" "$work/$name.txt" ||
			fail "$name is not what is written: make abi UPDATE=1"
	fi
done
[ "$mode" = check ] || exit 0

for image in "$corpus"/*/*.txt "$work"/test-blocks "$work"/memfd-300; do
	"$bench" verify "$image" >"$work/log" || { cat "$work/log"; fail "$image is refused"; }
done
for image in "$corpus"/draft/*.txt "$corpus"/memfd-v2/*.txt "$work"/memfd-300; do
	"$bench" damage "$image" >"$work/log" ||
		{ grep -A 3 '^NO' "$work/log"; fail "a damage of $image is not refused"; }
	tail -n 1 "$work/log" | sed 's,.*/,,'
done

# Exit codes
"$bench" verify "$0" 2>/dev/null && fail "what is no image is good"
[ $? = 2 ] || fail "what is no image has another exit code than 2"
sed 's/^000 0x756c756d6d6f692e /000 0x1 /' "$corpus/draft/empty.txt" >"$work/bad"
"$bench" verify "$work/bad" >/dev/null && fail "a bad image is good"
[ $? = 1 ] || fail "a bad image has another exit code than 1"
exit "$status"
