#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Test the catalogue: what one kernel refuses of another's image."""

import contextlib
import copy
import io
import json
import pathlib
import subprocess
import sys
import tempfile
import unittest

import catalogue
import revision
import versions


class Catalogue(unittest.TestCase):
	"""Catalogues that differ in one thing from that of the tree"""

	@classmethod
	def setUpClass(cls):
		cls.draft = catalogue.catalogue(revision.Revision(revision.SOURCE, ''))
		cls.released = {**copy.deepcopy(cls.draft), 'version': [1, 1], 'fingerprint': None}

	def verdict(self, old, new):
		"""Exit status and what is printed"""
		output = io.StringIO()
		with contextlib.redirect_stdout(output):
			status = catalogue.compare(old, new)
		return status, output.getvalue()

	def changed(self, key, value):
		"""The released one, with something else"""
		other = copy.deepcopy(self.released)
		if isinstance(other[key], dict):
			other[key].update(value)
			other[key] = {name: one for name, one in other[key].items() if one is not None}
		else:
			other[key] = value
		return other

	def test_same(self):
		"""A kernel can be updated to itself."""
		for one in (self.draft, self.released):
			self.assertEqual(self.verdict(one, one), (0, 'the update is possible\n'))

	def test_contents(self):
		"""The catalogue has what the headers have."""
		self.assertEqual(self.draft['names']['IOMMU_LIVEUPDATE_COMPATIBLE'], 'iommu')
		self.assertIn('memfd-v3', self.draft['names'].values())
		self.assertEqual(self.draft['read-only'], ['memfd-v2'])
		self.assertEqual(self.draft['constants']['IOMMU_UNIT_TYPE_INTEL_VTD'], 1)
		self.assertEqual(set(self.draft), catalogue.KEYS)
		backends = catalogue.constants(self.draft, versions.BACKEND)
		self.assertIn('IOMMU_VTD_VERSION', backends)
		self.assertNotIn('IOMMU_ABI_VERSION_MAJOR', backends)

	def test_refused(self):
		"""What makes an update impossible"""
		for key, value, text in (
				('version', [2, 1], 'major version 1, and 2'),
				('names', {'VFIO_PCI_LIVEUPDATE_COMPATIBLE': None}, 'nobody asks for it'),
				('names', {'MEMFD_V3_COMPATIBLE': 'memfd-v4'}, 'memfd-v3: nobody asks for it'),
				('constants', {'IOMMU_VTD_VERSION': 9}, 'IOMMU_VTD_VERSION 1: 9'),
				('records', {'iommu_unit_ser': 200}, 'iommu_unit_ser of 96 bytes: 200'),
				('records', {'iommu_unit_ser': None}, 'iommu_unit_ser of 96 bytes: None')):
			with self.subTest(key):
				status, output = self.verdict(self.released, self.changed(key, value))
				self.assertEqual(status, 1, output)
				self.assertIn(text, output)

	def test_read_only(self):
		"""What a kernel only reads can be updated to it, and not from it."""
		older = self.changed('names', {'MEMFD_V3_COMPATIBLE': 'memfd-v2'})
		older['read-only'] = []
		self.assertEqual(self.verdict(older, self.released)[0], 0)
		status, output = self.verdict(self.released, older)
		self.assertEqual(status, 1)
		self.assertIn('memfd-v3: nobody asks for it', output)

	def test_another_draft_is_refused(self):
		"""Even one that has the same records"""
		status, output = self.verdict(self.draft, {**self.draft, 'fingerprint': '0' * 16})
		self.assertEqual(status, 1)
		self.assertIn('the draft', output)

	def test_refused_if_used(self):
		"""What a successor has more of is refused by the older kernel only if it is used."""
		for name, value, text in (
				('IOMMU_ABI_INCOMPATIBLE_KNOWN', 4, 'bits 0x4 of incompatible'),
				('IOMMU_UNIT_FLAGS_KNOWN', 2, 'bits 0x2 of IOMMU_UNIT_FLAGS_KNOWN'),
				('MEMFD_V3_SEALS_KNOWN', 0x7f, 'bits 0x40 of MEMFD_V3_SEALS_KNOWN'),
				('IOMMU_PT_FORMAT_NEW', 9, 'records with IOMMU_PT_FORMAT_NEW'),
				('IOMMU_ABI_MAX_UNITS', 9999, 'more than IOMMU_ABI_MAX_UNITS')):
			with self.subTest(name):
				newer = {**self.changed('constants', {name: value}), 'version': [1, 2]}
				self.assertEqual(self.verdict(self.released, newer)[0], 0)
				status, output = self.verdict(newer, self.released)
				self.assertEqual(status, 0)
				self.assertIn('refused if it is used: ', output)
				self.assertIn(text, output)

	def test_command_line(self):
		"""Files, revisions, and what is neither"""
		with tempfile.TemporaryDirectory() as directory:
			good, bad = (pathlib.Path(directory) / name for name in ('good', 'bad'))
			good.write_text(json.dumps(self.draft), encoding='utf-8')
			bad.write_text('{}', encoding='utf-8')
			for arguments, status in ((['compare', good, good], 0), (['compare', good, bad], 2),
						  (['show'], 0), (['compare', good, 'none'], 2)):
				result = subprocess.run([sys.executable, catalogue.__file__,
							 *map(str, arguments)], stdout=subprocess.PIPE,
							stderr=subprocess.PIPE, text=True, check=False)
				self.assertEqual(result.returncode, status, result.stdout)


if __name__ == '__main__':
	unittest.main()
