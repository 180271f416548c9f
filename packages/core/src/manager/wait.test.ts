import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Backend } from '../backend/backend.ts';
import type { Container, ContainerState } from '../container.ts';
import { FairleadError } from '../errors.ts';
import type { Decorate } from '../testing/index.ts';
import { pass, stopClock } from './__fixtures__/fake-clock.ts';
import { testManager, type TestManager } from './__fixtures__/test-manager.ts';

const running: ContainerState = { phase: 'running', rawState: 'running', attempt: 1 };
const ended: ContainerState = {
  phase: 'exited',
  rawState: 'exited',
  attempt: 1,
  exit: { attempt: 1, reason: 'error', code: 7 },
};
const away = new FairleadError({ code: 'CONNECTION_LOST', message: 'connection lost' });

/** What each look answers in turn; the last answer stays. An error is thrown, undefined is gone. */
type Looks = readonly (ContainerState | Error | undefined)[];

interface Script {
  readonly looks: Looks;
  readonly wait?: Backend['wait'];
  readonly counts: { looks: number; waits: number };
}

function scripted({ looks, wait = () => Promise.resolve(), counts }: Script): Decorate {
  return (backend) => ({
    ...backend,
    async inspect(ids, call) {
      const answer = looks[Math.min(counts.looks, looks.length - 1)];
      counts.looks += 1;
      if (answer instanceof Error) throw answer;
      const found = await backend.inspect(ids, call);
      return new Map(answer === undefined ? [] : Array.from(found, ([id, one]) => [id, { ...one, state: answer }]));
    },
    wait(id, call) {
      counts.waits += 1;
      return wait(id, call);
    },
  });
}

/** Never answers, until it is cut. */
const hang: Backend['wait'] = (_, { signal }) =>
  new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason), { once: true }));

interface Waiting extends AsyncDisposable {
  readonly container: Container;
  readonly counts: { looks: number; waits: number };
  readonly opened: TestManager;
}

async function waiting(script: Omit<Script, 'counts'>): Promise<Waiting> {
  const counts = { looks: 0, waits: 0 };
  const opened = await testManager({ decorate: scripted({ ...script, counts }) });
  const container = await opened.manager.run({ image: 'sleep:1' });
  return { container, counts, opened, [Symbol.asyncDispose]: () => opened[Symbol.asyncDispose]() };
}

beforeEach(() => {
  stopClock();
});

afterEach(() => {
  vi.useRealTimers();
});

