#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Which images and records a kernel writes and reads, and whether one kernel can be
updated to another.

  catalogue.py show [REVISION]    the catalogue as JSON; without a revision, of the files
                                  as they are
  catalogue.py compare A B        can a kernel with the catalogue A be updated to B?

A and B are files with catalogues, or revisions. The exit status is 0 if the update is
possible, 1 if something is refused, 2 if that cannot be told.
"""

import argparse
import json
import pathlib
import re
import sys

import revision

NAME = re.compile(r'\w+_LIVEUPDATE_COMPATIBLE')
BACKEND = re.compile(r'IOMMU_(?!ABI)\w+_VERSION')
NUMBERS = re.compile(r'IOMMU_(?:UNIT_TYPE|DEVICE_TYPE|PT_FORMAT)_\w+')


def numbers(constants, pattern):
	"""Constants whose name matches, as numbers."""
	return {name: int(value, 0) for name, value in constants.items() if pattern.fullmatch(name)}


def catalogue(one):
	"""The catalogue of a revision"""
	constants = one.lock.constants
	major, minor = one.lock.version
	return {
		'version': [major, minor],
		'fingerprint': one.lock.fingerprint if not major else None,
		'names': sorted(value.strip('"') for name, value in constants.items()
				if NAME.fullmatch(name)),
		'incompatible': int(constants['IOMMU_ABI_INCOMPATIBLE_KNOWN'], 0),
		'backends': numbers(constants, BACKEND),
		'numbers': numbers(constants, NUMBERS),
		'bits': numbers(constants, re.compile(r'\w+_(?:FLAGS|FEATURES)_KNOWN')),
		'limits': numbers(constants, re.compile(r'\w+_ABI_MAX_\w+')),
		'records': {name: struct.size for name, struct in one.lock.structs.items()},
	}


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


KEYS = {'version', 'fingerprint', 'names', 'incompatible', 'backends', 'numbers', 'bits', 'limits',
	'records'}


def refused(old, new):
	"""What a kernel with the catalogue 'new' refuses of all that 'old' may write."""
	if old['version'][0] != new['version'][0]:
		yield f'all: major version {old["version"][0]}, and {new["version"][0]} is read'
	elif old['fingerprint'] != new['fingerprint']:
		yield f'all: the draft {old["fingerprint"]}, and {new["fingerprint"]} is read'
	for name in set(old['names']) - set(new['names']):
		yield f'what has the name {name}: nobody asks for it'
	for name, value in old['backends'].items():
		if new['backends'].get(name) != value:
			yield f'units whose backend has {name} {value}: {new["backends"].get(name)} is read'
	for name, size in old['records'].items():
		if new['records'].get(name) != size:
			yield f'struct {name} of {size} bytes: {new["records"].get(name)} are read'


def lost_if_used(old, new):
	"""What is refused if there is any of it."""
	if old['incompatible'] & ~new['incompatible']:
		yield f'all, with bits {old["incompatible"] & ~new["incompatible"]:#x} of incompatible'
	for name, value in old['bits'].items():
		missing = value & ~new['bits'].get(name, 0)
		if missing:
			yield f'records with bits {missing:#x} of {name}'
	for name in set(old['numbers']) - set(new['numbers']):
		yield f'records with {name}'
	for name, value in old['limits'].items():
		if new['limits'].get(name, 0) < value:
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
