#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Build the patched kernel of the virtual machine in other configurations, whole and
# linked, and for another architecture: make matrix. Nothing may warn, and about our
# files W=1 has nothing to say either. MATRIX names one row, of which
# liveupdate_matrix_ROW.config is what differs.
set -euo pipefail
. "$(dirname "$0")/vm-common.sh"

readonly results=$OUT/results/matrix
readonly rows=(feature off no_liveupdate no_intel_iommu modules kunit suites arm64)

# The fragments of a row: the first one is the virtual machine's own kernel.
fragments() {
	printf '%s\n' "$CONFIGS"/liveupdate_vm{,_patched}.config
	[ "$1" = feature ] || echo "$CONFIGS/liveupdate_matrix_$1.config"
}

# Rows share a build directory, in which only what depends on a changed option is
# compiled again. As warnings come from compiling, one that had any starts anew. It is
# beside the tree for ccache, as that of the virtual machine is.
directory() {
	local dir=$OUT/matrix-$ARCH
	[ -e "$dir/silent" ] || rm -rf "$dir"
	mkdir -p "$dir"
	rm -f "$dir/silent"
	echo "$dir"
}

kernel_make() {
	make -s -C "$TREE" O="$1" CC="$(compiler)" -j"$(jobs)" -k "${@:2}"
}

# What the kernel in the current directory and its modules are made of.
linked_objects() {
	ar t vmlinux.a
	! grep -qx CONFIG_MODULES=y .config || sed 's/o$/mod/' modules.order | xargs -r cat
}

# Those of them that are ours.
our_objects() {
	(cd "$1" && linked_objects) | grep -x -F -f <(our_files | sed -n 's/\.c$/.o/p')
}

# Lines of the files given that warn. About the files of others W=1 warns as ever.
warnings() {
	grep -h -E -i 'warning: |unmet direct dependencies' "$@" || true
}

warnings_of_ours() {
	warnings "$@" | grep -F -f <(our_files | sed 's,.*,/&:,') || true
}

# build_row DIR LOG ROW: LOG.warnings gets what warns.
build_row() {
	local dir=$1 log=$2 objects
	mapfile -t fragments < <(fragments "$3")
	(quietly "$log.config" configure "$TREE" "$dir" "${fragments[@]}") || return
	(quietly "$log.build" kernel_make "$dir") || return
	mapfile -t objects < <(our_objects "$dir")
	echo ${#objects[@]} >"$log.objects"
	if [ ${#objects[@]} -gt 0 ]; then
		(quietly "$log.ours" kernel_make "$dir" W=1 "${objects[@]}") || return
		warnings_of_ours "$log.ours" >"$log.warnings"
	fi
	warnings "$log.config" "$log.build" >>"$log.warnings"
}

# Build a row and print its line.
row() {
	local name=$1 log=$results/$1 start=$SECONDS result=ok dir count objects
	dir=$(directory)
	build_row "$dir" "$log" "$name" || result=FAILED
	count=$(wc -l 2>/dev/null <"$log.warnings") || count=-
	[ "$count" = 0 ] || result=FAILED
	[ "$count" != 0 ] || touch "$dir/silent"
	objects=$(cat "$log.objects" 2>/dev/null) || objects=-
	printf '%-16s %6s  %3s warnings  %3s files of ours  %4.1f min\n' "$name" "$result" \
		"$count" "$objects" "$(((SECONDS - start) * 10 / 60))e-1"
	[ "$count" = - ] || cat "$log.warnings"
	[ "$result" = ok ]
}

row_arm64() {
	need aarch64-linux-gnu-gcc gcc-aarch64-linux-gnu
	ARCH=arm64 CROSS_COMPILE=aarch64-linux-gnu- row arm64
}

need gcc gcc
[ -d "$OUT/matrix-$ARCH" ] || need_space 1 "make matrix"
rm -rf "$results"
mkdir -p "$results"
failed=0
ran=0
for name in "${rows[@]}"; do
	[ "${MATRIX:-$name}" = "$name" ] || continue
	ran=1
	if [ "$name" = arm64 ]; then
		row_arm64 || failed=1
	else
		row "$name" || failed=1
	fi
done
[ "$ran" = 1 ] || die "there is no row $MATRIX: name one of ${rows[*]}"
say "the logs are in $results"
exit "$failed"
