# SPDX-License-Identifier: GPL-2.0-only
#
# IOMMU state that survives a live update: every task is a script.

ARCH ?= um
export ARCH SUITES O KSRC DEB FAST SEED ROUNDS PATCH TIMES MUTANT CASES UPDATE
export STOCK KERNEL_A KERNEL_B EXPECT MODE INTREMAP INTERRUPTS DEVICES PAGES DMA IOVA RATE \
	SLOTS BEFORE AFTER TIMEOUT MEMORY CPUS CANARY APPEND APPEND_B ABORTS IMAGE ICOUNT \
	SCENARIOS TESTS MACHINE ROUND RUNS MATRIX

# The kernel's make runs its own jobs; the scripts take turns.
.NOTPARALLEL:
.PHONY: help deps tree test expected check abi abi-compare abi-diff fuzz docs coverage \
	mutants kcsan bench series \
	refresh version clean liveupdate liveupdate-soak liveupdate-scenarios \
	liveupdate-selftests \
	liveupdate-selftests-expected iommufd-module iommufd-module-expected \
	vtd-differential matrix

help:
	@echo 'make deps      install what the other targets need (as root)'
	@echo 'make tree      prepare the kernel tree: base, patches, our files'
	@echo 'make test      build it and run the KUnit suites, ARCH=um or x86_64'
	@echo 'make liveupdate  a real kexec in QEMU while devices do DMA'
	@echo 'make liveupdate-soak  the same RUNS times in each mode, 20 if not given'
	@echo 'make liveupdate-scenarios  cut off, given up, damaged, a piece left out'
	@echo 'make liveupdate-selftests  those of iommufd and LUO in that machine'
	@echo 'make iommufd-module  iommufd as a module in that machine: what pins it'
	@echo 'make vtd-differential  the VT-d unit in software against that of QEMU'
	@echo 'make expected  write the list of expected cases from a run'
	@echo 'make check     checkpatch, kernel-doc, sparse, W=1, SPDX, the gate'
	@echo 'make abi       tables of the handover ABI, its lock, and what is wrong with it'
	@echo 'make abi-compare  can the kernel of revision A= be updated to B=?'
	@echo 'make abi-diff  what two revisions of git have otherwise, RANGE=A..B'
	@echo 'make fuzz      wrong images for the readers of the handover, SECONDS or RUNS'
	@echo 'make docs      the documentation as HTML, no warning allowed'
	@echo 'make coverage  line and branch coverage of our files, under UML'
	@echo 'make mutants   break one line at a time: a case must notice'
	@echo 'make kcsan     data races in the suites of races and of iommufd, on x86-64'
	@echo 'make matrix    builds with options off, as modules, for arm64: no warning'
	@echo 'make bench     figures without checkers, ARCH=x86_64: of large folios; TIMES=1'
	@echo 'make series    write everything as a series for git am'
	@echo 'make refresh   take the edits of the tree into patches/PATCH'
	@echo 'make version   the base kernel, its package, and our revision'
	@echo 'make clean     remove what was built, but not what was fetched'
	@echo
	@echo 'KSRC=DIR       use this kernel tree as base'
	@echo 'DEB=FILE       use this linux-source package as base'
	@echo 'O=DIR          the build directory, build/ if not given'
	@echo 'FAST=1         leave out the slow cases'
	@echo 'SEED=N|random  seed of the random cases, 1 if not given'
	@echo 'UPDATE=1       of make abi: lock the layout as it is, write its tables'
	@echo 'ROUNDS=N       mutations of records, 100000 if not given; rounds of'
	@echo '               make vtd-differential, 10000 if not given'
	@echo 'SCENARIOS=GLOB of make liveupdate-scenarios: these'
	@echo 'MACHINE=NAME ROUND=N  of make vtd-differential: this machine, this round'
	@echo 'MATRIX=NAME    of make matrix: this row'
	@echo 'CASES=GLOB     of make kcsan: these suites'
	@echo 'ARCH=x86_64    run under QEMU instead of UML'
	@echo 'SUITES=generic_pt  run the suites of the kernel that our patches touch'
	@echo 'STOCK=1        the base kernel in the virtual machine'
	@echo 'KERNEL_A=X KERNEL_B=X  stock, patched, debug, or a bzImage: from A to B'
	@echo 'EXPECT=VERDICT MODE= INTREMAP= DEVICES= PAGES= IOVA= RATE= ...  of make liveupdate,'
	@echo '               see Documentation/driver-api/iommu-liveupdate/virtual-machine.rst'

deps:
	@scripts/install-deps.sh x86_64 check fuzz patches vm

deps-%:
	@scripts/install-deps.sh $*

tree: deps-um
	@scripts/prepare-tree.sh

test: deps-$(ARCH) tree
	@scripts/run-kunit.sh

liveupdate: deps-vm tree
	@scripts/run-liveupdate.sh

liveupdate-soak: deps-vm tree
	@scripts/run-liveupdate-soak.sh

liveupdate-scenarios: deps-vm tree
	@scripts/run-liveupdate-scenarios.sh

liveupdate-selftests: deps-vm tree
	@scripts/run-selftests.sh

liveupdate-selftests-expected: deps-vm tree
	@UPDATE_EXPECTED=1 scripts/run-selftests.sh

iommufd-module: deps-vm tree
	@scripts/run-iommufd-module.sh

iommufd-module-expected: deps-vm tree
	@UPDATE_EXPECTED=1 scripts/run-iommufd-module.sh

vtd-differential: deps-vm tree
	@scripts/run-vtd-differential.sh

expected: deps-$(ARCH) tree
	@UPDATE_EXPECTED=1 scripts/run-kunit.sh

check: deps-check tree
	@scripts/check.sh

abi: deps-abi tree
	@scripts/abi.sh

# Files with catalogues, or revisions
abi-compare: tree
	@$(or $(O),build)/linux/tools/testing/kho_abi/catalogue.py compare "$(A)" "$(B)" --git .

abi-diff: tree
	@$(or $(O),build)/linux/tools/testing/kho_abi/abi_diff.py "$(RANGE)" --git .

fuzz: deps-fuzz tree
	@FUZZ_SECONDS=$(SECONDS) scripts/fuzz.sh

docs: deps-docs tree
	@scripts/docs.sh

coverage: tree
	@scripts/coverage.sh

mutants: tree
	@scripts/mutants.sh

kcsan: deps-x86_64 tree
	@scripts/kcsan.sh

matrix: deps-matrix tree
	@scripts/matrix.sh

bench: tree
	@scripts/bench.sh

series: tree
	@scripts/make-series.sh

refresh: deps-patches
	@scripts/refresh-patch.sh

version:
	@scripts/version.sh

clean:
	@scripts/clean.sh
