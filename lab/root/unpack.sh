#!/bin/sh
# Unpacks .deb files into a folder that becomes a Debian root with merged /usr.
#
# usage: unpack.sh FOLDER FILE.deb…
set -eu
folder=$1
shift
for name in bin sbin lib lib64; do
  mkdir -p "$folder/usr/$name"
  ln -s "usr/$name" "$folder/$name"
done
for file; do
  dpkg-deb --fsys-tarfile "$file" |
    tar -x -p -C "$folder" --numeric-owner --keep-directory-symlink \
      --exclude='./usr/share/doc' --exclude='./usr/share/man' --exclude='./usr/share/locale' \
      --exclude='./usr/share/info' --exclude='./usr/share/bash-completion' --exclude='./usr/lib/systemd/system*'
done
