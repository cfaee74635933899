#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Test the lock of drivers/iommu/liveupdate: break the ABI, see the build stop.

One edit at a time is made to a copy of the headers, and the rule of the lock is
built. The copy is a tree of links to this one, in which only the headers and the
directory of the lock are files.
"""

import argparse
import os
import pathlib
import re
import shutil
import subprocess
import sys
import unittest

import lock

SOURCE = pathlib.Path(__file__).resolve().parents[3]
HEADERS = 'include/linux/kho/abi'
# What is edited: the first header, and one that uses a struct of it
HEADER = f'{HEADERS}/iommu.h'
SECOND = f'{HEADERS}/iommufd.h'
LOCK = lock.DIRECTORY
LOCKED = 'error: this is not the layout that is locked'
FROZEN = 'bump IOMMU_ABI_VERSION_MINOR or _MAJOR'

# Name, what of the header is replaced, by what, and what the diff must tell
CHANGES = [
	('member renamed', 'u64 magic;', 'u64 label;',
	 '+ABI_MEMBER(0, 8, u64, struct iommu_header_ser, label);'),
	('members swapped', 'u16 version_major;\n\tu16 version_minor;',
	 'u16 version_minor;\n\tu16 version_major;',
	 '+ABI_MEMBER(8, 2, u16, struct iommu_header_ser, version_minor);'),
	('type of the same size', 'u64 fingerprint;', 'u8 fingerprint[8];',
	 '+ABI_ARRAY(16, 8, u8, 8, struct iommu_header_ser, fingerprint);'),
	('struct instead of words', 'u64 reserved2[4];', 'struct iommu_chain_ser reserved2[2];',
	 '+ABI_ARRAY(96, 32, struct iommu_chain_ser, 2, struct iommu_header_ser, reserved2);'),
	('another size', 'u32 reserved;\n\tu64 fingerprint;', 'u64 reserved;\n\tu64 fingerprint;',
	 '+ABI_MEMBER(16, 8, u64, struct iommu_header_ser, reserved);'),
	('array length', 'u64 reserved2[4];', 'u64 reserved2[3];',
	 '+ABI_ARRAY(96, 24, u64, 3, struct iommu_header_ser, reserved2);'),
	('array length by its constant', 'IOMMU_UNIT_VENDOR_WORDS\t\t8',
	 'IOMMU_UNIT_VENDOR_WORDS\t\t9',
	 '+ABI_ARRAY(32, 72, u64, 9, struct iommu_unit_ser, vendor);'),
	('member removed', '\tu64 incompatible;\n', '',
	 '-ABI_MEMBER(24, 8, u64, struct iommu_header_ser, incompatible);'),
	('member in reserved space', 'u32 reserved;\n\tu64 fingerprint;',
	 'u16 added;\n\tu16 reserved;\n\tu64 fingerprint;',
	 '+ABI_MEMBER(12, 2, u16, struct iommu_header_ser, added);'),
	('member at the end', 'u64 reserved2[4];', 'u64 reserved2[4];\n\tu64 added;',
	 '+ABI_STRUCT(iommu_header_ser, 136);'),
	('value of a constant', 'IOMMU_PT_LEVEL_MAX\t\t5', 'IOMMU_PT_LEVEL_MAX\t\t6',
	 '+ABI_CONSTANT(IOMMU_PT_LEVEL_MAX, 0x6ULL);'),
	('highest bit of a constant', '0x756c756d6d6f692eULL', '0xf56c756d6d6f692eULL',
	 '+ABI_CONSTANT(IOMMU_ABI_MAGIC, 0xf56c756d6d6f692eULL);'),
	('constant renamed', '#define IOMMU_PASID_MAX\t', '#define IOMMU_PASID_LAST\t',
	 '-ABI_CONSTANT(IOMMU_PASID_MAX, 0xfffffULL);'),
	('constant removed', '#define IOMMU_PASID_MAX\t\t\t0xfffff\n', '',
	 '-ABI_CONSTANT(IOMMU_PASID_MAX, 0xfffffULL);'),
	('constant added', '#define IOMMU_PASID_MAX\t', '#define IOMMU_ADDED 1\n#define IOMMU_PASID_MAX\t',
	 '+ABI_CONSTANT(IOMMU_ADDED, 0x1ULL);'),
	('string', '"iommu"', '"iommv"', '+ABI_STRING(IOMMU_LIVEUPDATE_COMPATIBLE, "iommv");'),
	('string of another length', '"iommu"', '"iommu-v2"',
	 '+ABI_STRING(IOMMU_LIVEUPDATE_COMPATIBLE, "iommu-v2");'),
	('struct added', '#endif', 'struct added_ser {\n\tu64 member;\n};\n\n#endif',
	 '+ABI_STRUCT(added_ser, 8);'),
	('struct renamed', 'struct iommu_attachment_ser {', 'struct iommu_attached_ser {',
	 '-ABI_STRUCT(iommu_attachment_ser, 40);'),
	('minor version', 'VERSION_MINOR\t\t1', 'VERSION_MINOR\t\t2',
	 '+ABI_CONSTANT(IOMMU_ABI_VERSION_MINOR, 0x2ULL);'),
	('major version', 'VERSION_MAJOR\t\t0', 'VERSION_MAJOR\t\t1',
	 '+ABI_CONSTANT(IOMMU_ABI_VERSION_MAJOR, 0x1ULL);'),
	('struct that the second header uses', '\tu16 version;\n', '\tu16 version;\n\tu64 added;\n',
	 '+ABI_STRUCT(iommufd_header_ser, 104);'),
]

SECOND_CHANGES = [
	('member renamed', 'u64 token;', 'u64 label;',
	 '+ABI_MEMBER(0, 8, u64, struct iommufd_hwpt_ser, label);'),
	('struct of the first header', 'u64 reserved2[4];', 'struct iommu_chain_ser reserved2[2];',
	 '+ABI_ARRAY(56, 32, struct iommu_chain_ser, 2, struct iommufd_header_ser, reserved2);'),
]

# What a header must not have: the lock would not see it
NOT_UNDERSTOOD = [
	('signed member', 'u64 magic;', 's64 magic;', 'a member is u8, u16, u32, u64'),
	('pointer', 'u64 magic;', 'u64 *magic;', 'not one plain member or array'),
	('pointer to void', 'u64 magic;', 'void *magic;', 'a member is u8'),
	('bitfield', 'u64 magic;', 'u64 magic:64;', 'not one plain member or array'),
	('two members in a line', 'u64 magic;', 'u64 magic, label;', 'not one plain member or array'),
	('array of arrays', 'u64 reserved2[4];', 'u64 reserved2[2][2];', 'not one plain member or array'),
	('flexible array', 'u64 reserved2[4];', 'u64 reserved2[];', 'not one plain member or array'),
	('union', 'u64 magic;', 'union { u64 magic; };', 'a member is u8'),
	('foreign struct', 'u64 magic;', 'struct list_head magic;', 'the struct is not defined above'),
	('enum', '#endif', 'enum added {\n\tADDED\n};\n\n#endif', 'neither a struct nor a constant'),
	('typedef', '#endif', 'typedef u64 added;\n\n#endif', 'neither a struct nor a constant'),
	('attribute', 'u64 reserved2[4];\n};', 'u64 reserved2[4];\n} __packed;', 'a member is u8'),
	('macro with arguments', '#endif', '#define ADDED(n) (n)\n\n#endif', 'a macro with arguments'),
	('macro without value', '#endif', '#define ADDED\n\n#endif', 'a macro without a value'),
	('macro of many lines', '#endif', '#define ADDED \\\n\t1\n\n#endif', 'a line that is continued'),
	('two strings', '"iommu"', '"iom" "mu"', 'an expression or one plain string'),
	('conditional', '#endif', '#ifdef CONFIG_X86\n#endif\n\n#endif', 'no such directive'),
	('undefined macro', '#endif', '#undef IOMMU_PASID_MAX\n\n#endif', 'no such directive'),
	('behind the guard', '#endif /* _LINUX_KHO_ABI_IOMMU_H */',
	 '#endif\n#define ADDED 1', 'something after the include guard'),
	('no end of the guard', '#endif /* _LINUX_KHO_ABI_IOMMU_H */', '', 'the header ends too early'),
	('no end of a comment', '#endif /* _LINUX_KHO_ABI_IOMMU_H */', '#endif /*',
	 'the header ends too early'),
]

SECOND_NOT_UNDERSTOOD = [
	('pointer', 'u64 token;', 'u64 *token;', 'not one plain member or array'),
	('foreign struct', 'struct iommu_chain_ser devices;', 'struct kho_vmalloc devices;',
	 'the struct is not defined above'),
	('constant of the first header', '#endif', '#define IOMMU_PASID_MAX 1\n\n#endif',
	 'a constant of this name is defined above'),
	('guard of the first header', '#ifndef _LINUX_KHO_ABI_IOMMUFD_H',
	 '#ifndef _LINUX_KHO_ABI_IOMMU_H', 'an earlier header has this include guard'),
	('no end of the guard', '#endif /* _LINUX_KHO_ABI_IOMMUFD_H */', '', 'the header ends too early'),
]


def run(*command):
	"""Run a command: its exit status and what it printed."""
	result = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
				text=True, check=False)
	return result.returncode, result.stdout


class Tree:
	"""A tree of links to SOURCE that has its own headers and lock."""

	def __init__(self, work, config, make):
		self.root = work / 'linux'
		self.build = work / 'build'
		self.make = make
		shutil.rmtree(self.root, ignore_errors=True)
		self.headers = [f'{HEADERS}/{name}' for name in lock.headers(SOURCE)]
		self.link_beside([*self.headers, LOCK])
		shutil.copytree(SOURCE / LOCK, self.root / LOCK)
		self.build.mkdir(parents=True, exist_ok=True)
		shutil.copy(config, self.build / '.config')
		self.reset()

	def link_beside(self, paths):
		"""Link all of SOURCE but what is on the way to one of the paths."""
		own = {parent for path in paths for parent in pathlib.Path(path).parents}
		for directory in own:
			(self.root / directory).mkdir(parents=True, exist_ok=True)
			for entry in (SOURCE / directory).iterdir():
				name = entry.relative_to(SOURCE)
				if name not in own and str(name) not in paths:
					(self.root / name).symlink_to(entry)

	def reset(self):
		"""Make headers and lock what they are in SOURCE."""
		for header in self.headers:
			shutil.copy(SOURCE / header, self.root / header)
		for name in os.listdir(SOURCE / LOCK):
			if name.startswith('abi_'):
				shutil.copy(SOURCE / LOCK / name, self.root / LOCK / name)

	def edit(self, old, new, name=HEADER):
		"""Replace the last of what is there."""
		path = self.root / name
		head, found, tail = path.read_text().rpartition(old)
		if not found:
			raise LookupError(f'{name} has no {old!r}')
		path.write_text(head + new + tail)

	def make_lock(self, *options):
		"""Build the rule of the lock."""
		return run('make', '-s', '-C', self.root, f'O={self.build}', *self.make, *options,
			   f'{LOCK}/abi_lock.o')

	def list_entries(self):
		"""Do only the first step, which reads the headers."""
		return run('awk', '-f', self.root / LOCK / 'abi_entries.awk',
			   *(self.root / HEADERS / name for name in lock.headers(self.root)))

	def fingerprint(self):
		"""The fingerprint that is checked in."""
		text = (self.root / LOCK / 'abi_fingerprint.h').read_text()
		return re.search(r'0x([0-9a-f]{16})ULL', text)[1]

	def release(self, version, fingerprint):
		"""Add a released version to the list."""
		with open(self.root / LOCK / 'abi_versions', 'a', encoding='utf-8') as versions:
			versions.write(f'{version} {fingerprint}\n')


class Lock(unittest.TestCase):
	"""Edits of the headers and of the lock"""

	tree = None

	def setUp(self):
		self.tree.reset()

	def good(self, *options):
		"""The build passes and says nothing."""
		status, output = self.tree.make_lock(*options)
		self.assertEqual((status, output), (0, ''))

	def stops(self, *messages, options=()):
		"""The build fails and says why."""
		status, output = self.tree.make_lock(*options)
		self.assertNotEqual(status, 0)
		for message in messages:
			self.assertIn(message, output)

	def refused(self, header, message):
		"""The first step fails, names the header and says why."""
		status, output = self.tree.list_entries()
		self.assertNotEqual(status, 0)
		path = re.escape(str(self.tree.root / header))
		self.assertRegex(output, rf'(?m)^{path}:\d+: .*{re.escape(message)}')

	def test_unchanged(self):
		"""Headers and lock as they are"""
		self.good()

	def test_comment(self):
		"""A comment is no part of the ABI"""
		self.tree.edit('Words in the vendor area', 'Number of words in the vendor area')
		self.good()

	def test_each_change_stops_the_build(self):
		"""One change of each kind"""
		for header, changes in [(HEADER, CHANGES), (SECOND, SECOND_CHANGES)]:
			for name, old, new, line in changes:
				with self.subTest(name, header=header):
					self.tree.reset()
					self.tree.edit(old, new, header)
					self.stops(f'\n{line}\n', LOCKED)

	def test_what_is_not_understood_is_refused(self):
		"""One construct of each kind"""
		for header, constructs in [(HEADER, NOT_UNDERSTOOD), (SECOND, SECOND_NOT_UNDERSTOOD)]:
			for name, old, new, message in constructs:
				with self.subTest(name, header=header):
					self.tree.reset()
					self.tree.edit(old, new, header)
					self.refused(header, message)

	def test_empty_header_is_refused(self):
		"""Wherever it is in the list"""
		for header in self.tree.headers:
			with self.subTest(header):
				self.tree.reset()
				(self.tree.root / header).write_text('')
				self.refused(header, 'the header ends too early')

	def test_order_of_the_list(self):
		"""No header uses a struct of a later one, and none is there twice"""
		self.tree.edit('iommu.h\niommufd.h\n', 'iommufd.h\niommu.h\n', lock.HEADERS)
		self.refused(SECOND, 'the struct is not defined above')
		self.tree.edit('iommufd.h\niommu.h\n', 'iommu.h\niommu.h\n', lock.HEADERS)
		self.refused(HEADER, 'an earlier header has this include guard')

	def test_header_that_is_not_listed(self):
		"""It is not locked, but what was locked does not go unnoticed"""
		self.tree.edit('iommufd.h\n', '', lock.HEADERS)
		self.stops('\n-ABI_STRUCT(iommufd_hwpt_ser, 32);\n', LOCKED)
		self.good('IOMMU_ABI_UPDATE=1')
		self.tree.edit('u64 token;', 'u64 label;', SECOND)
		self.good()

	def test_what_is_refused_stops_the_build(self):
		"""The first of these constructs"""
		_, old, new, message = NOT_UNDERSTOOD[0]
		self.tree.edit(old, new)
		self.stops(message)

	def test_edited_lock(self):
		"""The files of the lock cannot be edited by hand"""
		self.tree.edit('0x1ULL', '0x2ULL', f'{LOCK}/abi_layout.h')
		self.stops(LOCKED)
		self.tree.reset()
		self.tree.edit('0x', '0x1', f'{LOCK}/abi_fingerprint.h')
		self.stops(LOCKED)

	def test_update_locks_the_change(self):
		"""What is computed becomes the lock, with another fingerprint"""
		before = self.tree.fingerprint()
		self.tree.edit('u64 magic;', 'u64 label;')
		self.stops(LOCKED)
		self.good('IOMMU_ABI_UPDATE=1')
		self.good()
		self.assertNotEqual(self.tree.fingerprint(), before)

	def test_order_is_not_in_the_fingerprint(self):
		"""A constant that is moved is the same constant"""
		before = self.tree.fingerprint()
		self.tree.edit('#define IOMMU_PASID_MAX\t\t\t0xfffff\n', '')
		self.tree.edit('#endif', '#define IOMMU_PASID_MAX 0xfffff\n\n#endif')
		self.good('IOMMU_ABI_UPDATE=1')
		self.assertEqual(self.tree.fingerprint(), before)

	def release_major_1(self):
		"""Make the present layout version 1.1, and release it."""
		self.tree.edit('VERSION_MAJOR\t\t0', 'VERSION_MAJOR\t\t1')
		self.good('IOMMU_ABI_UPDATE=1')
		self.tree.release('1.1', self.tree.fingerprint())
		self.good()

	def test_released_version_is_frozen(self):
		"""It cannot get another layout, but the next version can"""
		self.release_major_1()
		released = self.tree.fingerprint()
		self.tree.edit('u64 magic;', 'u64 label;')
		self.stops(FROZEN)
		self.stops(FROZEN, options=['IOMMU_ABI_UPDATE=1'])
		self.assertEqual(self.tree.fingerprint(), released)
		self.tree.edit('VERSION_MINOR\t\t1', 'VERSION_MINOR\t\t2')
		self.good('IOMMU_ABI_UPDATE=1')
		self.good()

	def test_lock_is_frozen_too(self):
		"""A lock that belongs to the headers, but not to the released version"""
		self.release_major_1()
		self.tree.release('1.2', '0' * 16)
		self.tree.edit('VERSION_MINOR\t\t1', 'VERSION_MINOR\t\t2')
		self.stops(FROZEN, options=['IOMMU_ABI_UPDATE=1'])

	def test_draft_is_not_frozen(self):
		"""With major version 0 the list does not count"""
		self.tree.release('0.1', '0' * 16)
		self.tree.edit('u64 magic;', 'u64 label;')
		self.good('IOMMU_ABI_UPDATE=1')


def main():
	"""Take the options, then let unittest have the rest."""
	parser = argparse.ArgumentParser(description=__doc__)
	parser.add_argument('--config', required=True, help='the .config of a kernel that has the lock')
	parser.add_argument('--work', required=True, type=pathlib.Path, help='where to build')
	parser.add_argument('--make', action='append', default=[], help='more arguments of make')
	options, rest = parser.parse_known_args()
	Lock.tree = Tree(options.work.resolve(), options.config, options.make)
	status, output = Lock.tree.make_lock('olddefconfig')
	if status:
		sys.exit(output)
	unittest.main(argv=sys.argv[:1] + rest)


if __name__ == '__main__':
	main()
