import { expect, it } from 'vitest';
import { startSite, type SiteProcess } from './site-process.ts';

const job = { name: 'here', image: '/x', data: '/y' };
const ready = JSON.stringify({ event: 'ready', format: 'f', backend: 'b', engine: 'e', version: '1', why: 'w' });
const missing = JSON.stringify({ event: 'missing', reason: 'nothing here' });

/** A site whose process is this shell script in place of the real one. */
const siteOf = (script: string) => startSite({ enter: ['/bin/sh', '-c', script, 'sh'] }, job);

async function readySite(script: string): Promise<SiteProcess> {
  const site = await siteOf(`echo '${ready}'; ${script}`);
  if ('reason' in site) throw new Error(site.reason);
  return site;
}

it('tells a site that found no engine by its reason', async () => {
  expect(await siteOf(`echo '${missing}'`)).toEqual({ job, reason: 'nothing here' });
});

it('rejects when the process cannot be started, or ends before it has chosen', async () => {
  await expect(startSite({ enter: ['/absent/program'] }, job)).rejects.toMatchObject({ code: 'ENOENT' });
  await expect(siteOf('exit 3')).rejects.toThrow('the process of here ended');
});

it('asks for rounds line by line, and takes no answer to another round', async () => {
  const answer = { event: 'gradient', round: 1, text: '2\\n1', milliseconds: 5 };
  await using site = await readySite(`while read -r line; do echo '${JSON.stringify(answer)}'; done`);
  expect(await site.compute({ round: 1, weights: [0] })).toMatchObject({ text: '2\n1' });
  await expect(site.compute({ round: 2, weights: [0] })).rejects.toThrow('here did not answer round 2');
});

it('a site that dies in a round rejects that round, and its disposal adds nothing to it', async () => {
  const site = await readySite('read -r line; exit 3');
  await expect(site.compute({ round: 1, weights: [0] })).rejects.toThrow('the process of here ended');
  await expect(site.compute({ round: 2, weights: [0] })).rejects.toThrow('the process of here ended');
  await expect(site[Symbol.asyncDispose]()).resolves.toBeUndefined();
});

it('a site that could not clear up is an error', async () => {
  const site = await readySite('cat >/dev/null; exit 4');
  await expect(site[Symbol.asyncDispose]()).rejects.toThrow('here could not clear up: its process ended with 4');
});
