# SPDX-License-Identifier: GPL-2.0-only
"""The lock of the handover ABI, and the versions that were released with it."""

import re
import subprocess

from dwarf import Layout, Member

DIRECTORY = 'drivers/iommu/liveupdate'
HEADERS = f'{DIRECTORY}/abi_headers'
LAYOUT = f'{DIRECTORY}/abi_layout.h'
FINGERPRINT = f'{DIRECTORY}/abi_fingerprint.h'

STRUCT = re.compile(r'^ABI_STRUCT\((\w+), (\d+)\);$', re.M)
MEMBER = re.compile(r'^ABI_(?:MEMBER|ARRAY)\((\d+), (\d+), ([\w ]+), (?:(\d+), )?struct (\w+), '
		    r'(\w+)\);$', re.M)
CONSTANT = re.compile(r'^ABI_(?:CONSTANT|STRING)\((\w+), (.*?)(?:ULL)?\);$', re.M)


def headers(source):
	"""Names of the headers of the handover ABI, in the order of the list."""
	lines = (source / HEADERS).read_text(encoding='utf-8').splitlines()
	return [name for line in lines if not line.startswith('#') for name in line.split()]


class Lock:
	"""What abi_layout.h and abi_fingerprint.h say"""

	def __init__(self, layout, fingerprint):
		self.constants = dict(CONSTANT.findall(layout))
		self.structs = {name: Layout(name, int(size), []) for name, size in STRUCT.findall(layout)}
		for offset, size, kind, count, struct, name in MEMBER.findall(layout):
			self.structs[struct].members.append(
				Member(name, kind, int(count or 0), int(offset), int(size)))
		match = re.search(r'0x([0-9a-f]{16})ULL', fingerprint)
		self.fingerprint = match and match[1]

	@property
	def version(self):
		"""Major and minor version"""
		return tuple(int(self.constants.get(f'IOMMU_ABI_VERSION_{part}', '0'), 0)
			     for part in ('MAJOR', 'MINOR'))

	def differences(self, layouts):
		"""What DWARF has otherwise, one line for each struct."""
		for name, struct in self.structs.items():
			if layouts.get(name) != struct:
				yield f'{name}: pahole reads another layout: {layouts.get(name)}'


def git(repository, *arguments):
	"""What a git command prints, nothing if it fails."""
	result = subprocess.run(['git', '-c', f'safe.directory={repository}', '-C', str(repository),
				 *arguments], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
				text=True, check=False)
	return '' if result.returncode else result.stdout


def released(repository):
	"""The locks at the release tags: (tag, lock)."""
	for tag in git(repository, 'tag', '--list', 'v*').split():
		layout = git(repository, 'show', f'{tag}:{LAYOUT}')
		if layout:
			yield tag, Lock(layout, git(repository, 'show', f'{tag}:{FINGERPRINT}'))


def refusals(lock, repository):
	"""Releases that have this version with another layout. A draft is free."""
	for tag, old in released(repository):
		if lock.version[0] and old.version == lock.version and old.fingerprint != lock.fingerprint:
			yield (f'version {lock.version[0]}.{lock.version[1]} was released in {tag} with the '
			       f'fingerprint {old.fingerprint}, this layout has {lock.fingerprint}: '
			       'bump IOMMU_ABI_VERSION_MINOR or _MAJOR')
