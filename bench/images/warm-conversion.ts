import { fileURLToPath } from 'node:url';
import type { OwnLab } from '../../lab/index.ts';
import type { Samples } from '../contender.ts';
import { toRows, type Row } from '../rows.ts';
import { runCommand } from '../run-command.ts';
import { ensureInput } from './image-inputs.ts';

/** Converts a small SIF again and again in one process, against a process of sqfs2tar each time. */
export async function measureWarm(lab: OwnLab, rounds: number): Promise<readonly Row[]> {
  const { sif, squashfs } = await ensureInput(lab.paths, '2MB');
  const script = fileURLToPath(new URL('warm-worker.ts', import.meta.url));
  const said = await runCommand([lab.paths.enter, '@sid', process.execPath, script, sif, squashfs, String(rounds)]);
  // The worker's last line is its samples; both ends are of one version.
  const samples = JSON.parse(said.split('\n').at(-1) ?? '') as Samples;
  return toRows({ name: 'images/2MB warm', bars: { sqfs2tar: 2 } }, samples);
}
