#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The part of make check that compiles: sparse and W=1 are silent about our
# files, and about files that our patches edit say no more than about the base
# kernel. The ABI is the one that is locked, and its lock holds. Nothing of the
# test doubles gets into a kernel with KEXEC_HANDOVER.
set -euo pipefail
. "$(dirname "$0")/check-common.sh"

readonly sparse='sparse -D__typeof_unqual__=__typeof__'
readonly formats=drivers/iommu/generic_pt/fmt/ iommufd=drivers/iommu/iommufd/ vfio=drivers/vfio/

need sparse sparse
need python3 python3
need pahole dwarves
[ -d "$work/um" ] || need_space 1 "make check"

# build NAME SOURCE ARCH TARGET...: compile the targets in $work/NAME with
# sparse and W=1, the messages go to $work/NAME.log.
build() {
	local name=$1 source=$2 arch=$3
	shift 3
	make -C "$source" ARCH="$arch" O="$work/$name" CC="$(compiler)" \
		-j "$(jobs)" -k W=1 C=2 CHECK="$sparse" "$@" \
		>"$work/$name.out" 2>"$work/$name.log" || {
		grep -v 'bad constant expression' "$work/$name.log" |
			grep -E 'error:|\*\*\*' || tail "$work/$name.log"
		return 1
	}
}

# Our files in a directory whose Makefile is the kernel's, as objects. Page tables
# are compiled once for each format.
our_objects() {
	printf '%s\n' "${ours[@]}" | sed -n 's,^\(drivers/.*\)\.c$,\1.o,p' |
		grep -v -F -f <(our_dirs)
}

# The directories of ours that a Makefile builds.
our_dirs() {
	printf '%s\n' "${ours[@]}" |
		sed -n -E 's,^((drivers|kernel|lib|mm)/.*/)Makefile$,\1,p'
}

# A kernel for UML has the test doubles in it.
check_um() {
	mkdir -p "$work/um"
	"./$kunit/kunit.py" config --build_dir="$work/um" \
		--kunitconfig=drivers/iommu/liveupdate \
		--kconfig_add=CONFIG_WERROR=n >"$work/um.out" ||
		{ cat "$work/um.out"; return 1; }
	# A message is only given when a file is compiled.
	rm -rf "$work/um"/{lib/kunit_tests,drivers/iommu,drivers/pci,drivers/vfio}
	mapfile -t targets < <(our_dirs)
	build um "$TREE" um "${targets[@]}" "$formats" "$iommufd" "$vfio" || return 1
	messages "${ours[@]}" <"$work/um.log" >"$work/um.messages"
	more_than "$work/um.messages" /dev/null
}

# The lock of the ABI, in a kernel as the one above: each change stops the build.
check_lock() {
	python3 tools/testing/kho_abi/lock_test.py --config "$work/um/.config" \
		--work "$work/lock" --make ARCH=um --make CC="$(compiler)" --quiet \
		>"$work/lock.log" 2>&1 || { cat "$work/lock.log"; return 1; }
}

# Its tables and findings are those that are checked in.
check_abi() {
	python3 tools/testing/kho_abi/kho_abi.py check --build "$work/um" \
		--git "$TOP" --quiet 2>&1
}

configure_handover() {
	local name=$1 source=$2
	mkdir -p "$work/$name"
	cat "$TREE/$kunit/configs/liveupdate_handover.config" - \
		>"$work/$name/fragment" <<<CONFIG_KEXEC_HANDOVER_FAKE=y
	make -s -C "$source" ARCH=x86_64 O="$work/$name" \
		KCONFIG_ALLCONFIG=fragment allnoconfig >"$work/$name.out" 2>&1 ||
		{ cat "$work/$name.out"; return 1; }
}

# A kernel for x86-64 with the real KEXEC_HANDOVER, of our tree and of the base.
check_handover() {
	local objects bad=0
	mapfile -t objects < <(printf '%s\n' "${patched[@]}" | sed -n 's/\.c$/.o/p')
	mapfile -t targets < <(our_dirs; our_objects)
	configure_handover handover "$TREE" || return 1
	configure_handover base "$PRISTINE" || return 1
	rm -rf "$work"/{handover,base}/{drivers/iommu,drivers/pci,drivers/vfio,kernel/liveupdate,lib,mm}
	build handover "$TREE" x86_64 "${targets[@]}" kernel/liveupdate/ \
		"$formats" "${objects[@]}" || return 1
	build base "$PRISTINE" x86_64 kernel/liveupdate/ \
		"$formats" "${objects[@]}" || return 1
	messages "${ours[@]}" <"$work/handover.log" >"$work/handover.messages"
	more_than "$work/handover.messages" /dev/null || bad=1
	messages "${patched[@]}" <"$work/handover.log" >"$work/handover.messages"
	messages "${patched[@]}" <"$work/base.log" >"$work/base.messages"
	more_than "$work/handover.messages" "$work/base.messages" || bad=1
	return "$bad"
}

