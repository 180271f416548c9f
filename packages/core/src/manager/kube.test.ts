import { afterEach, describe, expect, it, vi } from 'vitest';
import type { BackendPlayInfo } from '../backend/backend-kube.ts';
import type { ContainerState, ExitStatus } from '../container.ts';
import { FairleadError } from '../errors.ts';
import type { KubeInput, PlayOptions } from '../kube.ts';
import { pass, stopClock } from './__fixtures__/fake-clock.ts';
import { readAll } from './__fixtures__/read-all.ts';
import { replace } from './__fixtures__/replace.ts';
import { testManager } from './__fixtures__/test-manager.ts';
import { isLastExit } from './kube-wait.ts';

/** A manifest of one Pod. */
function pod(containers: readonly object[], restartPolicy = 'Never'): KubeInput {
  return { objects: [{ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p' }, spec: { restartPolicy, containers } }] };
}

const two = pod([
  { name: 'a', image: 'say:1', args: ['from a'] },
  { name: 'b', image: 'exit:1', args: ['3'] },
]);

afterEach(() => {
  vi.useRealTimers();
});

describe('a play', () => {
  it('is taken down when its handle is disposed, and only then', async () => {
    await using test = await testManager();
    const play = await test.manager.playKube(pod([{ name: 'a', image: 'sleep:1' }]));
    await expect(play.inspect()).resolves.toMatchObject({
      owner: 'tester',
      pods: [{ name: 'p' }],
      containers: [{ name: 'a', pod: 'p', state: { phase: 'running' } }],
    });
    await (await test.manager.kube.get(play.id))[Symbol.asyncDispose]();
    expect(test.engine.containers.size).toBe(1);
    await play[Symbol.asyncDispose]();
    expect(test.engine.containers.size).toBe(0);
    await expect(test.manager.kube.list()).resolves.toEqual([]);
  });

  it('that was taken down by hand is left alone by disposal', async () => {
    const down = vi.fn<(id: string) => void>();
    await using test = await testManager({
      decorate: replace(({ kube }) => {
        if (kube === undefined) throw new Error('the in-memory backend plays manifests');
        return { kube: { ...kube, down: async (id, call) => (down(id), kube.down(id, call)) } };
      }),
    });
    const play = await test.manager.playKube(pod([{ name: 'a', image: 'sleep:1' }]));
    await play.down();
    await play[Symbol.asyncDispose]();
    expect(down).toHaveBeenCalledOnce();
  });

  it('that was detached stays, also for reap', async () => {
    await using test = await testManager();
    const play = await test.manager.playKube(pod([{ name: 'a', image: 'sleep:1' }]));
    await play.detach();
    await play[Symbol.asyncDispose]();
    const known = test.engine.plays.get(play.id);
    if (known === undefined) throw new Error('the play is gone');
    const { proof } = known.session;
    test.engine.plays.set(play.id, { ...known, session: { id: '1'.repeat(32), proof: { ...proof, startTime: '1' } } });
    await expect(test.manager.reap()).resolves.toMatchObject({ removed: [], left: [{ id: play.id }] });
    await expect(test.manager.kube.list()).resolves.toMatchObject([{ id: play.id }]);
  });

  it('shows a container that vanished as lost', async () => {
    await using test = await testManager();
    const play = await test.manager.playKube(two);
    for (const id of test.engine.containers.keys()) test.engine.remove(id);
    await expect(play.inspect()).resolves.toMatchObject({
      containers: [{ state: { phase: 'lost' } }, { state: { phase: 'lost' } }],
    });
    await expect(play.wait()).resolves.toMatchObject({
      code: undefined,
      containers: [{ exit: { reason: 'lost' } }, {}],
    });
  });

  it('that nobody knows is CONTAINER_NOT_FOUND', async () => {
    await using test = await testManager();
    await expect(test.manager.kube.get('x')).rejects.toMatchObject({ code: 'CONTAINER_NOT_FOUND' });
  });

  it.each([{ network: 'host' }, { replace: true }])(
    'refuses the options %j before it reads or plays anything',
    async (options) => {
      await using test = await testManager();
      // What a caller without types may pass.
      const play = test.manager.playKube({ file: '/absent' }, options as PlayOptions);
      await expect(play).rejects.toMatchObject({
        code: 'INVALID_SPEC',
        message: expect.not.stringContaining('/absent'),
      });
    },
  );

  it('is UNSUPPORTED where the engine has none', async () => {
    await using none = await testManager({ decorate: ({ kube: _kube, ...backend }) => backend });
    await expect(none.manager.playKube(two)).rejects.toMatchObject({ code: 'UNSUPPORTED' });
    await using declared = await testManager({ supports: { kube: { kind: 'unsupported', reason: 'too old' } } });
    await expect(declared.manager.kube.list()).rejects.toMatchObject({ code: 'UNSUPPORTED' });
  });
});

describe('waiting for a play', () => {
  it('tells how each container ended, and the first code that is not 0', async () => {
    await using test = await testManager();
    const play = await test.manager.playKube(two);
    await expect(play.wait()).resolves.toMatchObject({
      code: 3,
      containers: [
        { name: 'a', pod: 'p', exit: { reason: 'ok' } },
        { name: 'b', pod: 'p', exit: { reason: 'error', code: 3 } },
      ],
    });
  });

  it('goes on while a container is due to restart (K52)', async () => {
    const ended = (exit: ExitStatus): ContainerState => ({
      phase: 'exited',
      rawState: 'exited',
      attempt: exit.attempt,
      exit,
    });
    const states = [ended({ attempt: 1, reason: 'error', code: 1 }), ended({ attempt: 2, reason: 'ok', code: 0 })];
    await using test = await testManager({
      decorate: replace((backend) => ({
        async inspect(ids, call) {
          const state = states.length > 1 ? states.shift() : states[0];
          const found = await backend.inspect(ids, call);
          return new Map(Array.from(found, ([id, one]) => [id, { ...one, state: state ?? one.state }]));
        },
      })),
    });
    const play = await test.manager.playKube(pod([{ name: 'a', image: 'sleep:1' }], 'OnFailure'));
    stopClock();
    const exit = play.wait();
    await pass(500);
    await expect(exit).resolves.toMatchObject({ code: 0, containers: [{ exit: { attempt: 2 } }] });
  });

  const exits = {
    ok: { attempt: 1, reason: 'ok', code: 0 },
    error: { attempt: 1, reason: 'error', code: 1 },
    lost: { attempt: 1, reason: 'lost' },
    killed: { attempt: 1, reason: 'killed' },
  } as const;

  it.each([
    ['never', ['ok', 'error', 'lost', 'killed']],
    ['on-failure', ['ok', 'lost', 'killed']],
    ['always', ['lost', 'killed']],
  ] as const)('takes these ends for the last under restart %s: %j (H33)', (restart, last) => {
    const container: BackendPlayInfo['containers'][number] = { id: '1', name: 'a', pod: 'p', restart };
    const found = Object.entries(exits)
      .filter(([, exit]) => isLastExit(container)(exit))
      .map(([name]) => name);
    expect(found).toEqual(last);
  });
});

describe('the lines of a play', () => {
  it('tell their container, and end when all containers have (K55, K57)', async () => {
    await using test = await testManager();
    const play = await test.manager.playKube(
      pod([
        { name: 'a', image: 'say:1', args: ['1', '2'] },
        { name: 'b', image: 'say:1', args: ['3'] },
      ]),
    );
    const lines = play.logs({ follow: true });
    const read = await readAll(lines);
    expect(read.filter(({ container }) => container === 'a').map(({ text }) => text)).toEqual(['1', '2']);
    expect(read.filter(({ container }) => container === 'b').map(({ text }) => text)).toEqual(['3']);
    await expect(lines.ended).resolves.toEqual({ reason: 'exited' });
  });

  it('go on when one container was removed, and say so at the end', async () => {
    const gone = new FairleadError({ code: 'CONTAINER_NOT_FOUND', message: 'gone' });
    await using test = await testManager({
      decorate: replace((backend) => ({
        async *logs(id, request, call) {
          const container = (await backend.inspect([id], call)).get(id);
          if (container?.name === 'p-b') throw gone;
          yield* backend.logs(id, request, call);
        },
      })),
    });
    const play = await test.manager.playKube(two);
    const lines = play.logs();
    await expect(readAll(lines)).resolves.toEqual([{ stream: 'stdout', text: 'from a', container: 'a' }]);
    await expect(lines.ended).resolves.toMatchObject({ reason: expect.stringMatching(/removed|end-of-tail/) });
  });
});
