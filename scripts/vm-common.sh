# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# What is built for the virtual machine in which one kernel replaces another:
#
#   $O/vm-kernel, $O/base/vm-kernel  build directories of our and the base kernel
#   $O/vm-module            of our kernel with iommufd as a module
#   $O/vm-faults            of our kernel with live updates that go wrong on purpose
#   $O/vm-debug             of our kernel with KASAN, lockdep and other checkers
#   $O/vm/headers           the uAPI headers of the prepared tree
#   $O/vm/guest             static programs for the guest
#   $O/vm/selftests         the selftests of iommufd and LUO, static
#   $O/vm/runner            programs for the host
#   $O/vm/first.cpio        the initramfs, with second.cpio and a kernel in it

. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

# Whatever the suites run on, the machine is x86-64.
export ARCH=x86_64

# The two kernels are built beside their trees: so, seen from there, each file
# has the same name, and ccache finds the objects of one for the other.
export CCACHE_BASEDIR=$OUT CCACHE_NOHASHDIR=1

readonly VM=$OUT/vm
readonly CONFIGS=$TOP/tools/testing/kunit/configs

# Run a build that says nothing when all is well.
quietly() {
	local log=$1
	shift
	"$@" >"$log" 2>&1 || {
		tail -n 30 "$log" >&2
		die "$1 failed: the whole output is in $log"
	}
}

# The options that fragments set. Of an option that is in several, the last one
# counts.
options_of() {
	cat "$@" | tac | awk -F '[ =]' '
		/^CONFIG_/ && !seen[$1]++
		/^# CONFIG_.* is not set$/ && !seen[$2]++'
}

# configure TREE DIR FRAGMENT...: tinyconfig and the fragments, each option of
# which must be in the result.
configure() {
	local tree=$1 dir=$2 line
	shift 2
	if cat "$@" | cmp -s - "$dir/fragments" && cmp -s "$dir/.config" "$dir/configured"; then
		return
	fi
	make -s -C "$tree" O="$dir" tinyconfig
	(cd "$tree" && scripts/kconfig/merge_config.sh -m -O "$dir" "$dir/.config" "$@")
	make -s -C "$tree" O="$dir" olddefconfig
	while read -r line; do
		# An option that is unknown is not set, too.
		grep -qx "$line" "$dir/.config" ||
			{ [[ $line == '#'* ]] && ! grep -q "^${line:2:-11}=" "$dir/.config"; } ||
			{ echo "$line is lost"; return 1; }
	done < <(options_of "$@")
	cp "$dir/.config" "$dir/configured"
	cat "$@" >"$dir/fragments"
}

# The name of the first kernel, by the variables of make.
vm_first_kernel() {
	if [ "${STOCK:-}" = 1 ]; then
		echo "${KERNEL_A:-stock}"
	else
		echo "${KERNEL_A:-patched}"
	fi
}

# vm_kernel stock|patched|faults|module|debug|DIR: print the file name of the kernel, built
# first where it is one of ours.
vm_kernel() {
	local name=$1 tree=$TREE dir=vm-kernel fragments=("$CONFIGS/liveupdate_vm.config")
	local targets=(bzImage)
	case $name in
	stock)	tree=$PRISTINE ;;
	patched) fragments+=("$CONFIGS/liveupdate_vm_patched.config") ;;
	faults)
		fragments+=("$CONFIGS"/liveupdate_vm_{patched,faults}.config)
		dir=vm-faults
		;;
	module)
		fragments+=("$CONFIGS"/liveupdate_vm_{patched,module}.config)
		targets+=(modules)
		dir=vm-module
		;;
	debug)
		fragments+=("$CONFIGS"/liveupdate_vm_{patched,debug}.config)
		dir=vm-debug
		;;
	*)
		if [ -d "$name" ]; then
			name=$name/arch/x86/boot/bzImage
		fi
		[ -e "$name" ] || die "there is no kernel $name: name stock, patched, faults, debug, a bzImage or a build directory"
		realpath "$name"
		return
		;;
	esac
	dir=$(dirname "$tree")/$dir
	mkdir -p "$dir"
	[ -e "$dir/arch/x86/boot/bzImage" ] || need_space 1 "the $name kernel of the virtual machine"
	quietly "$dir/config.log" configure "$tree" "$dir" "${fragments[@]}"
	say "building the $name kernel of the virtual machine"
	quietly "$dir/build.log" make -s -C "$tree" O="$dir" CC="$(compiler)" -j"$(jobs)" \
		"${targets[@]}"
	echo "$dir/arch/x86/boot/bzImage"
}

