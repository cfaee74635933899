# SPDX-License-Identifier: GPL-2.0-only
"""The layout of our headers as tables, and the findings as a list: plain text, and
Markdown with the same contents."""

import re

NOTICE = 'Generated with "make abi UPDATE=1", do not edit.'
COLUMNS = ['offset', 'size', 'type', 'member', 'range']
VALUES = ['name', 'value', 'decimal']


def type_text(member):
	"""A type as it is declared, with the length of an array."""
	return f'{member.type}[{member.count}]' if member.count else member.type


def rows(header, layout):
	"""Members and holes of a struct, in the order of their offsets."""
	lines = [(member.offset, member.size, type_text(member), member.name,
		  header.range(layout.name, member.name) or '') for member in layout.members]
	lines += [(offset, size, '', '(hole)', '') for offset, size in layout.holes()]
	return [[str(cell) for cell in line] for line in sorted(lines)]


def records(headers):
	"""Structs that chains hold: their members' kernel-doc says so."""
	text = ' '.join(description for header in headers for docs in header.docs.values()
			for description in docs.members.values())
	return set(re.findall(r'Records of &struct (\w+)', text))


def summary(headers, layout, block):
	"""What there is to say of a struct in one line."""
	holes = len(list(layout.holes()))
	text = f'{layout.size} bytes, {len(layout.members)} members, {holes or "no"} holes'
	if layout.name in records(headers):
		room, size = (next(member.size for member in block.members if member.name == name)
			      for name in ('entries', 'block'))
		text += f', {room // layout.size} entries in a block of {size} bytes'
	return text


def structs(header, headers, lock, layouts):
	"""Name, summary and rows of each struct of a header."""
	for name in lock.structs:
		if name in header.structs:
			text = summary(headers, layouts[name], layouts['kho_abi_block'])
			yield f'struct {name}', text, rows(header, layouts[name])


def constants(header, lock):
	"""Name, value in hexadecimal and in decimal of each constant of a header."""
	for name, value in lock.constants.items():
		if name in header.macros:
			yield [name, value, '' if value.startswith('"') else str(int(value, 0))]


def titles(lock):
	"""What the tables are of"""
	return (f'version {lock.version[0]}.{lock.version[1]}{"" if lock.version[0] else " (draft)"}, '
		f'fingerprint 0x{lock.fingerprint}')


def text_table(head, lines):
	"""Columns that are aligned."""
	widths = [max(len(line[i]) for line in [head, *lines]) for i in range(len(head))]
	for line in [head, *lines]:
		yield '  '.join(cell.ljust(width) for cell, width in zip(line, widths)).rstrip()


def markdown_table(head, lines):
	"""The same in Markdown."""
	for line in [head, ['---'] * len(head), *lines]:
		yield '| ' + ' | '.join(cell.replace('|', '\\|').replace('*', '\\*')
					.replace('_', '\\_') for cell in line) + ' |'


def text_page(headers, lock, layouts):
	"""All tables as text."""
	lines = [NOTICE, '', f'Handover ABI, {titles(lock)}', '']
	for header in headers:
		lines += [header.name, '']
		for name, text, cells in structs(header, headers, lock, layouts):
			lines += [f'{name}: {text}', '']
			lines += [f'    {line}' for line in text_table(COLUMNS, cells)] + ['']
		lines += [f'Constants of {header.name}', '']
		lines += [f'    {line}' for line in text_table(VALUES, list(constants(header, lock)))]
		lines += ['']
	return '\n'.join(lines)


def markdown_page(headers, lock, layouts):
	"""All tables as Markdown."""
	lines = ['<!-- SPDX-License-Identifier: GPL-2.0 -->', f'<!-- {NOTICE} -->', '',
		 '# Handover ABI', '', f'{titles(lock).capitalize()}.', '']
	for header in headers:
		lines += [f'## {header.name}', '']
		for name, text, cells in structs(header, headers, lock, layouts):
			lines += [f'### {name}', '', text, '', *markdown_table(COLUMNS, cells), '']
		lines += [f'### Constants of {header.name}', '']
		lines += [*markdown_table(VALUES, list(constants(header, lock))), '']
	return '\n'.join(lines)


def findings_page(found, directory):
	"""Findings of all headers, grouped: found is {header: [(line, rule, text)]}."""
	lines = [NOTICE, '']
	for name, entries in found.items():
		lines += [f'{name}: {len(entries) or "no"} finding{"" if len(entries) == 1 else "s"}', '']
		lines += [f'    {line:4d}  {rule}: {text}' for line, rule, text in entries]
		lines += [''] if entries else []
	lines += ['All headers together', '', *(f'    styles: {text}' for _, text in directory)]
	return '\n'.join(lines) + '\n'
