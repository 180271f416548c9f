/** Says on stderr what is being done and how long it took. Steps may run side by side. */
export async function step<T>(name: string, work: () => Promise<T>): Promise<T> {
  const started = performance.now();
  try {
    const result = await work();
    say(`${name} (${seconds(started)})`);
    return result;
  } catch (error) {
    say(`${name}: failed (${seconds(started)})`);
    throw error;
  }
}

/** Writes one line about the lab to stderr. */
export function say(line: string): void {
  process.stderr.write(`lab: ${line}\n`);
}

function seconds(started: number): string {
  return `${((performance.now() - started) / 1000).toFixed(1)} s`;
}
