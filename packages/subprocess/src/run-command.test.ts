import assert from 'node:assert/strict';
import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'vitest';
import { FairleadError } from '@fairlead/core';
import { runCommand } from './run-command.ts';

const sh = '/bin/sh';
const calm = (): AbortSignal => new AbortController().signal;
const script = (text: string, ...args: string[]): string[] => ['-c', text, 'sh', ...args];

/** Whether a process runs; an orphan nobody has reaped yet does not. */
async function runs(pid: number): Promise<boolean> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  return stat !== '' && !/\) [ZX] /.test(stat);
}

describe('runCommand', () => {
  it('gives code and output, byte for byte, and passes arguments as they are', async () => {
    const args = ['-x', 'a b', 'ä\n$HOME`id`', ''];
    const result = await runCommand(
      sh,
      script('printf "%s|" "$@"; printf "\\377" ; echo warning >&2; exit 3', ...args),
      {
        signal: calm(),
        env: {},
      },
    );
    assert.deepEqual(result.stdout, Buffer.concat([Buffer.from(`${args.join('|')}|`), Buffer.from([0xff])]));
    assert.equal(result.stderr, 'warning\n');
    assert.deepEqual([result.code, result.signal], [3, undefined]);
  });

  it('takes no text on stderr for a failure (H10)', async () => {
    const result = await runCommand(sh, script('echo error >&2'), { signal: calm(), env: {} });
    assert.equal(result.code, 0);
  });

  it('gives the command exactly the environment that was given', async () => {
    const env = { A: 'one\ntwo', B: undefined };
    const { stdout } = await runCommand('/usr/bin/env', ['-0'], { signal: calm(), env });
    assert.equal(stdout.toString(), 'A=one\ntwo\0');
  });

  it('tells the signal that ended the command as 128 and its number', async () => {
    const result = await runCommand(sh, script('kill -9 $$'), { signal: calm(), env: {} });
    assert.deepEqual([result.code, result.signal], [137, 'SIGKILL']);
  });

  it('reads output while it writes input larger than both pipes (H8)', async () => {
    const input = Buffer.alloc(3_000_000, 'x');
    const { stdout } = await runCommand('/bin/cat', [], { signal: calm(), env: {}, input });
    assert.ok(stdout.equals(input));
  });

  it('streams its input', async () => {
    const input = (async function* () {
      yield Buffer.from('a');
      yield Buffer.from('b');
    })();
    const { stdout } = await runCommand('/bin/cat', [], { signal: calm(), env: {}, input });
    assert.equal(stdout.toString(), 'ab');
  });

  it('ends well when the command does not read its input', async () => {
    const input = Buffer.alloc(3_000_000);
    assert.equal((await runCommand('/bin/true', [], { signal: calm(), env: {}, input })).code, 0);
  });

  it('ends the command and throws the error of its input', async () => {
    const broken = new Error('source');
    const input = (async function* () {
      yield Buffer.from('a');
      throw broken;
    })();
    await assert.rejects(runCommand(sh, script('cat; sleep 60'), { signal: calm(), env: {}, input }), broken);
  });

  it('gives a file descriptor as standard input that /dev/stdin can open (L42)', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'run-command-'));
    writeFileSync(join(folder, 'file'), 'content');
    const fd = openSync(join(folder, 'file'), 'r');
    rmSync(folder, { recursive: true });
    const { stdout } = await runCommand('/bin/cat', ['/dev/stdin'], {
      signal: calm(),
      env: {},
      input: { fd },
    });
    closeSync(fd);
    assert.equal(stdout.toString(), 'content');
  });

  it('keeps no more than the end of stderr and refuses endless output', async () => {
    const much = script('head -c 100000 /dev/zero | tr "\\0" x >&2; echo end >&2');
    assert.match(
      (await runCommand(sh, much, { signal: calm(), env: { PATH: '/usr/bin:/bin' } })).stderr,
      /^x{16380}end\n$/,
    );
    await assert.rejects(
      runCommand('/bin/cat', ['/dev/zero'], { signal: calm(), env: {}, maxOutputBytes: 1000 }),
      (error) => FairleadError.is(error, 'ENGINE_FAILURE') && error.message.includes('1000 bytes'),
    );
  });

  it('rejects UNAVAILABLE, with the way out, for a program that is absent or not executable', async () => {
    for (const file of ['/nonexistent/tool', import.meta.filename]) {
      await assert.rejects(runCommand(file, ['--env=A=b'], { signal: calm(), env: {} }), (error) => {
        assert.ok(FairleadError.is(error, 'UNAVAILABLE'));
        assert.ok(error.hint !== undefined && error.message.includes(file));
        assert.deepEqual(error.details['argv'], [file, '--env=A=***']);
        return true;
      });
    }
  });

  it('starts nothing for a signal that is aborted already', async () => {
    const reason = new Error('enough');
    await assert.rejects(runCommand('/nonexistent', [], { signal: AbortSignal.abort(reason), env: {} }), reason);
  });

  it('ends the whole group on abort, by force if it must, and rejects with the reason', async () => {
    const controller = new AbortController();
    const reason = new Error('enough');
    const folder = mkdtempSync(join(tmpdir(), 'run-command-'));
    const stubborn = `trap "" TERM; (trap "" TERM; echo $$; exec sleep 60) & echo $! > ${folder}/pid; mv ${folder}/pid ${folder}/ready; sleep 60`;
    const running = runCommand(sh, script(stubborn), {
      signal: controller.signal,
      env: { PATH: '/usr/bin:/bin' },
    });
    let pid = '';
    while (pid === '') pid = await readFile(`${folder}/ready`, 'utf8').catch(() => '');
    const before = performance.now();
    controller.abort(reason);
    await assert.rejects(running, reason);
    const took = performance.now() - before;
    rmSync(folder, { recursive: true });
    assert.ok(took > 1_900 && took < 10_000, `${took} ms`);
    assert.equal(await runs(Number(pid)), false);
  });
});
