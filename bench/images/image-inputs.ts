import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { LabPaths } from '../../lab/index.ts';
import { runCommand } from '../run-command.ts';

/** SIFs to convert, by what is in them; beside each lies its file system as `NAME.sqfs`. */
export type ImageInput = '250MB' | '1GB' | '250MB-zstd' | '100k-files' | '2MB';

/** Where an input lies. */
export interface InputFiles {
  readonly sif: string;
  readonly squashfs: string;
}

// The lab's own roots and this checkout's packages: what every machine has alike. Files of more than 4 MB are left
// out of the smaller image, so that it is not made of a few programs. Names are sorted, so that equal trees give equal images.
const script = `
set -eu
roots=$1 checkout=$2 goal=$3 input=$4
cd "$roots"
bookworm=$(echo bookworm-*) sid=$(echo sid-*)
list() { find "$1" -xdev \\( -type d -o -type l -o -type f -size "-$2k" \\) -print0 | LC_ALL=C sort -z >"$goal/$3"; }
pack() {
  list "$bookworm" "$1" first
  if [ "$2" -gt 0 ]; then list "$sid" "$2" second; else : >"$goal/second"; fi
  (cd "$checkout" && list node_modules 4097 third)
  tar -c --no-recursion --transform='s,^bookworm-[0-9a-f]*/*,./,S' --transform='s,^sid-[0-9a-f]*/*,./opt/sid/,S' \
    --transform='s,^node_modules,./opt/node_modules,S' \
    -C "$roots" --null -T "$goal/first" --null -T "$goal/second" -C "$checkout" --null -T "$goal/third"
}
case $input in
  250MB*) pack 4097 0 ;;
  1GB) pack 400000 40961 ;;
  2MB) tar -c -C "$bookworm" --transform='s,usr/bin/busybox,bin/sh,' usr/bin/busybox ;;
  100k-files)
    many=$(mktemp -d /dev/shm/fairlead-bench.XXXXXX); trap 'rm -rf "$many"' EXIT; cd "$many"; mkdir bin; : >bin/sh
    awk 'BEGIN { for (d = 0; d < 500; d++) { system("mkdir -p d" d); for (f = 0; f < 200; f++) { name = "d" d "/file" f; for (l = 0; l < 1 + (d * 7 + f) % 40; l++) printf "%d line %d of %s\\n", d * f + l, l, name >name; close(name) } } }'
    tar -c --sort=name . ;;
esac
`;

/** What an input is packed with; the fastest level but for those whose size is compared. */
const packing: Readonly<Record<ImageInput, readonly string[]>> = {
  '250MB': ['-comp', 'gzip'],
  '1GB': ['-comp', 'gzip', '-Xcompression-level', '6'],
  '250MB-zstd': ['-comp', 'zstd'],
  '100k-files': ['-comp', 'gzip', '-Xcompression-level', '1'],
  '2MB': ['-comp', 'gzip'],
};

/** Makes an input, once for each state of the lab's roots: it is kept in the lab's folder. */
export async function ensureInput(paths: LabPaths, input: ImageInput): Promise<InputFiles> {
  const key = createHash('sha256').update(
    `${script}${packing[input].join(' ')}${(await readdir(paths.roots)).toSorted().join(' ')}`,
  );
  const folder = join(paths.share, 'bench', `${input}-${key.digest('hex').slice(0, 12)}`);
  const files = { sif: join(folder, 'image.sif'), squashfs: join(folder, 'image.sqfs') };
  if (existsSync(folder)) return files;
  const started = performance.now();
  process.stderr.write(`bench: making the image of ${input}\n`);
  await removeStale(paths, input);
  const draft = `${folder}.new`;
  await rm(draft, { recursive: true, force: true });
  await mkdir(draft, { recursive: true });
  await makeInput(paths, input, draft);
  await rename(draft, folder);
  process.stderr.write(`bench: made it in ${((performance.now() - started) / 1000).toFixed(0)} s\n`);
  return files;
}

async function makeInput(paths: LabPaths, input: ImageInput, draft: string): Promise<void> {
  const { roots, checkout, enter } = paths;
  const [squashfs, sif] = [join(draft, 'image.sqfs'), join(draft, 'image.sif')];
  const pack = [enter, '@sid', 'sqfstar', '-quiet', '-no-progress', ...packing[input], squashfs];
  const pipeline = '( eval "$script" ) | ( shift 4; "$@" >/dev/null )';
  await runCommand([
    '/usr/bin/env',
    `script=${script}`,
    'sh',
    '-c',
    pipeline,
    'sh',
    roots,
    checkout,
    draft,
    input,
    ...pack,
  ]);
  await runCommand([enter, '@sid', 'apptainer', 'sif', 'new', sif]);
  const partition = ['--datatype', '4', '--partfs', '1', '--parttype', '2', '--partarch', '2', '--groupid', '1'];
  await runCommand([enter, '@sid', 'apptainer', 'sif', 'add', ...partition, '--filename', 'rootfs', sif, squashfs]);
  for (const name of ['first', 'second', 'third']) await rm(join(draft, name), { force: true });
}

async function removeStale({ share }: LabPaths, input: ImageInput): Promise<void> {
  const folder = join(share, 'bench');
  await mkdir(folder, { recursive: true });
  for (const name of await readdir(folder)) {
    if (/^[0-9a-f]{12}(?:\.new)?$/.test(name.slice(input.length + 1)) && name.startsWith(`${input}-`))
      await rm(join(folder, name), { recursive: true, force: true });
  }
}
