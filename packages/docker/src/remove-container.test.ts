import { describe, expect, it } from 'vitest';
import { fakeEngine, never } from './__fixtures__/fake-engine.ts';
import { inspection } from './__fixtures__/inspection.ts';
import { removeContainer } from './remove-container.ts';

const id = 'a'.repeat(64);
const underWay = { status: 409, json: { message: `removal of container ${id} is already in progress` } };

describe('removeContainer', () => {
  it('kills and removes with anonymous volumes in one request', async () => {
    await using engine = await fakeEngine(() => ({ status: 204 }));
    await removeContainer(engine.client, id, never());
    expect(engine.routes).toEqual([`DELETE /containers/${id}`]);
    expect([...(engine.seen[0]?.query ?? [])]).toEqual([
      ['force', '1'],
      ['v', '1'],
    ]);
  });

  it('resolves for one that is gone', async () => {
    await using engine = await fakeEngine(() => undefined);
    await expect(removeContainer(engine.client, id, never())).resolves.toBeUndefined();
  });

  it('waits until a removal that somebody else began is over', async () => {
    let looks = 0;
    await using engine = await fakeEngine(({ method }) => {
      if (method === 'DELETE') return underWay;
      return (looks += 1) < 3 ? { json: inspection({ Id: id, State: { Status: 'removing' } }) } : undefined;
    });
    await removeContainer(engine.client, id, never());
    expect(looks).toBe(3);
  });

  it('stops waiting for it when it is cancelled', async () => {
    await using engine = await fakeEngine(({ method }) =>
      method === 'DELETE' ? underWay : { json: inspection({ Id: id }) },
    );
    const reason = new Error('enough');
    const cancelled = new AbortController();
    setTimeout(() => cancelled.abort(reason), 50);
    await expect(removeContainer(engine.client, id, cancelled)).rejects.toBe(reason);
  });

  it('rejects where the engine cannot remove it', async () => {
    await using engine = await fakeEngine(() => ({
      status: 500,
      json: { message: 'driver failed: device or resource busy' },
    }));
    await expect(removeContainer(engine.client, id, never())).rejects.toMatchObject({
      code: 'ENGINE_FAILURE',
      operation: 'remove',
    });
  });

  it('kills first where Podman would wait for the stop signal’s grace (C16)', async () => {
    await using engine = await fakeEngine(() => ({ status: 204 }), { podman: '5.8.6' });
    await removeContainer(engine.client, id, never());
    expect(engine.routes).toEqual([`POST /containers/${id}/kill`, `DELETE /containers/${id}`]);
  });
});
