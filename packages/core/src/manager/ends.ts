import type { ExitStatus } from '../container.ts';

/** How many containers are remembered; the oldest are forgotten first. */
const mostRemembered = 10_000;

/** What only this process knows of containers: which it asked to end, and how those ended that are gone since. */
export class Ends {
  readonly #asked: Set<string> = new Set();
  readonly #exits: Map<string, ExitStatus> = new Map();

  /** This process asks the container to end: only it may say `killed`. */
  ask(id: string): void {
    this.#asked.add(id);
    dropOldest(this.#asked);
  }

  /** The container is started, perhaps once more: what was known of an earlier end no longer holds. */
  begin(id: string): void {
    this.#asked.delete(id);
    this.#exits.delete(id);
  }

  /** An engine's exit, with what the engine cannot know: that this process asked for it. */
  told(id: string, exit: ExitStatus): ExitStatus {
    if (!this.#asked.has(id) || (exit.reason !== 'ok' && exit.reason !== 'error')) return exit;
    const { attempt, startedAt, finishedAt, code } = exit;
    return { attempt, startedAt, finishedAt, reason: 'killed', code };
  }

  /** Keeps an end for the time when the container is gone. */
  remember(id: string, exit: ExitStatus): ExitStatus {
    const told = this.told(id, exit);
    this.#exits.set(id, told);
    dropOldest(this.#exits);
    return told;
  }

  /** How a container ended that is gone, as far as this process knows. */
  of(id: string): ExitStatus | undefined {
    return this.#exits.get(id) ?? (this.#asked.has(id) ? { attempt: 1, reason: 'killed' } : undefined);
  }
}

function dropOldest(kept: Set<string> | Map<string, unknown>): void {
  if (kept.size <= mostRemembered) return;
  for (const oldest of kept.keys()) {
    kept.delete(oldest);
    return;
  }
}
