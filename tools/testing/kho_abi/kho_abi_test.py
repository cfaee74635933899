#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Test the tool: headers that it must call good, or bad and why."""

import pathlib
import re
import subprocess
import tempfile
import unittest

import dwarf
import kho_abi
import lint
import lock
import tables
from header import Header

GOOD = '''\
/* SPDX-License-Identifier: GPL-2.0-only */

/**
 * DOC: Good ABI
 *
 * The name of it is good-v1.
 */

#ifndef GOOD_H
#define GOOD_H

#define GOOD_COMPATIBLE	"good-v1"
#define GOOD_WORDS	2

/**
 * struct good_chain_ser - A chain
 * @head_pa: Where it is. Range: any
 */
struct good_chain_ser {
	u64 head_pa;
};

/**
 * struct good_ser - A record
 * @records: Records of &struct good_ser. Range: up to
 *           GOOD_WORDS
 * @word: A word. Range: any
 * @half: Half a word. Range: 0 to 1
 * @reserved: Range: 0
 * @name: A name. Range: a string
 * @words: Words. Range: any
 */
struct good_ser {
	struct good_chain_ser records;
	u32 word;
	u16 half;
	u8 reserved[2];
	char name[8];
	u64 words[GOOD_WORDS];
};

#endif
'''

SECOND = '''\
/* SPDX-License-Identifier: GPL-2.0-only */

/**
 * DOC: Second ABI
 */

#ifndef SECOND_H
#define SECOND_H

#include <linux/kho/abi/good.h>

#define SECOND_WORD	7

/**
 * struct second_ser - A record that holds one of the other header
 * @records: Records of &struct second_ser. Range: up to GOOD_WORDS
 * @word: A word. Range: SECOND_WORD
 */
struct second_ser {
	struct good_chain_ser records;
	u64 word;
};

#endif
'''

PAHOLE = '''\
struct good_chain_ser {
	u64                        head_pa;              /*     0     8 */

	/* size: 8, cachelines: 1, members: 1 */
	/* last cacheline: 8 bytes */
};
struct good_ser {
	struct good_chain_ser      records;              /*     0     8 */
	u32                        word;                 /*     8     4 */
	u16                        half;                 /*    12     2 */
	u8                         reserved[2];          /*    14     2 */
	char                       name[8];              /*    16     8 */
	u64                        words[2];             /*    24    16 */

	/* size: 40, cachelines: 1, members: 6 */
	/* last cacheline: 40 bytes */
};
struct second_ser {
	struct good_chain_ser      records;              /*     0     8 */
	u64                        word;                 /*     8     8 */

	/* size: 16, cachelines: 1, members: 2 */
	/* last cacheline: 16 bytes */
};
struct kho_abi_block {
	char                       block[4096];          /*     0  4096 */
	/* --- cacheline 64 boundary (4096 bytes) --- */
	char                       entries[4080];        /*  4096  4080 */

	/* size: 8176, cachelines: 128, members: 2 */
	/* last cacheline: 48 bytes */
};
'''

LOCK = '''\
ABI_STRING(GOOD_COMPATIBLE, "good-v1");
ABI_CONSTANT(GOOD_WORDS, 0x2ULL);
ABI_CONSTANT(IOMMU_ABI_VERSION_MAJOR, 0x1ULL);
ABI_CONSTANT(IOMMU_ABI_VERSION_MINOR, 0x3ULL);

ABI_STRUCT(good_chain_ser, 8);
ABI_MEMBER(0, 8, u64, struct good_chain_ser, head_pa);

ABI_STRUCT(good_ser, 40);
ABI_MEMBER(0, 8, struct good_chain_ser, struct good_ser, records);
ABI_MEMBER(8, 4, u32, struct good_ser, word);
ABI_MEMBER(12, 2, u16, struct good_ser, half);
ABI_ARRAY(14, 2, u8, 2, struct good_ser, reserved);
ABI_ARRAY(16, 8, char, 8, struct good_ser, name);
ABI_ARRAY(24, 16, u64, 2, struct good_ser, words);
ABI_CONSTANT(SECOND_WORD, 0x7ULL);

ABI_STRUCT(second_ser, 16);
ABI_MEMBER(0, 8, struct good_chain_ser, struct second_ser, records);
ABI_MEMBER(8, 8, u64, struct second_ser, word);
'''
# Our headers, as abi_headers lists them
OURS = ['good.h', 'second.h']
FINGERPRINT = '#define IOMMU_ABI_FINGERPRINT 0x0123456789abcdefULL\n'

