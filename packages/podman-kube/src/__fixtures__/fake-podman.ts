import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** What a fake podman answers to commands whose arguments, joined by blanks, match. */
export interface FakeAnswer {
  readonly match: string;
  readonly code?: number;
  readonly stdout?: string;
  readonly stderr?: string;
  readonly sleepMs?: number;
  /** Ends itself by this signal instead. */
  readonly signal?: NodeJS.Signals;
}

/** One command that a fake podman was given. */
export interface FakeCall {
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly stdin: string;
}

/** A program that stands in for podman: it notes what it is given and answers as told. */
export interface FakePodman extends Disposable {
  readonly command: string;
  readonly folder: string;
  calls(): readonly FakeCall[];
}

/** Makes one in a folder of its own; the first answer that matches counts, else it ends with 0 and says nothing. */
export function fakePodman(answers: readonly FakeAnswer[]): FakePodman {
  const folder = mkdtempSync(join(tmpdir(), 'fake-podman-'));
  const command = join(folder, 'podman');
  const log = join(folder, 'calls');
  const script = `#!${process.execPath}
const { appendFileSync, readFileSync, writeSync } = require('node:fs');
const args = process.argv.slice(2);
let stdin = '';
try { stdin = readFileSync(0, 'utf8'); } catch {}
if (args.includes('--env-file=/dev/stdin')) stdin = readFileSync('/dev/stdin', 'utf8');
appendFileSync(${JSON.stringify(log)}, JSON.stringify({ args, env: process.env, stdin }) + '\\n');
const answer = ${JSON.stringify(answers)}.find(({ match }) => new RegExp(match).test(args.join(' '))) ?? {};
setTimeout(() => {
  writeSync(1, answer.stdout ?? '');
  writeSync(2, answer.stderr ?? '');
  process.exitCode = answer.code ?? 0;
  if (answer.signal) process.kill(process.pid, answer.signal);
}, answer.sleepMs ?? 0);
`;
  writeFileSync(command, script);
  chmodSync(command, 0o755);
  return {
    command,
    folder,
    calls: () => (existsSync(log) ? readFileSync(log, 'utf8').trim().split('\n').map(parseCall) : []),
    [Symbol.dispose]: () => rmSync(folder, { recursive: true }),
  };
}

function parseCall(line: string): FakeCall {
  // Written by the script above.
  return JSON.parse(line) as FakeCall;
}
