# SPDX-License-Identifier: GPL-2.0-only
"""Rules of an ABI between kernels, and what breaks them.

Each rule is a function that takes a header and what is known of all of them, and
gives findings. A finding is (line, text).
"""

import dataclasses
import re

from header import STRING

FIXED = {'u8': 1, 'u16': 2, 'u32': 4, 'u64': 8, 'char': 1}
BASIC = {**FIXED, 'unsigned int': 4, 'int': 4, 'unsigned short': 2, 'unsigned long': 8, 'long': 8,
	 'bool': 1}
# What differs between configurations of a kernel, or between architectures
CONFIGURED = re.compile(r'\b(PAGE_SIZE|PAGE_SHIFT|PAGE_MASK|BITS_PER_LONG|BITS_TO_LONGS|CONFIG_\w+|'
			r'NR_CPUS|MAX_NUMNODES|HZ|phys_addr_t|dma_addr_t|size_t|(?:unsigned )?long)\b')
VERSION = re.compile(r'\b([a-z][a-z0-9]*(?:-[a-z][a-z0-9]*)*)-v(\d+)\b')


@dataclasses.dataclass
class Context:
	"""All headers, layouts by struct, locked structs, what .rst files include, and names
	of our headers."""
	headers: list
	layouts: dict
	locked: set
	included: set
	ours: list

	def structs(self):
		"""All structs by name."""
		return {name: struct for header in self.headers for name, struct in header.structs.items()}

	def strings(self):
		"""All strings that macros define."""
		return {macro.string for header in self.headers for macro in header.macros.values()
			if macro.string}

	def configured(self):
		"""Names of constants that depend on the configuration, and why."""
		values = {}
		for header in self.headers:
			values.update({name: macro.value for name, macro in header.macros.items()
				       if not macro.arguments})
			values.update({name: value for name, (value, _) in header.enumerators.items()})
		return {name: reason for name in values if (reason := reach(name, values, CONFIGURED))}


def reach(name, values, wanted):
	"""What a constant gets from 'wanted', directly or by other constants."""
	seen, queue = set(), [name]
	while queue:
		current = queue.pop()
		if current in seen or current not in values:
			continue
		seen.add(current)
		text = STRING.sub('""', values[current])
		found = wanted.search(text)
		if found:
			return found[0]
		queue += re.findall(r'\w+', text)
	return None


def alignment(kind, context):
	"""The natural alignment of a type, whether it is packed or not."""
	if not kind.startswith('struct '):
		return 8 if kind.startswith('union') else BASIC.get(kind, 1)
	struct = context.structs().get(kind[len('struct '):])
	return max((alignment(member.type, context) for member in struct.members), default=1) \
		if struct else 1


def members(header):
	"""Each member with its struct."""
	for struct in header.structs.values():
		for member in struct.members:
			yield struct, member


def fixed_width(member, context):
	"""Whether the type of a member has the same width everywhere"""
	if member.type == 'char':
		return bool(member.dimensions)
	return member.type in FIXED or member.type.removeprefix('struct ') in context.structs()


def types(header, context):
	"""Types of a fixed width, in what every compiler lays out alike"""
	for struct, member in members(header):
		where = f'{struct.name}.{member.name}'
		union = member.type.startswith('union')
		if union:
			yield member.line, f'{where} is a union'
		if member.pointer:
			yield member.line, f'{where} holds a pointer'
		elif member.bits:
			yield member.line, (f'{where} is a bitfield of {member.bits[1:].strip()} bits: their '
					    'order is up to the compiler')
		elif not union and not fixed_width(member, context):
			yield member.line, f'{where} is of type {member.type}, which has no fixed width'


def natural_alignment(header, context):
	"""Members at multiples of their alignment"""
	for struct, member in members(header):
		for placed in context.layouts[struct.name].members:
			need = alignment(member.type, context)
			if placed.name == member.name and placed.offset % need:
				yield member.line, (f'{struct.name}.{member.name}, {member.type}, is at offset '
						    f'{placed.offset}, no multiple of {need}')


def holes(header, context):
	"""Each byte belongs to a member"""
	for struct in header.structs.values():
		for offset, size in context.layouts[struct.name].holes():
			yield struct.line, f'{struct.name} has {size} bytes at offset {offset} that no member covers'


def packed(header, context):
	"""__packed where it changes nothing, and all structs inside alike"""
	structs = context.structs()
	for struct in header.structs.values():
		need = max(alignment(member.type, context) for member in struct.members)
		if struct.packed and context.layouts[struct.name].size % need:
			yield struct.line, (f'{struct.name} has {context.layouts[struct.name].size} bytes, no '
					    f'multiple of {need}: __packed hides it')
		for member in struct.members:
			inner = structs.get(member.type.removeprefix('struct '))
			if struct.packed and inner and not inner.packed:
				yield member.line, (f'{struct.name} is packed, {inner.name} in it is not: its '
						    'padding is up to the compiler')