# Rule, what of the header is replaced, by what, and what the finding must tell
BROKEN = [
	('types', 'u32 word;', 'unsigned int word;', 'good_ser.word is of type unsigned int'),
	('types', 'u32 word;', 's32 word;', 'good_ser.word is of type s32'),
	('types', 'u32 word;', 'bool word;', 'good_ser.word is of type bool'),
	('types', 'u32 word;', 'enum good word;', 'good_ser.word is of type enum good'),
	('types', 'u32 word;', 'phys_addr_t word;', 'good_ser.word is of type phys_addr_t'),
	('types', 'u32 word;', 'char word;', 'good_ser.word is of type char'),
	('types', 'u32 word;', 'struct list_head word;', 'good_ser.word is of type struct list_head'),
	('types', 'u32 word;', 'void *word;', 'good_ser.word holds a pointer'),
	('types', 'u32 word;', 'u32 word:20;', 'good_ser.word is a bitfield of 20 bits'),
	('types', 'u32 word;', 'union { u32 a; } word;', 'good_ser.word is a union'),
	('types', 'u32 word;', 'DECLARE_BITMAP(word, 32);', 'good_ser.word is of type unsigned long'),
	('types', 'struct good_ser {', '#define POINTER(name, type) \\\n\tunion { u64 a; type b; } name\n'
	 'struct good_ser {\n\tPOINTER(first, struct page *);', 'good_ser.first holds a pointer'),
	('configuration', 'WORDS\t2', 'WORDS\t(PAGE_SIZE / 2048)', 'GOOD_WORDS depends on PAGE_SIZE'),
	('configuration', 'WORDS\t2', 'WORDS\t(PAGE_SIZE / 2048)',
	 'the length of good_ser.words depends on GOOD_WORDS'),
	('configuration', 'words[GOOD_WORDS]', 'words[BITS_PER_LONG / 32]',
	 'the length of good_ser.words depends on BITS_PER_LONG'),
	('configuration', '#define GOOD_WORDS\t2', 'enum good_consts {\n\tGOOD_A = 64 - PAGE_SHIFT,\n};\n',
	 'GOOD_A depends on PAGE_SHIFT'),
	('configuration', '#define GOOD_WORDS\t2', '#ifdef CONFIG_GOOD\n#define GOOD_WORDS\t2\n#endif',
	 'what is defined depends on CONFIG_GOOD'),
	('string-length', 'WORDS\t2', 'WORDS\tALIGN(sizeof("good-v1"), 2)',
	 'GOOD_WORDS depends on the length of a string'),
	('string-length', 'WORDS\t2', 'WORDS\tALIGN(sizeof(GOOD_COMPATIBLE), 2)',
	 'the length of good_ser.words depends on that of a string'),
	('documentation', ' * @half: Half a word. Range: 0 to 1\n', '', 'good_ser.half has no kernel-doc'),
	('documentation', ' * struct good_ser - A record', ' * A record', 'good_ser has no kernel-doc'),
	('documentation', 'Half a word. Range: 0 to 1', 'Half a word.',
	 'the kernel-doc of good_ser.half has no Range'),
	('version-in-comment', 'is good-v1.', 'is good-v2.', 'names good-v2, the macro is good-v1'),
	('version-in-comment', 'is good-v1.', 'is bad-v1.', 'names bad-v1, which no macro defines'),
	('comment-lines', ' *\n * The name', '\n * The name', 'without its asterisk'),
]