# Every line of the fragment must have survived, but for the test double's.
check_handover_config() {
	local line bad=0
	while read -r line; do
		case $line in
		CONFIG_KEXEC_HANDOVER_FAKE=y)
			! grep -qxF "$line" "$work/handover/.config" ||
				{ echo "KEXEC_HANDOVER_FAKE and KEXEC_HANDOVER are both on"; bad=1; }
			;;
		CONFIG_*)
			grep -qxF "$line" "$work/handover/.config" ||
				{ echo "$line is not in the configuration"; bad=1; }
			;;
		esac
	done <"$work/handover/fragment"
	return "$bad"
}

# Global symbols of the objects below the directories given, nm's option first.
symbols() {
	local option=$1
	shift
	find "$@" -name '*.o' -print0 | xargs -0 -r nm --extern-only "$option" -P |
		awk 'NF > 1 { print $1 }' | grep -v '^__' | sort -u
}

# What the test doubles define, apart from what the real KHO defines too, is
# neither defined nor wanted by a kernel with KEXEC_HANDOVER.
check_no_fakes() {
	local fakes=() object
	for object in $(sed -n 's/^obj-$(CONFIG_KEXEC_HANDOVER_FAKE)[[:space:]]*+= //p' \
			lib/kunit_tests/Makefile); do
		fakes+=("$work/um/lib/kunit_tests/$object")
		if [ -e "$work/handover/lib/kunit_tests/$object" ]; then
			echo "$object is built with KEXEC_HANDOVER"
			return 1
		fi
	done
	[ ${#fakes[@]} -gt 0 ] || { echo "no test double found"; return 1; }
	comm -23 <(symbols --defined-only "${fakes[@]}") \
		<(symbols --defined-only "$work/handover/kernel/liveupdate") \
		>"$work/fakes.symbols"
	[ -s "$work/fakes.symbols" ] || { echo "the test doubles define nothing"; return 1; }
	comm -12 "$work/fakes.symbols" \
		<(symbols --no-sort "$work/handover"/{drivers,kernel,lib,mm}) |
		sed 's/$/: a test double is linked with KEXEC_HANDOVER/' | { ! grep .; }
}

# With our options off, the code is the base kernel's. What is better about KHO and
# LUO themselves is not an option: they are left out, and LUO's handler of memfds.
check_object_code() {
	local object objects bad=0
	mapfile -t objects < <(printf '%s\n' "${patched[@]}" |
		sed -n -e '/^kernel\/liveupdate/d' -e '/^mm\/memfd_luo/d' -e 's/\.c$/.o/p')
	sed -i -e '/CONFIG_IOMMU_LIVEUPDATE/d' -e '/CONFIG_FAIL_NTH_EVERY/d' \
		"$work/handover/fragment"
	make -s -C "$TREE" ARCH=x86_64 O="$work/handover" \
		KCONFIG_ALLCONFIG=fragment allnoconfig >/dev/null 2>&1 || return 1
	build handover "$TREE" x86_64 "$formats" "${objects[@]}" || return 1
	mapfile -t -O "${#objects[@]}" objects < <(cd "$work/base" &&
		find "$formats" -name 'iommu_*.o')
	for object in "${objects[@]}"; do
		cmp -s <("$TOP/scripts/disassemble.py" "$work/handover/$object") \
			<("$TOP/scripts/disassemble.py" "$work/base/$object") ||
			{ echo "$object: not the code of the base kernel"; bad=1; }
	done
	return "$bad"
}

step "sparse and W=1, UML" check_um
step "tables of the ABI" check_abi
step "the lock of the ABI stops each change" check_lock
step "sparse and W=1, x86-64, against the base" check_handover
step "configuration with KEXEC_HANDOVER" check_handover_config
step "no test double beside KEXEC_HANDOVER" check_no_fakes
step "object code with our options off" check_object_code
exit "$failed"
