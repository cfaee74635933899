#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Write everything, our files and the patches, as one series for git am with
# a cover letter, into $O/series/. What goes where is in patches/series-order.
#
# It is done in a repository that holds only the files that change. In the end
# the series is applied once more, and must give what the prepared tree has.
set -euo pipefail
. "$(dirname "$0")/common.sh"

readonly work=$OUT/series
readonly order=$PATCHES/series-order

need git git
rm -rf "$work"
mkdir -p "$work/tree"

# Dates come from the patches; where there is none, from the last commit here.
identity=$(sed -n 's/^Signed-off-by: //p' "$PATCHES"/*.patch | head -n 1)
date=$(git -c safe.directory="$TOP" -C "$TOP" log -1 --format=%cI 2>/dev/null || date -I)
export GIT_AUTHOR_NAME=${identity% <*} GIT_AUTHOR_DATE=$date
export GIT_AUTHOR_EMAIL=${identity#*<}
export GIT_AUTHOR_EMAIL=${GIT_AUTHOR_EMAIL%>}
export GIT_COMMITTER_NAME=$GIT_AUTHOR_NAME GIT_COMMITTER_DATE=$date
export GIT_COMMITTER_EMAIL=$GIT_AUTHOR_EMAIL GIT_CONFIG_GLOBAL=/dev/null

# base_repository DIR: the patched files as they are in the base kernel.
base_repository() {
	local file
	git -c init.defaultBranch=series init -q "$1"
	for file in "${patched[@]}"; do
		install -D -m "$(stat -c %a "$PRISTINE/$file")" "$PRISTINE/$file" "$1/$file"
	done
	git -C "$1" add -A
	git -C "$1" commit -q -m "v$BASE_VERSION"
	git -C "$1" tag "v$BASE_VERSION"
}

# Entries of the order: patches and commits.
entries() {
	sed -n -e '/^[^#[:space:]]/p' "$order"
}

# The patterns of files that belong to a commit.
patterns() {
	awk -v entry="$1" '
		/^#/ || NF == 0 { next }
		/^[^ \t]/ { inside = ($1 == entry); next }
		inside { print $1 }' "$order"
}

# Our files that a commit holds; they are remembered, so that one that is in
# two commits is found.
files_of() {
	local file pattern
	patterns "$1" | while read -r pattern; do
		for file in "${ours[@]}"; do
			# shellcheck disable=SC2053
			[[ $file != $pattern ]] || echo "$file"
		done
	done | sort -u
}

apply_patch() {
	git -C "$work/tree" am -q --keep-non-patch "$PATCHES/$1" ||
		die "patches/$1 does not apply as mail, in the order of patches/series-order"
}

commit_files() {
	local file
	[ -e "$PATCHES/$1" ] || die "patches/series-order names $1, which is not in patches/"
	while read -r file; do
		echo "$file" >>"$work/taken"
		install -D -m "$(stat -c %a "$TOP/$file")" "$TOP/$file" "$work/tree/$file"
	done < <(files_of "$1")
	git -C "$work/tree" add -A
	git -C "$work/tree" commit -q -s -F "$PATCHES/$1" ||
		die "no file belongs to $1 of patches/series-order"
}

check_order() {
	local wrong
	wrong=$(comm -3 <(series | sort) <(entries | grep '\.patch$' | sort))
	[ -z "$wrong" ] || die "not in both patches/series and patches/series-order: $wrong"
	wrong=$(sort "$work/taken" | uniq -d | xargs)
	[ -z "$wrong" ] || die "in two commits of patches/series-order: $wrong"
	wrong=$(comm -23 <(printf '%s\n' "${ours[@]}") <(sort "$work/taken") | xargs)
	[ -z "$wrong" ] || die "in no commit of patches/series-order: $wrong"
}

write_series() {
	local cover=$work/0000-cover-letter.patch subject body
	git -C "$work/tree" format-patch -q --cover-letter --zero-commit \
		--no-signature -o "$work" "v$BASE_VERSION"
	subject=$(head -n 1 "$PATCHES/cover-letter")
	body=$(tail -n +3 "$PATCHES/cover-letter")
	SUBJECT=$subject BODY=$body awk '
		{ sub(/\*\*\* SUBJECT HERE \*\*\*/, ENVIRON["SUBJECT"]) }
		/^\*\*\* BLURB HERE \*\*\*$/ { print ENVIRON["BODY"]; next }
		{ print }' "$cover" >"$cover.new"
	mv "$cover.new" "$cover"
}

verify() {
	local mails
	base_repository "$work/verify"
	mapfile -t mails < <(find "$work" -maxdepth 1 -name '*.patch' ! -name '0000-*' | sort)
	git -C "$work/verify" am -q --whitespace=nowarn "${mails[@]}" ||
		die "the series does not apply to the base"
}

mapfile -t ours < <(our_files)
mapfile -t patches < <(series | sed "s,^,$PATCHES/,")
mapfile -t patched < <(patched_files "${patches[@]}")
: >"$work/taken"
base_repository "$work/tree"
for entry in $(entries); do
	case $entry in
	*.patch) apply_patch "$entry" ;;
	*) commit_files "$entry" ;;
	esac
done
check_order
write_series
verify
diff -r -x .git "$work/verify" "$OUT/stage" >"$work/difference" ||
	die "the series does not give the prepared tree: see $work/difference"
say "$(entries | wc -l) patches and a cover letter are in $work"
[ "${PREFIXES:-}" != 1 ] || exec "$TOP/scripts/check-prefixes.sh"
