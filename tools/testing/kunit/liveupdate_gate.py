#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Decide whether a KUnit run is good, from its log alone.

kunit.py calls a run good whose cases are all skipped, or whose log holds a
lockdep report. This is stricter: the names of the cases that passed must be
those of a list, a skip must be declared there, and the log must be whole and
without a splat.
"""

import argparse
import re
import sys

import kunit_parser
from kunit_parser import TestStatus
from kunit_printer import null_printer

# What the kernel prints when something is wrong beside the test cases. KUnit
# prints nothing for a warning that a case suppresses.
SPLAT = re.compile('|'.join([
	r'WARNING:',
	r'\bBUG[: ]',
	r'Oops',
	r'Kernel panic',
	r'Call Trace:',
	r'-+\[ cut here \]',
	r'KASAN:', r'KFENCE:', r'KCSAN:', r'UBSAN:', r'KMSAN:', r'ODEBUG:',
	r'kmemleak: .*suspected memory leak', r'unreferenced object 0x',
	r'INFO: task .* blocked', r'INFO: lockdep is turned off',
	r'INFO: trying to register non-static key',
	r'possible (circular|recursive|irq lock inversion|deadlock)',
	r'irq lock inversion dependency', r'-safe -> .*-unsafe lock order',
	r'inconsistent lock state', r'bad unlock balance', r'bad contention',
	r'Invalid wait context', r'held lock freed', r'still has locks held',
	r'lock held when returning', r'nested lock was not taken',
	r'suspicious RCU usage', r'rcu.*detected .*stall', r'soft lockup',
	r'sleeping function called', r'scheduling while atomic',
	r'general protection fault', r'[Uu]nable to handle kernel',
	r'(list_add|list_del|slab|double free) corruption', r'Bad page',
	r'refcount_t:', r'Segfault with no mm', r'stack-protector',
]))

# Fault injection that is asked to be verbose prints a call trace of its own.
INJECTED = re.compile(r'FAULT_INJECTION: forcing a failure')
INJECTED_LINES = 10

# The last thing that a kernel prints which got to its end.
THE_END = re.compile(r'reboot: (System halted|Restarting system|Power down)')

SLOW = 'slow'
SKIP = 'skip:'


def is_slow(test):
	"""Tell whether a suite or case carries the speed attribute slow."""
	mark = re.compile(rf'# ({re.escape(test.name)}\.)?speed: (very_)?slow')
	return any(mark.search(line) for line in test.log)


def walk(test, name, separators, slow, cases):
	"""Collect (name, status, slow, skip reason) of every case below test.

	A case is "suite.case", one of its parameters "suite.case: parameter".
	"""
	for sub in test.subtests:
		sub_name = name + separators[0] + sub.name
		sub_slow = slow or is_slow(sub)
		if sub.subtests:
			walk(sub, sub_name, separators[1:] or [': '], sub_slow, cases)
		else:
			cases.append((sub_name, sub.status, sub_slow, sub.skip_reason))


def find_splats(lines):
	"""Return the lines of the log that tell of a splat."""
	splats = []
	injected = -INJECTED_LINES
	for number, line in enumerate(lines):
		if INJECTED.search(line):
			injected = number
		if 'Call Trace:' in line and number - injected < INJECTED_LINES:
			continue
		if SPLAT.search(line):
			splats.append(f'line {number + 1}: {line.strip()}')
	return splats


def read_expected(path):
	"""Return {name: mark} of a list of cases, mark is '', SLOW or SKIP."""
	expected = {}
	with open(path, encoding='utf-8') as file:
		for line in file:
			name, _, mark = line.rstrip().partition('  # ')
			if name and not name.startswith('#'):
				expected[name] = mark
	return expected


def write_expected(path, cases):
	"""Write the list of cases that read_expected() reads."""
	with open(path, 'w', encoding='utf-8') as file:
		print('# The cases that must pass or be skipped; "make expected" writes this.',
		      file=file)
		for name, status, slow, reason in sorted(cases):
			mark = ''
			if status == TestStatus.SKIPPED:
				mark = f'  # {SKIP} {reason}'
			elif slow:
				mark = f'  # {SLOW}'
			print(name + mark, file=file)


def compare(cases, expected, fast):
	"""Return what differs between the cases that ran and the list."""
	errors = []
	for name, status, _, reason in cases:
		if status not in (TestStatus.SUCCESS, TestStatus.SKIPPED):
			continue	# counted as failed
		if name not in expected:
			errors.append(f'{name}: not in the list of expected cases')
		elif status == TestStatus.SKIPPED and not expected[name].startswith(SKIP):
			errors.append(f'{name}: skipped ({reason}), not declared')
		elif status == TestStatus.SUCCESS and expected[name].startswith(SKIP):
			errors.append(f'{name}: passed, but is declared as skipped')
	seen = {case[0] for case in cases}
	for name, mark in expected.items():
		if name not in seen and not (fast and mark == SLOW):
			errors.append(f'{name}: did not run')
	return errors


def passed(name, cases):
	"""Tell whether a case, with all its parameters, passed."""
	statuses = [case[1] for case in cases
		    if case[0] == name or case[0].startswith(name + ': ')]
	return bool(statuses) and all(status in (TestStatus.SUCCESS, TestStatus.SKIPPED)
				      for status in statuses)


def check_log(lines, test, cases):
	"""Return what is wrong with the log, whatever the list says."""
	errors = find_splats(lines)
	names = [case[0] for case in cases]
	for name in sorted(set(names)):
		if names.count(name) > 1:
			errors.append(f'{name}: {names.count(name)} cases have this name')
	if test.counts.errors:
		errors.append(f'{test.counts.errors} errors in the KTAP output')
	if not any(THE_END.search(line) for line in lines):
		errors.append('the log is cut: the kernel did not shut down')
	return errors


def main(argv):
	"""Judge one log, return the exit status."""
	parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
	parser.add_argument('--expected', metavar='LIST', required=True,
			    help='the list of expected cases')
	parser.add_argument('--fast', action='store_true',
			    help='slow cases were left out of this run')
	parser.add_argument('--update', action='store_true',
			    help='write the list from this run instead')
	parser.add_argument('--red', metavar='CASE',
			    help='only ask whether this case did not pass')
	parser.add_argument('log', help='what kunit.py left as test.log')
	args = parser.parse_args(argv)

	try:
		with open(args.log, encoding='utf-8', errors='backslashreplace') as file:
			lines = file.readlines()
	except FileNotFoundError:
		print('GATE: there is no log: the kernel was not built or did not start')
		return 1

	test = kunit_parser.parse_run_tests(lines, null_printer)
	cases = []
	walk(test, '', ['', '.', ': '], False, cases)
	if args.red:
		return 1 if passed(args.red, cases) else 0

	errors = check_log(lines, test, cases)
	failed = test.counts.failed + test.counts.crashed
	if not test.counts.passed:
		errors.append('no case passed')
	if not args.update:
		try:
			errors += compare(cases, read_expected(args.expected), args.fast)
		except FileNotFoundError:
			errors.append(f'{args.expected} is missing: make expected writes it')
	elif not errors and not failed:
		write_expected(args.expected, cases)

	for error in errors:
		print(f'GATE: {error}')
	print(f'{test.counts.passed} passed, {failed} failed, {test.counts.skipped} skipped')
	return 1 if errors or failed else 0


if __name__ == '__main__':
	sys.exit(main(sys.argv[1:]))
