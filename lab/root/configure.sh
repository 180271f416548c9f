#!/bin/sh
# What the scripts of the unpacked packages would have done, and the configuration of our engines.
#
# usage: configure.sh FOLDER UID NAME
set -eu
umask 022
cd "$1"
uid=$2 user=$3

cat >etc/passwd <<END
root:x:0:0:root:/home/root:/bin/bash
daemon:x:1:1:daemon:/usr/sbin:/usr/sbin/nologin
$user:x:$uid:$uid::/home/$user:/bin/bash
nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin
END
cat >etc/group <<END
root:x:0:
daemon:x:1:
tty:x:5:
docker:x:998:
$user:x:$uid:
nogroup:x:65534:
END
echo "$user:524288:65536" >etc/subuid
echo "$user:524288:65536" >etc/subgid
printf '127.0.0.1 localhost\n::1 localhost ip6-localhost\n' >etc/hosts
: >etc/resolv.conf
ln -sf /usr/share/zoneinfo/Etc/UTC etc/localtime

# /run is emptied at every start; what engines keep in /var/run must be in it.
rm -rf var/run var/lock
ln -s /run var/run
ln -s /run/lock var/lock

# What update-alternatives would have made.
ln -sf gawk usr/bin/awk
for name in iptables iptables-save iptables-restore ip6tables ip6tables-save ip6tables-restore; do
  case $name in
    ip6*) nft=ip6tables-nft${name#ip6tables} ;;
    *) nft=iptables-nft${name#iptables} ;;
  esac
  ln -sf "$nft" "usr/sbin/$name"
done
chroot . /usr/sbin/ldconfig

mkdir -p etc/fairlead-lab etc/containers etc/docker home tmp var/tmp
chmod 1777 tmp var/tmp
cat >etc/fairlead-lab/containers-root.conf <<END
[containers]
default_ulimits = ["nofile=16384:16384", "nproc=16384:16384"]
[engine]
cgroup_manager = "cgroupfs"
events_logger = "file"
[network]
network_backend = "netavark"
END
cat >etc/fairlead-lab/containers-user.conf <<END
[engine]
cgroup_manager = "cgroupfs"
events_logger = "file"
[network]
network_backend = "netavark"
END
cat >etc/fairlead-lab/storage-user.conf <<END
[storage]
driver = "overlay"
END
cat >etc/containers/registries.conf <<END
[[registry]]
location = "127.0.0.1:5000"
insecure = true
END
if [ -f etc/apptainer/apptainer.conf ]; then
  # Without systemd this is the only way to limits, and it works for root.
  sed -i 's/^systemd cgroups = yes/systemd cgroups = no/' etc/apptainer/apptainer.conf
fi

# What the packages' scripts would have linked, had they run.
for name in fakeroot faked; do
  if [ -f "usr/bin/$name-sysv" ]; then ln -sf "$name-sysv" "usr/bin/$name"; fi
done

# All programs but the engines: with this folder on PATH only a launcher tells which engine there is.
mkdir -p opt/tools
for file in usr/bin/* usr/sbin/*; do
  case $(basename "$file") in
    docker* | containerd* | ctr | podman* | apptainer* | singularity* | runc | crun | conmon | buildah | skopeo) ;;
    *) ln -sf "/$file" opt/tools/ ;;
  esac
done
