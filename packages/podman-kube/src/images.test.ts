import assert from 'node:assert/strict';
import { describe, it } from 'vitest';
import { FairleadError } from '@fairlead/core';
import { fakePodman, type FakeAnswer } from './__fixtures__/fake-podman.ts';
import { podmanImages } from './images.ts';
import { openPodmanCli } from './podman-cli.ts';
import type { EngineRecord } from './engine-record.ts';
import { untilAborted } from './until-aborted.ts';

const call = { signal: new AbortController().signal, onProgress: () => undefined };
// Only these two are read here.
const engine = () => Promise.resolve({ architecture: 'amd64', os: 'linux' } as unknown as EngineRecord);
const image = (architecture: string): FakeAnswer => ({
  match: 'image inspect',
  stdout: JSON.stringify([{ Id: 'i', Digest: 'sha256:d', Architecture: architecture, Os: 'linux' }]),
});
const absent: FakeAnswer = {
  match: 'image inspect',
  code: 125,
  stdout: '[]',
  stderr: 'Error: h/x:1: image not known\n',
};
const name = 'h/x:1';

describe('podmanImages', () => {
  it('pulls only what is missing, into a scratch folder for its downloads', async () => {
    using there = fakePodman([image('amd64')]);
    const images = podmanImages(openPodmanCli({ command: there.command }), engine);
    assert.deepEqual(await images.ensure({ format: 'registry', name }, call), { id: 'i', digest: 'sha256:d' });
    assert.equal(there.calls().length, 1);
    using missing = fakePodman([absent, { match: 'pull', code: 125, stderr: 'Error: manifest unknown\n' }]);
    const others = podmanImages(openPodmanCli({ command: missing.command }), engine);
    await assert.rejects(others.ensure({ format: 'registry', name }, call), (error) =>
      FairleadError.is(error, 'IMAGE_NOT_FOUND'),
    );
    const pull = missing.calls()[1];
    assert.deepEqual(pull?.args, ['pull', '--quiet', name]);
    assert.match(pull?.env['TMPDIR'] ?? '', /fairlead-podman-/);
    assert.equal(await others.find?.(name, call), undefined);
  });

  it('refuses an image for another platform, and takes one that the host runs as well (C121)', async () => {
    using podman = fakePodman([image('arm64')]);
    const images = podmanImages(openPodmanCli({ command: podman.command }), engine);
    await assert.rejects(images.ensure({ format: 'registry', name }, call), (error) =>
      FairleadError.is(error, 'PLATFORM_MISMATCH'),
    );
    using other = fakePodman([image('386')]);
    const taken = podmanImages(openPodmanCli({ command: other.command }), engine);
    await taken.ensure({ format: 'registry', name }, call);
  });

  it('cuts a load short instead of killing it, so that podman cleans up, and rejects with the reason', async () => {
    using podman = fakePodman([{ match: 'load', code: 125, stderr: 'Error: unexpected EOF\n' }]);
    const images = podmanImages(openPodmanCli({ command: podman.command }), engine);
    const controller = new AbortController();
    const reason = new Error('enough');
    const stream = (async function* () {
      yield Buffer.from('half');
      controller.abort(reason);
      await new Promise(() => undefined);
    })();
    await assert.rejects(images.load?.(stream, { signal: controller.signal }) ?? Promise.resolve(), reason);
    assert.equal(podman.calls()[0]?.stdin, 'half');
  });
});

describe('remove', () => {
  const removing = (answer: Omit<FakeAnswer, 'match'>): readonly FakeAnswer[] => [
    image('amd64'),
    { match: 'image rm', ...answer },
  ];

  it('removes the image of this name, not by force, and is content with one that is gone (H31)', async () => {
    for (const answer of [{}, { code: 1, stderr: `Error: ${name}: image not known\n` }]) {
      using podman = fakePodman(removing(answer));
      await podmanImages(openPodmanCli({ command: podman.command }), engine).remove?.(name, call);
      assert.deepEqual(podman.calls()[1]?.args, ['image', 'rm', name]);
    }
    using none = fakePodman([absent]);
    await podmanImages(openPodmanCli({ command: none.command }), engine).remove?.(name, call);
    assert.equal(none.calls().length, 1);
  });

  it('tells one that is used', async () => {
    using podman = fakePodman(
      removing({ code: 2, stderr: 'Error: image used by 1: image is in use by a container\n' }),
    );
    const { remove } = podmanImages(openPodmanCli({ command: podman.command }), engine);
    await assert.rejects(remove?.(name, call) ?? Promise.resolve(), (error) => FairleadError.is(error, 'IN_USE'));
  });

  it('finds the labels (V8)', async () => {
    const labels = { 'io.fairlead.source-digest': 'sha256:ab' };
    const Config = { Labels: labels };
    using podman = fakePodman([{ match: 'image inspect', stdout: JSON.stringify([{ Id: 'i', Config }]) }]);
    const found = await podmanImages(openPodmanCli({ command: podman.command }), engine).find?.(name, call);
    assert.deepEqual(found?.labels, labels);
  });
});

describe('untilAborted', () => {
  it('passes a source’s error on, and leaves the source when it is left', async () => {
    const broken = new Error('source');
    const failing = (async function* () {
      yield 1;
      throw broken;
    })();
    await assert.rejects(async () => {
      for await (const item of untilAborted(failing, call.signal)) assert.equal(item, 1);
    }, broken);
  });
});
