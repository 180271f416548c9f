/**
 * One thing that a workload does. A target turns steps into what its engine runs; a step with `as` prints one line
 * that `factsOf` reads back, whatever bytes it is about.
 */
export type Step = Deed | Fact;

/** What a workload does without telling. Seconds are those of the target's `pace`. */
export type Deed =
  | { readonly do: 'print'; readonly text: string; readonly to?: 'stderr' }
  /** Prints `bytes` in numbered lines over both streams; see `burstOf`. */
  | { readonly do: 'burst'; readonly bytes: number }
  | { readonly do: 'pause'; readonly seconds: number }
  /** Goes on until a signal ends it: SIGTERM with 143, SIGINT with 130. */
  | { readonly do: 'hold' }
  | { readonly do: 'on-signal'; readonly signal: string; readonly steps: readonly Deed[] }
  | { readonly do: 'ignore-signal'; readonly signal: string }
  /** Waits until this path exists. */
  | { readonly do: 'await-file'; readonly path: string }
  | { readonly do: 'exit'; readonly code: number };

/** What a workload tells about the world inside. */
export type Fact = { readonly as: string } & (
  | { readonly do: 'read'; readonly path: string }
  | { readonly do: 'write'; readonly path: string; readonly text: string }
  /** Writes this many zero bytes. */
  | { readonly do: 'fill'; readonly path: string; readonly bytes: number }
  /** Permission bits in octal. */
  | { readonly do: 'mode'; readonly path: string }
  /** Names in a folder, one per line. */
  | { readonly do: 'list'; readonly path: string }
  /** The arguments of the workload, each ended by NUL. */
  | { readonly do: 'arguments' }
  /** The environment, each entry ended by NUL. */
  | { readonly do: 'environment' }
  | { readonly do: 'folder' }
  /** `UID:GID`. */
  | { readonly do: 'user' }
  | { readonly do: 'hostname' }
  | { readonly do: 'umask' }
  /** All of standard input. */
  | { readonly do: 'input' }
  /** Names of network interfaces, one per line. */
  | { readonly do: 'interfaces' }
  /** What names the network namespace on this host. */
  | { readonly do: 'network' }
  /** Process ids that can be seen, one per line. */
  | { readonly do: 'processes' }
  /** Touches this much memory: `0`, or `137` if it was killed for it. */
  | { readonly do: 'allocate'; readonly bytes: number }
  /** Computes for so long: the hundredths of a second of CPU time that it got. */
  | { readonly do: 'spin'; readonly seconds: number }
  /** Starts so many processes at once: fails if it may not. */
  | { readonly do: 'spawn'; readonly count: number }
);

/** What a step told: the bytes, or why it failed, in the words of errno. */
export type Told =
  | { readonly bytes: Uint8Array; readonly text: string; readonly error?: undefined }
  | { readonly error: string; readonly text?: undefined };

/** The facts that a workload printed, by the names that its steps have in `as`. */
export function factsOf(stdout: string): Readonly<Record<string, Told>> {
  const facts: Record<string, Told> = {};
  for (const line of stdout.split('\n')) {
    const [, name, kind, value] = /^@([a-z0-9-]+)([=!])(.*)$/.exec(line) ?? [];
    if (name === undefined || value === undefined) continue;
    const bytes = Buffer.from(value, 'base64');
    facts[name] = kind === '!' ? { error: value } : { bytes, text: bytes.toString('utf8') };
  }
  return facts;
}

/** The line that tells a fact. */
export function factLine(name: string, told: { readonly bytes: Uint8Array } | { readonly error: string }): string {
  return 'error' in told ? `@${name}!${told.error}\n` : `@${name}=${Buffer.from(told.bytes).toString('base64')}\n`;
}
