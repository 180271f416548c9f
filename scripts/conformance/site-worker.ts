// Runs the checks of a site with several engines, in that site: one line of JSON per check. usage: site-worker.ts [ID…]
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { readSite } from './site-place.ts';
import { siteChecks } from './site-checks.ts';

const prefixes = process.argv.slice(2);
const { images, folder } = readSite();
for (const { id, run } of siteChecks) {
  if (prefixes.length > 0 && !prefixes.some((prefix) => id.startsWith(prefix))) continue;
  const own = join(folder, id.replace('/', '-'));
  await rm(own, { recursive: true, force: true });
  await mkdir(own, { recursive: true });
  const error = await run({ images, folder: own, owner: id.replace('/', '-') }).then(
    () => undefined,
    (caught: unknown) => (caught instanceof Error ? (caught.stack ?? caught.message) : String(caught)),
  );
  await rm(own, { recursive: true, force: true });
  process.stdout.write(`${JSON.stringify({ id, error })}\n`);
}
await rm(folder, { recursive: true, force: true });
process.exit(0);
