#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Prepare the kernel tree $O/linux: the base kernel, patches/series applied,
# our files laid over it. An existing tree is updated in place, and only
# files whose content differs are written, so that make rebuilds no more than
# what depends on them.
#
#   $O/base/linux   the base kernel, untouched
#   $O/stage        the patched files and ours, as last laid over the tree
set -euo pipefail
. "$(dirname "$0")/common.sh"

readonly stage=$OUT/stage
readonly base_id=$OUT/base/id

need patch patch
need xz xz-utils
mkdir -p "$OUT/base"
exec 9>"$OUT/.lock"
flock 9

kernel_version() {
	awk -F ' = ' '/^(VERSION|PATCHLEVEL|SUBLEVEL) =/ { v = v "." $2 }
		END { print substr(v, 2) }' "$1/Makefile"
}

# Only the series that the pinned version belongs to has what we patch.
check_version() {
	local version
	version=$(kernel_version "$1")
	case $version in
	"${BASE_VERSION%.*}".*) ;;
	*) die "$2 is Linux $version, but the patches are for ${BASE_VERSION%.*}.y" ;;
	esac
	[ "$version" = "$BASE_VERSION" ] ||
		say "NOTE: the base kernel is Linux $version, the patches were made for $BASE_VERSION"
}

unpack_deb() {
	need dpkg-deb dpkg
	dpkg-deb --fsys-tarfile "$1" |
		tar -xO --wildcards './usr/src/linux-source-*.tar.xz' |
		tar -xJ --strip-components=1 -C "$2" ||
		die "$1 holds no kernel source: name a linux-source package with DEB=FILE"
}

copy_tree() {
	tar -c -C "$1" --exclude-vcs --exclude='./build' . | tar -x -C "$2"
	if [ -e "$2/.config" ] || [ -e "$2/include/config" ]; then
		say "$1 holds a build: cleaning the copy"
		make -s -C "$2" mrproper
	fi
}

# What the tree is made of: DIR, FILE or the package that patches/base pins.
wanted_base() {
	if [ -n "${KSRC:-}" ]; then
		[ -e "$KSRC/Kbuild" ] || die "KSRC=$KSRC is no kernel tree"
		echo "KSRC=$(realpath "$KSRC") $(kernel_version "$KSRC")"
	elif [ -n "${DEB:-}" ]; then
		[ -e "$DEB" ] || die "DEB=$DEB does not exist"
		echo "DEB=$(realpath "$DEB") $(stat -c %Y "$DEB")"
	else
		echo "$BASE_PACKAGE $BASE_PACKAGE_VERSION"
	fi
}

# Fill $O/base/linux and $O/linux, unless they hold the wanted base already.
fetch_base() {
	local wanted deb new=$PRISTINE.new
	wanted=$(wanted_base)
	if [ -d "$TREE" ] && [ "$(cat "$base_id" 2>/dev/null)" = "$wanted" ]; then
		check_version "$PRISTINE" "$PRISTINE"
		return
	fi

	need_space 4 "the kernel tree (one untouched, one patched)"
	rm -rf "$new"
	mkdir "$new"
	if [ -n "${KSRC:-}" ]; then
		check_version "$KSRC" "KSRC=$KSRC"
		say "copying $KSRC"
		copy_tree "$KSRC" "$new"
	else
		deb=${DEB:-$("$TOP/scripts/fetch-base.sh" "$OUT/base")}
		say "unpacking $deb"
		unpack_deb "$deb" "$new"
		check_version "$new" "$deb"
	fi
	rm -rf "$base_id" "$PRISTINE" "$TREE" "$stage"
	mv "$new" "$PRISTINE"
	cp -a --reflink=auto "$PRISTINE" "$TREE"
	echo "$wanted" >"$base_id"
}

# Say which hunk of which file patch(1) refused, from what it printed.
rejected() {
	awk -v patch="$1" '
		/^patching file / { file = $3 }
		/^(checking|can.t find) / { print; exit }
		/^Hunk #[0-9]+ FAILED/ {
			print "patches/" patch " does not apply: hunk " $2 " of " file " is rejected"
			exit
		}' "$2"
}

apply_series() {
	local name file log=$OUT/patch.log
	for name in $(series); do
		[ -e "$PATCHES/$name" ] ||
			die "patches/series names $name, which is not in patches/"
		for file in $(patched_files "$PATCHES/$name"); do
			[ -e "$PRISTINE/$file" ] ||
				die "patches/$name edits $file, which the base kernel does not have"
			[ -e "$1/$file" ] ||
				install -D -m "$(stat -c %a "$PRISTINE/$file")" \
					"$PRISTINE/$file" "$1/$file"
		done
		patch -d "$1" -p1 -F0 --force --no-backup-if-mismatch \
			-i "$PATCHES/$name" >"$log" 2>&1 ||
			die "$(rejected "$name" "$log") (the whole output is in $log)"
	done
}

lay_ours() {
	local file
	while read -r file; do
		[ ! -e "$PRISTINE/$file" ] ||
			die "$file is a file of the base kernel: edit it with a patch in patches/"
		install -D -m "$(stat -c %a "$TOP/$file")" "$TOP/$file" "$1/$file"
	done < <(our_files)
}

list() {
	[ ! -d "$1" ] || (cd "$1" && find . -type f -printf '%P\n' | sort)
}

# A file that was edited in the tree and nowhere else must not get lost.
check_edits() {
	local file
	while read -r file; do
		if cmp -s "$TREE/$file" "$stage/$file" ||
		   cmp -s "$TREE/$file" "$1/$file"; then
			continue
		fi
		[ -e "$TREE/$file" ] || continue
		if [ -e "$TOP/$file" ]; then
			die "$TREE/$file was edited: copy it to $file, or delete it to drop the edit"
		fi
		die "$TREE/$file was edited: make refresh PATCH=NAME keeps the edit, deleting the file drops it"
	done < <(list "$stage")
}

sync_tree() {
	local file
	while read -r file; do
		[ ! -e "$1/$file" ] || continue
		if [ -e "$PRISTINE/$file" ]; then
			cp --preserve=mode "$PRISTINE/$file" "$TREE/$file"
		else
			rm -f "$TREE/$file"
		fi
	done < <(list "$stage")
	while read -r file; do
		cmp -s "$1/$file" "$TREE/$file" && continue
		mkdir -p "$(dirname "$TREE/$file")"
		cp --preserve=mode "$1/$file" "$TREE/$file"
	done < <(list "$1")
}

fetch_base
rm -rf "$stage.new"
mkdir "$stage.new"
apply_series "$stage.new"
lay_ours "$stage.new"
[ "${FORCE:-}" = 1 ] || check_edits "$stage.new"
sync_tree "$stage.new"
rm -rf "$stage"
mv "$stage.new" "$stage"
touch "$stage"		# what is newer in the tree was edited there
say "the tree is $TREE"