# The same with what pahole prints
BROKEN_LAYOUT = [
	('natural-alignment', '8     4 */', '9     4 */',
	 'good_ser.word, u32, is at offset 9, no multiple of 4'),
	('holes', '14     2 */', '15     1 */', 'good_ser has 1 bytes at offset 14'),
	('holes', 'size: 40', 'size: 48', 'good_ser has 8 bytes at offset 40'),
]


class Canned(unittest.TestCase):
	"""Headers in a directory of their own"""

	def setUp(self):
		directory = tempfile.TemporaryDirectory()
		self.addCleanup(directory.cleanup)
		self.directory = pathlib.Path(directory.name)

	def header(self, text, name=OURS[0]):
		"""A header with this text"""
		path = self.directory / name
		path.write_text(text, encoding='utf-8')
		return Header(path)

	def both(self):
		"""Both headers"""
		return [self.header(text, name) for text, name in zip([GOOD, SECOND], OURS)]

	def context(self, *headers, pahole=PAHOLE):
		"""What is known when only these headers exist"""
		return lint.Context(list(headers), dwarf.parse(pahole),
				    {'good_ser', 'good_chain_ser', 'second_ser'},
				    {f'include/linux/kho/abi/{one.name}' for one in headers}, OURS)

	def findings(self, text, pahole=PAHOLE):
		"""Rule and text of all findings in our header"""
		header = self.header(text)
		found = lint.check(header, self.context(header, pahole=pahole))
		return [(rule, text) for _, rule, text in found]

	def assert_found(self, rule, message, found):
		"""A finding of the rule has the message."""
		self.assertTrue([1 for name, text in found if name == rule and message in text],
				f'{rule}: {message} is not in {found}')


class Rules(Canned):
	"""Each rule finds what breaks it."""

	def test_good_header(self):
		"""Nothing to find"""
		self.assertEqual(self.findings(GOOD), [])

	def test_broken_header(self):
		"""One edit of the good header at a time"""
		for rule, old, new, message in BROKEN:
			with self.subTest(message):
				self.assertIn(old, GOOD)
				self.assert_found(rule, message, self.findings(GOOD.replace(old, new)))

	def test_broken_layout(self):
		"""One edit of its layout at a time"""
		for rule, old, new, message in BROKEN_LAYOUT:
			with self.subTest(message):
				self.assertIn(old, PAHOLE)
				self.assert_found(rule, message,
						  self.findings(GOOD, PAHOLE.replace(old, new)))

	def test_packed(self):
		"""__packed is for nothing, or hides something."""
		text = GOOD.replace('words[GOOD_WORDS];\n};', 'words[GOOD_WORDS];\n} __packed;')
		found = self.findings(text, PAHOLE.replace('size: 40', 'size: 41'))
		self.assert_found('packed', 'good_ser has 41 bytes, no multiple of 8', found)
		self.assert_found('packed', 'good_ser is packed, good_chain_ser in it is not', found)

	def test_not_locked(self):
		"""Neither a lock nor an assertion"""
		header = self.header(GOOD)
		context = self.context(header)
		context.locked = set()
		self.assertEqual(len(list(lint.locked(header, context))), 2)
		header = self.header(GOOD + 'static_assert(sizeof(struct good_ser) == 40);\n')
		self.assertEqual(len(list(lint.locked(header, context))), 1)

	def test_in_no_page(self):
		"""No .rst file has it"""
		header = self.header(GOOD)
		context = self.context(header)
		context.included = set()
		self.assertTrue(list(lint.in_documentation(header, context)))

	def test_struct_of_the_other_header(self):
		"""It is a type as good as any, but not if nobody defines it"""
		good, second = self.both()
		self.assertEqual(lint.check(second, self.context(good, second)), [])
		found = [(rule, text) for _, rule, text in lint.check(second, self.context(second))]
		self.assert_found('types', 'second_ser.records is of type struct good_chain_ser', found)

	def test_range_is_for_our_headers(self):
		"""Each of them needs one, others need none"""
		text = GOOD.replace(' Range: 0 to 1', '')
		for name, count in [*((name, 1) for name in OURS), ('other.h', 0)]:
			header = self.header(text, name)
			self.assertEqual(len(lint.check(header, self.context(header))), count)

	def test_header_that_is_not_listed(self):
		"""The lock does not have it: a finding, as in any other header"""
		good, second = self.both()
		context = self.context(good, second)
		context.ours = OURS[:1]
		context.locked.remove('second_ser')
		self.assertEqual(lint.check(good, context), [])
		(_, rule, text), = lint.check(second, context)
		self.assertEqual(rule, 'locked')
		self.assertIn('no lock holds the size of second_ser', text)

	def test_styles(self):
		"""Each way to tell a version, and all of them"""
		number = '#define A 1\nstruct a_ser {\n\tu32 version;\n};\n'
		numbers = '#define B 1\nstruct b_ser {\n\tu16 version_major;\n\tu16 version_minor;\n};\n'
		string = '#define C "c-v1"\nstruct c_ser {\n\tchar compatible[8];\n};\n'
		tree = '/* Flattened Device Tree */\n#define D "d-v1"\n'
		headers = [self.header(text, f'{index}.h')
			   for index, text in enumerate([number, numbers, string, tree, '#define E 1\n'])]
		self.assertEqual(len({lint.style(header) for header in headers}), 5)
		self.assertIsNone(lint.style(headers[4]))
		(_, text), = lint.styles(self.context(*headers))
		self.assertIn('4 ways', text)
		self.assertFalse(list(lint.styles(self.context(headers[0]))))


