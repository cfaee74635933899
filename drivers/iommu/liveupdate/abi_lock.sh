#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Compare the layout that the compiler computes with the one that is checked in:
#
#   abi_lock.sh check|update ABI_OFFSETS.s SOURCE OBJECT
#
# SOURCE and OBJECT are this directory in the source and in the build. With
# update, what is computed is checked in, unless its version is released.
set -eu
export LC_ALL=C

mode=$1 offsets=$2 source=$3 object=$4
abi='the headers of the handover ABI'
layout=$object/abi_layout.computed
fingerprint=$object/abi_fingerprint.computed

die() {
	echo "$abi: error: $*" >&2
	exit 1
}

notice() {
	printf '/* %s: GPL-2.0-only */\n' SPDX-License-Identifier
	printf '/*\n * %s\n' "$1"
	printf ' * Generated from %s, do not edit: see abi_lock.c.\n */\n\n' "$abi"
}

# The compiler marks numbers with $ or #.
entries() {
	sed -n -e 's/\\"/"/g' -e 's/[$#]\([-0-9]\)/\1/g' \
		-e 's/^[ \t]*\.ascii[ \t]*"->\(ABI_.*;\)".*/\1/p' "$offsets" |
	while read -r line; do
		case $line in
		ABI_STRUCT*)
			printf '\n%s\n' "$line"
			;;
		ABI_CONSTANT*)
			value=${line##*, }
			printf '%s, 0x%xULL);\n' "${line%, *}" "${value%);}"
			;;
		*)
			printf '%s\n' "$line"
			;;
		esac
	done
}

compute() {
	{ notice "Layout of the handover ABI."; entries; } >"$layout"
	grep -q '^ABI_STRUCT' "$layout" || die "no layout was found in $offsets"
	hash=$(grep '^ABI_' "$layout" | sort | sha256sum | cut -c 1-16)
	{
		notice "Fingerprint of the layout of the handover ABI."
		echo "#define IOMMU_ABI_FINGERPRINT	0x${hash}ULL"
	} >"$fingerprint"
}

# constant NAME: its value in decimal
constant() {
	value=$(sed -n "s/^ABI_CONSTANT($1, \(0x[0-9a-f]*\)ULL);/\1/p" "$layout")
	[ -n "$value" ] || die "there is no constant $1"
	echo $((value))
}

# A released version has one fingerprint for ever. A draft is not released.
check_version() {
	major=$(constant IOMMU_ABI_VERSION_MAJOR)
	minor=$(constant IOMMU_ABI_VERSION_MINOR)
	version=$major.$minor
	[ "$major" != 0 ] || return 0
	released=$(sed -n "s/^$version[ \t][ \t]*//p" "$source/abi_versions")
	[ -z "$released" ] || [ "$released" = "$hash" ] ||
		die "version $version is released with the fingerprint $released, this" \
			"layout has $hash: bump IOMMU_ABI_VERSION_MINOR or _MAJOR"
}

same() {
	diff -u "$source/$1.h" "$object/$1.computed" >&2
}

compute
case $mode in
check)
	differ=
	same abi_layout || differ=1
	same abi_fingerprint || differ=1
	check_version
	[ -z "$differ" ] ||
		die "this is not the layout that is locked: undo the change, or lock it with" \
			"make IOMMU_ABI_UPDATE=1 drivers/iommu/liveupdate/ as abi_lock.c tells"
	;;
update)
	check_version
	for name in abi_layout abi_fingerprint; do
		cmp -s "$object/$name.computed" "$source/$name.h" ||
			cp "$object/$name.computed" "$source/$name.h"
	done
	;;
esac
