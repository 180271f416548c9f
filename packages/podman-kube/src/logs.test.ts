import assert from 'node:assert/strict';
import { describe, it } from 'vitest';
import { FairleadError } from '@fairlead/core';
import { fakePodman } from './__fixtures__/fake-podman.ts';
import { readLogs, sinceArgs, withoutOwnError } from './logs.ts';
import { openPodmanCli } from './podman-cli.ts';

const request = { follow: false, skip: { stdout: 0, stderr: 0 }, since: undefined, timestamps: false };

describe('readLogs', () => {
  it('asks for what is later than the nanosecond before, in the one form that podman takes exactly', () => {
    assert.deepEqual(sinceArgs(new Date('2026-11-21T08:15:35.109Z')), ['--since=2026-11-21T08:15:35.108999999Z']);
    assert.deepEqual(sinceArgs(undefined), []);
  });

  it('cuts podman’s own last words off the container’s stderr, and nothing else', () => {
    const cut = (text: string): string => Buffer.from(withoutOwnError(Buffer.from(text))).toString();
    assert.equal(cut('Error: of theirs\nmore\nError: no such container\n'), 'Error: of theirs\nmore\n');
    assert.equal(cut('Error: no such container\n'), '');
    assert.equal(cut('an Error: inside\n'), 'an Error: inside\n');
  });

  it('tells a container that is gone, without a byte of podman’s own words', async () => {
    using podman = fakePodman([
      {
        match: 'logs',
        code: 125,
        stderr: 'theirs\nError: no container with name or ID "a" found: no such container\n',
      },
      { match: 'inspect', code: 125, stdout: '[]\n', stderr: 'Error: no such container a\n' },
    ]);
    const cli = openPodmanCli({ command: podman.command });
    const call = { signal: new AbortController().signal };
    let text = '';
    await assert.rejects(
      async () => {
        for await (const { bytes } of readLogs(cli, { id: 'a', request }, call)) text += Buffer.from(bytes).toString();
      },
      (error) => FairleadError.is(error, 'CONTAINER_NOT_FOUND') && !JSON.stringify(error).includes('theirs'),
    );
    assert.equal(text, 'theirs\n');
    assert.ok(podman.calls()[0]?.args.includes('--log-level=fatal'));
  });
});