class Layouts(Canned):
	"""The lock, DWARF and tables"""

	def test_lock_is_what_pahole_reads(self):
		"""Numbers and types of all members"""
		locked = lock.Lock(LOCK, FINGERPRINT)
		self.assertEqual(list(locked.differences(dwarf.parse(PAHOLE))), [])
		for old, new in [('good_ser, 40', 'good_ser, 48'), ('8, 4, u32', '8, 4, s32'),
				 ('14, 2, u8, 2', '14, 2, u8, 1'), ('12, 2', '10, 2')]:
			locked = lock.Lock(LOCK.replace(old, new), FINGERPRINT)
			self.assertEqual(len(list(locked.differences(dwarf.parse(PAHOLE)))), 1)

	def test_text(self):
		"""A record with its range, a hole, and the entries of a block"""
		layouts = dwarf.parse(PAHOLE.replace('14     2 */', '15     1 */'))
		text = tables.text_page([self.header(GOOD)], lock.Lock(LOCK, FINGERPRINT), layouts)
		self.assertIn('version 1.3, fingerprint 0x0123456789abcdef', text)
		self.assertIn('good_ser: 40 bytes, 6 members, 1 holes, 102 entries in a block of 4096', text)
		self.assertRegex(text, r'\n    12 +2 +u16 +half +0 to 1\n')
		self.assertRegex(text, r'\n    14 +1 +\(hole\)\n')
		self.assertRegex(text, r'\n    0 +8 +struct good_chain_ser +records +up to GOOD_WORDS\n')
		self.assertRegex(text, r'\n    GOOD_COMPATIBLE +"good-v1"\n')

	def test_markdown(self):
		"""The same as a table"""
		text = tables.markdown_page([self.header(GOOD)], lock.Lock(LOCK, FINGERPRINT),
					    dwarf.parse(PAHOLE))
		self.assertIn('| 12 | 2 | u16 | half | 0 to 1 |\n', text)
		self.assertIn('| GOOD\\_WORDS | 0x2 | 2 |\n', text)

	def test_each_header_has_its_tables(self):
		"""In the order of the list, with what the header defines and nothing else"""
		locked, layouts = lock.Lock(LOCK, FINGERPRINT), dwarf.parse(PAHOLE)
		for page, mark in [(tables.text_page, '\n'), (tables.markdown_page, '\n## ')]:
			text = page(self.both(), locked, layouts).replace('\\_', '_')
			_, first, second = re.split(rf'{mark}(?:good|second)\.h\n', text)
			self.assertIn('struct good_chain_ser', first)
			self.assertRegex(first, r'\bGOOD_WORDS +(?:\| )?0x2')
			self.assertNotIn('second_ser', first)
			self.assertNotIn('SECOND_WORD', first)
			self.assertIn('16 bytes, 2 members, no holes, 255 entries in a block', second)
			self.assertRegex(second, r'\bSECOND_WORD +(?:\| )?0x7')
			self.assertNotIn('GOOD_COMPATIBLE', second)

	def test_constants_of_all_headers_are_locked(self):
		"""A macro of any header that the lock does not have, and the other way round"""
		locked = lock.Lock(LOCK.replace('SECOND_WORD', 'SECOND_WORDS'), FINGERPRINT)
		names = [message.split()[0] for message in kho_abi.missing_constants(self.both(), locked)]
		self.assertEqual(names, ['IOMMU_ABI_VERSION_MAJOR', 'IOMMU_ABI_VERSION_MINOR',
					 'SECOND_WORD', 'SECOND_WORDS'])

	def test_list(self):
		"""Names in their order, without comments"""
		path = self.directory / lock.HEADERS
		path.parent.mkdir(parents=True)
		path.write_text('# second.h\n#\ngood.h\n\nsecond.h\n', encoding='utf-8')
		self.assertEqual(lock.headers(self.directory), OURS)


