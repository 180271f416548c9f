import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { createSifConverter, detectImage, type SifOptions } from '@fairlead/images';
import type { CorpusFile } from '@fairlead/lab/corpus';
import { compareMembers, plainName } from './compare-members.ts';
import { isLeftOut, keptMembers } from './kept-members.ts';
import { tell, type Member, type Told } from './members.ts';
import { listedAs, readListing } from './unsquashfs-listing.ts';

/** What was found of one file's layer. */
export interface LayerProof {
  readonly complaints: readonly string[];
  readonly members: number;
  readonly diffId: string;
  /** Which evidence the configuration follows. */
  readonly branch: string;
}

/** Put before a command, runs it where the tools are. */
type Enter = readonly string[];

const reader = fileURLToPath(import.meta.resolve('@fairlead/lab/corpus/read-tar.py'));

/**
 * Proves that the layer of a SIF holds what other programs read out of its file system: `sqfs2tar` for names, types,
 * modes, owners, times, links, devices, attributes and content, `unsquashfs` for all but the last two.
 */
export async function proveLayer({ file, squashfs, options, leftOut }: CorpusFile, enter: Enter): Promise<LayerProof> {
  const [ours, theirs, listing] = await Promise.all([
    tellOurs(file, options, enter),
    tellTheirs(squashfs, enter),
    list(squashfs, enter),
  ]);
  const wanted = keptMembers(theirs.members, leftOut);
  const complaints = [
    ...compareMembers(ours.members, wanted),
    ...compareListing(ours.members, listing, leftOut),
    ...(await checkFacts(ours, file)),
  ];
  const comment = ours.image?.config.history[0]?.comment ?? '';
  const branch = / evidence ([A-D])$/.exec(comment)?.[1] ?? comment;
  return { complaints, members: ours.members.length, diffId: ours.image?.diffId ?? '', branch };
}

async function tellOurs(file: string, options: SifOptions, enter: Enter): Promise<Told> {
  await using converted = await createSifConverter(options).open(await detectImage(file), {});
  return await tell([...enter, '/usr/bin/python3', reader, 'image'], converted.stream());
}

function tellTheirs(squashfs: string, enter: Enter): Promise<Told> {
  const line = 'sqfs2tar --root-becomes . "$1" | python3 "$2" tar';
  return tell([...enter, '/usr/bin/bash', '-o', 'pipefail', '-c', line, 'bash', squashfs, reader]);
}

async function list(squashfs: string, enter: Enter): Promise<ReadonlyMap<string, string>> {
  const argv = [...enter.slice(1), '/usr/bin/unsquashfs', '-lln', '-UTC', squashfs];
  const { stdout } = await promisify(execFile)(enter[0] ?? '', argv, { encoding: 'latin1', maxBuffer: 2 ** 27 });
  return readListing(stdout);
}

/** The config must name the layer as the reader has hashed it, and the file that it was made of. */
async function checkFacts({ image }: Told, file: string): Promise<readonly string[]> {
  if (image === undefined) return ['the archive has no image'];
  const { diffId, config } = image;
  const complaints =
    config.rootfs.diff_ids.join() === diffId
      ? []
      : [`the config says ${config.rootfs.diff_ids.join()}, the layer is ${diffId}`];
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(file)) hash.update(chunk);
  const digest = `sha256:${hash.digest('hex')}`;
  const labels = JSON.stringify(config.config['Labels']);
  return labels.includes(digest) ? complaints : [...complaints, `no label says ${digest}: ${labels}`];
}

function compareListing(
  members: readonly Member[],
  listing: ReadonlyMap<string, string>,
  leftOut: readonly string[],
): readonly string[] {
  const byName = new Map(members.map((member) => [plainName(member.name), member]));
  const complaints: string[] = [];
  const seen = new Set<string>();
  for (const [at, member] of byName) {
    const original = member.kind === 'link' ? byName.get(plainName(member.target)) : member;
    const { name, entry } = listedAs({ ...(original ?? member), name: at });
    seen.add(name);
    if (listing.get(name) !== entry)
      complaints.push(`unsquashfs: ${JSON.stringify(name)} is ${listing.get(name)}, not ${entry}`);
  }
  for (const [name, entry] of listing) {
    if (!seen.has(name) && !entry.startsWith('s') && !isLeftOut(name, leftOut))
      complaints.push(`unsquashfs: ${JSON.stringify(name)} is missing`);
  }
  return complaints.slice(0, 5);
}
