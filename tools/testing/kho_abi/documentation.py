#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""What kernel-doc of the handover ABI says of each member, as calls of a C macro:
its range, and of a chain the struct of its entries."""

import re
import sys

from header import Header

ENTRIES = re.compile(r'(?:Records|Entries) of &struct (\w+)')


def main():
	"""Print a line for each member of the headers named."""
	for path in sys.argv[1:]:
		one = Header(path)
		for struct, docs in one.docs.items():
			for member, text in docs.members.items():
				entries = ENTRIES.search(text)
				quoted = (one.range(struct, member) or '').replace('"', '\\"')
				print(f'ABI_DOC({struct}, {member}, "{quoted}", '
				      f'"{entries[1] if entries else ""}");')


if __name__ == '__main__':
	main()
