# SPDX-License-Identifier: GPL-2.0-only
"""Read a header of include/linux/kho/abi/ as text: what it declares and says.

This is no parser of C. It knows what such headers have, and it sees what the
compiler does not tell: comments, expressions, conditionals, attributes.
"""

import dataclasses
import logging
import pathlib
import re
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[3] / 'tools/lib/python'))

# pylint: disable=wrong-import-position
from kdoc.kdoc_files import KernelFiles
from kdoc.kdoc_parser import KernelDoc

COMMENT = re.compile(r'/\*.*?\*/|//[^\n]*', re.S)
STRING = re.compile(r'"(?:[^"\\\n]|\\.)*"')
DEFINE = re.compile(r'^#[ \t]*define[ \t]+(\w+)(\([^)]*\))?[ \t]*((?:\\\n|[^\n])*)$', re.M)
CONDITION = re.compile(r'^#[ \t]*(?:if|ifdef|ifndef|elif)\b[ \t]*(.*)$', re.M)
STRUCT = re.compile(r'\bstruct[ \t]+(\w+)[ \t\n]*\{')
ENUM = re.compile(r'\benum[ \t]+(\w*)[ \t\n]*\{')
MEMBER = re.compile(r'^(.*?)(\**)\s*\b(\w+)\s*((?:\[[^\]]*\]\s*)*)(:\s*\w+)?$', re.S)
RANGE = re.compile(r'\bRange:\s*(.*)', re.S)


@dataclasses.dataclass
class Macro:
	"""A #define: arguments is None unless it has any."""
	name: str
	arguments: list
	value: str
	line: int

	@property
	def string(self):
		"""The value of one plain string."""
		match = re.fullmatch(r'"([^"]*)"', self.value)
		return match and match[1]


@dataclasses.dataclass
class Member:
	"""A member as it is declared: 'dimensions' and 'bits' are text."""
	name: str
	type: str
	dimensions: str
	bits: str
	line: int
	pointer: bool = False


@dataclasses.dataclass
class Struct:
	"""A struct as it is declared"""
	name: str
	members: list
	line: int
	packed: bool


@dataclasses.dataclass
class Documentation:
	"""What kernel-doc has about a struct"""
	members: dict
	text: str


def squeeze(text):
	"""The text with single spaces, and without the end of continued lines."""
	return ' '.join(text.replace('\\\n', ' ').split())


def blank(match):
	"""Spaces and newlines in place of what matched: lines keep their numbers."""
	return re.sub(r'[^\n]', ' ', match[0])


def body(text, begin):
	"""What is between the brace before 'begin' and its counterpart."""
	depth, end = 1, begin
	while depth:
		depth += {'{': 1, '}': -1}.get(text[end], 0)
		end += 1
	return text[begin:end - 1], end


def declarations(text):
	"""Split the body of a struct: text and offset of each declaration."""
	depth, begin = 0, 0
	for end, character in enumerate(text):
		depth += {'{': 1, '}': -1}.get(character, 0)
		if character == ';' and not depth:
			yield text[begin:end], begin
			begin = end + 1


class Header:
	"""One header"""

	def __init__(self, path):
		self.path = pathlib.Path(path)
		self.name = self.path.name
		self.text = self.path.read_text(encoding='utf-8')
		self.comments = [(match[0], self.line(match.start()))
				 for match in COMMENT.finditer(self.text)]
		self.code = COMMENT.sub(blank, self.text)
		self.macros = {macro.name: macro for macro in self.find_macros()}
		self.declared = DEFINE.sub(blank, self.code)
		self.structs = {struct.name: struct for struct in self.find_structs()}
		self.enumerators = dict(self.find_enumerators())
		self.conditions = [(squeeze(match[1]), self.line(match.start()))
				   for match in CONDITION.finditer(self.code)]
		self.docs = self.find_docs()

	def line(self, offset):
		"""The number of the line that has this offset in the text."""
		return self.text.count('\n', 0, offset) + 1

	def find_macros(self):
		"""All #define but the include guard"""
		for match in DEFINE.finditer(self.code):
			arguments = match[2] and [name.strip() for name in match[2][1:-1].split(',')]
			value = squeeze(match[3])
			if value or arguments:
				yield Macro(match[1], arguments, value, self.line(match.start()))

	def expand(self, text):
		"""Replace calls of the macros of this header that have arguments, once."""
		for macro in self.macros.values():
			match = macro.arguments and re.match(rf'\s*{macro.name}\s*\((.*)\)\s*$', text, re.S)
			if not match:
				continue
			values = [value.strip() for value in match[1].split(',')]
			text = macro.value
			for name, value in zip(macro.arguments, values):
				text = re.sub(rf'\b{name}\b', value, text)
		return text

	def member(self, text, line):
		"""The member that a declaration makes."""
		text = squeeze(self.expand(text))
		bitmap = re.fullmatch(r'DECLARE_BITMAP\((\w+), (.*)\)', text)
		if bitmap:
			return Member(bitmap[1], 'unsigned long', f'[BITS_TO_LONGS({bitmap[2]})]', '', line)
		union = re.fullmatch(r'(union \{.*\}) (\w+)', text)
		if union:
			return Member(union[2], union[1], '', '', line, '*' in union[1])
		match = MEMBER.match(text)
		if not match:
			return Member(text, text, '', '', line)
		return Member(match[3], match[1].strip(), match[4].strip(), match[5] or '', line,
			      bool(match[2]) or '*' in match[1])

	def find_structs(self):
		"""All structs with a body"""
		for match in STRUCT.finditer(self.declared):
			text, end = body(self.declared, match.end())
			attributes = self.declared[end:].split(';')[0]
			members = []
			for declaration, offset in declarations(text):
				start = match.end() + offset + len(declaration) - len(declaration.lstrip())
				members.append(self.member(declaration, self.line(start)))
			yield Struct(match[1], members, self.line(match.start()), 'packed' in attributes)

	def find_enumerators(self):
		"""Name, value and line of all that enums have"""
		for match in ENUM.finditer(self.declared):
			text, _ = body(self.declared, match.end())
			for entry in re.finditer(r'(\w+)\s*=\s*((?:\([^()]*(?:\([^()]*\)[^()]*)*\)|[^,(])*)', text):
				yield entry[1], (squeeze(entry[2]), self.line(match.end() + entry.start()))

	def find_docs(self):
		"""What kernel-doc finds about structs"""
		log = logging.getLogger('kho_abi')
		log.setLevel(logging.CRITICAL)
		files = KernelFiles(logger=log)
		files.parse([str(self.path)])
		docs = {}
		for item in files.results.get(str(self.path), []):
			if item.type == 'struct':
				members = {name: squeeze(text) for name, text in item.parameterdescs.items()
					   if text != KernelDoc.undescribed}
				docs[item.name] = Documentation(members, squeeze(item.get('purpose') or ''))
		return docs

	def range(self, struct, member):
		"""The range that kernel-doc has for a member, None without any."""
		docs = self.docs.get(struct)
		match = docs and RANGE.search(docs.members.get(member, ''))
		return match[1] if match else None
