#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Take what was edited in files of the prepared tree into one patch:
#
#   PATCH=NAME refresh-patch.sh
#
# The series is replayed with quilt in a directory that holds only the files
# concerned. The edits go in at PATCH, also when later patches touch the same
# files, and quilt writes the patch again below its header.
set -euo pipefail
. "$(dirname "$0")/common.sh"

readonly work=$OUT/quilt stage=$OUT/stage

need quilt quilt
need patch patch
[ -n "${PATCH:-}" ] || die "name the patch: make refresh PATCH=NAME.patch"
series | grep -qxF "$PATCH" || die "$PATCH is not in patches/series"
[ -d "$stage" ] || die "there is no prepared tree: make tree"

# Files of the tree that differ from what was laid there. A file that no patch
# touches yet belongs to the base kernel.
edited_files() {
	local file laid
	find "$TREE" -path "$TREE/.kunit*" -prune -o -name '*.pyc' -prune -o \
		-type f -newer "$stage" -printf '%P\n' | sort |
	while read -r file; do
		laid=$stage/$file
		[ -e "$laid" ] || laid=$PRISTINE/$file
		if [ -e "$laid" ] && ! cmp -s "$laid" "$TREE/$file"; then
			echo "$file"
		fi
	done
}

quilt() {
	(cd "$work" && QUILT_PATCHES=$PATCHES QUILT_PC=$work/.pc \
		QUILT_PATCH_OPTS='--fuzz=0' \
		QUILT_DIFF_OPTS=-p command quilt --quiltrc=- "$@")
}

restore() {
	cp "$work/saved.patch" "$PATCHES/$PATCH"
	die "$*: nothing was changed"
}

mapfile -t edited < <(edited_files)
[ ${#edited[@]} -gt 0 ] || die "no file of $TREE differs from what was laid there"
for file in "${edited[@]}"; do
	[ ! -e "$TOP/$file" ] || die "$file is ours: copy it from $TREE to $file instead"
done

rm -rf "$work"
mkdir -p "$work"
cp "$PATCHES/$PATCH" "$work/saved.patch"
mapfile -t patches < <(series | sed "s,^,$PATCHES/,")
for file in $(patched_files "${patches[@]}") "${edited[@]}"; do
	install -D -m "$(stat -c %a "$PRISTINE/$file")" "$PRISTINE/$file" "$work/$file"
done

quilt push -q "$PATCH" >"$work/log" || die "the series does not apply: see $work/log"
for file in "${edited[@]}"; do
	quilt add "$file" >>"$work/log" 2>&1 || true	# it may be in the patch
	laid=$stage/$file
	[ -e "$laid" ] || laid=$PRISTINE/$file
	diff -u "$laid" "$TREE/$file" >"$work/edit.diff" || true
	patch -s -F0 --no-backup-if-mismatch "$work/$file" "$work/edit.diff" ||
		restore "the edit of $file is to lines that a later patch adds: refresh that one"
done
quilt refresh -p ab --no-index --no-timestamps --diffstat >>"$work/log"
if [ -n "$(quilt unapplied 2>/dev/null)" ]; then
	quilt push -q -a >>"$work/log" ||
		restore "a later patch does not apply after the edit (see $work/log)"
fi
for file in "${edited[@]}"; do
	cmp -s "$work/$file" "$TREE/$file" ||
		restore "the series with the edit does not give $file as it is in the tree"
done
say "patches/$PATCH now has the edits of ${edited[*]}"
exec "$TOP/scripts/prepare-tree.sh"
