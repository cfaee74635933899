#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Test the gate: canned logs that it must call good, or bad and why."""

import contextlib
import io
import os
import tempfile
import unittest

import liveupdate_gate

GOOD = '''\
Linux version 7.3.4
printk: legacy console [tty0] enabled
KTAP version 1
1..2
    KTAP version 1
    # Subtest: pages
    # module: pages_kunit
    1..3
    ok 1 maps
    # unmaps.speed: slow
    ok 2 unmaps
    ok 3 grows # SKIP one CPU
# pages: pass:2 fail:0 skip:1 total:3
# Totals: pass:2 fail:0 skip:1 total:3
ok 1 pages
    KTAP version 1
    # Subtest: records
    # module: records_kunit
    1..1
        KTAP version 1
        # Subtest: round_trip
        ok 1 first format
        ok 2 second format
    # round_trip: pass:2 fail:0 skip:0 total:2
    ok 1 round_trip
# Totals: pass:2 fail:0 skip:0 total:2
ok 2 records
reboot: System halted
'''

EXPECTED = '''\
# The cases that must pass
pages.grows  # skip: one CPU
pages.maps
pages.unmaps  # slow
records.round_trip: first format
records.round_trip: second format
'''

LOCKDEP = '''\

======================================================
WARNING: possible circular locking dependency detected
7.3.4 #1 Not tainted
------------------------------------------------------
kunit_try_catch/21 is trying to acquire lock:
'''

# Reports of lockdep and others that have no "WARNING:" in them.
BARE_SPLATS = [
	'[ BUG: bad unlock balance detected! ]',
	'inconsistent lock state',
	'possible recursive locking detected',
	'suspicious RCU usage',
	'BUG: KASAN: slab-use-after-free in pt_free+0x10/0x20',
	'UBSAN: shift-out-of-bounds in mm/page.c:3:4',
	'kmemleak: 3 new suspected memory leaks (see /sys/kernel/debug/kmemleak)',
	'INFO: task kunit_try_catch:21 blocked for more than 120 seconds.',
	'Call Trace:',
	'Kernel panic - not syncing: Fatal exception',
	'Oops: general protection fault, probably for non-canonical address',
]

INJECTED = '''\
    FAULT_INJECTION: forcing a failure.
    name failslab, interval 1, probability 0, space 0, times 1
    CPU: 0 UID: 0 PID: 21 Comm: kunit_try_catch Tainted: G                 N
    Call Trace:
     dump_stack+0x10/0x20
'''


