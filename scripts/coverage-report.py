#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Print line and branch coverage of files.

  coverage-report.py TREE GCDA... <FILES

The names of the files, relative to TREE, come from standard input. A file
that several objects include, as the page table formats do, counts as reached
where one of them reaches it.
"""

import collections
import json
import os
import subprocess
import sys


def read_counts(gcda):
	"""Yield what gcov has to say about each source file of an object."""
	out = subprocess.run(['gcov', '--json-format', '--branch-probabilities',
			      '--stdout', gcda], check=True, capture_output=True,
			     cwd=os.path.dirname(gcda)).stdout
	for text in out.splitlines():
		report = json.loads(text)
		for file in report['files']:
			yield (os.path.join(report['current_working_directory'], file['file']),
			       file['lines'])


def main(argv):
	"""Collect, add up, and print."""
	tree = os.path.realpath(argv[0])
	wanted = set(sys.stdin.read().split())
	lines = collections.defaultdict(collections.Counter)
	branches = collections.defaultdict(collections.Counter)
	for gcda in argv[1:]:
		for path, counts in read_counts(os.path.realpath(gcda)):
			name = os.path.relpath(os.path.realpath(path), tree)
			if name not in wanted:
				continue
			for line in counts:
				number = line['line_number']
				lines[name][number] += line['count']
				for index, branch in enumerate(line['branches']):
					branches[name][number, index] += branch['count']

	def row(name, line_counts, branch_counts):
		def share(counts):
			reached = sum(1 for count in counts if count)
			if not counts:
				return '-'
			return f'{100 * reached / len(counts):5.1f} % of {len(counts):5}'
		print(f'{name:56} {share(line_counts):>16} {share(branch_counts):>16}')

	print(f'{"":56} {"lines":>16} {"branches":>16}')
	for name in sorted(lines):
		row(name, lines[name].values(), branches[name].values())
	row('all', [c for name in lines for c in lines[name].values()],
	    [c for name in branches for c in branches[name].values()])


if __name__ == '__main__':
	main(sys.argv[1:])
