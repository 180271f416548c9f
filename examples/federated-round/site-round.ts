import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { ContainerManager, Volume } from 'fairlead';
import { formatWeights } from './gradient.ts';
import { fillManifest } from './fill-manifest.ts';
import type { RoundRequest, SiteJob } from './protocol.ts';

/** The rounds of one site; disposing removes the volume in which results come back. */
export interface Rounds extends AsyncDisposable {
  /** What the algorithm wrote. */
  compute(request: RoundRequest): Promise<string>;
}

/** Makes the volume for results, and has the image ready where a manifest only names it. */
export async function openRounds(manager: ContainerManager, job: SiteJob): Promise<Rounds> {
  const volume = await manager.createVolume({ labels: { site: job.name } });
  const run =
    job.manifest === undefined ? runOnce(manager, job, volume) : await playOnce(manager, job, job.manifest, volume);
  return {
    async compute(request) {
      await run(request);
      return new TextDecoder().decode(await volume.readFile('gradient'));
    },
    [Symbol.asyncDispose]: () => volume.remove(),
  };
}

type RunOnce = (request: RoundRequest) => Promise<void>;

function runOnce(manager: ContainerManager, job: SiteJob, volume: Volume): RunOnce {
  return async ({ weights }) => {
    await using container = await manager.run({
      image: job.image,
      mounts: [
        { type: 'bind', source: job.data, target: '/data', readOnly: true },
        { type: 'volume', volume: volume.name, target: '/result' },
      ],
      files: [{ target: '/model/weights', content: formatWeights(weights) }],
      readOnlyRootfs: true,
    });
    const exit = await container.wait();
    if (exit.reason !== 'ok') throw new Error(`the algorithm ended with ${exit.reason} ${exit.code ?? ''}`);
  };
}

async function playOnce(manager: ContainerManager, job: SiteJob, manifest: string, volume: Volume): Promise<RunOnce> {
  const { id, name } = await manager.images.ensure(job.image);
  const template = await readFile(manifest, 'utf8');
  // Another training on the same engine must not meet our names.
  const training = randomBytes(8).toString('hex');
  return async ({ round, weights }) => {
    const pod = `training-${training}-${round}`;
    const yaml = fillManifest(template, {
      pod,
      model: `${pod}-model`,
      weights: formatWeights(weights),
      image: name ?? id,
      data: job.data,
      result: volume.name,
    });
    await using play = await manager.playKube({ yaml });
    const exit = await play.wait();
    if (exit.code !== 0) throw new Error(`the algorithm ended with ${exit.code ?? 'no code'}`);
  };
}
