# SPDX-License-Identifier: GPL-2.0-only
#
# Turn the header of the handover ABI into one macro call for each struct, each
# member and each constant, for abi_offsets.c. The header is a list of these and
# of nothing else: what is not understood is an error, since it would not be
# locked.

function fail(why)
{
	printf "%s:%d: %s: %s\n", FILENAME, FNR, why, $0 | "cat >&2"
	close("cat >&2")
	failed = 1
	exit 1
}

# The line without comments, which may span lines
function code(line,	begin, end, text)
{
	text = ""
	while (line != "") {
		if (in_comment) {
			end = index(line, "*/")
			if (!end)
				return text
			line = substr(line, end + 2)
			in_comment = 0
		}
		begin = index(line, "/*")
		if (!begin)
			return text line
		text = text substr(line, 1, begin - 1)
		line = substr(line, begin + 2)
		in_comment = 1
	}
	return text
}

function constant(name, value)
{
	if (value == "")
		fail("a macro without a value")
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

function directive(text)
{
	sub(/^# ?/, "", text)
	if (text ~ /^include [<"]/)
		return
	if (!guard && text ~ /^ifndef [A-Za-z0-9_]+$/) {
		guard = substr(text, 8)
		return
	}
	if (!guard)
		fail("the include guard comes first")
	if (text == "endif")
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
		fail("a member is u8, u16, u32, u64, or a struct of this header")
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

{
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
	if (in_comment || name || !ended)
		fail("the header ends too early")
}
