import { pathToFileURL } from 'node:url';
import { join } from 'node:path';

/** What one conversion in a process of its own says of itself. */
export interface ConversionReport {
  readonly milliseconds: number;
  /** Largest memory of the whole process. */
  readonly peakBytes: number;
  /** The most that a timer of 10 ms came too late in the thread that called. */
  readonly lateMilliseconds: number;
  /** The most that was on disk at a time beside the output. */
  readonly temporaryBytes: number;
}

// Plain JavaScript over the built packages, as an installation has them: stripping types would cost memory and time.
const script = `
import { readFileSync, statfsSync, rmSync, mkdirSync } from 'node:fs';
const [module, sif, folder, into] = process.argv.slice(1);
const { writeSifImage, createSifConverter } = await import(module);
rmSync(folder, { recursive: true, force: true });
mkdirSync(folder, { recursive: true });
const used = () => { const { blocks, bfree, bsize } = statfsSync(folder); return (blocks - bfree) * bsize; };
const before = used();
let most = 0, late = 0, last = performance.now();
const timer = setInterval(() => { const now = performance.now(); late = Math.max(late, now - last - 10); last = now; }, 10);
const onProgress = () => { most = Math.max(most, used() - before); };
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
clearInterval(timer);
const peak = Number(/VmHWM:\\s*(\\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))[1]) * 1024;
const temporaryBytes = Math.max(0, most - (used() - before));
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
