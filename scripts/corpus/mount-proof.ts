import { randomUUID } from 'node:crypto';
import { chmod, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { BindMount, ContainerManager } from '@fairlead/core';
import type { Endpoint } from '@fairlead/lab';
import { apptainerScript } from './apptainer-run.ts';
import { runSpec } from './engine-run.ts';
import type { RunResult } from './run-report.ts';

/** Folders that the images have, and folders that they have not; each writable and read-only. */
const targets = [
  { target: '/srv/data', readOnly: false },
  { target: '/new/path', readOnly: false },
  { target: '/srv/work', readOnly: true },
  { target: '/another/new', readOnly: true },
] as const;

const script = `for folder in ${targets.map(({ target }) => target).join(' ')}; do
  echo "$folder $(cat "$folder/in")"
  if echo written >"$folder/out"; then echo 'can be written'; else echo 'cannot be written'; fi
done 2>/dev/null`;

/** Proves that folders of the host are seen in a converted image as Apptainer shows them in the SIF (V14). */
export async function proveBinds(
  manager: ContainerManager,
  file: string,
  apptainer: Endpoint,
): Promise<readonly string[]> {
  const [theirs, ours] = [
    await withSources(apptainer, (sources) => {
      const flags = sources.flatMap(({ source, target, readOnly }) => [
        '--bind',
        `${source}:${target}:${readOnly === true ? 'ro' : 'rw'}`,
      ]);
      return apptainerScript(apptainer, flags, file, script);
    }),
    await withSources(apptainer, (mounts) =>
      runSpec(manager, { image: `sif:${file}`, entrypoint: ['/bin/sh', '-c', script], mounts }),
    ),
  ];
  const expected = 'written,written,nothing,nothing';
  return [
    ...(ours.exit === '0' ? [] : [`the converted image ended with ${ours.exit}`]),
    ...(ours.stdout === theirs.stdout
      ? []
      : [`Apptainer shows ${JSON.stringify(theirs.stdout)}, the converted image ${JSON.stringify(ours.stdout)}`]),
    ...[ours, theirs]
      .filter(({ left }) => left !== expected)
      .map(({ left }) => `the sources should hold ${expected}, and hold ${left}`),
  ];
}

/** Runs over fresh folders and looks into them afterwards, from the host. */
async function withSources(
  { env }: Endpoint,
  run: (mounts: readonly BindMount[]) => Promise<RunResult>,
): Promise<RunResult & { readonly left: string }> {
  const folder = join(env['FAIRLEAD_WORK_DIR'] ?? '', `corpus-${randomUUID()}`);
  const mounts = targets.map(({ target, readOnly }, at): BindMount => ({
    type: 'bind',
    source: join(folder, String(at)),
    target,
    readOnly,
  }));
  try {
    for (const { source, target } of mounts) {
      await mkdir(source, { recursive: true });
      await chmod(source, 0o777);
      await writeFile(join(source, 'in'), `for ${target}`);
    }
    const result = await run(mounts);
    const left = await Promise.all(
      mounts.map(({ source }) => readFile(join(source, 'out'), 'utf8').catch(() => 'nothing')),
    );
    return { ...result, left: left.map((text) => text.trim()).join(',') };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Proves that a volume keeps what one converted image writes where it has a folder, for another where it has none (V14). */
export async function proveVolume(manager: ContainerManager, file: string): Promise<readonly string[]> {
  const volume = await manager.createVolume();
  try {
    const run = (line: string, target: string, readOnly: boolean): Promise<RunResult> =>
      runSpec(manager, {
        image: `sif:${file}`,
        entrypoint: ['/bin/sh', '-c', line],
        mounts: [{ type: 'volume', volume: volume.name, target, readOnly }],
      });
    const first = await run('echo kept >/srv/data/file', '/srv/data', false);
    const second = await run('cat /new/volume/file; echo again >/new/volume/file || echo refused', '/new/volume', true);
    const said = `${first.exit} ${second.exit} ${second.stdout.trim().replaceAll('\n', ' ')}`;
    return said === '0 0 kept refused'
      ? []
      : [`a volume should show "0 0 kept refused", and shows ${JSON.stringify(said)}`];
  } finally {
    await manager.volumes.remove(volume.name);
  }
}