def configuration(header, context):
	"""The same layout and constants in each configuration"""
	configured = context.configured()
	for text, line in header.conditions:
		found = re.search(r'\bCONFIG_\w+', text)
		if found:
			yield line, f'what is defined depends on {found[0]}'
	for macro in header.macros.values():
		if macro.name in configured:
			yield macro.line, f'{macro.name} depends on {configured[macro.name]}'
	for name, (_, line) in header.enumerators.items():
		if name in configured:
			yield line, f'{name} depends on {configured[name]}'
	for struct, member in members(header):
		words = re.findall(r'\w+', member.dimensions)
		reasons = [word for word in words if word in configured or CONFIGURED.fullmatch(word)]
		if reasons:
			yield member.line, f'the length of {struct.name}.{member.name} depends on {reasons[-1]}'


def string_length(header, context):
	"""No layout that follows from the length of a string"""
	values = {macro.name: macro.value for other in context.headers for macro in other.macros.values()}
	strings = [name for other in context.headers for name, macro in other.macros.items()
		   if macro.string]
	wanted = re.compile('|'.join([r'sizeof\(""\)', *(rf'sizeof\({name}\)' for name in strings)]))
	for macro in header.macros.values():
		found = wanted.search(STRING.sub('""', macro.value))
		if found:
			yield macro.line, f'{macro.name} depends on the length of a string, {found[0]}'
	for struct, member in members(header):
		found = reach('', {**values, '': member.dimensions}, wanted)
		if found:
			yield member.line, (f'the length of {struct.name}.{member.name} depends on that of a '
					    f'string, {found}')


def documentation(header, context):
	"""kernel-doc for each struct and member, with a range in our headers"""
	for struct in header.structs.values():
		docs = header.docs.get(struct.name)
		if not docs:
			yield struct.line, f'{struct.name} has no kernel-doc'
			continue
		for member in struct.members:
			if member.name not in docs.members:
				yield member.line, f'{struct.name}.{member.name} has no kernel-doc'
			elif header.name in context.ours and not header.range(struct.name, member.name):
				yield member.line, f'the kernel-doc of {struct.name}.{member.name} has no Range'


def locked(header, context):
	"""Each struct has its size asserted"""
	for struct in header.structs.values():
		asserted = re.search(rf'static_assert\(sizeof\(struct {struct.name}\)', header.code)
		if not asserted and struct.name not in context.locked:
			yield struct.line, f'no static_assert() and no lock holds the size of {struct.name}'


def version_in_comment(header, context):
	"""Versions in comments are those of the macros"""
	strings = context.strings()
	for comment, line in header.comments:
		for match in VERSION.finditer(comment):
			if match[0] in strings:
				continue
			now = sorted(text for text in strings if text.startswith(f'{match[1]}-v'))
			yield (line + comment.count('\n', 0, match.start()),
			       f'the comment names {match[0]}, '
			       f'{"the macro is " + now[0] if now else "which no macro defines"}')


def comment_lines(header, context):  # pylint: disable=unused-argument
	"""Each line of a kernel-doc comment begins with an asterisk"""
	for comment, line in header.comments:
		if comment.startswith('/**'):
			for number, text in enumerate(comment.split('\n')):
				if number and not text.lstrip().startswith('*'):
					yield line + number, 'a line of a kernel-doc comment without its asterisk'


def in_documentation(header, context):
	"""Some .rst file includes the header"""
	if f'include/linux/kho/abi/{header.name}' not in context.included:
		yield 1, 'no .rst file includes its kernel-doc'


def style(header):
	"""How a header versions what it declares, None if it does not."""
	named = {member.name: member for _, member in members(header)}
	strings = [macro for macro in header.macros.values() if macro.string and VERSION.search(macro.string)]
	if 'version_major' in named:
		return 'numbers, major and minor'
	if 'version' in named and not named['version'].dimensions:
		return f'a number, {named["version"].type} version'
	if strings and named.get('compatible') and named['compatible'].type == 'char':
		return 'a string in a struct, char compatible[]'
	if strings and re.search(r'Flattened Device Tree', header.text):
		return 'a compatible string of an FDT'
	return 'a string that names the whole' if strings else None


def styles(context):
	"""The styles of all headers: one finding, if there is more than one."""
	found = {}
	for header in context.headers:
		if style(header):
			found.setdefault(style(header), []).append(header.name)
	if len(found) > 1:
		text = '; '.join(f'{name}: {", ".join(names)}' for name, names in found.items())
		yield 0, f'{len(found)} ways to tell the version: {text}'


RULES = [types, natural_alignment, holes, packed, configuration, string_length, documentation, locked,
	 version_in_comment, comment_lines, in_documentation]


def name_of(rule):
	"""How a rule is called in a list of findings."""
	return rule.__name__.replace('_', '-')


def check(header, context):
	"""All findings in a header: (line, rule, text)."""
	found = [(line, name_of(rule), text) for rule in RULES for line, text in rule(header, context)]
	return sorted(found)
