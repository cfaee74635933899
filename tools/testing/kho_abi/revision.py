# SPDX-License-Identifier: GPL-2.0-only
"""The handover ABI at a revision of git, or as files are now: what its headers declare,
what kernel-doc says of it, and the lock that is checked in beside them.

Layouts are computed as the build of the kernel does, with the host's compiler.
"""

import pathlib
import subprocess
import tempfile

from header import Header
from lock import DIRECTORY, FINGERPRINT, HEADERS, Lock, git

HERE = pathlib.Path(__file__).resolve().parent
SOURCE = HERE.parents[2]
ABI = 'include/linux/kho/abi'
READ_ONLY = f'{DIRECTORY}/abi_read_only'


class CannotTell(Exception):
	"""A revision whose ABI is not understood, and why"""


def run(*command, **options):
	"""What a command prints: CannotTell if it fails."""
	result = subprocess.run([str(word) for word in command], stdout=subprocess.PIPE,
				stderr=subprocess.STDOUT, text=True, check=False, **options)
	if result.returncode:
		raise CannotTell(result.stdout.strip() or f'{command[0]} fails')
	return result.stdout


def optional(repository, revision, path):
	"""A file at a revision, or as it is now if that is empty; nothing if there is none."""
	if revision:
		return git(repository, 'show', f'{revision}:{path}')
	found = pathlib.Path(repository) / path
	return found.read_text(encoding='utf-8') if found.exists() else ''


def read(repository, revision, path):
	"""The same of a file that has to be there"""
	text = optional(repository, revision, path)
	if not text:
		raise CannotTell(f'{revision or "the working tree"} has no {path}')
	return text


def compute(work, names):
	"""The lock that the headers in the directory have."""
	(work / 'abi_headers.h').write_text(
		''.join(f'#include <linux/kho/abi/{name}>\n' for name in names), encoding='utf-8')
	paths = [work / 'linux/kho/abi' / name for name in names]
	(work / 'abi_entries.h').write_text(run('awk', '-f', SOURCE / DIRECTORY / 'abi_entries.awk',
						*paths), encoding='utf-8')
	run('cc', '-S', '-w', '-O1', '-fkeep-static-functions', '-std=gnu11', '-include',
	    HERE / 'shim/linux/stddef.h',
	    f'-I{work}', f'-I{HERE}/shim', f'-I{SOURCE}/tools/include', '-o', work / 'abi_offsets.s',
	    SOURCE / DIRECTORY / 'abi_offsets.c')
	# It compares as well, which does not matter here.
	subprocess.run(['sh', str(SOURCE / DIRECTORY / 'abi_lock.sh'), 'check',
			str(work / 'abi_offsets.s'), str(work), str(work)],
		       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
	texts = [work / f'{name}.computed' for name in ('abi_layout', 'abi_fingerprint')]
	if not all(path.exists() for path in texts):
		raise CannotTell('no layout can be computed')
	return Lock(*(path.read_text(encoding='utf-8') for path in texts))


class Revision:
	"""The ABI of a revision"""

	def __init__(self, repository, revision):
		self.name = revision or 'the working tree'
		names = [line for line in read(repository, revision, HEADERS).split('\n')
			 if line and not line.startswith('#')]
		with tempfile.TemporaryDirectory() as directory:
			work = pathlib.Path(directory)
			(work / 'linux/kho/abi').mkdir(parents=True)
			for name in names:
				(work / 'linux/kho/abi' / name).write_text(
					read(repository, revision, f'{ABI}/{name}'), encoding='utf-8')
			self.lock = compute(work, names)
			self.headers = [Header(work / 'linux/kho/abi' / name) for name in names]
		self.read_only = [line for line in optional(repository, revision, READ_ONLY).split('\n')
				  if line and not line.startswith('#')]
		locked = Lock('', read(repository, revision, FINGERPRINT))
		self.is_locked = locked.fingerprint == self.lock.fingerprint

	def range(self, struct, member):
		"""What kernel-doc says of a member, None without any."""
		for header in self.headers:
			text = header.range(struct, member)
			if text is not None:
				return text
		return None
