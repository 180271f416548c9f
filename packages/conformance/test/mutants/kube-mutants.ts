import { FairleadError, type ContainerManager, type KubePlay } from '@fairlead/core';
import type { Backend, BackendKube } from '@fairlead/core/backend';
import type { MemoryEngine } from '@fairlead/core/testing';
import { changedManager, lives, type Mutant } from './mutant.ts';

export const kubeMutants: readonly Mutant[] = [
  changedPlay('plays-lose-codes', 'a play has ended well, however it ended', (play) => ({
    wait: async (options) => ({ ...(await play.wait(options)), code: 0 }),
  })),
  changedManager('objects-are-renamed', 'objects are played under other names', (manager) => ({
    ...manager,
    playKube: (input, options) => {
      const yaml = input.objects
        ?.map((object) => JSON.stringify(object).replace(/"name":"([^"]*)"/, '"name":"other-$1"'))
        .join('\n---\n');
      return manager.playKube(yaml === undefined || input.yaml !== undefined ? input : { yaml }, options);
    },
  })),
  changedManager('down-takes-all-plays', 'down of one play takes all of them', (manager) => ({
    ...manager,
    kube: {
      ...manager.kube,
      get: async (id, options) => {
        const play = await manager.kube.get(id, options);
        return { ...play, down: (call) => allDown(manager, call) };
      },
    },
  })),
  changedPlay('disposed-plays-stay', 'disposing a play takes nothing down', () => ({
    [Symbol.asyncDispose]: () => Promise.resolve(),
  })),
  changedKube('secrets-stay', 'secrets outlive their play', (kube, engine) => ({
    down: async (id, call) => {
      const secrets = engine.plays.get(id)?.secrets ?? [];
      await kube.down(id, call);
      for (const name of secrets) engine.secrets.set(name, 'left');
    },
  })),
  // One that was taken down while it was made has not failed by itself.
  keepingPods(
    'failed-plays-stay',
    'a play that fails half-way is not undone',
    ({ aborted }, error) => !aborted && !FairleadError.is(error, 'ENGINE_FAILURE'),
  ),
  changedKube('plays-join-a-network', 'a play has a network though nobody asked for one', (kube) => ({
    play: (play, call) => kube.play({ ...play, network: 'private' }, call),
  })),
  changedManager('play-errors-quote-the-environment', 'the error of a play quotes its manifest', (manager) => ({
    ...manager,
    playKube: (input, options) =>
      manager.playKube(input, options).catch((cause: unknown) => {
        if (!FairleadError.is(cause, 'START_FAILED')) throw cause;
        throw new FairleadError({ code: cause.code, message: `${cause.message} in ${input.yaml}`, cause });
      }),
  })),
  changedKube('plays-replace-pods', 'a pod of that name is replaced', (kube, engine) => ({
    play: (play, call) => {
      for (const [id, name] of engine.pods) if (play.text.includes(`"${name}"`)) engine.pods.delete(id);
      return kube.play(play, call);
    },
  })),
  changedKube('plays-overwrite-secrets', 'a secret of that name is replaced', (kube, engine) => ({
    play: (play, call) => {
      for (const name of engine.secrets.keys()) if (play.text.includes(`"${name}"`)) engine.secrets.delete(name);
      return kube.play(play, call);
    },
  })),
  changedKube('broken-second-documents-pass', 'a document that cannot be read is passed over', (kube) => ({
    play: (play, call) => kube.play({ ...play, text: play.text.split(/^---$/m).filter(isJson).join('\n---\n') }, call),
  })),
  keepingPods('aborted-plays-stay', 'a play that is aborted is not undone', ({ aborted }) => aborted),
  {
    id: 'halves-of-plays-stay',
    breaks: 'a play that was cut in the middle is forgotten with what it had made',
    fault() {
      const whole = new Set<string>();
      return {
        backend: (backend, engine, estate) => {
          const kube = kubeOf(backend);
          const play: BackendKube['play'] = async (asked, call) => {
            const made = await kube.play(asked, call);
            // On a busy machine an engine may get to the end of what a process had asked for that was killed meanwhile.
            if (lives(estate)) whole.add(asked.id);
            return made;
          };
          const down: BackendKube['down'] = async (id, call) => {
            const pods = engine.plays.get(id)?.pods ?? [];
            await kube.down(id, call);
            if (!whole.has(id)) for (const pod of pods) engine.pods.set(pod.id, pod.name);
          };
          return { ...backend, kube: { ...kube, play, down } };
        },
      };
    },
  },
  {
    id: 'reap-leaves-plays',
    breaks: 'reap does not look for plays',
    fault() {
      let reaping = 0;
      return {
        backend: (backend) => ({
          ...backend,
          kube: {
            ...kubeOf(backend),
            list: (call) => (reaping > 0 ? Promise.resolve([]) : kubeOf(backend).list(call)),
          },
        }),
        manager: (manager) => ({
          ...manager,
          reap: async (options) => {
            reaping += 1;
            return manager.reap(options).finally(() => (reaping -= 1));
          },
        }),
      };
    },
  },
];

function changedPlay(id: string, breaks: string, change: (play: KubePlay) => Partial<KubePlay>): Mutant {
  return changedManager(id, breaks, (manager) => ({
    ...manager,
    playKube: async (input, options) => {
      const play = await manager.playKube(input, options);
      return { ...play, ...change(play) };
    },
  }));
}

function changedKube(
  id: string,
  breaks: string,
  change: (kube: BackendKube, engine: MemoryEngine) => Partial<BackendKube>,
): Mutant {
  return {
    id,
    breaks,
    fault: () => ({
      backend: (backend, engine) => {
        const kube = kubeOf(backend);
        return { ...backend, kube: { ...kube, ...change(kube, engine) } };
      },
    }),
  };
}

/** A mutant that keeps the pods that a play had made when it ended badly. */
function keepingPods(id: string, breaks: string, when: (signal: AbortSignal, error: unknown) => boolean): Mutant {
  return changedKube(id, breaks, (kube, engine) => ({
    play: (play, call) => {
      const playing = kube.play(play, call);
      // The record of a play is there before anything of it, and grows with it.
      const made = engine.plays.get(play.id);
      return playing.catch((error: unknown) => {
        if (when(call.signal, error)) for (const pod of made?.pods ?? []) engine.pods.set(pod.id, pod.name);
        throw error;
      });
    },
  }));
}

function kubeOf({ kube }: Backend): BackendKube {
  if (kube === undefined) throw new Error('the in-memory engine plays manifests');
  return kube;
}

async function allDown(manager: ContainerManager, options: Parameters<KubePlay['down']>[0]): Promise<void> {
  for (const { id } of await manager.kube.list(options)) await (await manager.kube.get(id, options)).down(options);
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
