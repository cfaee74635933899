#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Fetch the Debian package that holds the base kernel and print its path.
#
#   fetch-base.sh DIR
#
# The package comes through apt, from the mirror that this machine's apt
# already uses, with apt's own signature check. The system's apt state is
# neither read nor changed: everything private to this download lives in DIR.
set -euo pipefail
. "$(dirname "$0")/common.sh"

mkdir -p "$1"
dir=$(cd "$1" && pwd)
readonly dir
readonly apt_dir=$dir/apt
readonly keyring=/usr/share/keyrings/debian-archive-keyring.gpg

# Where this machine's apt gets Debian's main component from.
mirror_uri() {
	apt-get indextargets --format '$(LABEL) $(COMPONENT) $(REPO_URI)' \
		'Created-By: Packages' 2>/dev/null |
		awk '$1 == "Debian" && $2 == "main" { print $3; exit }'
}

# A source whose lists were never fetched has no label yet.
mirror_uri_unlabelled() {
	apt-get indextargets --format '$(COMPONENT) $(REPO_URI)' \
		'Created-By: Packages' 2>/dev/null |
		awk '$1 == "main" && $2 ~ /\/debian\/?$/ { print $2; exit }'
}

private_apt() {
	apt-get -o Dir::Etc::SourceList="$apt_dir/sources.list" \
		-o Dir::Etc::SourceParts=/dev/null \
		-o Dir::State::Lists="$apt_dir/lists" \
		-o Dir::State::status=/dev/null \
		-o Dir::Cache="$apt_dir/cache" \
		-o APT::Sandbox::User=root \
		-o APT::Get::List-Cleanup=false \
		-o Acquire::Languages=none \
		-o Acquire::Retries=3 \
		-o APT::Update::Error-Mode=any \
		-qq "$@"
}

private_apt_versions() {
	apt-cache -o Dir::Etc::SourceList="$apt_dir/sources.list" \
		-o Dir::Etc::SourceParts=/dev/null \
		-o Dir::State::Lists="$apt_dir/lists" \
		-o Dir::State::status=/dev/null \
		-o Dir::Cache="$apt_dir/cache" \
		madison "$BASE_PACKAGE" | awk '{ print $3 }'
}

verify_pinned() {
	printf '%s  %s\n' "$BASE_SHA256" "$1" | sha256sum --check --quiet - >&2 ||
		die "$(basename "$1") is not the file that patches/base pins: delete it and try again"
}

command -v apt-get >/dev/null ||
	die "apt-get is missing: name a package file with DEB=FILE or a kernel tree with KSRC=DIR"
[ -r "$keyring" ] ||
	die "Debian's archive keyring is missing: apt-get install debian-archive-keyring"

mkdir -p "$apt_dir"/{lists/partial,cache/archives/partial}
pinned=$dir/${BASE_PACKAGE}_${BASE_PACKAGE_VERSION}_all.deb
if [ -e "$pinned" ]; then
	verify_pinned "$pinned"
	echo "$pinned"
	exit 0
fi

uri=$(mirror_uri)
[ -n "$uri" ] || uri=$(mirror_uri_unlabelled)
[ -n "$uri" ] ||
	die "apt knows no Debian mirror: name a package file with DEB=FILE or a kernel tree with KSRC=DIR"
printf 'deb [signed-by=%s] %s %s main\n' "$keyring" "$uri" "$BASE_SUITE" \
	>"$apt_dir/sources.list"

say "fetching the package lists of $BASE_SUITE"
private_apt update >"$dir/apt.log" 2>&1 ||
	die "the package lists of $BASE_SUITE cannot be fetched (no network?): name a package file with DEB=FILE or a kernel tree with KSRC=DIR"

versions=$(private_apt_versions)
version=$BASE_PACKAGE_VERSION
if ! grep -qxF "$version" <<<"$versions"; then
	version=$(head -n 1 <<<"$versions")
	[ -n "$version" ] ||
		die "$BASE_SUITE holds no $BASE_PACKAGE: name a package file with DEB=FILE or a kernel tree with KSRC=DIR"
	say "NOTE: $BASE_PACKAGE $BASE_PACKAGE_VERSION is gone from $BASE_SUITE, using $version instead"
fi

say "fetching $BASE_PACKAGE $version"
(cd "$dir" && private_apt download "$BASE_PACKAGE=$version") >"$dir/apt.log" 2>&1 ||
	die "$BASE_PACKAGE $version cannot be fetched (no network?): name a package file with DEB=FILE or a kernel tree with KSRC=DIR"

# apt writes the colon and tilde of a version percent-encoded or as they are.
fetched() {
	local file name
	for file in "$dir/${BASE_PACKAGE}"_*.deb; do
		name=$(basename "$file" | sed -e 's/%3a/:/g' -e 's/%7e/~/g')
		[ "$name" != "${BASE_PACKAGE}_${version}_all.deb" ] || echo "$file"
	done | head -n 1
}

file=$(fetched)
[ -n "$file" ] || die "apt fetched $BASE_PACKAGE $version, but no file of it is in $dir"
if [ "$version" = "$BASE_PACKAGE_VERSION" ]; then
	[ "$file" = "$pinned" ] || mv "$file" "$pinned"
	file=$pinned
	verify_pinned "$file"
fi
echo "$file"