class Releases(Canned):
	"""A repository with release tags"""

	def git(self, *arguments):
		"""Run git as nobody in particular."""
		subprocess.run(['git', '-c', 'user.name=n', '-c', 'user.email=e',
				'-c', 'commit.gpgsign=false', '-c', 'core.hooksPath=/dev/null',
				'-C', self.directory, *arguments],
			       check=True, stdout=subprocess.DEVNULL)

	def release(self, layout, tag):
		"""Commit a lock and tag it."""
		for name, text in [(lock.LAYOUT, layout), (lock.FINGERPRINT, FINGERPRINT)]:
			path = self.directory / name
			path.parent.mkdir(parents=True, exist_ok=True)
			path.write_text(text, encoding='utf-8')
		self.git('add', '-A')
		self.git('commit', '-q', '-m', tag)
		self.git('tag', tag)

	def refusals(self, layout, fingerprint):
		"""What a lock with this fingerprint is refused for"""
		return list(lock.refusals(lock.Lock(layout, fingerprint), self.directory))

	def test_released_version_is_frozen(self):
		"""Another fingerprint needs another version."""
		other = FINGERPRINT.replace('0123', '3210')
		self.git('init', '-q')
		self.assertEqual(self.refusals(LOCK, other), [])
		self.release(LOCK, 'v1')
		self.assertEqual(self.refusals(LOCK, FINGERPRINT), [])
		self.assertIn('bump IOMMU_ABI_VERSION_MINOR', self.refusals(LOCK, other)[0])
		self.assertEqual(self.refusals(LOCK.replace('0x3ULL', '0x4ULL'), other), [])

	def test_draft_is_free(self):
		"""Major version 0 is never released"""
		draft = LOCK.replace('MAJOR, 0x1ULL', 'MAJOR, 0x0ULL')
		self.git('init', '-q')
		self.release(draft, 'v0.1')
		self.assertEqual(self.refusals(draft, FINGERPRINT.replace('0123', '3210')), [])


if __name__ == '__main__':
	unittest.main()
