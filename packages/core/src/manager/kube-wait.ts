import type { BackendPlayContainer, BackendPlayInfo } from '../backend/backend-kube.ts';
import type { BackendCall } from '../backend/backend-call.ts';
import type { ExitStatus } from '../container.ts';
import type { KubeExit } from '../kube.ts';
import { sleep } from './call-scope.ts';
import type { ManagerContext } from './context.ts';
import { waitForEnd } from './wait.ts';

/** Waits until every container has ended and none is due to restart (K52); infra containers do not count. */
export async function waitForPlay(
  context: ManagerContext,
  play: BackendPlayInfo,
  call: BackendCall,
): Promise<KubeExit> {
  const containers = await Promise.all(
    play.containers.map(async (container) => {
      const { name, pod } = container;
      return { name, pod, exit: await waitForLastEnd(context, container, call) };
    }),
  );
  const failed = containers.find(({ exit }) => exit.reason !== 'ok');
  return { code: failed === undefined ? 0 : failed.exit.code, containers };
}

/** Tells whether a container that ended like this stays ended, by its pod's restart policy. */
export function isLastExit({ restart }: BackendPlayContainer): (exit: ExitStatus) => boolean {
  return ({ reason }) => {
    if (reason === 'lost' || reason === 'killed') return true;
    return restart === 'never' || (restart === 'on-failure' && reason === 'ok');
  };
}

async function waitForLastEnd(
  context: ManagerContext,
  container: BackendPlayContainer,
  call: BackendCall,
): Promise<ExitStatus> {
  const isLast = isLastExit(container);
  for (let pause = 200; ; pause = Math.min(pause * 2, 2000)) {
    const exit = await waitForEnd(context, { id: container.id, known: true }, call);
    if (isLast(exit)) return exit;
    await sleep(pause, call.signal);
  }
}
