#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Install what the tasks named as arguments need and this machine lacks:
#
#   install-deps.sh [um|x86_64|vm|abi|check|matrix|docs|fuzz|patches]...
#
# As another user than root, or without a network, say what to type instead.
set -euo pipefail
. "$(dirname "$0")/common.sh"

packages() {
	case $1 in
	um)	echo bc bison flex gcc git libc6-dev make patch python3 xz-utils ;;
	x86_64)	echo libelf-dev libssl-dev qemu-system-x86 ;;
	vm)	packages x86_64; echo libcap-dev ;;
	abi)	echo dwarves ;;
	check)	packages abi; echo libelf-dev libssl-dev perl sparse ;;
	matrix)	echo gcc-aarch64-linux-gnu libelf-dev libssl-dev ;;
	docs)	echo graphviz python3-sphinx python3-yaml ;;
	fuzz)	local version; version=$(clang_version)
		echo "clang-$version" "libclang-rt-$version-dev" "llvm-$version" ;;
	patches) echo quilt ;;
	faster)	echo ccache ;;
	*)	die "nothing is known about the needs of $1" ;;
	esac
}

missing() {
	local package status
	for package in $(for task in "$@"; do packages "$task"; done); do
		status=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null || true)
		[ "$status" = installed ] || echo "$package"
	done | sort -u
}

if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
	say "NOTE: this is no Debian; these packages or their like must be here:" \
		"$(for task in um "$@"; do packages "$task"; done | xargs)"
	exit 0
fi

tasks=(um "$@")
[ "$(id -u)" != 0 ] || tasks+=(faster)
mapfile -t wanted < <(missing "${tasks[@]}")
if [ ${#wanted[@]} -eq 0 ]; then
	exit 0
fi
[ "$(id -u)" = 0 ] ||
	die "missing packages: as root, type apt-get install ${wanted[*]}"

say "installing ${wanted[*]}"
install_wanted() {
	DEBIAN_FRONTEND=noninteractive apt-get -qq -y install \
		--no-install-recommends "${wanted[@]}" >"$OUT/apt.log" 2>&1
}
mkdir -p "$OUT"
# The package lists may have never been fetched, or be too old.
install_wanted || { apt-get -qq update >>"$OUT/apt.log" 2>&1 && install_wanted; } ||
	die "apt-get install ${wanted[*]} failed (no network?): see $OUT/apt.log"
