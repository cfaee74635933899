#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Compare the handover ABI of two revisions: what changed, whether its version tells, and
in which direction an update still works.

  abi_diff.py A..B    revisions of git; without B, the files as they are

The exit status is 0 if nothing changed, or if the version tells of what did; 1 if it does
not, or if the documentation is wrong; 2 if that cannot be told.
"""

import argparse
import sys

import difference
import revision


MISUNDERSTOOD = 'is read, and misunderstood where it differs'


def version(one):
	"""The version of a revision, as it is printed."""
	major, minor = one.lock.version
	return f'{major}.{minor}' + ('' if major else f' (draft {one.lock.fingerprint})')


def is_told(old, new, level):
	"""The version of the new revision says that it is another one."""
	if level == difference.NEVER:
		return False
	if not new.lock.version[0]:
		# The fingerprint says it, of all but the ranges.
		return new.is_locked and old.lock.fingerprint != new.lock.fingerprint
	if level == difference.MAJOR:
		return new.lock.version[0] > old.lock.version[0]
	return new.lock.version > old.lock.version


def directions(old, new, told):
	"""What becomes of an update in each direction, when there are changes."""
	if not told:
		return MISUNDERSTOOD, MISUNDERSTOOD
	if not new.lock.version[0] or not old.lock.version[0]:
		return 'is refused as a whole: a draft',  'is refused as a whole: a draft'
	if new.lock.version[0] != old.lock.version[0]:
		wrong = 'is refused as a whole: another major version'
		return wrong, wrong
	return 'is read', 'is read but for records that make use of what is new'


def print_others(old, new, changed, due):
	"""Print the same of what has a version of its own, if that differs or should."""
	before, after = old.lock.constants, new.lock.constants
	for name in sorted({change.told_by for change in changed if change.told_by}):
		if name in due:
			print(f'what {name} is the version of: {MISUNDERSTOOD}, in both directions')
		elif before.get(name) != after.get(name):
			print(f'what {name} is the version of: from {before.get(name)} to '
			      f'{after.get(name)}, each is refused by who does not know it')


def report(old, new, changed, wrong):
	"""Print all there is to say: the exit status."""
	level = max((change.image_level for change in changed), default=0)
	told = not changed or is_told(old, new, level)
	due = difference.due(old, new, changed)
	print(f'{old.name}: version {version(old)}\n{new.name}: version {version(new)}')
	for line in [*changed, *wrong]:
		print(line)
	if changed:
		forward, backward = directions(old, new, told)
		print(f'old to new: {forward}\nnew to old: {backward}')
		print_others(old, new, changed, due)
	else:
		print('both directions: nothing changed')
	if not told:
		print(f'CHANGED WITHOUT A NEW VERSION: {difference.LEVELS[level]} is due'
		      if level != difference.NEVER else 'CHANGED WHAT MUST NEVER CHANGE')
	for name in due:
		print(f'CHANGED WITHOUT A NEW VERSION: another {name} is due')
	return 0 if told and not due and not wrong else 1


def main():
	"""The exit status is that of report(), or 2."""
	parser = argparse.ArgumentParser(description=__doc__,
					 formatter_class=argparse.RawDescriptionHelpFormatter)
	parser.add_argument('range', help='A..B')
	parser.add_argument('--git', default=str(revision.SOURCE), help='the repository')
	options = parser.parse_args()
	before, dots, after = options.range.partition('..')
	if not dots or not before:
		parser.error('two revisions are compared: A..B')
	try:
		old, new = (revision.Revision(options.git, name) for name in (before, after))
	except revision.CannotTell as why:
		print(f'cannot tell: {why}')
		sys.exit(2)
	sys.exit(report(old, new, difference.changes(old, new), list(difference.documentation(new))))


if __name__ == '__main__':
	main()
