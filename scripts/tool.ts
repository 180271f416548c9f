import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import type { Tally } from './phase.ts';

export const root: string = path.dirname(import.meta.dirname);

export interface ToolResult {
  readonly code: number;
  /** stdout and stderr in the order in which they arrived. */
  readonly output: string;
}

/**
 * The result of a command of a package in node_modules, run by this Node: the shell wrappers in `.bin` need more
 * than a PATH with node and npm gives.
 */
export async function runTool(name: string, command: string, args: readonly string[]): Promise<ToolResult> {
  const folder = path.join(root, 'node_modules', name);
  // package.json is the package's own: `bin` is a path, or paths by command name.
  const manifest = JSON.parse(await readFile(path.join(folder, 'package.json'), 'utf8')) as {
    readonly bin: string | Readonly<Record<string, string>>;
  };
  const bin = typeof manifest.bin === 'string' ? manifest.bin : manifest.bin[command];
  if (bin === undefined) throw new Error(`${name} has no command ${command}`);
  return runNode([path.join(folder, bin), ...args]);
}

/** The result of this Node with these arguments, in the root of the checkout. */
export function runNode(args: readonly string[], cwd: string = root): Promise<ToolResult> {
  const env = { ...process.env, NO_COLOR: '1', FORCE_COLOR: undefined };
  const child = spawn(process.execPath, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
  const chunks: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => chunks.push(chunk));
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => {
      const output = stripVTControlCharacters(Buffer.concat(chunks).toString('utf8'));
      resolve({ code: code ?? 1, output });
    });
  });
}

/** One check: the tool ends with 0, or its output is shown. */
export function toolVerdict({ code, output }: ToolResult): Tally {
  if (code === 0) return { passed: 1, failed: 0 };
  process.stdout.write(output.endsWith('\n') ? output : `${output}\n`);
  return { passed: 0, failed: 1 };
}
