#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Takes QEMU's arguments and behaves as $FAKE_QEMU says, for tests of what starts
# QEMU and talks to it. It starts no process that could outlive it.

# A file descriptor of more than one digit cannot be redirected to in POSIX sh.
descriptor()
{
	case $1 in
	*fd=[0-9])
		echo "${1##*=}"
		;;
	*)
		echo "$1: too many files are open" >&2
		return 1
		;;
	esac
}

echo "pid $$" >&2
for argument; do
	echo "argument $argument" >&2
	case $argument in
	socket,id=qtest,*) qtest=$(descriptor "$argument") || exit ;;
	socket,id=console,*) console=$(descriptor "$argument") || exit ;;
	socket,id=control,*) control=$(descriptor "$argument") || exit ;;
	esac
done

case $FAKE_QEMU in
silent)
	;;
exit)
	exit 3
	;;
panic)
	echo '[    1.5] Kernel panic - not syncing: a fake' >&"$console"
	;;
gives-up)
	echo 'init: /sys: No such device' >&"$console"
	;;
last-words)
	echo '[    1.5] Kernel panic - not syncing: last words' >&"$console"
	exit 0
	;;
letters)
	count=0
	while [ $count -lt "$FAKE_QEMU_LETTERS" ]; do
		printf x >&"$console"
		count=$((count + 1))
	done
	echo 'all is said' >&2
	;;
warning)
	echo '[    1.5] WARNING: CPU: 0 at fake.c:1' >&"$console"
	echo '[    1.6] WARNING: CPU: 0 at fake.c:2' >&"$console"
	echo 'init 1' >&"$control"
	;;
lock)
	echo '[    1.5] INFO: trying to register non-static key.' >&"$console"
	echo 'init 1' >&"$control"
	;;
error)
	echo 'error run something' >&"$control"
	;;
died)
	echo 'died x 1' >&"$control"
	;;
on-console)
	printf 'error run something\ndied x 1\ninit 1\n' >&"$console"
	;;
init)
	echo 'init 1' >&"$control"
	;;
refuse)
	echo 'FAIL as told' >&"$qtest"
	echo 'init 1' >&"$control"
	;;
refuse-qtest)
	echo 'FAIL as told' >&"$qtest"
	;;
echo)
	while read -r line <&"$control"; do
		printf '%s\n' "$line" >&"$control"
	done
	;;
run)
	while read -r line <&"$control"; do
		printf 'got %s\n' "$line" >&"$control"
		echo 'done here' >&"$console"
		printf 'done %s\n' "${line##* }" >&"$control"
	done
	;;
ignore-signals)
	trap '' HUP INT TERM
	echo 'init 1' >&"$control"
	;;
ignore-signals-silently)
	trap '' HUP INT TERM
	echo waiting >&2
	;;
lines)
	printf '%01023d\n%01024d\n%05000d\nnext\r\n\r\n\nla\rst\n' 1 2 3 >&"$control"
	;;
burst)
	printf '%04080dinit 1\n' 0 | tr 0 '\n' >&"$control"
	;;
pieces)
	for piece in i ni 't ' 1; do
		printf %s "$piece" >&"$control"
		sleep 0.03
	done
	echo >&"$control"
	;;
flood)
	exec yes >&"$console"
	;;
endless-line)
	exec cat /dev/zero >&"$control"
	;;
*)
	echo "FAKE_QEMU=$FAKE_QEMU: not known" >&2
	exit 1
	;;
esac
exec sleep 60
