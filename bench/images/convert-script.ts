import { pathToFileURL } from 'node:url';
import { join } from 'node:path';

/** What one conversion in a process of its own says of itself. */
export interface ConversionReport {
  readonly milliseconds: number;
  /** Largest memory of the whole process. */
  readonly peakBytes: number;
  /** The most that a timer of 10 ms came too late in the thread that called. */
  readonly lateMilliseconds: number;
  /** All that the process has written beside the output, to whatever file, and what it has left in places for that. */
  readonly temporaryBytes: number;
}

// Plain JavaScript over the built packages, as an installation has them: stripping types would cost memory and time.
const script = `
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
const [module, sif, folder, into] = process.argv.slice(1);
rmSync(folder, { recursive: true, force: true });
// Wherever something temporary may be put is a folder that is looked into afterwards.
for (const name of ['TMPDIR', 'HOME', 'XDG_CACHE_HOME', 'XDG_DATA_HOME', 'XDG_STATE_HOME', 'XDG_RUNTIME_DIR', 'XDG_CONFIG_HOME']) {
  process.env[name] = folder + '/elsewhere/' + name;
  mkdirSync(process.env[name], { recursive: true });
}
const { writeSifImage, createSifConverter } = await import(module);
const sizeOf = (path) => readdirSync(path, { recursive: true, withFileTypes: true })
  .reduce((sum, each) => sum + (each.isFile() ? statSync(each.parentPath + '/' + each.name).size : 0), 0);
// All bytes given to write(2) and its relatives, by any thread: what was written and removed again counts too.
const written = () => Number(/^wchar: (\\d+)/m.exec(readFileSync('/proc/self/io', 'utf8'))[1]);
const before = written();
let late = 0, last = performance.now();
const tick = () => { const now = performance.now(); late = Math.max(late, now - last - 10); last = now; };
const timer = setInterval(tick, 10);
const onProgress = () => {};
const started = performance.now();
if (into === 'layout') await writeSifImage(sif, folder + '/oci', { form: 'oci-layout', onProgress });
else {
  const image = await createSifConverter().open({ format: 'sif', path: sif }, { onProgress });
  let bytes = 0;
  for await (const chunk of image.stream()) bytes += chunk.length;
  if (bytes === 0) throw new Error('nothing came out');
  await image[Symbol.asyncDispose]();
}
const milliseconds = performance.now() - started;
// The tick that was due when the conversion ended counts as well.
tick();
clearInterval(timer);
const beside = written() - before - (into === 'layout' ? sizeOf(folder + '/oci') : 0);
const peak = Number(/VmHWM:\\s*(\\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))[1]) * 1024;
const temporaryBytes = Math.max(beside, sizeOf(folder + '/elsewhere'));
rmSync(folder, { recursive: true, force: true });
process.stdout.write(JSON.stringify({ milliseconds, peakBytes: peak, lateMilliseconds: late, temporaryBytes }));
`;

/** The command that converts once, into an OCI layout or, as for an engine's load, to nowhere. */
export function convertCommand(checkout: string, sif: string, into: 'layout' | 'nowhere'): readonly string[] {
  const module = pathToFileURL(join(checkout, 'packages/images/dist/index.js')).href;
  const folder = '/dev/shm/fairlead-bench/converted';
  return [process.execPath, '--input-type=module', '--eval', script, module, sif, folder, into];
}

/** The command that says how much memory a Node takes that does nothing. */
export const idleCommand: readonly string[] = [
  process.execPath,
  '--eval',
  `process.stdout.write(String(Number(/VmHWM:\\s*(\\d+)/.exec(require('fs').readFileSync('/proc/self/status', 'utf8'))[1]) * 1024))`,
];
