import assert from 'node:assert/strict';
import { describe, it } from 'vitest';
import { FairleadError } from '@fairlead/core';
import { fakePodman, type FakeAnswer } from './__fixtures__/fake-podman.ts';
import {
  createdId,
  hasLabels,
  inspectRecords,
  killContainer,
  labelFilters,
  labelledContainers,
  removeContainer,
  resolveContainer,
  stopContainer,
  waitForContainer,
} from './containers.ts';
import { openPodmanCli, type PodmanCli } from './podman-cli.ts';

const call = { signal: new AbortController().signal };
const id = 'a'.repeat(64);
const gone: FakeAnswer = { match: 'inspect', code: 125, stdout: '[]', stderr: 'Error: no such container a\n' };

function inspected(status: string, more: object = {}): string {
  return JSON.stringify([
    {
      Id: id,
      Name: 'name',
      Created: 't',
      Config: {},
      State: { Status: status, FinishedAt: '2026-01-01T00:00:00Z' },
      ...more,
    },
  ]);
}

async function using<T>(
  answers: readonly FakeAnswer[],
  work: (cli: PodmanCli, calls: () => readonly string[]) => Promise<T>,
): Promise<T> {
  using podman = fakePodman(answers);
  return await work(openPodmanCli({ command: podman.command }), () => podman.calls().map(({ args }) => args.join(' ')));
}

describe('containers through podman’s command line', () => {
  it('finds by full id or exact name only, though podman also takes beginnings (C97)', async () => {
    const listed = JSON.stringify([{ Id: id, Names: ['web-1'] }]);
    await using([gone, { match: 'ps', stdout: listed }], async (cli, calls) => {
      assert.equal(await resolveContainer(cli, 'web-1', call), id);
      assert.equal(await resolveContainer(cli, 'web', call), undefined);
      assert.equal(await resolveContainer(cli, id.slice(0, 12), call), undefined);
      assert.equal(await resolveContainer(cli, 'b'.repeat(64), call), undefined);
      assert.ok(calls().includes('ps --all --no-trunc --format=json --filter=name=^web-1$'));
    });
  });

  it('gives those it finds when others are gone (C158)', async () => {
    const partly = { ...gone, stdout: inspected('running') };
    await using([partly], async (cli) => {
      const found = await inspectRecords(cli, [id, 'f'.repeat(64)], call);
      assert.deepEqual(
        found.map((record) => record.id),
        [id],
      );
    });
  });

  it('compares labels itself, because podman’s filters split odd values (H20, C98)', async () => {
    const listed = JSON.stringify([
      { Id: id, Names: ['a'], Labels: { k: 'x,y', o: 'me' } },
      { Id: 'b', Names: ['b'], Labels: { k: 'x', o: 'me' } },
    ]);
    await using(
      [
        { match: 'ps', stdout: listed },
        { match: 'inspect', stdout: inspected('running') },
      ],
      async (cli, calls) => {
        const found = await labelledContainers(cli, { k: 'x,y', o: 'me' }, call);
        assert.deepEqual(
          found.map((container) => container.id),
          [id],
        );
        assert.deepEqual(calls(), ['ps --all --no-trunc --format=json --filter=label=o=me', `container inspect ${id}`]);
      },
    );
    assert.deepEqual(labelFilters({ a: 'b=c', 'd,e': 'f', g: '' }), []);
    assert.equal(hasLabels({ a: 'b' }, { a: 'b', c: 'd' }), false);
  });

  it('asks for a listing again that fails because something of it went meanwhile, and tells other failures', async () => {
    await using([{ match: 'ps', code: 125, stderr: 'Error: no such pod 3f\n' }], async (cli, calls) => {
      await assert.rejects(labelledContainers(cli, { o: 'me' }, call), (e) =>
        FairleadError.is(e, 'CONTAINER_NOT_FOUND'),
      );
      assert.equal(calls().length, 10);
    });
    await using([{ match: 'ps', code: 125, stderr: 'Error: odd\n' }], async (cli, calls) => {
      await assert.rejects(labelledContainers(cli, { o: 'me' }, call), (e) => FairleadError.is(e, 'ENGINE_FAILURE'));
      assert.equal(calls().length, 1);
    });
  });

  it('takes a wait for a container that is gone for an end, and other failures for failures', async () => {
    await using(
      [{ match: 'wait', code: 125, stderr: 'Error: no container with name or ID "a" found: no such container\n' }],
      (cli) => waitForContainer(cli, id, call),
    );
    await using([{ match: 'wait', code: 125, stderr: 'Error: odd\n' }], (cli) =>
      assert.rejects(waitForContainer(cli, id, call), (error) => FairleadError.is(error, 'ENGINE_FAILURE')),
    );
  });

  it('resolves a kill of what does not run, and rejects one that had no effect', async () => {
    const failed = { match: 'kill', code: 125, stderr: 'Error: invalid signal: SIGNOPE\n' };
    for (const status of ['exited', 'created']) {
      await using([failed, { match: 'inspect', stdout: inspected(status) }], (cli) =>
        killContainer(cli, { id, signal: 'SIGTERM' }, call),
      );
    }
    await using([failed, gone], (cli) => killContainer(cli, { id, signal: 'SIGTERM' }, call));
    await using([failed, { match: 'inspect', stdout: inspected('running') }], (cli) =>
      assert.rejects(killContainer(cli, { id, signal: 'SIGNOPE' }, call), (error) =>
        FairleadError.is(error, 'INVALID_SPEC'),
      ),
    );
  });

  it('lets a stop go on when its caller leaves', async () => {
    await using([{ match: 'stop', sleepMs: 400 }], async (cli, calls) => {
      const controller = new AbortController();
      const reason = new Error('enough');
      const stopping = stopContainer(cli, { id, graceSeconds: 1 }, { signal: controller.signal });
      while (calls().length === 0) await new Promise((resolve) => setTimeout(resolve, 20));
      controller.abort(reason);
      await assert.rejects(stopping, reason);
      assert.deepEqual(calls(), [`stop --time=1 ${id}`]);
    });
  });

  it('removes by force, without grace and with anonymous volumes, and believes an error only if it is still there', async () => {
    await using([{ match: 'rm', code: 1, stderr: 'Error: odd\n' }, gone], async (cli, calls) => {
      await removeContainer(cli, id, call);
      assert.equal(calls()[0], `rm --force --time=0 --volumes ${id}`);
    });
  });

  it('takes the last line of a create for the id (F15)', () => {
    assert.equal(createdId(`warning\n${id}\n`), id);
    assert.throws(
      () => createdId('nothing'),
      (error) => FairleadError.is(error, 'ENGINE_FAILURE'),
    );
  });
});
