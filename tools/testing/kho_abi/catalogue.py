#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Which images and records a kernel writes and reads, and whether one kernel can be
updated to another.

  catalogue.py show [REVISION]    the catalogue as JSON; without a revision, of the files
                                  as they are
  catalogue.py compare A B        can a kernel with the catalogue A be updated to B?

A and B are files with catalogues, which a running kernel has as
/sys/kernel/debug/iommu_liveupdate/catalogue, or revisions. The exit status is 0 if the update is
possible, 1 if something is refused, 2 if that cannot be told.
"""

import argparse
import json
import pathlib
import re
import sys

import revision
import versions

KEYS = {'version', 'fingerprint', 'names', 'read-only', 'constants', 'records'}

# What constants stand for, by their names
NUMBER = r'IOMMU_(?:UNIT_TYPE|DEVICE_TYPE|PT_FORMAT)_\w+'
BITS = r'\w+_(?:FLAGS|FEATURES|SEALS|MODE)_KNOWN'
LIMIT = r'\w+_ABI_MAX_\w+|\w+_PAGES_MAX'


def catalogue(one):
	"""The catalogue of a revision, as its kernel tells it: see catalogue.c."""
	names = {name: value.strip('"') for name, value in one.lock.constants.items()
		 if value.startswith('"')}
	return {
		'version': list(one.lock.version),
		'fingerprint': one.lock.fingerprint,
		'names': names,
		'read-only': one.read_only,
		'constants': {name: int(value, 0) for name, value in one.lock.constants.items()
			      if name not in names},
		'records': {name: struct.size for name, struct in one.lock.structs.items()},
	}


def constants(one, pattern):
	"""The constants of a catalogue whose name matches"""
	return {name: value for name, value in one['constants'].items() if re.fullmatch(pattern, name)}


def load(name, repository):
	"""A catalogue from a file, or of a revision."""
	path = pathlib.Path(name)
	if not path.is_file():
		return catalogue(revision.Revision(repository, name))
	try:
		found = json.loads(path.read_text(encoding='utf-8'))
	except ValueError as why:
		raise revision.CannotTell(f'{name}: {why}') from why
	if not isinstance(found, dict) or set(found) != KEYS:
		raise revision.CannotTell(f'{name} is no catalogue')
	return found


def refused(old, new):
	"""What a kernel with the catalogue 'new' refuses of all that 'old' may write."""
	if old['version'][0] != new['version'][0]:
		yield f'all: major version {old["version"][0]}, and {new["version"][0]} is read'
	elif not old['version'][0] and old['fingerprint'] != new['fingerprint']:
		yield f'all: the draft {old["fingerprint"]}, and {new["fingerprint"]} is read'
	for name in sorted(set(old['names'].values()) - set(new['names'].values()) -
			   set(new['read-only'])):
		yield f'what has the name {name}: nobody asks for it'
	backends = constants(new, versions.BACKEND)
	for name, value in constants(old, versions.BACKEND).items():
		if backends.get(name) != value:
			yield f'units whose backend has {name} {value}: {backends.get(name)} is read'
	for name, size in old['records'].items():
		if new['records'].get(name) != size:
			yield f'struct {name} of {size} bytes: {new["records"].get(name)} are read'


def lost_if_used(old, new):
	"""What is refused if there is any of it."""
	incompatible = 'IOMMU_ABI_INCOMPATIBLE_KNOWN'
	missing = old['constants'].get(incompatible, 0) & ~new['constants'].get(incompatible, 0)
	if missing:
		yield f'all, with bits {missing:#x} of incompatible'
	for name, value in constants(old, BITS).items():
		missing = value & ~new['constants'].get(name, 0)
		if missing:
			yield f'records with bits {missing:#x} of {name}'
	for name in sorted(set(constants(old, NUMBER)) - set(constants(new, NUMBER))):
		yield f'records with {name}'
	for name, value in constants(old, LIMIT).items():
		if new['constants'].get(name, 0) < value:
			yield f'more than {name} of the other kernel'


def compare(old, new):
	"""Print whether an update is possible: the exit status."""
	wrong = list(refused(old, new))
	for text in wrong:
		print(f'refused: {text}')
	for text in lost_if_used(old, new):
		print(f'refused if it is used: {text}')
	print('the update is not possible' if wrong else 'the update is possible')
	return 1 if wrong else 0


def main():
	"""The exit status is that of compare(), or 2."""
	parser = argparse.ArgumentParser(description=__doc__,
					 formatter_class=argparse.RawDescriptionHelpFormatter)
	parser.add_argument('task', choices=['show', 'compare'])
	parser.add_argument('of', nargs='*')
	parser.add_argument('--git', default=str(revision.SOURCE), help='the repository')
	options = parser.parse_args()
	if len(options.of) != 2 if options.task == 'compare' else len(options.of) > 1:
		parser.error('compare takes two catalogues, show one at most')
	try:
		found = [load(name, options.git) for name in options.of or ['']]
	except revision.CannotTell as why:
		print(f'cannot tell: {why}')
		sys.exit(2)
	if options.task == 'show':
		print(json.dumps(found[0], indent=1))
		sys.exit(0)
	sys.exit(compare(*found))


if __name__ == '__main__':
	main()
