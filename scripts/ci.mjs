// Runs `npm test`, then `npm run test:matrix`, as a user would type them; ends with one line of totals over both.
// Plain JavaScript: it runs on the machine's own Node, before anything is installed.
// What the first has proven on an engine the second neither runs nor counts again: together they run, and count, every
// case on every target once.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const commands = [['test'], ['run', 'test:matrix']];
const folder = mkdtempSync(join(tmpdir(), 'fairlead-ci-'));
const env = { ...process.env, FAIRLEAD_PROVEN: join(folder, 'proven.json') };
const total = { passed: 0, failed: 0 };
const times = [];

for (const args of commands) {
  const started = performance.now();
  const { passed, failed } = await npm(args);
  times.push(`npm ${args.join(' ')}: ${((performance.now() - started) / 60_000).toFixed(1)} min`);
  total.passed += passed;
  total.failed += failed;
}
rmSync(folder, { recursive: true, force: true });
process.stdout.write(`\n${times.join('\n')}\n${total.passed} passed, ${total.failed} failed\n`);
process.exitCode = total.failed === 0 && total.passed > 0 ? 0 : 1;

/** What the command's line of totals says; that line is kept back, so that only one ends the whole. */
async function npm(args) {
  const child = spawn('npm', args, { env, stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = new Promise((resolve, reject) => child.on('error', reject).on('close', resolve));
  let tally;
  for await (const line of createInterface({ input: child.stdout })) {
    const match = /^(\d+) passed, (\d+) failed$/.exec(line);
    if (match === null) process.stdout.write(`${line}\n`);
    else tally = { passed: Number(match[1]), failed: Number(match[2]) };
  }
  const code = await ended;
  if (tally === undefined) return { passed: 0, failed: 1 };
  // A command that fails after its totals, or without a failed case, is a failure all the same.
  return code !== 0 && tally.failed === 0 ? { ...tally, failed: 1 } : tally;
}