class GateTest(unittest.TestCase):
	"""One canned log for each kind of run."""

	def setUp(self):
		self.dir = tempfile.TemporaryDirectory()
		self.addCleanup(self.dir.cleanup)

	def path(self, name):
		return os.path.join(self.dir.name, name)

	def write(self, name, text):
		with open(self.path(name), 'w', encoding='utf-8') as file:
			file.write(text)

	def gate(self, log, expected=EXPECTED, options=()):
		"""Run the gate, return its status and what it printed."""
		self.write('test.log', log)
		self.write('expected', expected)
		out = io.StringIO()
		with contextlib.redirect_stdout(out):
			status = liveupdate_gate.main(
				['--expected', self.path('expected'), *options,
				 self.path('test.log')])
		return status, out.getvalue()

	def assert_red(self, reason, *args, **kwargs):
		status, out = self.gate(*args, **kwargs)
		self.assertNotEqual(status, 0, out)
		self.assertIn(reason, out)

	def assert_green(self, *args, **kwargs):
		status, out = self.gate(*args, **kwargs)
		self.assertEqual(status, 0, out)
		return out

	def test_good(self):
		out = self.assert_green(GOOD)
		self.assertEqual(out, '4 passed, 0 failed, 1 skipped\n')

	def test_good_with_time_stamps(self):
		stamped = ''.join(f'[    0.{number:06}] {line}\n'
				  for number, line in enumerate(GOOD.splitlines()))
		self.assert_green(stamped)

	def test_fast(self):
		fast = GOOD.replace('    # unmaps.speed: slow\n    ok 2 unmaps\n', '')
		fast = fast.replace('    1..3\n', '    1..2\n').replace('ok 3 grows', 'ok 2 grows')
		self.assert_green(fast, options=['--fast'])
		self.assert_red('pages.unmaps: did not run', fast)

	def test_failure(self):
		bad = GOOD.replace('    ok 1 maps', '    not ok 1 maps')
		self.assert_red('3 passed, 1 failed', bad.replace('\nok 1 pages', '\nnot ok 1 pages'))

	def test_failed_suite_with_good_cases(self):
		self.assert_red('1 failed', GOOD.replace('\nok 1 pages', '\nnot ok 1 pages'))

	def test_failed_parameter(self):
		bad = GOOD.replace('ok 2 second', 'not ok 2 second')
		self.assert_red('1 failed', bad.replace('    ok 1 round', '    not ok 1 round'))

	def test_all_skipped(self):
		skipped = ''.join(line + ' # SKIP no\n' if line.startswith('    ok') and 'SKIP' not in line
				  or line.startswith('        ok') else line + '\n'
				  for line in GOOD.splitlines())
		self.assert_red('no case passed', skipped)

	def test_missing_case(self):
		self.assert_red('pages.vanished: did not run', GOOD,
				EXPECTED + 'pages.vanished\n')

	def test_unexpected_case(self):
		self.assert_red('pages.maps: not in the list', GOOD,
				EXPECTED.replace('pages.maps\n', ''))

	def test_undeclared_skip(self):
		self.assert_red('pages.grows: skipped (one CPU), not declared', GOOD,
				EXPECTED.replace('  # skip: one CPU', ''))

	def test_declared_skip_that_passes(self):
		self.assert_red('pages.grows: passed, but is declared', GOOD.replace(' # SKIP one CPU', ''))

	def test_two_cases_of_one_name(self):
		self.assert_red('2 cases have this name',
				GOOD.replace('second format', 'first format'))

	def test_lockdep(self):
		self.assert_red('circular locking', GOOD.replace('    ok 1 maps', LOCKDEP + '    ok 1 maps'))

	def test_splats(self):
		for splat in BARE_SPLATS:
			with self.subTest(splat=splat):
				self.assert_red(splat, GOOD.replace('    ok 1 maps', splat + '\n    ok 1 maps'))

	def test_early_warning(self):
		self.assert_red('WARNING', 'WARNING: CPU: 0 PID: 0 at init/main.c:1\n' + GOOD)

	def test_late_warning(self):
		late = 'WARNING: CPU: 0 PID: 1 at mm/slab.c:1 kmem_cache_destroy\n'
		self.assert_red('WARNING', GOOD.replace('reboot:', late + 'reboot:'))
		self.assert_red('WARNING', GOOD + late)

	def test_injected_failure(self):
		self.assert_green(GOOD.replace('    ok 1 maps', INJECTED + '    ok 1 maps'))

	def test_call_trace_long_after_injected_failure(self):
		late = INJECTED + '    a line\n' * 20 + '    Call Trace:\n'
		self.assert_red('Call Trace', GOOD.replace('    ok 1 maps', late + '    ok 1 maps'))

	def test_cut_anywhere(self):
		lines = GOOD.splitlines(keepends=True)
		for end in range(len(lines)):
			with self.subTest(end=end):
				status, _ = self.gate(''.join(lines[:end]))
				self.assertNotEqual(status, 0)

	def test_cut_and_shut_down(self):
		cut = GOOD[:GOOD.index('    KTAP version 1\n    # Subtest: records')]
		self.assert_red('KTAP', cut + 'reboot: System halted\n')

	def test_red(self):
		bad = GOOD.replace('ok 2 second', 'not ok 2 second')
		for name, log, status in [
				('records.round_trip', bad, 0),
				('records.round_trip', GOOD, 1),
				('pages.maps', bad, 1),
				('pages.maps', GOOD[:GOOD.index('    ok 1 maps')], 0)]:
			with self.subTest(name=name):
				self.assertEqual(self.gate(log, options=['--red', name])[0], status)

	def test_no_log(self):
		with contextlib.redirect_stdout(io.StringIO()):
			self.assertEqual(liveupdate_gate.main(['--expected', self.path('expected'),
							       self.path('none')]), 1)

	def test_no_list(self):
		with contextlib.redirect_stdout(io.StringIO()):
			self.write('test.log', GOOD)
			self.assertEqual(liveupdate_gate.main(['--expected', self.path('none'),
							       self.path('test.log')]), 1)

	def test_update_writes_the_list(self):
		self.assert_green(GOOD, expected='', options=['--update'])
		with open(self.path('expected'), encoding='utf-8') as file:
			written = file.read()
		self.assertEqual(written.splitlines()[1:], EXPECTED.splitlines()[1:])

	def test_update_of_a_bad_run_writes_nothing(self):
		bad = GOOD.replace('    ok 1 maps', '    not ok 1 maps')
		self.assert_red('1 failed', bad, expected='kept\n', options=['--update'])
		with open(self.path('expected'), encoding='utf-8') as file:
			self.assertEqual(file.read(), 'kept\n')


if __name__ == '__main__':
	unittest.main()
