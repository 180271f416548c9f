import type { Supports, SupportKey } from '@fairlead/core';
import type { Case } from './case.ts';
import { openContext } from './open-context.ts';
import { proveRefusal } from './prove-refusal.ts';
import { removeRest } from './remove-rest.ts';
import type { Target } from './target.ts';

/** How a case ended on a target. A refusal is one that the engine declares and that left nothing. */
export type Outcome = { readonly id: string; readonly milliseconds: number } & (
  | { readonly outcome: 'passed' }
  | { readonly outcome: 'refused'; readonly refused: readonly SupportKey[] }
  | { readonly outcome: 'failed'; readonly error: string }
);

/**
 * Runs one case on a target; never rejects.
 * @param note hears whose a leftover would be, from who looks for leftovers of many cases at once; without it, this looks
 */
export async function runCase(
  one: Case,
  target: Target,
  supports: Supports,
  note?: (owner: string) => void,
): Promise<Outcome> {
  const started = performance.now();
  const said = (): { id: string; milliseconds: number } => ({
    id: one.id,
    milliseconds: Math.round(performance.now() - started),
  });
  const refused = one.uses.filter((key) => supports[key].kind === 'unsupported');
  try {
    await inContext(one, { target, supports, refused, note });
    return refused.length > 0 ? { ...said(), outcome: 'refused', refused } : { ...said(), outcome: 'passed' };
  } catch (error) {
    return { ...said(), outcome: 'failed', error: textOf(error) };
  }
}

interface Conditions {
  readonly target: Target;
  readonly supports: Supports;
  readonly refused: readonly SupportKey[];
  readonly note: ((owner: string) => void) | undefined;
}

async function inContext(one: Case, { target, supports, refused, note }: Conditions): Promise<void> {
  const { caseMs = 300_000 } = target;
  const deadline = new AbortController();
  const late = Promise.withResolvers<never>();
  const clock = setTimeout(() => {
    const error = new Error(`not done within ${caseMs} ms`);
    deadline.abort(error);
    late.reject(error);
  }, caseMs);
  const { context, close } = await openContext({ target, supports, caseId: one.id, signal: deadline.signal });
  note?.(context.owner);
  const work = async (): Promise<void> => {
    for (const key of refused) await proveRefusal(context, key);
    if (refused.length === 0) await one.run(context);
  };
  let failed: { readonly error: unknown } | undefined;
  await Promise.race([work(), late.promise]).catch((error: unknown) => (failed = { error }));
  clearTimeout(clock);
  deadline.abort(new Error('the case is over'));
  try {
    await inTime(close(), caseMs);
    if (note === undefined) await requireNothingLeft(target, context.owner, supports);
  } catch (error) {
    if (failed === undefined) throw error;
    throw new AggregateError([failed.error, error], 'failed, and not clean', { cause: error });
  }
  if (failed !== undefined) throw failed.error;
}

/** A removal that hangs is the failure of its case, and keeps no other from running. */
async function inTime(work: Promise<void>, milliseconds: number): Promise<void> {
  const late = Promise.withResolvers<never>();
  const clock = setTimeout(() => late.reject(new Error(`not cleaned up within ${milliseconds} ms`)), milliseconds);
  try {
    await Promise.race([work, late.promise]);
  } finally {
    clearTimeout(clock);
  }
}

async function requireNothingLeft(target: Target, owner: string, supports: Supports): Promise<void> {
  const left = await removeRest(target.connect({ owner }), supports);
  if (left.length > 0) throw new Error(`left behind by the case: ${left.join(', ')}`);
}

function textOf(error: unknown): string {
  if (error instanceof AggregateError) return `${error.message}: ${error.errors.map(textOf).join('\n  and: ')}`;
  if (!(error instanceof Error)) return String(error);
  const at = error.stack
    ?.split('\n')
    .find((line) => /cases\/|session\//.test(line))
    ?.trim();
  const cause = error.cause instanceof Error ? ` (${error.cause.message})` : '';
  return `${error.message}${cause}${at === undefined ? '' : ` ${at}`}`;
}
