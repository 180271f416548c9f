/** What one phase found: each case, test or check counts once. */
export interface Tally {
  readonly passed: number;
  readonly failed: number;
  /** Why nothing was there to be done. Without it, what neither passed nor failed anything has failed. */
  readonly nothing?: string;
}

export interface Phase {
  readonly name: string;
  /** Says on stdout what failed; a rejection counts as one failure. */
  readonly run: () => Promise<Tally>;
}

/** The sum over all phases, after each has run and said its minutes; a failing phase stops no other. */
export async function runPhases(phases: readonly Phase[]): Promise<Tally> {
  const rows: (Tally & { readonly name: string; readonly minutes: number })[] = [];
  for (const { name, run } of phases) {
    const started = performance.now();
    process.stderr.write(`\n== ${name}\n`);
    const tally = await runOne(name, run);
    const minutes = (performance.now() - started) / 60_000;
    process.stderr.write(`== ${name}: ${totalLine(tally)}, ${minutes.toFixed(2)} min\n`);
    rows.push({ name, ...tally, minutes });
  }
  process.stdout.write('\nphase                 passed   failed   minutes\n');
  for (const { name, passed, failed, minutes } of rows) {
    const cells = [passed, failed].map((count) => String(count).padStart(9));
    process.stdout.write(`${name.padEnd(19)}${cells.join('')}${minutes.toFixed(2).padStart(10)}\n`);
  }
  return sum(rows);
}

/** The line that ends `npm test`, `npm run test:matrix` and `.ci/run`. */
export function totalLine({ passed, failed }: Tally): string {
  return `${passed} passed, ${failed} failed`;
}

/** Prints the total as the last line and sets the exit code. */
export function finish(tally: Tally): void {
  if (isIdle(tally) && tally.nothing !== undefined) process.stdout.write(`nothing to do: ${tally.nothing}\n`);
  process.stdout.write(`${totalLine(tally)}\n`);
  process.exitCode = exitCode(tally);
}

/** 0 where nothing failed, and something was done or there is a reason why not. */
export function exitCode(tally: Tally): 0 | 1 {
  return tally.failed > 0 || (isIdle(tally) && tally.nothing === undefined) ? 1 : 0;
}

function isIdle({ passed, failed }: Tally): boolean {
  return passed + failed === 0;
}

/** One check that either holds or says why not. */
export function verdict(complaints: readonly string[]): Tally {
  for (const complaint of complaints) process.stdout.write(`${complaint}\n`);
  return complaints.length === 0 ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 };
}

export function sum(tallies: readonly Tally[]): Tally {
  const total = { passed: 0, failed: 0 };
  for (const { passed, failed } of tallies) {
    total.passed += passed;
    total.failed += failed;
  }
  const nothing = tallies.find((tally) => tally.nothing !== undefined)?.nothing;
  return nothing === undefined ? total : { ...total, nothing };
}

async function runOne(name: string, run: Phase['run']): Promise<Tally> {
  try {
    const tally = await run();
    if (exitCode(tally) === 0 || tally.failed > 0) return tally;
    process.stdout.write(`${name}: nothing was done\n`);
    return { passed: 0, failed: 1 };
  } catch (error) {
    process.stdout.write(`${name}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
    return { passed: 0, failed: 1 };
  }
}
