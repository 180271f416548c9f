// npm run demo: one algorithm, four sites, four engines, each chosen from what the site was given.
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { train } from './coordinator.ts';
import { parseRows } from './gradient.ts';
import * as report from './report.ts';
import { requireTrained } from './requirements.ts';
import { openSetting, type Setting } from './setting.ts';
import { startSite, type MissingSite, type SiteProcess } from './site-process.ts';
import { shares, splitRows, writePart } from './split-data.ts';

const manifest = fileURLToPath(new URL('algorithm/pod.yaml', import.meta.url));
const csv = await readFile(new URL('data/penguins.csv', import.meta.url), 'utf8');
await using setting = await openSetting();
const parts = splitRows(csv, shares);
report.data(csv, parts);

await using started = await startSites(setting, parts);
report.sites(started.ready, started.missing);
if (setting.incomplete === undefined && started.missing.length > 0)
  throw new Error('a site of the lab found no engine');
if (started.ready.length > 0) await trainAndReport(started.ready);
else process.stdout.write(`No engine was found, so nothing was trained. ${setting.incomplete ?? ''}\n`);
await showChoices(setting);

async function startSites(
  { sites, image: forms }: Setting,
  dataParts: readonly string[],
): Promise<AsyncDisposable & { ready: readonly SiteProcess[]; missing: readonly MissingSite[] }> {
  const settled = await Promise.allSettled(
    sites.map(async (site, index) => {
      const holder = site.twinOf === undefined ? index : sites.findIndex(({ name }) => name === site.twinOf);
      await writePart(site.work, dataParts[holder] ?? '');
      const image = forms[site.image];
      const job = {
        name: site.name,
        image: image ?? '',
        manifest: site.manifest ? manifest : undefined,
        data: site.work,
        twinOf: site.twinOf,
      };
      return image === undefined ? { job, reason: 'nothing on this machine can make its image' } : startSite(site, job);
    }),
  );
  const all = settled.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  const ready = all.filter((site): site is SiteProcess => 'ready' in site);
  const missing = all.filter((site): site is MissingSite => 'reason' in site);
  await using stack = new AsyncDisposableStack();
  for (const site of ready) stack.use(site);
  const failed = settled.find((result) => result.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
  const sitesUntilDisposed = stack.move();
  return { ready, missing, [Symbol.asyncDispose]: () => sitesUntilDisposed.disposeAsync() };
}

async function trainAndReport(sites: readonly SiteProcess[]): Promise<void> {
  const own = sites.filter(({ job }) => job.twinOf === undefined);
  const twins = sites.flatMap((site) => (site.job.twinOf === undefined ? [] : [{ site, of: site.job.twinOf }]));
  const texts = await Promise.all(own.map(({ job }) => readFile(join(job.data, 'part.csv'), 'utf8')));
  const rows = texts.flatMap(parseRows);
  const trained = await train({ sites: own, twins, rows }, report.round);
  report.trained(trained, rows.length);
  report.equal(twins);
  requireTrained(trained);
}

async function showChoices({ rich, image }: Setting): Promise<void> {
  if (rich === undefined) return;
  const given = { 'an archive': image.ociArchive, 'a SIF': image.sif, 'a manifest': manifest };
  const [file, ...args] = [
    ...rich.enter,
    process.execPath,
    '--conditions=@fairlead/source',
    fileURLToPath(new URL('choices.ts', import.meta.url)),
    JSON.stringify(given),
  ];
  const { stdout } = await promisify(execFile)(file, args);
  process.stdout.write(`\nAnother site has every engine; what it is given decides:\n${stdout}`);
}