describe('waiting for the end', () => {
  it('takes the code from inspect, never from the wait', async () => {
    await using test = await waiting({ looks: [running, ended] });
    const exit = test.container.wait();
    await pass(100);
    await expect(exit).resolves.toEqual({ attempt: 1, reason: 'error', code: 7 });
    expect(test.counts.waits).toBe(1);
  });

  it('asks no wait of the engine for one that has ended (C32)', async () => {
    await using test = await waiting({ looks: [ended], wait: hang });
    await expect(test.container.wait()).resolves.toMatchObject({ code: 7 });
    expect(test.counts.waits).toBe(0);
  });

  it('asks again, but not at once, when a wait answers while the container still runs (C14, C29)', async () => {
    await using test = await waiting({ looks: [running, running, running, running, ended] });
    const exit = test.container.wait();
    await pass(500);
    await expect(exit).resolves.toMatchObject({ code: 7 });
    expect(test.counts.waits).toBe(4);
  });

  it('is no busy loop where a wait always answers at once', async () => {
    await using test = await waiting({ looks: [running] });
    const exit = test.container.wait({ timeoutMs: 60_000 }).catch((error: unknown) => error);
    await pass(60_000);
    await expect(exit).resolves.toMatchObject({ code: 'TIMEOUT' });
    expect(test.counts.waits).toBeLessThan(200);
  });

  it('looks for itself every 10 s where a wait never answers (C32, L20)', async () => {
    await using test = await waiting({ looks: [running, running, ended], wait: hang });
    const exit = test.container.wait();
    await pass(20_500);
    await expect(exit).resolves.toMatchObject({ code: 7 });
    expect(test.counts.looks).toBe(3);
  });

  it('takes no failure of a wait for an answer: the next look is', async () => {
    const failure = new FairleadError({ code: 'ENGINE_FAILURE', message: 'code -1' });
    await using test = await waiting({ looks: [running, ended], wait: () => Promise.reject(failure) });
    await expect(test.container.wait()).resolves.toMatchObject({ code: 7 });
  });

  it('passes on what is a fault of the program', async () => {
    await using test = await waiting({ looks: [running], wait: () => Promise.reject(new TypeError('bug')) });
    await expect(test.container.wait()).rejects.toThrow('bug');
  });

  it('waits for a created container to be started', async () => {
    const created: ContainerState = { phase: 'created', rawState: 'created', attempt: 0 };
    await using test = await waiting({ looks: [created, created, running, ended] });
    const exit = test.container.wait();
    await pass(500);
    await expect(exit).resolves.toMatchObject({ code: 7 });
    expect(test.counts.waits).toBe(1);
  });

  it('goes on after the engine was away for less than 15 s (L24-L28)', async () => {
    await using test = await waiting({ looks: [running, ...Array.from({ length: 10 }, () => away), running, ended] });
    const exit = test.container.wait();
    await pass(10_000);
    await expect(exit).resolves.toMatchObject({ code: 7 });
  });

  it('gives up when the engine stays away', async () => {
    await using test = await waiting({ looks: [running, away] });
    const exit = test.container.wait().catch((error: unknown) => error);
    await pass(20_000);
    await expect(exit).resolves.toBe(away);
  });

  it('ends with the signal and changes nothing', async () => {
    await using test = await waiting({ looks: [running], wait: hang });
    const controller = new AbortController();
    const exit = test.container.wait({ signal: controller.signal });
    await pass(10);
    controller.abort(new Error('enough'));
    await expect(exit).rejects.toThrow('enough');
    expect(test.opened.engine.containers.get(test.container.id)?.running).toBe(true);
  });

  it('reports a container as lost that vanished, or of which the engine lost the end', async () => {
    await using vanished = await waiting({ looks: [running, undefined] });
    await expect(vanished.container.wait()).resolves.toEqual({ attempt: 1, reason: 'lost' });
    await using lost = await waiting({ looks: [{ phase: 'lost', rawState: 'gone', attempt: 2 }] });
    await expect(lost.container.wait()).resolves.toEqual({ attempt: 2, reason: 'lost' });
  });

  it('rejects with what keeps the engine from telling the state', async () => {
    const error = new FairleadError({ code: 'ENGINE_FAILURE', message: 'a word that is not known' });
    await using test = await waiting({ looks: [{ phase: 'unknown', rawState: 'odd', attempt: 1, error }] });
    await expect(test.container.wait()).rejects.toBe(error);
  });
});

describe('the exit of a container that this process ended', () => {
  it('is killed, with its code', async () => {
    await using test = await testManager();
    const container = await test.manager.run({ image: 'sleep:1' });
    await container.kill();
    await expect(container.wait()).resolves.toMatchObject({ reason: 'killed', code: 137 });
    await expect(container.inspect()).resolves.toMatchObject({ state: { exit: { reason: 'killed', code: 137 } } });
  });

  it('is killed only for the process that asked', async () => {
    await using test = await testManager();
    const container = await test.manager.run({ image: 'sleep:1' });
    await container.kill();
    await using other = test.another();
    await expect(other.wait(container.id)).resolves.toMatchObject({ reason: 'error', code: 137 });
  });

  it('is not killed when the signal is none that ends', async () => {
    await using test = await testManager();
    const container = await test.manager.run({ image: 'sleep:1' });
    await container.kill('SIGWINCH');
    test.engine.containers.get(container.id)?.deliver('SIGKILL');
    await expect(container.wait()).resolves.toMatchObject({ reason: 'error', code: 137 });
  });

  it('is still told after its removal, and a wait under way learns it too', async () => {
    await using test = await testManager();
    const container = await test.manager.run({ image: 'exit:1', command: ['3'] });
    await container.wait();
    await container.remove();
    await expect(container.wait()).resolves.toMatchObject({ code: 3 });
    await expect(test.manager.wait(container.id)).resolves.toMatchObject({ code: 3 });
    const other = await test.manager.run({ image: 'sleep:1' });
    const exit = other.wait();
    await other.remove();
    await expect(exit).resolves.toMatchObject({ reason: 'killed' });
  });
});

describe('manager.wait', () => {
  it('takes a name, compared whole (H1)', async () => {
    await using test = await testManager();
    await test.manager.run({ image: 'exit:1', command: ['3'], name: 'run-12' });
    await expect(test.manager.wait('run-12')).resolves.toMatchObject({ code: 3 });
    await expect(test.manager.wait('run-1')).rejects.toMatchObject({ code: 'CONTAINER_NOT_FOUND' });
  });
});
