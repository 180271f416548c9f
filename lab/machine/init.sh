#!/bin/sh
# Becomes PID 1 of a lab machine.
#
# Runs in fresh mount, pid, net, uts, ipc and cgroup namespaces, already inside the machine's cgroups.
# It gives the Debian root devices, /proc, /sys, cgroups and a network of its own, shows it the shared
# folder and the checkout at the paths they have outside, and hands over to a PID 1 that reaps.
#
# The pid as the host knows it is written to PIDFILE when the machine is ready.
#
# usage: init.sh ROOT SHARE CHECKOUT PIDFILE HOSTNAME UID CGROUPS
# CGROUPS: v1 (on its own, or beside v2) or v2
set -eu
PATH=/usr/sbin:/usr/bin:/sbin:/bin
umask 022
root=$1 share=$2 checkout=$3 pidfile=$4 hostname=$5 uid=$6 cgroups=$7

# /proc is still the host's here, so this is the pid by which the host knows us.
read -r pid _ </proc/self/stat
echo "$hostname" >/proc/sys/kernel/hostname

# A folder inside the root, every parent of which an ordinary user may pass.
open_folder() {
  mkdir -p "$root$1"
  parent=$1
  while [ "$parent" != / ]; do
    chmod 755 "$root$parent"
    parent=$(dirname "$parent")
  done
}

mount --bind "$root" "$root"
mount -t proc -o nosuid,nodev,noexec proc "$root/proc"
# A bind of the host's /sys would show the host's network: dockerd's bridge then gets EACCES.
mount -t sysfs -o nosuid,nodev,noexec sysfs "$root/sys"

mount -t tmpfs -o mode=755,nosuid tmpfs "$root/dev"
mkdir "$root/dev/pts" "$root/dev/shm" "$root/dev/net"
node() {
  mknod -m 666 "$root/dev/$1" c "$2" "$3"
}
node null 1 3
node zero 1 5
node full 1 7
node random 1 8
node urandom 1 9
node tty 5 0
node fuse 10 229
node net/tun 10 200
ln -s /proc/self/fd "$root/dev/fd"
ln -s fd/0 "$root/dev/stdin"
ln -s fd/1 "$root/dev/stdout"
ln -s fd/2 "$root/dev/stderr"
ln -s pts/ptmx "$root/dev/ptmx"
mount -t devpts -o newinstance,ptmxmode=0666,mode=620,gid=5 devpts "$root/dev/pts"
mount -t tmpfs -o mode=1777,nosuid,nodev tmpfs "$root/dev/shm"

# Only the machine's own subtree shows. In a hybrid host the v2 hierarchy is left out: crun needs it so.
if [ "$cgroups" = v1 ]; then
  controllers=$(sed -n 's/^[0-9]*:\([^:]\{1,\}\):.*/\1/p' /proc/self/cgroup)
  mount -t tmpfs -o mode=755,nosuid,nodev,noexec tmpfs "$root/sys/fs/cgroup"
  for controller in $controllers; do
    mkdir "$root/sys/fs/cgroup/${controller#name=}"
    case $controller in
      name=*) options=none,$controller ;;
      *) options=$controller ;;
    esac
    mount -t cgroup -o "nosuid,nodev,noexec,$options" cgroup "$root/sys/fs/cgroup/${controller#name=}"
    case $controller in
      *,*) for one in $(echo "$controller" | tr , ' '); do ln -s "$controller" "$root/sys/fs/cgroup/$one"; done ;;
    esac
  done
else
  mount -t cgroup2 -o nosuid,nodev,noexec cgroup2 "$root/sys/fs/cgroup"
fi

# Empty at every start, so that engines see that the machine has restarted.
mount -t tmpfs -o mode=755,nosuid,nodev tmpfs "$root/run"
mkdir -p "$root/run/lock" "$root/run/user/$uid"
chmod 1777 "$root/run/lock"
chown "$uid:$uid" "$root/run/user/$uid"
chmod 700 "$root/run/user/$uid"

open_folder "$checkout"
mount --bind "$checkout" "$root$checkout"
mount -o remount,bind,ro "$root$checkout"
[ -d "$root$share" ] || open_folder "$share"
mount --bind "$share" "$root$share"
# One of them may lie below it: opening its parents must not close it for ordinary users.
chmod 1777 "$root/tmp"

exec 3>"$pidfile"
mkdir -p "$root/.old"
cd "$root"
pivot_root . .old
umount -l /.old
mount --make-rshared /
ip link set lo up
echo "$pid" >&3
exec /usr/bin/catatonit -- sleep infinity </dev/null >/dev/null 2>&1 3>&-
