#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Show, compare and judge the ABI that a kernel hands to its successor.

  kho_abi.py check --build DIR     compare tables and findings with those that are
                                   checked in, and the lock with DWARF
  kho_abi.py update --build DIR    write them
  kho_abi.py released --build DIR  only see that no released version has another
                                   layout

DIR is the build directory of a kernel that has drivers/iommu/liveupdate/ built.
"""

import argparse
import difflib
import pathlib
import re
import sys

import dwarf
import header
import lint
import lock
import tables

SOURCE = pathlib.Path(__file__).resolve().parents[3]
HEADERS = 'include/linux/kho/abi'
PAGES = 'Documentation/driver-api/iommu-liveupdate'


def computed_lock(build):
	"""The lock that the last build of the directory computed."""
	directory = build / lock.DIRECTORY
	return lock.Lock((directory / 'abi_layout.computed').read_text(encoding='utf-8'),
			 (directory / 'abi_fingerprint.computed').read_text(encoding='utf-8'))


def included_headers(source):
	"""The headers that .rst files include."""
	included = set()
	for page in (source / 'Documentation').rglob('*.rst'):
		text = page.read_text(encoding='utf-8', errors='replace')
		included.update(re.findall(r'^\.\. kernel-doc:: (\S*kho/abi/\S+)', text, re.M))
	return included


def make_pages(context, ours, locked):
	"""The pages that are checked in, by name; and what our headers must not have."""
	found = {one.name: lint.check(one, context) for one in context.headers}
	pages = {
		'abi-layout.txt': tables.text_page(ours, locked, context.layouts),
		'abi-layout.md': tables.markdown_page(ours, locked, context.layouts),
		'abi-findings.txt': tables.findings_page(found, list(lint.styles(context))),
	}
	return pages, [f'{HEADERS}/{one.name}:{line}: {rule}: {text}'
		       for one in ours for line, rule, text in found[one.name]]


def compare(name, text):
	"""The difference between a page and what is checked in."""
	path = SOURCE / PAGES / name
	old = path.read_text(encoding='utf-8') if path.exists() else ''
	return ''.join(difflib.unified_diff(old.splitlines(True), text.splitlines(True),
					    f'{PAGES}/{name}', 'computed'))


def check_pages(pages):
	"""Print how the pages differ: messages."""
	for name, text in pages.items():
		difference = compare(name, text)
		if difference:
			sys.stderr.write(difference)
			yield f'{PAGES}/{name} is not up to date: make abi UPDATE=1 writes it'


def missing_constants(ours, locked):
	"""Macros that the lock does not have, or has and the header has not."""
	names = {name for one in ours for name, macro in one.macros.items() if not macro.arguments}
	for name in sorted(names.symmetric_difference(locked.constants)):
		yield (f'{name} is either in the headers of the handover ABI or in the lock, but not '
		       'in both')


def run(options):
	"""Do what the command line asks: messages of what is wrong."""
	locked = computed_lock(options.build)
	wrong = list(lock.refusals(locked, options.git)) if options.git else []
	if options.task == 'released' or wrong:
		return wrong
	headers = [header.Header(path) for path in sorted((SOURCE / HEADERS).glob('*.h'))]
	names = [name for one in headers for name in one.structs]
	layouts = dwarf.read(options.build, [one.name for one in headers], names)
	context = lint.Context(headers, layouts, set(locked.structs), included_headers(SOURCE),
			       lock.headers(SOURCE))
	ours = [one for name in context.ours for one in headers if one.name == name]
	pages, wrong = make_pages(context, ours, locked)
	wrong += locked.differences(layouts)
	wrong += missing_constants(ours, locked)
	if not options.quiet:
		print(pages['abi-layout.txt'])
		print(pages['abi-findings.txt'])
	if options.task == 'check':
		wrong += check_pages(pages)
	elif not wrong:
		for name, text in pages.items():
			(SOURCE / PAGES / name).write_text(text, encoding='utf-8')
	return wrong


def main():
	"""The exit status is 1 if something is wrong."""
	parser = argparse.ArgumentParser(description=__doc__,
					 formatter_class=argparse.RawDescriptionHelpFormatter)
	parser.add_argument('task', choices=['check', 'update', 'released'])
	parser.add_argument('--build', type=pathlib.Path, required=True, help='the build directory')
	parser.add_argument('--git', type=pathlib.Path, help='a repository with release tags')
	parser.add_argument('--quiet', action='store_true', help='print only what is wrong')
	options = parser.parse_args()
	options.build = options.build.resolve()
	wrong = run(options)
	for message in wrong:
		print(f'error: {message}', file=sys.stderr)
	sys.exit(bool(wrong))


if __name__ == '__main__':
	main()
