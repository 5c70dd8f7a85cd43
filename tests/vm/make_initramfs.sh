#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Makes the virtual machine's file system: busybox, iproute2, nftables, tcpdump, our programs and the modules they need.
#
#   make_initramfs.sh KERNEL-DIR BUILD-DIR OUT     KERNEL-DIR from fetch_kernel.sh; BUILD-DIR holds the .ko files
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
kernel=$1
build=$2
out=$3
release=$(cat "$kernel/release")
tree=$(mktemp -d)
trap 'rm -rf "$tree"' EXIT

mkdir -p "$tree"/{bin,sbin,etc,proc,sys,dev,tmp,guest,modules,var,run/netns,out}
ln -s /run "$tree/var/run"
cp "$(command -v busybox)" "$tree/bin/busybox"
for applet in $("$tree/bin/busybox" --list); do
	[ "$applet" = busybox ] || ln -s busybox "$tree/bin/$applet"
done
rm -f "$tree"/bin/{ip,tc,tcpdump} # the real ones know network namespaces and MPTCP
echo 'root:x:0:0::/:/bin/sh' > "$tree/etc/passwd"

for program in ip tc nft tcpdump; do
	path=$(PATH=$PATH:/sbin:/usr/sbin command -v $program)
	cp -L "$path" "$tree/sbin/$program"
	for library in $(ldd "$path" | grep -o '/[^ ]*'); do
		mkdir -p "$tree$(dirname "$library")"
		cp -Lu "$library" "$tree$library"
	done
done
for program in peer semantics storm flood; do
	gcc -O2 -Wall -Wextra -Werror -static -pthread -o "$tree/bin/$program" \
		"$here/peer/$program"*.c "$here/peer/common.c" # semantics has several files
done
cp "$here"/guest/* "$tree/guest/"
ln -s guest/init "$tree/init"

# Modules with what they depend on, in loading order, unpacked (6.12 packs them).
for module in virtio_pci virtio_blk veth sch_netem sch_ingress cls_u32 act_gact nf_tables nf_reject_ipv4 nf_reject_ipv6; do
	modprobe -d "$kernel/root" -S "$release" --show-depends "$module" | sed -n 's/^insmod \([^ ]*\).*/\1/p'
done | awk '!seen[$0]++' | while read -r path; do
	name=$(basename "$path" .xz)
	case $path in
	*.xz) xz -dc "$path" > "$tree/modules/$name" ;;
	*) cp "$path" "$tree/modules/$name" ;;
	esac
	echo "$name" >> "$tree/modules/order"
done
for module in "$build"/*.ko; do
	objcopy --strip-debug "$module" "$tree/modules/$(basename "$module")"
done

(cd "$tree" && find . | cpio -o -H newc --quiet) > "$out"
