# SPDX-License-Identifier: GPL-2.0-only
"""The layout of our header as tables, and the findings as a list: plain text, and
Markdown with the same contents."""

import re

NOTICE = 'Generated with "make abi UPDATE=1", do not edit.'
COLUMNS = ['offset', 'size', 'type', 'member', 'range']


def type_text(member):
	"""A type as it is declared, with the length of an array."""
	return f'{member.type}[{member.count}]' if member.count else member.type


def rows(header, layout):
	"""Members and holes of a struct, in the order of their offsets."""
	lines = [(member.offset, member.size, type_text(member), member.name,
		  header.range(layout.name, member.name) or '') for member in layout.members]
	lines += [(offset, size, '', '(hole)', '') for offset, size in layout.holes()]
	return [[str(cell) for cell in line] for line in sorted(lines)]


def records(header):
	"""Structs that chains hold: their members' kernel-doc says so."""
	text = ' '.join(description for docs in header.docs.values()
			for description in docs.members.values())
	return set(re.findall(r'Records of &struct (\w+)', text))


def summary(header, layout, block):
	"""What there is to say of a struct in one line."""
	holes = len(list(layout.holes()))
	text = f'{layout.size} bytes, {len(layout.members)} members, {holes or "no"} holes'
	if layout.name in records(header):
		room, size = (next(member.size for member in block.members if member.name == name)
			      for name in ('entries', 'block'))
		text += f', {room // layout.size} entries in a block of {size} bytes'
	return text


def constants(lock):
	"""Name, value in hexadecimal and in decimal."""
	for name, value in lock.constants.items():
		decimal = '' if value.startswith('"') else str(int(value, 0))
		yield [name, value, decimal]


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


def text_page(header, lock, layouts):
	"""All tables as text."""
	lines = [NOTICE, '', f'Handover ABI of IOMMUs, {titles(lock)}', '']
	for name in lock.structs:
		layout = layouts[name]
		lines += [f'struct {name}: {summary(header, layout, layouts["kho_abi_block"])}', '']
		lines += [f'    {line}' for line in text_table(COLUMNS, rows(header, layout))] + ['']
	lines += ['Constants', '']
	lines += [f'    {line}' for line in text_table(['name', 'value', 'decimal'], list(constants(lock)))]
	return '\n'.join(lines) + '\n'


def markdown_page(header, lock, layouts):
	"""All tables as Markdown."""
	lines = ['<!-- SPDX-License-Identifier: GPL-2.0 -->', f'<!-- {NOTICE} -->', '',
		 '# Handover ABI of IOMMUs', '', f'{titles(lock).capitalize()}.', '']
	for name in lock.structs:
		layout = layouts[name]
		lines += [f'## struct {name}', '',
			  f'{summary(header, layout, layouts["kho_abi_block"])}', '',
			  *markdown_table(COLUMNS, rows(header, layout)), '']
	lines += ['## Constants', '', *markdown_table(['name', 'value', 'decimal'], list(constants(lock)))]
	return '\n'.join(lines) + '\n'


def findings_page(found, directory):
	"""Findings of all headers, grouped: found is {header: [(line, rule, text)]}."""
	lines = [NOTICE, '']
	for name, entries in found.items():
		lines += [f'{name}: {len(entries) or "no"} finding{"" if len(entries) == 1 else "s"}', '']
		lines += [f'    {line:4d}  {rule}: {text}' for line, rule, text in entries]
		lines += [''] if entries else []
	lines += ['All headers together', '', *(f'    styles: {text}' for _, text in directory)]
	return '\n'.join(lines) + '\n'
