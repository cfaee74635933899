#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Test what compares revisions of the ABI: planted changes of each kind, and edits that
change nothing. The base is the ABI as it is, as if it had been released as version 1.1."""

import contextlib
import io
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

import abi_diff
import difference
import revision
import versions
from lock import FINGERPRINT, HEADERS, headers

ABI = f'{revision.ABI}/iommu.h'
IOMMUFD = f'{revision.ABI}/iommufd.h'
MEMFD = f'{revision.ABI}/memfd_v3.h'
VFIO_PCI = f'{revision.ABI}/vfio_pci.h'
RELEASE = ('#define IOMMU_ABI_VERSION_MAJOR\t\t0', '#define IOMMU_ABI_VERSION_MAJOR\t\t1')
NEXT_MINOR = [(ABI, '#define IOMMU_ABI_VERSION_MINOR\t\t1',
	       '#define IOMMU_ABI_VERSION_MINOR\t\t2')]
# What has a version of its own: the constant, and its next value
NEXT = {
	'IOMMU_VTD_VERSION': (ABI, '#define IOMMU_VTD_VERSION		1',
			      '#define IOMMU_VTD_VERSION		2'),
	'IOMMUFD_LIVEUPDATE_COMPATIBLE': (IOMMUFD, '"iommufd-v1"', '"iommufd-v2"'),
	'VFIO_PCI_LIVEUPDATE_COMPATIBLE': (VFIO_PCI, '"vfio-pci-v1"', '"vfio-pci-v2"'),
	'MEMFD_V3_COMPATIBLE': (MEMFD, '"memfd-v3"', '"memfd-v4"'),
}
NEXT_MAJOR = [(ABI, RELEASE[1], '#define IOMMU_ABI_VERSION_MAJOR\t\t2'),
	      NEXT['IOMMUFD_LIVEUPDATE_COMPATIBLE']]
MINOR, MAJOR, NEVER = difference.MINOR, difference.MAJOR, difference.NEVER

MEMFD_MOVED = [(MEMFD, '	u32 index;\n	u16 order;\n', '	u16 order;\n	u32 index;\n')]

# Kind of the change, what it is about, what it asks for; and the edits
PLANTED = [
	('appended', 'iommu_header_ser.added', MAJOR,
	 [(ABI, '	u64 reserved2[4];\n};', '	u64 reserved2[4];\n	u64 added;\n};')]),
	('inserted', 'iommu_unit_ser.added', MAJOR,
	 [(ABI, '	u32 type;\n	u32 flags;\n	struct iommu_chain_ser vendor_chain;',
	   '	u64 added;\n	u32 type;\n	u32 flags;\n	struct iommu_chain_ser vendor_chain;')]),
	('moved', 'iommu_unit_ser.type', MAJOR,
	 [(ABI, '	u32 type;\n	u32 flags;\n	struct iommu_chain_ser vendor_chain;',
	   '	u32 flags;\n	u32 type;\n	struct iommu_chain_ser vendor_chain;')]),
	('resized', 'iommu_domain_ser.format', MAJOR, [(ABI, '	u16 format;', '	u8 format;')]),
	('retyped', 'iommu_attachment_ser.hardware_id', MAJOR,
	 [(ABI, '	u64 hardware_id;', '	u32 hardware_id[2];')]),
	('resized', 'iommu_domain_ser.vendor', MAJOR,
	 [(ABI, '#define IOMMU_DOMAIN_VENDOR_WORDS	2', '#define IOMMU_DOMAIN_VENDOR_WORDS	3')]),
	('removed', 'iommu_vtd_unit_ser.ecap', MAJOR, [(ABI, '	u64 ecap;\n', '')]),
	('removed', 'iommu_vtd_device_ser', MAJOR,
	 [(ABI, 'struct iommu_vtd_device_ser {\n	u64 directory_pa;\n	u64 table_pa;\n'
	   '	u64 reserved[2];\n};', '')]),
	('renamed', 'iommu_attachment_ser.tag', MINOR,
	 [(ABI, '	u64 hardware_id;', '	u64 tag;')]),
	('reserved-used', 'iommu_device_ser.added', MINOR,
	 [(ABI, '	u32 reserved;\n	struct iommu_chain_ser path;',
	   '	u32 added;\n	struct iommu_chain_ser path;')]),
	('reserved-used', 'iommu_domain_ser.added', MINOR,
	 [(ABI, '	u8 reserved[6];', '	u8 added;\n	u8 reserved[5];')]),
	('added', 'iommu_added_ser', MINOR,
	 [(ABI, '\n#endif /* _LINUX',
	   '\nstruct iommu_added_ser {\n	u64 word;\n};\n\n#endif /* _LINUX')]),
	('constant', 'IOMMU_UNIT_TYPE_AMD', MAJOR,
	 [(ABI, 'IOMMU_UNIT_TYPE_AMD		2', 'IOMMU_UNIT_TYPE_AMD		7')]),
	('constant', 'IOMMU_ABI_MAX_UNITS', MINOR, [(ABI, '4096', '8192')]),
	('constant', 'IOMMU_ABI_MAX_UNITS', MAJOR, [(ABI, '4096', '2048')]),
	('constant', 'IOMMU_UNIT_FLAGS_KNOWN', MINOR,
	 [(ABI, 'IOMMU_UNIT_FLAGS_KNOWN		0', 'IOMMU_UNIT_FLAGS_KNOWN		1')]),
	('constant', 'IOMMU_PT_FEATURES_KNOWN', MAJOR, [(ABI, '(BIT(7) - 1)', '(BIT(6) - 1)')]),
	('constant', 'IOMMU_ABI_MAGIC', MAJOR, [(ABI, '0x756c756d6d6f692e', '0x756c756d6d6f692f')]),
	('moved', 'iommufd_hwpt_ser.domain', MAJOR,
	 [(IOMMUFD, '	u64 token;\n	u64 domain;\n	u32 flags;\n',
	   '	u64 domain;\n	u64 token;\n	u32 flags;\n')]),
	('constant', 'IOMMUFD_LIVEUPDATE_COMPATIBLE', MINOR,
	 [(IOMMUFD, '"iommufd-v1"', '"iommufd-v2"')]),
	('constant', 'IOMMU_LIVEUPDATE_COMPATIBLE', NEVER, [(ABI, '"iommu"', '"iommus"')]),
	('reused', 'IOMMU_PT_FORMAT_OTHER', NEVER,
	 [(ABI, '#define IOMMU_PT_FORMAT_AMDV1		1', '#define IOMMU_PT_FORMAT_OTHER		1')]),
	('added', 'IOMMU_PT_FORMAT_OTHER', MINOR,
	 [(ABI, '#define IOMMU_PT_FORMAT_AMDV1		1',
	   '#define IOMMU_PT_FORMAT_OTHER		5\n#define IOMMU_PT_FORMAT_AMDV1		1')]),
	('removed', 'IOMMU_PCI_RID_MAX', MAJOR,
	 [(ABI, '#define IOMMU_PCI_RID_MAX		0xffff\n', '')]),
	('renamed', 'IOMMU_PASID_GREATEST', MINOR,
	 [(ABI, '#define IOMMU_PASID_MAX			0xfffff',
	   '#define IOMMU_PASID_GREATEST		0xfffff')]),
	('moved', 'memfd_v3_folio_ser.index', MAJOR, MEMFD_MOVED),
	('resized', 'memfd_v3_ser.mode', MAJOR, [(MEMFD, '	u32 mode;', '	u16 mode;\n	u16 more;')]),
	('reserved-used', 'memfd_v3_ser.added', MINOR,
	 [(MEMFD, '	u64 reserved[4];', '	u64 added;\n	u64 reserved[3];')]),
	('constant', 'MEMFD_V3_SEALS_KNOWN', MINOR, [(MEMFD, '0x3f', '0x7f')]),
	('constant', 'MEMFD_V3_PAGES_MAX', MAJOR, [(MEMFD, '0xffffffffU', '0xffffffU')]),
	('constant', 'MEMFD_V3_COMPATIBLE', MINOR, [(MEMFD, '"memfd-v3"', '"memfd-v4"')]),
	('moved', 'vfio_pci_device_ser.rid', MAJOR,
	 [(VFIO_PCI, '	u32 segment;\n	u32 rid;\n', '	u32 rid;\n	u32 segment;\n')]),
	('range', 'iommu_device_ser.owner', MINOR,
	 [(ABI, 'subsystems repeat. Range: 1 to U64_MAX', 'subsystems repeat. Range: any')]),
]

HARMLESS = [
	('a comment', [(ABI, 'The most records that an image may have',
			'How many records an image may have at most')]),
	('kernel-doc, but no range', [(ABI, ' * @cap: Capability register.',
				       ' * @cap: What the unit can do.')]),
	('white space', [(ABI, '	u64 hardware_id;', '	u64   hardware_id ;')]),
	('the order of constants',
	 [(ABI, '#define IOMMU_UNIT_TYPE_AMD		2\n', ''),
	  (ABI, '#define IOMMU_UNIT_TYPE_RISCV		4\n',
	   '#define IOMMU_UNIT_TYPE_RISCV		4\n#define IOMMU_UNIT_TYPE_AMD		2\n')]),
	('another way to write a number', [(ABI, '4096', '0x1000')]),
	('lines of a range', [(ABI, 'Range: a preserved page, or 0',
			       'Range: a preserved\n *           page, or 0')]),
	('a number for an expression', [(ABI, '(BIT(7) - 1)', '0x7f')]),
	('an include', [(ABI, '#include <linux/bits.h>',
			 '#include <linux/bits.h>\n#include <linux/const.h>')]),
]

NOT_UNDERSTOOD = [
	('a pointer', [(ABI, '	u64 hardware_id;', '	void *hardware_id;')]),
	('no such type', [(ABI, '	u64 hardware_id;', '	u63 hardware_id;')]),
	('a conditional', [(ABI, '#define IOMMU_PASID_MAX',
			    '#ifdef CONFIG_X86\n#endif\n#define IOMMU_PASID_MAX')]),
	('what the compiler refuses', [(ABI, '0xfffff', '0xfffff +')]),
	('no header', [(HEADERS, 'iommufd.h', 'other.h')]),
]


class Tree:
	"""Files of the ABI that can be edited"""

	def __init__(self, directory):
		self.root = pathlib.Path(directory)
		for path in (HEADERS, FINGERPRINT, revision.READ_ONLY, *(f'{revision.ABI}/{name}' for name in
						     headers(revision.SOURCE))):
			(self.root / path).parent.mkdir(parents=True, exist_ok=True)
			shutil.copy(revision.SOURCE / path, self.root / path)

	def edit(self, path, old, new):
		"""Replace the first of what is there."""
		text = (self.root / path).read_text(encoding='utf-8')
		if old not in text:
			raise LookupError(f'{path} has no {old!r}')
		(self.root / path).write_text(text.replace(old, new, 1), encoding='utf-8')

	def revision(self):
		"""The ABI of the files as they are"""
		return revision.Revision(self.root, '')


class Diff(unittest.TestCase):
	"""Edits of the base"""

	def setUp(self):
		directory = tempfile.TemporaryDirectory()  # pylint: disable=consider-using-with
		self.addCleanup(directory.cleanup)
		self.directory = directory.name

	def tree(self, name, edits=(), release=True):
		"""A tree with the base, and with edits"""
		tree = Tree(pathlib.Path(self.directory) / name)
		if release:
			tree.edit(ABI, *RELEASE)
		for edit in edits:
			tree.edit(*edit)
		return tree

	def compare(self, old, new):
		"""Exit status, output and changes"""
		changed = difference.changes(old, new)
		output = io.StringIO()
		with contextlib.redirect_stdout(output):
			status = abi_diff.report(old, new, changed, list(difference.documentation(new)))
		return status, output.getvalue(), changed

	def test_planted_changes(self):
		"""Each is found, asks for what it should, and is told by no version."""
		base = self.tree('base').revision()
		for n, (kind, where, level, edits) in enumerate(PLANTED):
			with self.subTest(kind, where=where):
				status, output, changed = self.compare(
					base, self.tree(f'planted{n}', edits).revision())
				self.assertEqual(status, 1, output)
				self.assertIn((kind, where, level),
					      [(one.kind, one.where, one.level) for one in changed], output)
				self.assertEqual(max(one.level for one in changed), level, output)

	def test_planted_changes_with_a_version(self):
		"""The version that is due tells, and a lower one does not."""
		base = self.tree('base').revision()
		for n, (kind, where, level, edits) in enumerate(PLANTED[::3]):
			if versions.told_by(base, where.split('.')[0]):
				continue
			for version, bump in ((MINOR, NEXT_MINOR), (MAJOR, NEXT_MAJOR)):
				with self.subTest(kind, where=where, version=version):
					tree = self.tree(f'bumped{n}.{version}', [*edits, *bump])
					_, output, _ = self.compare(base, tree.revision())
					self.assertEqual('\nCHANGED' not in output, version >= level, output)

	def test_versions_of_their_own(self):
		"""Where the image's version does not tell of a change, another constant has to."""
		base = self.tree('base').revision()
		seen = set()
		for n, (kind, where, level, edits) in enumerate(PLANTED):
			name = versions.told_by(base, where.split('.')[0])
			if not name or level != MAJOR:
				continue
			seen.add(name)
			with self.subTest(kind, where=where):
				tree = self.tree(f'own{n}', [*edits, *NEXT_MINOR])
				status, output, _ = self.compare(base, tree.revision())
				self.assertEqual(status, 1, output)
				self.assertIn(f'CHANGED WITHOUT A NEW VERSION: another {name} is due', output)
				self.assertIn(f'what {name} is the version of: is read, and mis', output)
				tree.edit(*NEXT[name])
				status, output, _ = self.compare(base, tree.revision())
				self.assertEqual(status, 0, output)
				self.assertIn(f'what {name} is the version of: from ', output)
		self.assertEqual(seen, set(NEXT))
		self.assertEqual(seen, versions.constants(base))

	def test_major_version_and_others(self):
		"""It tells of vendor areas, but not of files, and iommufd's name follows it."""
		base = self.tree('base').revision()
		vendor = next(edits for _, where, _, edits in PLANTED if where == 'iommu_vtd_unit_ser.ecap')
		status, output, _ = self.compare(base, self.tree('vendor', [*vendor, *NEXT_MAJOR]).revision())
		self.assertEqual(status, 0, output)
		tree = self.tree('memfd', [*MEMFD_MOVED, *NEXT_MAJOR])
		status, output, _ = self.compare(base, tree.revision())
		self.assertEqual(status, 1, output)
		status, output, _ = self.compare(base, self.tree('major', NEXT_MAJOR[:1]).revision())
		self.assertEqual(status, 1, output)
		self.assertIn('another IOMMUFD_LIVEUPDATE_COMPATIBLE is due', output)
		draft = self.tree('draft', release=False).revision()
		status, output, _ = self.compare(draft, base)
		self.assertEqual(status, 0, output)

	def test_harmless_edits(self):
		"""Nothing is found."""
		base = self.tree('base').revision()
		for n, (name, edits) in enumerate(HARMLESS):
			with self.subTest(name):
				status, output, changed = self.compare(
					base, self.tree(f'harmless{n}', edits).revision())
				self.assertEqual((status, changed), (0, []), output)
				self.assertIn('both directions: nothing changed', output)

	def test_not_understood(self):
		"""It is said that it cannot be told."""
		for n, (name, edits) in enumerate(NOT_UNDERSTOOD):
			with self.subTest(name):
				with self.assertRaises(revision.CannotTell):
					self.tree(f'wrong{n}', edits).revision()

	def test_directions(self):
		"""A minor version is read by its successor, a major one is not."""
		base = self.tree('base').revision()
		minor = self.tree('minor', [*PLANTED[9][3], *NEXT_MINOR]).revision()
		major = self.tree('major', [*PLANTED[0][3], *NEXT_MAJOR]).revision()
		_, output, _ = self.compare(base, minor)
		self.assertIn('old to new: is read\nnew to old: is read but for records', output)
		_, output, _ = self.compare(base, major)
		self.assertIn('old to new: is refused as a whole: another major', output)

	def test_documentation(self):
		"""What it says of constants is what they are."""
		base = self.tree('base').revision()
		for text in ('Range: up to IOMMU_ABI_MOST_UNITS', 'Range: see iommufd-v7'):
			with self.subTest(text):
				tree = self.tree(f'documentation{len(text)}',
						 [(ABI, 'Range: up to IOMMU_ABI_MAX_UNITS', text), *NEXT_MINOR])
				status, output, _ = self.compare(base, tree.revision())
				if 'MOST' in text:
					self.assertEqual(status, 1, output)
					self.assertIn('there is no IOMMU_ABI_MOST_UNITS', output)
				else:
					self.assertIn('range: iommu_header_ser.units', output)

	def test_documentation_of_a_memfd(self):
		"""The same in a header whose version is in a name"""
		base = self.tree('base').revision()
		tree = self.tree('memfd', [(MEMFD, 'Range: bits of MEMFD_V3_MODE_KNOWN',
					    'Range: bits of MEMFD_V3_MODES'), *NEXT_MINOR])
		status, output, _ = self.compare(base, tree.revision())
		self.assertEqual(status, 1, output)
		self.assertIn('memfd_v3_ser.mode: there is no MEMFD_V3_MODES', output)

	def test_draft(self):
		"""Its lock tells, if it has been written."""
		base = self.tree('base', release=False).revision()
		tree = self.tree('draft', PLANTED[0][3], release=False)
		status, output, _ = self.compare(base, tree.revision())
		self.assertEqual(status, 1, output)
		tree.edit(FINGERPRINT, base.lock.fingerprint, tree.revision().lock.fingerprint)
		status, output, _ = self.compare(base, tree.revision())
		self.assertEqual(status, 0, output)
		self.assertIn('is refused as a whole: a draft', output)

	def test_draft_without_a_fingerprint(self):
		"""Records of memfds have none: only their name can tell."""
		base = self.tree('base', release=False).revision()
		tree = self.tree('draft', MEMFD_MOVED, release=False)
		tree.edit(FINGERPRINT, base.lock.fingerprint, tree.revision().lock.fingerprint)
		status, output, _ = self.compare(base, tree.revision())
		self.assertEqual(status, 1, output)
		self.assertIn('another MEMFD_V3_COMPATIBLE is due', output)
		before = tree.revision().lock.fingerprint
		tree.edit(*NEXT['MEMFD_V3_COMPATIBLE'])
		tree.edit(FINGERPRINT, before, tree.revision().lock.fingerprint)
		status, output, _ = self.compare(base, tree.revision())
		self.assertEqual(status, 0, output)

	def test_command_line(self):
		"""Revisions of git, and exit codes"""
		tree = self.tree('git')
		for command in (['init', '-q'], ['add', '.'], ['-c', 'user.name=a', '-c',
				'user.email=a@b', 'commit', '-qm', 'base']):
			subprocess.run(['git', '-C', str(tree.root), *command], check=True)
		tree.edit(*PLANTED[0][3][0])
		for arguments, status in ((['HEAD..HEAD'], 0), (['HEAD..'], 1), (['none..'], 2),
					  (['HEAD'], 2)):
			result = subprocess.run([sys.executable, abi_diff.__file__, '--git',
						 str(tree.root), *arguments], stdout=subprocess.PIPE,
						stderr=subprocess.PIPE, text=True, check=False)
			self.assertEqual(result.returncode, status, result.stdout)


if __name__ == '__main__':
	unittest.main()