# Build what runs in the guest and on the host.
vm_programs() {
	local tools=$TREE/tools/testing/liveupdate
	mkdir -p "$VM/headers" "$VM/guest" "$VM/runner"
	quietly "$VM/headers.log" make -s -C "$TREE" O="$VM/headers" headers
	# With a base directory, ccache names other targets in what the headers lead to.
	quietly "$VM/guest.log" env -u CCACHE_BASEDIR make -s -C "$tools/guest" CC="$(compiler)" \
		KHDR="$VM/headers/usr/include" OUTPUT="$VM/guest"
	quietly "$VM/runner.log" env -u CCACHE_BASEDIR make -s -C "$tools" CC="$(compiler)" OUTPUT="$VM/runner"
	[ "$VM/gen_init_cpio" -nt "$TREE/usr/gen_init_cpio.c" ] ||
		gcc -O2 -o "$VM/gen_init_cpio" "$TREE/usr/gen_init_cpio.c"
}

# What is in every archive.
cpio_list() {
	local program
	printf 'dir /%s 0755 0 0\n' bin dev proc sys tmp
	echo 'nod /dev/console 0600 0 0 c 5 1'
	echo "file /init $VM/guest/init 0755 0 0"
	for program in "$VM"/guest/*; do
		if [ -x "$program" ] && [ -f "$program" ]; then
			echo "file /bin/$(basename "$program") $program 0755 0 0"
		fi
	done
}

# vm_initramfs KERNEL [LINE]...: print the file name of an archive for the first
# kernel. It holds KERNEL as the second, and that one's archive; the lines are
# more entries of both.
vm_initramfs() {
	local kernel=$1 second=$VM/second.cpio first=$VM/first.cpio
	shift
	{ cpio_list; printf '%s\n' "$@"; } >"$VM/list"
	"$VM/gen_init_cpio" "$VM/list" >"$second"
	{
		cat "$VM/list"
		echo "file /kernel $kernel 0644 0 0"
		echo "file /initramfs $second 0644 0 0"
	} >"$VM/list.first"
	"$VM/gen_init_cpio" "$VM/list.first" >"$first"
	echo "$first"
}

# What a kernel with checkers needs, where the variables of make don't say otherwise:
# more scratch memory, as KASAN takes an eighth of all memory, and more time. A large kernel
# at a random place can leave no piece of memory as large as that. Swap takes
# memory from what is kept free, and scratch memory is only for pages that move, so more
# is kept free. Looking which page was used takes a millisecond for each: fewer canaries.
# On a CPU with five levels of page tables KASAN takes an interrupt for wild memory
# accesses if it comes while the kernel identifies the CPU.
vm_debug_options() {
	local options="nokaslr no5lvl kho_scratch=16M,288M,16M sysctl.vm.min_free_kbytes=65536"

	: "${CPUS:=1}" "${TIMEOUT:=1200}" "${RATE:=100}" "${CANARY:=4}"
	APPEND="$options iommu.debug_pagealloc=1 ${APPEND:-}"
}

# Build both kernels of a live update, and what runs in them and beside them.
vm_prepare_update() {
	local kernel_a kernel_b
	kernel_a=$(vm_first_kernel)
	kernel_b=${KERNEL_B:-$kernel_a}
	update_name=$kernel_a
	[[ debug != @("$kernel_a"|"$kernel_b") ]] || vm_debug_options
	[ "$kernel_a" = "$kernel_b" ] || update_name+=" to $kernel_b"
	update_image=$(vm_kernel "$kernel_a")
	local image_b=$update_image
	[ "$kernel_a" = "$kernel_b" ] || image_b=$(vm_kernel "$kernel_b")
	vm_programs
	update_initramfs=$(vm_initramfs "$image_b")
}

# vm_update DIR: one live update, after vm_prepare_update. The status is that of
# the runner. Each variable of make that is an option of the runner is one.
vm_update() {
	local dir=$1 options=() option name
	for option in MODE INTREMAP INTERRUPTS PAGES DMA DEVICES IOVA RATE SLOTS BEFORE AFTER \
		TIMEOUT MEMORY CPUS CANARY APPEND APPEND_B ABORTS EXPECT; do
		name=${option,,}
		[ -z "${!option:-}" ] || options+=("--${name//_/-}" "${!option}")
	done
	[ "${IMAGE:-}" != 1 ] || options+=(--append-b "iommu_liveupdate_image ${APPEND_B:-}")
	[ "${ICOUNT:-}" != 1 ] || options+=(--qemu "$TOP/scripts/qemu/icount")
	mkdir -p "$dir"
	rm -f "$dir"/*
	"$VM/runner/liveupdate_vm" --kernel "$update_image" --initramfs "$update_initramfs" \
		--name "$update_name" --results "$dir" "${options[@]}"
}

# vm_judge_handover DIR: what the second kernel has told of the handover. It can be updated
# to the tree's; and an image, which IMAGE=1 has it keep, is good, and no damage to it is.
vm_judge_handover() {
	local dir=$1 tools=$TREE/tools/testing/kho_abi bench=$OUT/bench
	if [ -e "$dir/catalogue" ]; then
		echo "catalogue of the second kernel:" \
			"$("$tools/catalogue.py" compare "$dir/catalogue" "" --git "$TOP")" || return 1
	fi
	[ "${IMAGE:-}" = 1 ] || return 0
	[ -e "$dir/image" ] || { say "the second kernel has kept no image"; return 1; }
	mkdir -p "$bench"
	quietly "$bench/log" make -s -C "$tools" CC="$(compiler)" OUTPUT="$bench"
	"$bench/kho_image" verify "$dir/image" && "$bench/kho_image" damages "$dir/image" /dev/null
}

# Build the selftests of iommufd and LUO, static, outside of the tree, and print
# the lines that put them into the guest's archive.
vm_selftests() {
	local selftests=$TREE/tools/testing/selftests dir=$VM/selftests program
	local khdr="-isystem $VM/headers/usr/include"
	mkdir -p "$dir/liveupdate"
	quietly "$dir/iommu.log" make -s -C "$selftests" TARGETS=iommu O="$VM/headers" \
		BUILD="$dir" USERLDFLAGS=-static
	# This Makefile puts its objects into the current directory.
	quietly "$dir/liveupdate.log" make -s -C "$dir/liveupdate" \
		-I "$selftests/liveupdate" -f "$selftests/liveupdate/Makefile" \
		VPATH="$selftests/liveupdate" OUTPUT="$dir/liveupdate" \
		KHDR_INCLUDES="$khdr" USERLDFLAGS=-static
	for program in "$dir"/iommu/* "$dir"/liveupdate/*; do
		if [ -x "$program" ] && [ -f "$program" ]; then
			strip -o "$program.stripped" "$program"
			echo "file /bin/$(basename "$program") $program.stripped 0755 0 0"
		fi
	done
}

# vm_modules KERNEL: print the lines that put the modules of that build into the
# guest's archive, all in one directory and by the names that the kernel gives them.
vm_modules() {
	local dir=${1%/arch/*} object name
	echo "dir /modules 0755 0 0"
	while read -r object; do
		name=$(basename "$object" .o)
		echo "file /modules/${name//-/_}.ko $dir/${object%.o}.ko 0644 0 0"
	done <"$dir/modules.order"
}

# vm_run_tests KERNEL INITRAMFS RESULTS TEST...: run the tests and compare each
# case with its list, or write the lists if UPDATE_EXPECTED is 1. APPEND is more of
# the kernel's command line. The status is that of the runner.
vm_run_tests() {
	local kernel=$1 initramfs=$2 results=$3 options=() status=0
	shift 3
	[ "${UPDATE_EXPECTED:-}" != 1 ] || options+=(--update)
	mkdir -p "$results"
	rm -f "$results"/*
	"$VM/runner/selftest_vm" --kernel "$kernel" --initramfs "$initramfs" \
		--append "${APPEND:-}" --results "$results" \
		--expected "$TOP/tools/testing/liveupdate/expected" \
		"${options[@]}" "$@" || status=$?
	say "the results and the logs are in $results"
	return "$status"
}
