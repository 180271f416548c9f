import { randomBytes } from 'node:crypto';
import type { BackendKube, BackendPlayInfo } from '../backend/backend-kube.ts';
import type { BackendCall } from '../backend/backend-call.ts';
import type { ContainerState } from '../container.ts';
import { FairleadError } from '../errors.ts';
import type { Kube, KubeInput, KubePlay, KubePlayInfo, PlayOptions } from '../kube.ts';
import { inOwnTime } from './call-scope.ts';
import { engineCall, plainCall, type ManagerContext } from './context.ts';
import { requireOpen } from './disposed.ts';
import { requireSupported, undeclared, unsupportedError } from './guard.ts';
import { forgetKept, keepForGood } from './kept.ts';
import { manifestText } from './kube-input.ts';
import { playLogs } from './kube-logs.ts';
import { waitForPlay } from './kube-wait.ts';
import { requireKnown } from './known-options.ts';

/** Time that taking down a disposed play may take, in milliseconds. */
const downMs = 60_000;

/** Plays a manifest. */
export function playKube(context: ManagerContext, input: KubeInput, options: PlayOptions = {}): Promise<KubePlay> {
  return engineCall(context, 'playKube', options, async (call) => {
    const network = parseNetwork(options);
    const text = await manifestText(input, call.signal);
    const group = await kubeGroup(context, call);
    const { engineId } = await context.probes.usable(call);
    const id = randomBytes(16).toString('hex');
    const made = await group.play({ id, text, network }, call);
    return playHandle(context, { group, made, engineId, owned: true });
  });
}

/** The plays of a manager's owner. */
export function kubeOf(context: ManagerContext): Kube {
  return {
    get: (id, options) =>
      plainCall(context, 'kube.get', options, async (call) => {
        const group = await kubeGroup(context, call);
        const { engineId } = await context.probes.usable(call);
        return playHandle(context, { group, made: await requirePlay(context, id, call), engineId, owned: false });
      }),
    list: (options) =>
      plainCall(context, 'kube.list', options, async (call) => {
        const plays = await (await kubeGroup(context, call)).list(call);
        return Promise.all(plays.map((play) => toPlayInfo(context, play, call)));
      }),
  };
}

interface HandleOfPlay {
  readonly group: BackendKube;
  readonly made: BackendPlayInfo;
  readonly engineId: string;
  readonly owned: boolean;
}

function playHandle(context: ManagerContext, { group, made, engineId, owned }: HandleOfPlay): KubePlay {
  const { id } = made;
  let mine = owned;
  const takeDown = async (call: BackendCall): Promise<void> => {
    await group.down(id, call);
    await forgetKept(context.estate, id);
    mine = false;
  };
  return {
    id,
    inspect: (options) =>
      plainCall(context, 'kube.inspect', options, async (call) =>
        toPlayInfo(context, await requirePlay(context, id, call), call),
      ),
    wait: (options) => plainCall(context, 'kube.wait', options, (call) => waitForPlay(context, made, call)),
    logs: (options) => playLogs(context, made, options),
    down: (options) => plainCall(context, 'kube.down', options, takeDown),
    async detach() {
      await keepForGood(context.estate, { id, engineId });
      mine = false;
    },
    async [Symbol.asyncDispose]() {
      if (!mine) return;
      requireOpen(context, 'kube.down');
      await inOwnTime(downMs, takeDown);
    },
  };
}

async function toPlayInfo(context: ManagerContext, play: BackendPlayInfo, call: BackendCall): Promise<KubePlayInfo> {
  const ids = play.containers.map(({ id }) => id);
  const states = await context.backend.inspect(ids, call);
  const { id, pods, volumes, secrets } = play;
  const containers = play.containers.map((container) => {
    const state = states.get(container.id)?.state ?? absent;
    return { id: container.id, name: container.name, pod: container.pod, state };
  });
  return { id, owner: context.estate.owner, pods, containers, volumes, secrets };
}

const absent: ContainerState = { phase: 'lost', rawState: 'absent', attempt: 1 };

async function requirePlay(context: ManagerContext, id: string, call: BackendCall): Promise<BackendPlayInfo> {
  const play = await (await kubeGroup(context, call)).inspect(id, call);
  if (play !== undefined) return play;
  throw new FairleadError({
    code: 'CONTAINER_NOT_FOUND',
    backend: context.name,
    message: `no play has the id ${JSON.stringify(id)}`,
    hint: 'kube.list() shows the plays of this owner.',
    details: { play: id },
  });
}

async function kubeGroup(context: ManagerContext, call: BackendCall): Promise<BackendKube> {
  const { supports } = await context.probes.usable(call);
  requireSupported(context.name, undeclared(['kube'], supports));
  const { kube } = context.backend;
  if (kube !== undefined) return kube;
  throw unsupportedError(context.name, [{ key: 'kube', reason: 'it plays no Kubernetes manifests' }]);
}

function parseNetwork(options: PlayOptions): 'none' | 'private' {
  requireKnown('playKube', options, ['network']);
  const { network = 'none' } = options;
  if (network === 'none' || network === 'private') return network;
  throw new FairleadError({
    code: 'INVALID_SPEC',
    operation: 'playKube',
    message: `network is ${JSON.stringify(network)}; it must be 'none' or 'private'`,
    details: { option: 'network' },
  });
}
