# SPDX-License-Identifier: GPL-2.0-only
"""What changed between two revisions of the handover ABI, and what that asks for: the
rules are those of <linux/kho/abi/iommu.h>."""

import dataclasses
import re

import lint
import versions

MINOR, MAJOR, NEVER = 1, 2, 3
LEVELS = {MINOR: 'a new minor version', MAJOR: 'a new major version', NEVER: 'must never change'}

CONSTANT = re.compile(r'\b(?:IOMMU|IOMMUFD|VFIO|MEMFD)_[A-Z0-9_]+\b(?!\*)')


@dataclasses.dataclass
class Change:
	"""A change: what kind it is, what it is about, and what it asks for. What is no part
	of the image has a version of its own in the constant 'told_by'."""
	kind: str
	where: str
	text: str
	level: int
	told_by: str = None

	@property
	def image_level(self):
		"""What it asks of the version of the image, which is locked with all the rest."""
		return MINOR if self.told_by and self.level == MAJOR else self.level

	def __str__(self):
		asks = LEVELS[self.level]
		if self.told_by and self.level == MAJOR:
			asks = f'another {self.told_by}'
		return f'{self.kind}: {self.where}: {self.text}: {asks}'


def is_reserved(member):
	"""A member that has no meaning yet."""
	return member.name.startswith('reserved')


def end(member):
	"""Where the next member begins."""
	return member.offset + member.size


def same_place(one, other):
	"""Members that are the same but for their names."""
	return (one.offset, one.size, one.type, one.count) == \
	       (other.offset, other.size, other.type, other.count)


def within_reserved(member, old):
	"""A member that lies where the old struct had reserved ones."""
	return any(is_reserved(one) and one.offset <= member.offset and end(member) <= end(one)
		   for one in old.members)


def changed_member(where, one, other):
	"""Changes of a member that has its name still."""
	if is_reserved(one) and end(other) == end(one) and other.offset >= one.offset:
		return
	if one.offset != other.offset:
		yield Change('moved', where, f'from offset {one.offset} to {other.offset}', MAJOR)
	if one.size != other.size:
		yield Change('resized', where, f'from {one.size} to {other.size} bytes', MAJOR)
	elif (one.type, one.count) != (other.type, other.count):
		yield Change('retyped', where, f'from {one.type} to {other.type}', MAJOR)


def new_members(old, new):
	"""Changes by members that only the new struct has, and by those that it has not."""
	names = {member.name for member in old.members}
	gone = [member for member in old.members if member.name not in
		{member.name for member in new.members}]
	for member in new.members:
		where = f'{new.name}.{member.name}'
		if member.name in names:
			continue
		renamed = next((one for one in gone if same_place(one, member)), None)
		if within_reserved(member, old):
			yield Change('reserved-used', where, f'is at offset {member.offset}, which was '
				     'reserved', MINOR)
		elif renamed:
			gone.remove(renamed)
			yield Change('renamed', where, f'was {renamed.name}', MINOR)
		elif member.offset >= old.size:
			yield Change('appended', where, f'at offset {member.offset}', MAJOR)
		else:
			yield Change('inserted', where, f'at offset {member.offset}', MAJOR)
	for member in gone:
		if not is_reserved(member):
			yield Change('removed', f'{old.name}.{member.name}', 'is gone', MAJOR)


def struct_changes(old, new):
	"""Changes of structs: 'old' and 'new' are revisions."""
	for name, struct in old.lock.structs.items():
		other = new.lock.structs.get(name)
		if not other:
			yield Change('removed', name, 'is gone', MAJOR)
			continue
		members = {member.name: member for member in other.members}
		for member in struct.members:
			if member.name in members:
				yield from changed_member(f'{name}.{member.name}', member,
							  members[member.name])
		yield from new_members(struct, other)
		if struct.size != other.size:
			yield Change('size', name, f'from {struct.size} to {other.size} bytes', MAJOR)
	for name in new.lock.structs:
		if name not in old.lock.structs:
			yield Change('added', name, 'is new', MINOR)


def number(value):
	"""The number that a constant is, None for a string."""
	return None if value.startswith('"') else int(value, 0)


