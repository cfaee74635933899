#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Print the functions of an object file, each on a line.

The lines of two objects are the same if their code is, in whatever order the
compiler has put the functions: a target is given by its function and the offset
there, and what only fills the space between functions is left out.
"""

import re
import subprocess
import sys

SECTION = re.compile(r'Disassembly of section (.*):$')
FUNCTION = re.compile(r'([0-9a-f]+) <(.*)>:$')
INSTRUCTION = re.compile(r'\s*([0-9a-f]+):\s+(.*)$')
TARGET = re.compile(r'\b([0-9a-f]+) <[^>]*>')
FILLER = re.compile(r'(data16 |cs |rex\.W )*(nop\w*|xchg +%ax,%ax|int3)\b')


def read_functions(path):
	"""Return [(section, name, start, [instruction])] of an object."""
	text = subprocess.run(['objdump', '-d', '--no-show-raw-insn', path],
			      check=True, capture_output=True, text=True).stdout
	functions = []
	section = None
	for line in text.splitlines():
		if match := SECTION.match(line):
			section = match[1]
		elif match := FUNCTION.match(line):
			functions.append((section, match[2], int(match[1], 16), []))
		elif (match := INSTRUCTION.match(line)) and functions:
			functions[-1][3].append(match[2].split('#')[0].strip())
	return functions


def name_of(functions, section, address):
	"""Return the function that an address is in, and the offset there."""
	starts = [(start, name) for other, name, start, _ in functions
		  if other == section and start <= address]
	start, name = max(starts, default=(0, section))
	return f'{name}+{address - start:#x}'


def main():
	"""Print the functions, sorted."""
	functions = read_functions(sys.argv[1])
	lines = []
	for section, name, _, instructions in functions:
		while instructions and FILLER.match(instructions[-1]):
			instructions.pop()
		code = [TARGET.sub(lambda m, s=section: name_of(functions, s, int(m[1], 16)),
				   line) for line in instructions]
		lines.append(f'{section} {name}: ' + '; '.join(code))
	print('\n'.join(sorted(lines)))


if __name__ == '__main__':
	main()
