import { spawnSync } from 'node:child_process';
import { chmod, chown, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { ociSif, lower, upper } from '../../packages/images/src/__fixtures__/oci-sif.ts';
import { jsonObject, makeSif, partition } from '../../packages/images/src/__fixtures__/sif.ts';
import { packedImage } from '../../packages/images/src/__fixtures__/squashfs.ts';
import { madeSquashfs } from '../../packages/images/test/made/made-squashfs.ts';
import { file as madeFile, root as rootFolder } from '../../packages/images/test/made/squashfs-tree.ts';
import type { Phase, Tally } from '../phase.ts';
import { root, runTool } from '../tool.ts';

/** What one run printed. */
export interface Run {
  readonly node: string;
  readonly uid: number;
  readonly digests: Readonly<Record<string, readonly string[]>>;
}

/**
 * The same SIFs converted by the oldest Node that is supported and by the newest, as root and as an ordinary user: one
 * check for each run but the first, whose digests are what the others are compared with. Who is not root cannot become
 * another user: then the output says so, and there are fewer checks.
 */
export const sameDigests: Phase = {
  name: 'same digests',
  run: async () => {
    const build = await runTool('typescript', 'tsc', ['-b']);
    if (build.code !== 0) throw new Error(`the build failed, so nothing can be run\n${build.output}`);
    const folder = await mkdtemp(path.join(tmpdir(), 'fairlead-digests-'));
    try {
      return compare(await runs(folder));
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  },
};

const nodes = ['node', 'node-22'].map((name) => path.join(root, 'node_modules', name, 'bin', 'node'));
/** `nobody` on every Linux. */
const ordinaryUser = 65_534;

async function runs(folder: string): Promise<readonly Run[]> {
  const isRoot = process.getuid?.() === 0;
  if (!isRoot) process.stdout.write('same digests: not root here, so only as this user; as root it is done as both\n');
  await chmod(folder, 0o755);
  const files = await writeImages(folder);
  const found: Run[] = [];
  for (const [at, node] of nodes.entries()) {
    for (const uid of isRoot ? ['-', String(ordinaryUser)] : ['-']) {
      const to = path.join(folder, `${at}-${uid}`);
      await mkdir(to);
      if (uid !== '-') await chown(to, ordinaryUser, ordinaryUser);
      found.push(runOnce(node, [to, uid, ...files]));
    }
  }
  return found;
}

async function writeImages(folder: string): Promise<readonly string[]> {
  const config = jsonObject('oci-config.json', { Entrypoint: ['/app'], Env: ['A=1', 'B=ü'] });
  const packed = (['gzip', 'zstd', 'xz', 'lz4', 'lzo'] as const).map((name) =>
    makeSif([config, partition(packedImage(name))]),
  );
  // Larger than what is converted without a thread.
  const large = makeSif([config, partition(madeSquashfs(rootFolder({ app: madeFile('x') }), { gapBytes: 5_000_000 }))]);
  const images = [...packed, packedImage('gzip'), ociSif({ layers: [lower, upper] }), large];
  const files = images.map((_, at) => path.join(folder, `image-${at}`));
  for (const [at, file] of files.entries()) await writeFile(file, images[at] ?? '', { mode: 0o644 });
  return files;
}

function runOnce(node: string, args: readonly string[]): Run {
  const script = path.join(import.meta.dirname, 'convert-as.mjs');
  const { status, stdout, stderr } = spawnSync(node, [script, ...args], { encoding: 'utf8', cwd: root });
  if (status !== 0) throw new Error(`${node} ${args.join(' ')} ended with ${status}\n${stderr}`);
  // The script printed it.
  return JSON.parse(stdout) as Run;
}

/** One check for each run that has the digests of the first. */
export function compare([first, ...others]: readonly Run[]): Tally {
  const expected = JSON.stringify(first?.digests);
  const different = others.filter(({ digests }) => JSON.stringify(digests) !== expected);
  for (const { node, uid } of different) {
    process.stdout.write(`${node} as user ${uid} gives other digests than ${first?.node} as user ${first?.uid}\n`);
  }
  return { passed: others.length - different.length, failed: different.length };
}
