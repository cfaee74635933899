# SPDX-License-Identifier: GPL-2.0-only
"""Which constant tells the version of a piece of the handover ABI, as the headers have it.

The image of the IOMMUs has a major and a minor version. Vendor areas have a number for each
backend. What belongs to a file has the name by which LUO finds it: one name for all that
its header declares.
"""

import re

MAJOR, MINOR = (f'IOMMU_ABI_VERSION_{part}' for part in ('MAJOR', 'MINOR'))
IMAGE = {MAJOR, MINOR}
# A reader finds nothing under another name.
NAMES_FOR_EVER = {'IOMMU_LIVEUPDATE_COMPATIBLE'}
# Names whose records are of no use without an image of this major version
NEED_THE_IMAGE = {'IOMMUFD_LIVEUPDATE_COMPATIBLE'}
BACKEND = re.compile(r'IOMMU_(?!ABI)\w+_VERSION')


def name_in_luo(header):
	"""The constant with the name of what a header declares, None if it has none."""
	return next((macro.name for macro in header.macros.values()
		     if macro.string and macro.name.endswith('_COMPATIBLE') and
		     macro.name not in NAMES_FOR_EVER), None)


def backends(revision):
	"""The constants with versions of backends."""
	return [name for name in revision.lock.constants if BACKEND.fullmatch(name)]


def told_by(revision, thing):
	"""The constant that tells the version of a struct, or of a constant; None for the
	image."""
	for header in revision.headers:
		if thing in header.structs or thing in header.macros:
			name = name_in_luo(header)
			if name:
				return name
	for name in backends(revision):
		if thing.upper().startswith(name.removesuffix('VERSION')):
			return name
	return None


def has_fingerprint(revision, constant):
	"""Whether the records whose version is in the constant have the fingerprint of a draft.
	Those of a backend are in an image that has it."""
	return all(any(member.name == 'fingerprint' for struct in header.structs.values()
		       for member in struct.members)
		   for header in revision.headers if name_in_luo(header) == constant)


def constants(revision):
	"""All constants that tell a version, but those of the image."""
	return {*filter(None, map(name_in_luo, revision.headers)), *backends(revision)}
