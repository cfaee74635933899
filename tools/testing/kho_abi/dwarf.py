# SPDX-License-Identifier: GPL-2.0-only
"""Layouts of structs as the compiler makes them, read with pahole from DWARF."""

import dataclasses
import pathlib
import re
import shlex
import subprocess

OBJECT = 'drivers/iommu/liveupdate/abi_lock.o'
BASES = {'long unsigned int': 'unsigned long', 'short unsigned int': 'unsigned short',
	 'long int': 'long', 'short int': 'short', 'long long unsigned int': 'unsigned long long'}

STRUCT = re.compile(r'^struct (\w+) \{\n(.*?)^\}', re.M | re.S)
SIZE = re.compile(r'^\t/\* size: (\d+),', re.M)
MEMBER = re.compile(r'^\t(?:\} )?([^\t].*?)?(\w+)((?:\[\d*\])*)(:\d+)?;'
		    r'\s*/\*\s*(\d+)(?::\s*\d+)?\s+(\d+) \*/$', re.M)


@dataclasses.dataclass
class Member:
	"""A member: count is 0 unless it is an array."""
	name: str
	type: str
	count: int
	offset: int
	size: int


@dataclasses.dataclass
class Layout:
	"""A struct"""
	name: str
	size: int
	members: list

	def holes(self):
		"""Offset and size of what no member covers, padding included."""
		end = 0
		for member in self.members:
			if member.offset > end:
				yield end, member.offset - end
			end = max(end, member.offset + member.size)
		if self.size > end:
			yield end, self.size - end


def parse(text):
	"""What pahole prints, as layouts by name."""
	layouts = {}
	for struct in STRUCT.finditer(text):
		members = []
		for match in MEMBER.finditer(struct[2]):
			counts = [int(count) for count in re.findall(r'\d+', match[3])]
			kind = (match[1] or 'union').strip()
			members.append(Member(match[2], BASES.get(kind, kind), counts[0] if counts else 0,
					      int(match[5]), int(match[6])))
		layouts[struct[1]] = Layout(struct[1], int(SIZE.search(struct[2])[1]), members)
	return layouts


def command(build):
	"""The words of the command that compiled OBJECT, without its files."""
	path = pathlib.PurePath(OBJECT)
	text = (build / path.with_name(f'.{path.name}.cmd')).read_text(encoding='utf-8')
	line = text.split('\n', 1)[0].split(':=', 1)[1].split(';')[0]
	words = shlex.split(line)
	drop = words.index('-o')
	return [word for word in words[:drop] + words[drop + 2:]
		if not word.startswith('-Wp,-MMD') and not word.endswith('/abi_lock.c')]


def compile_headers(build, headers):
	"""Compile the headers with all types in DWARF: the object."""
	source, target = build / 'kho_abi.c', build / 'kho_abi.o'
	lines = [f'#include <linux/kho/abi/{header}>' for header in headers]
	lines += ['struct kho_abi_block {',
		  '\tchar block[KHO_BLOCK_SIZE];',
		  '\tchar entries[KHO_BLOCK_SIZE - sizeof(struct kho_block_header_ser)];',
		  '};']
	source.write_text('\n'.join(['#include <linux/types.h>'] + lines) + '\n', encoding='utf-8')
	subprocess.run(command(build) + ['-w', '-g', '-fno-eliminate-unused-debug-types',
					 '-o', str(target), str(source)], cwd=build, check=True)
	return target


def read(build, headers, names):
	"""Layouts of the structs named, of a kernel that is built in 'build'."""
	target = compile_headers(build, headers)
	result = subprocess.run(['pahole', '-C', ','.join([*names, 'kho_abi_block']), str(target)],
				stdout=subprocess.PIPE, text=True, check=True)
	return parse(result.stdout)