def constant_level(name, old, new):
	"""What it asks for that a constant has another value."""
	if name in versions.NAMES_FOR_EVER:
		return NEVER
	old, new = number(old), number(new)
	if None in (old, new):
		return MAJOR
	if name.endswith('_KNOWN'):
		return MINOR if old & ~new == 0 else MAJOR
	if '_MAX_' in name or name.endswith('_MAX'):
		return MINOR if new > old else MAJOR
	return MAJOR


def family(name):
	"""Constants that are numbers for one thing: what their names begin with."""
	match = re.match(r'(.*_(?:TYPE|FORMAT|FEATURE|HWPT))_', name)
	return match and match[1]


def new_constant(name, value, old, new):
	"""What a constant is that only the new revision has."""
	gone = [one for one, was in old.items() if one not in new and was == value and
		family(one) == family(name)]
	if gone and not family(name):
		return Change('renamed', name, f'was {gone[0]}', MINOR)
	if gone:
		return Change('reused', name, f'has {value}, which was {gone[0]}', NEVER)
	return Change('added', name, f'is {value}', MINOR)


def constant_changes(old, new):
	"""Changes of constants: 'old' and 'new' are revisions."""
	tell = versions.constants(old)
	old, new = old.lock.constants, new.lock.constants
	for name, value in old.items():
		if name not in new:
			if not any(name != one and new[one] == value and one not in old for one in new):
				yield Change('removed', name, 'is gone', MAJOR)
		elif value != new[name] and name not in versions.IMAGE:
			yield Change('constant', name, f'from {value} to {new[name]}',
				     MINOR if name in tell else constant_level(name, value, new[name]))
	for name, value in new.items():
		if name not in old:
			yield new_constant(name, value, old, new)


def range_changes(old, new):
	"""Changes of what kernel-doc allows a member to be."""
	for name, struct in new.lock.structs.items():
		for member in struct.members:
			before, after = old.range(name, member.name), new.range(name, member.name)
			known = name in old.lock.structs and any(
				one.name == member.name for one in old.lock.structs[name].members)
			if known and before != after:
				yield Change('range', f'{name}.{member.name}',
					     f'from "{before}" to "{after}"', MINOR)


def documentation(new):
	"""What kernel-doc of a revision says that its constants do not."""
	strings = {macro.string for header in new.headers for macro in header.macros.values()
		   if macro.string}
	context = lint.Context(new.headers, {}, set(new.lock.structs), set(),
			       [header.name for header in new.headers])
	known = set(new.lock.constants) | {'IOMMU_ABI_FINGERPRINT'}
	for header in new.headers:
		for line, text in lint.version_in_comment(header, context):
			# What is only read has no header of ours, and may be spoken of.
			if any(f'names {name},' in text for name in new.read_only):
				continue
			yield f'documentation: {header.name}:{line}: {text}'
		for struct, docs in header.docs.items():
			for member, text in docs.members.items():
				for name in sorted(set(CONSTANT.findall(text)) - known):
					if not any(one.startswith(name) for one in known | strings):
						yield (f'documentation: {struct}.{member}: there is '
						       f'no {name}')


def changes(old, new):
	"""All changes that another kernel could see."""
	found = [*struct_changes(old, new), *constant_changes(old, new), *range_changes(old, new)]
	for change in found:
		thing = change.where.split('.')[0]
		change.told_by = versions.told_by(old, thing) or versions.told_by(new, thing)
	return found


def due(old, new, found):
	"""The constants that should have another value in 'new' and have not: what belongs to
	a file, or to a backend, has changed."""
	asked = {change.told_by for change in found if change.told_by and change.level == MAJOR}
	is_draft = 0 in (old.lock.version[0], new.lock.version[0])
	if new.lock.version[0] != old.lock.version[0]:
		# Nothing of such an image is read, vendor areas included.
		asked -= {*versions.backends(old)}
		asked |= versions.NEED_THE_IMAGE
	return sorted(name for name in asked
		      if old.lock.constants.get(name) == new.lock.constants.get(name) and
		      not (is_draft and versions.has_fingerprint(old, name)))
