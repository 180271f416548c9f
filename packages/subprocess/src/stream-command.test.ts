import assert from 'node:assert/strict';
import { describe, it } from 'vitest';
import { FairleadError } from '@fairlead/core';
import { commandError, redactText } from './command-error.ts';
import { streamCommand } from './stream-command.ts';

const calm = (): AbortSignal => new AbortController().signal;
const env = { PATH: '/usr/bin:/bin' };

/** What the script below writes. */
const truth = (word: string): string => Array.from({ length: 20_000 }, (_, i) => `${word}${i}\n`).join('');

describe('streamCommand', () => {
  it('gives both streams apart and whole, then the exit', async () => {
    const text = 'i=0; while [ $i -lt 20000 ]; do echo out$i; echo err$i >&2; i=$((i+1)); done; exit 7';
    const command = await streamCommand('/bin/sh', ['-c', text], { signal: calm(), env });
    const got = { stdout: '', stderr: '' };
    for await (const { stream, bytes } of command.output) got[stream] += Buffer.from(bytes).toString();
    assert.ok(got.stdout === truth('out') && got.stderr === truth('err'));
    assert.equal((await command.exit()).code, 7);
  });

  it('makes the command wait for a reader that pauses, instead of holding its output', async () => {
    const command = await streamCommand('/bin/cat', ['/dev/zero'], { signal: calm(), env });
    let read = 0;
    for await (const { bytes } of command.output) {
      read += bytes.length;
      if (read > 4_000_000) break;
      assert.ok(bytes.length <= 1_000_000);
    }
    // Ended by the signal, or by the closed pipe, whichever is first.
    const { code, signal } = await command.exit();
    assert.ok(signal !== undefined || code !== 0, `it ended with ${code}`);
  });

  it('ends the command when the loop is left', async () => {
    const command = await streamCommand('/bin/sh', ['-c', 'echo go; exec sleep 60'], { signal: calm(), env });
    for await (const chunk of command.output) {
      assert.equal(chunk.stream, 'stdout');
      break;
    }
    assert.equal((await command.exit()).signal, 'SIGTERM');
  });

  it('rejects with the abort’s reason from output and exit', async () => {
    const controller = new AbortController();
    const command = await streamCommand('/bin/sh', ['-c', 'echo go; exec sleep 60'], {
      signal: controller.signal,
      env,
    });
    const reason = new Error('enough');
    await assert.rejects(async () => {
      for await (const _ of command.output) controller.abort(reason);
    }, reason);
    await assert.rejects(command.exit(), reason);
  });

  it('rejects UNAVAILABLE for a program that is absent', async () => {
    const command = await streamCommand('/nonexistent', [], { signal: calm(), env });
    await assert.rejects(
      async () => {
        for await (const chunk of command.output) assert.fail(`gave ${chunk.stream}`);
      },
      (error) => FairleadError.is(error, 'UNAVAILABLE'),
    );
  });
});

describe('commandError', () => {
  it('tells argument list, code and stderr without secrets', () => {
    const error = commandError({
      code: 'ENGINE_FAILURE',
      backend: 'test',
      operation: 'create',
      message: 'it failed',
      file: '/bin/tool',
      args: ['create', '--env=A=hunter22'],
      exit: { code: 125, signal: undefined, stderr: 'Error: hunter22 at https://u:pw@host' },
      secrets: ['hunter22'],
    });
    assert.equal(error.message, 'test create: it failed');
    assert.deepEqual(error.details, {
      argv: ['/bin/tool', 'create', '--env=A=***'],
      exitCode: 125,
      stderr: 'Error: *** at https://u:***@host',
    });
  });

  it('leaves no rest of a secret that contains another', () => {
    assert.equal(redactText('abcdefgh', ['abcd', 'abcdefgh']), '***');
  });

  it('tells no part of a secret that lies where stderr is cut', () => {
    const failed = { code: 'ENGINE_FAILURE', backend: 'test', operation: 'create', message: 'it failed' } as const;
    const exit = { code: 1, signal: undefined, stderr: `hunter22${'x'.repeat(2044)}` };
    const error = commandError({ ...failed, file: '/bin/tool', args: [], exit, secrets: ['hunter22'] });
    assert.doesNotMatch(JSON.stringify(error), /er22/);
  });

  it('replaces a short secret as a word only, and leaves the text readable', () => {
    const text = 'container 1b1 failed: a(b is no PIN, 1 is "on"; money';
    assert.equal(
      redactText(text, ['1', 'on', 'a(b', '', ' ', '*']),
      'container 1b1 failed: *** is no PIN, *** is "***"; money',
    );
  });
});
