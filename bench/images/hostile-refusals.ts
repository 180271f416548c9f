import { fileURLToPath } from 'node:url';
import type { OwnLab } from '../../lab/index.ts';
import { limitRow, type Row } from '../rows.ts';
import { runCommand } from '../run-command.ts';

/** What a process that refuses hostile files says of itself. */
export interface RefusalReport {
  /** The median of each file that metadata alone tells. */
  readonly milliseconds: readonly number[];
}

/** Refuses every hostile SIF and file system that metadata tells, again and again in one process. */
export async function measureRefusals(lab: OwnLab, rounds: number): Promise<readonly Row[]> {
  const script = fileURLToPath(new URL('hostile-worker.ts', import.meta.url));
  const node = [process.execPath, '--conditions=@fairlead/source', script, String(rounds)];
  const said = await runCommand([lab.paths.enter, '@sid', ...node]);
  // The worker's last line is its report; both ends are of one version.
  const { milliseconds } = JSON.parse(said.split('\n').at(-1) ?? '') as RefusalReport;
  return [limitRow({ name: 'images/hostile files refused', unit: 'ms', most: 50 }, milliseconds)];
}
