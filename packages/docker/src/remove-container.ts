import { FairleadError } from '@fairlead/core';
import { sleep, type BackendCall } from '@fairlead/core/backend';
import type { EngineClient } from './client.ts';
import { findContainer, killContainer } from './containers.ts';
import { translateRefusal, type Refused } from './errors.ts';

/** Longest time in milliseconds between two looks at a removal that somebody else has begun. */
const longestPause = 500;

/** Kills and removes a container with its anonymous volumes; resolves when it is gone, also if it was. */
export async function removeContainer(client: EngineClient, id: string, call: BackendCall): Promise<void> {
  const { podman } = await client.identify(call.signal);
  // In a forced removal Podman 5 waits for the grace of the stop signal (C16).
  if (podman !== undefined) await unlessGone(() => killContainer(client, id, { name: 'SIGKILL', ...call }));
  for (let pause = 20; ; pause = Math.min(pause * 2, longestPause)) {
    if (await tryToRemove(client, id, call)) return;
    if ((await findContainer(client, id, call)) === undefined) return;
    await sleep(pause, call.signal);
  }
}

/** False while a removal that somebody else has begun is under way. */
async function tryToRemove(client: EngineClient, id: string, { signal }: BackendCall): Promise<boolean> {
  try {
    await unlessGone(() =>
      client.json({
        operation: 'remove',
        signal,
        method: 'DELETE',
        path: ['containers', id],
        query: { force: '1', v: '1' },
        translate: (refused) => (isUnderWay(refused) ? new UnderWay() : translateRefusal(refused)),
      }),
    );
    return true;
  } catch (error) {
    if (error instanceof UnderWay) return false;
    throw error;
  }
}

class UnderWay extends Error {}

function isUnderWay({ status, message }: Refused): boolean {
  return status === 409 && /already in progress/i.test(message);
}

async function unlessGone(work: () => Promise<unknown>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!FairleadError.is(error, 'CONTAINER_NOT_FOUND')) throw error;
  }
}
