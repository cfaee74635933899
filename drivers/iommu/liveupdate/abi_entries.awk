# SPDX-License-Identifier: GPL-2.0-only
#
# Turn the headers of the handover ABI into one macro call for each struct, each
# member and each constant, for abi_offsets.c. A header is a list of these and of
# nothing else: what is not understood is an error, since it would not be locked.

function fail(why)
{
	printf "%s:%d: %s: %s\n", file, line, why, source | "cat >&2"
	close("cat >&2")
	failed = 1
	exit 1
}

# The line without comments, which may span lines
function code(rest,	begin, end, text)
{
	text = ""
	while (rest != "") {
		if (in_comment) {
			end = index(rest, "*/")
			if (!end)
				return text
			rest = substr(rest, end + 2)
			in_comment = 0
		}
		begin = index(rest, "/*")
		if (!begin)
			return text rest
		text = text substr(rest, 1, begin - 1)
		rest = substr(rest, begin + 2)
		in_comment = 1
	}
	return text
}

function constant(name, value)
{
	if (value == "")
		fail("a macro without a value")
	if (name in constants)
		fail("a constant of this name is defined above")
	constants[name] = 1
	if (value ~ /^"[^"%$#\\]*"$/)
		printf "ABI_STRING(%s);\n", name
	else if (value ~ /["'%{};\\]/)
		fail("a constant is an expression or one plain string")
	else
		printf "ABI_CONSTANT(%s);\n", name
}

function define(text,	name)
{
	if (!match(text, /^[A-Za-z_][A-Za-z0-9_]*/))
		fail("a macro without a name")
	name = substr(text, 1, RLENGTH)
	text = substr(text, RLENGTH + 1)
	if (text ~ /^\(/)
		fail("a macro with arguments is no constant")
	if (name == guard && text == "")
		return
	sub(/^ /, "", text)
	constant(name, text)
}

# What is behind the guard of an earlier header, the compiler does not see.
function begin_guard(text)
{
	guard = substr(text, 8)
	if (guard in guards)
		fail("an earlier header has this include guard")
	guards[guard] = 1
}

function directive(text)
{
	sub(/^# ?/, "", text)
	if (text ~ /^include [<"]/)
		return
	if (!guard && text ~ /^ifndef [A-Za-z0-9_]+$/)
		begin_guard(text)
	else if (!guard)
		fail("the include guard comes first")
	else if (text == "endif")
		ended = 1
	else if (sub(/^define /, "", text))
		define(text)
	else
		fail("no such directive belongs here")
}

function type_of(text)
{
	if (match(text, /^u(8|16|32|64) /))
		return substr(text, 1, RLENGTH - 1)
	if (!match(text, /^struct [a-z0-9_]+ /))
		fail("a member is u8, u16, u32, u64, or a struct of these headers")
	text = substr(text, 1, RLENGTH - 1)
	if (!(substr(text, 8) in structs))
		fail("the struct is not defined above")
	return text
}

function member(text,	type)
{
	type = type_of(text)
	text = substr(text, length(type) + 2)
	if (text ~ /^[a-z][a-z0-9_]* ?;$/)
		kind = "ABI_MEMBER"
	else if (text ~ /^[a-z][a-z0-9_]* ?\[[^][]+\] ?;$/)
		kind = "ABI_ARRAY"
	else
		fail("not one plain member or array")
	match(text, /^[a-z0-9_]+/)
	printf "%s(%s, struct %s, %s);\n", kind, type, name, substr(text, 1, RLENGTH)
	members++
}

function begin_struct(text)
{
	name = substr(text, 8)
	sub(/ ?[{]$/, "", name)
	structs[name] = 1
	members = 0
	printf "ABI_STRUCT(%s);\n", name
}

# A header ends where the next one begins. An empty one has no line that would
# begin it, so none is passed over.
function next_file()
{
	if (files && (in_comment || name || !ended))
		fail("the header ends too early")
	file = ARGV[++files]
	guard = source = ""
	line = ended = 0
}

FNR == 1 {
	do
		next_file()
	while (file != FILENAME)
}

{
	line = FNR
	source = $0
	text = code($0)
	gsub(/[ \t]+/, " ", text)
	sub(/^ /, "", text)
	sub(/ $/, "", text)
	if (text == "")
		next
	if (ended)
		fail("something after the include guard")
	if (text ~ /\\$/)
		fail("a line that is continued")
	if (!name && text ~ /^#/)
		directive(text)
	else if (!name && guard && text ~ /^struct [a-z0-9_]+ ?[{]$/)
		begin_struct(text)
	else if (name && text == "};") {
		if (!members)
			fail("a struct without members")
		name = ""
	} else if (name)
		member(text)
	else
		fail("neither a struct nor a constant")
}

END {
	if (failed)
		exit 1
	while (files < ARGC)
		next_file()
}
