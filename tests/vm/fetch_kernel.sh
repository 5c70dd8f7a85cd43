#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Fetches one stock Debian kernel and its headers by package name into a folder, without installing anything.
#
#   fetch_kernel.sh SERIES DIR        SERIES is 6.1 or 6.12; writes DIR/{release,vmlinux,root/,headers}
#
# The meta packages name the newest build of a series; old ones leave the archive, so no version stands here. The
# image and its headers must be the same build, hence one resolution for both. Nothing is done when DIR holds that
# build already; without a network a build fetched earlier is used.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
series=$1
dir=$2

case $series in
6.1) flavour=cloud-amd64 ;;
6.12) flavour=6.12-cloud-amd64 ;;
*) echo "fetch_kernel: no package is known for series $series" >&2; exit 2 ;;
esac

# One at a time: apt has one lock, and two downloads are no faster together.
mkdir -p "$(dirname "$dir")"
exec 9> "$(dirname "$dir")/lock"
flock 9

dependency() { # PACKAGE PATTERN: the first dependency whose name matches
	apt-cache depends "$1" 2>/dev/null | sed -n 's/^ *|\{0,1\}Depends: //p' | grep -m1 -E "$2" || true
}

image=$(dependency "linux-image-$flavour" '^linux-image-')
if [ -z "$image" ] && [ "$(id -u)" = 0 ]; then
	apt-get -qq -o DPkg::Lock::Timeout=120 update || true
	image=$(dependency "linux-image-$flavour" '^linux-image-')
fi
if [ -z "$image" ]; then
	[ -s "$dir/release" ] && { echo "kernel $(cat "$dir/release") (fetched earlier)"; exit 0; }
	echo "fetch_kernel: apt knows no linux-image-$flavour" >&2
	exit 1
fi
release=${image#linux-image-}
if [ "$(cat "$dir/release" 2>/dev/null)" = "$release" ]; then
	echo "kernel $release (cached)"
	exit 0
fi

rm -rf "$dir"
mkdir -p "$dir/root" "$dir/debs"
headers=linux-headers-$release
common=$(dependency "$headers" '^linux-headers-.*-common$')
kbuild=$(dependency "$headers" '^linux-kbuild-')
(cd "$dir/debs" && apt-get -qq -o APT::Sandbox::User=root download "$image" "$headers" "$common" "$kbuild")
for deb in "$dir"/debs/*.deb; do
	dpkg-deb -x "$deb" "$dir/root"
done
rm -rf "$dir/debs"

# The packages expect to be at /usr: the headers name their common part by absolute path, in their Makefile and in
# links.
tree=$dir/root/usr/src/$headers
sed -i "s|/usr/src/|$dir/root/usr/src/|g; s|/usr/lib/|$dir/root/usr/lib/|g" "$tree/Makefile"
ln -sfn "$(echo "$dir"/root/usr/lib/linux-kbuild-*/scripts)" "$tree/scripts"
if [ -d "$(echo "$dir"/root/usr/lib/linux-kbuild-*/tools)" ]; then
	ln -sfn "$(echo "$dir"/root/usr/lib/linux-kbuild-*/tools)" "$tree/tools"
fi
ln -sfn "$tree" "$dir/headers"
"$here/extract_vmlinux.py" "$dir/root/boot/vmlinuz-$release" "$dir/vmlinux"
depmod -b "$dir/root" "$release" 2>/dev/null || depmod -b "$dir/root/usr" "$release"
echo "$release" > "$dir/release"
echo "kernel $release (fetched)"
