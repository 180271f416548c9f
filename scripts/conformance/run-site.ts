import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describeRichSite, type OwnLab } from '@fairlead/lab';
import { siteChecks } from './site-checks.ts';
import { siteEnvironment } from './site-place.ts';

/** What became of one check of the site with every engine. */
export interface SiteOutcome {
  readonly id: string;
  /** Why it failed; undefined if it passed. */
  readonly error?: string | undefined;
}

/** Runs these checks, by the beginnings of their ids, in the lab's site with every engine. None of them is skipped. */
export async function runSite(lab: OwnLab, prefixes: readonly string[]): Promise<readonly SiteOutcome[]> {
  const wanted = siteChecks.filter(({ id }) => prefixes.length === 0 || prefixes.some((each) => id.startsWith(each)));
  const site = describeRichSite(lab.endpoints);
  const folder = lab.endpoints.find(({ name }) => name === 'apptainer')?.env['FAIRLEAD_WORK_DIR'];
  // Which engines are missing is told, and counted, with the targets.
  if (wanted.length === 0 || site === undefined || folder === undefined) return [];
  process.stderr.write('conformance: the site with every engine\n');
  const worker = fileURLToPath(new URL('site-worker.ts', import.meta.url));
  const node = [process.execPath, '--conditions=@fairlead/source', worker, ...prefixes];
  const [program = '', ...argv]: readonly string[] = [...site.enter, ...node];
  const place = { images: lab.images, folder: join(folder, 'site') };
  const child = spawn(program, argv, {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, ...siteEnvironment(place) },
  });
  const told = new Map<string, SiteOutcome>();
  for await (const line of createInterface({ input: child.stdout })) {
    // `site-worker.ts` writes nothing else.
    const outcome = JSON.parse(line) as SiteOutcome;
    told.set(outcome.id, outcome);
  }
  return wanted.map(({ id }) => told.get(id) ?? { id, error: 'the worker ended without a word of it' });
}
