import { randomBytes } from 'node:crypto';
import type { BackendKube, BackendPlay, BackendPlayInfo } from '../backend/backend-kube.ts';
import type { Estate } from '../estate/estate.ts';
import type { CreatePlan } from '../plan.ts';
import { FairleadError } from '../errors.ts';
import { startProgram } from './start-program.ts';
import { shortenRegistryName } from '../image/registry-name.ts';
import { nameTaken, type MemoryEngine, type MemoryPlay } from './memory-engine.ts';
import { parseMemoryManifest, type MemoryPod } from './memory-manifest.ts';

/** Plays on an in-memory engine. It reads manifests in JSON, documents apart by `---`, with Pods and Secrets. */
export function memoryKube(engine: MemoryEngine, estate: Estate): BackendKube {
  const own = (id: string): MemoryPlay | undefined => {
    const play = engine.plays.get(id);
    return play?.owner === estate.ownerLabel ? play : undefined;
  };
  return {
    async play(play, { signal }) {
      const made = emptyPlay(play, estate);
      engine.plays.set(play.id, made);
      try {
        await makeAll(engine, play, made, signal);
        return made;
      } catch (error) {
        if (engine.plays.get(play.id) === made) takeDown(engine, made);
        throw error;
      }
    },
    inspect: (id) => Promise.resolve(own(id)),
    list: () => Promise.resolve([...engine.plays.values()].filter(({ owner }) => owner === estate.ownerLabel)),
    async down(id) {
      const play = own(id);
      if (play !== undefined) takeDown(engine, play);
    },
  };
}

/** What a play makes grows while it makes it: the record is there before anything else. */
interface GrowingPlay extends MemoryPlay {
  readonly pods: { readonly id: string; readonly name: string }[];
  readonly containers: BackendPlayInfo['containers'][number][];
  readonly secrets: string[];
}

function emptyPlay({ id }: BackendPlay, estate: Estate): GrowingPlay {
  return {
    id,
    session: estate.session,
    owner: estate.ownerLabel,
    pods: [],
    containers: [],
    volumes: [],
    secrets: [],
  };
}

async function makeAll(engine: MemoryEngine, play: BackendPlay, made: GrowingPlay, signal: AbortSignal): Promise<void> {
  const { pods, secrets } = parseMemoryManifest(play.text);
  for (const { name } of pods) if ([...engine.pods.values()].includes(name)) throw nameTaken('pod', name);
  for (const { name } of secrets) if (engine.secrets.has(name)) throw nameTaken('secret', name);
  for (const { name, value } of secrets) {
    engine.secrets.set(name, value);
    made.secrets.push(name);
  }
  for (const pod of pods) {
    await moment(signal);
    // Taken down meanwhile, it makes no more.
    if (engine.plays.get(play.id) !== made) throw takenDown(play);
    makePod(engine, { pod, network: play.network, made });
  }
  await moment(signal);
}

/** Long enough for others to see a play that is half done. */
async function moment(signal: AbortSignal): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 20));
  signal.throwIfAborted();
}

function makePod(
  engine: MemoryEngine,
  { pod, network, made }: { readonly pod: MemoryPod; readonly network: 'none' | 'private'; readonly made: GrowingPlay },
): void {
  const id = randomBytes(32).toString('hex');
  engine.pods.set(id, pod.name);
  made.pods.push({ id, name: pod.name });
  const containers = pod.containers.map((spec) => {
    engine.image({ format: 'registry', name: spec.image });
    const container = engine.create(
      {
        ...blankPlan,
        ...spec,
        name: `${pod.name}-${spec.name}`,
        network: { mode: network },
        ensured: { id: shortenRegistryName(spec.image) },
        image: { format: 'registry', name: spec.image },
      },
      id,
    );
    made.containers.push({ id: container.id, name: spec.name, pod: pod.name, restart: pod.restart });
    return container;
  });
  for (const container of containers) startProgram(container);
}

function takenDown({ id }: BackendPlay): FairleadError {
  return new FairleadError({
    code: 'ENGINE_FAILURE',
    operation: 'playKube',
    message: `the play ${id} was taken down before it was whole`,
    details: { play: id },
  });
}

const blankPlan: Omit<CreatePlan, 'name' | 'image' | 'ensured' | 'network'> = {
  imageConfig: undefined,
  labels: {},
  command: undefined,
  entrypoint: undefined,
  env: {},
  workdir: undefined,
  user: undefined,
  mounts: [],
  files: [],
  resources: {},
  readOnlyRootfs: false,
  stopSignal: undefined,
  stopGraceSeconds: 10,
  autoRemove: false,
};

function takeDown(engine: MemoryEngine, play: MemoryPlay): void {
  for (const { id } of play.containers) engine.remove(id);
  for (const { id } of play.pods) engine.pods.delete(id);
  for (const name of play.secrets) engine.secrets.delete(name);
  engine.plays.delete(play.id);
}
