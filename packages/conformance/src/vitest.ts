import type { Probe } from '@fairlead/core';
import { describe, expect, test } from 'vitest';
import type { Case } from './case.ts';
import { cases } from './cases.ts';
import { runCase } from './run-case.ts';
import type { Target } from './target.ts';

/** How to run the suite under vitest. */
export interface DescribeOptions {
  /** Supports whose refusal is legitimate for this target. Default: all that it declares unsupported. */
  readonly refuses?: readonly string[];
}

/**
 * One vitest test for each case, at the same time up to vitest's `maxConcurrency`. There is nothing to skip: what the
 * target declares unsupported must be refused, and a target that cannot be used fails every test.
 */
export async function describeConformance(target: Target, options: DescribeOptions = {}): Promise<void> {
  const manager = target.connect({});
  const probe = await manager.probe();
  await manager[Symbol.asyncDispose]();
  describe.concurrent(`conformance of ${target.name}`, () => {
    for (const one of cases) {
      test(`${one.id}: ${one.title} (${one.requirements.join(', ')})`, { timeout: 300_000 }, async () => {
        expect(await complaintOf(one, { target, probe, ...options })).toBe('');
      });
    }
  });
}

interface Subject extends DescribeOptions {
  readonly target: Target;
  readonly probe: Probe;
}

/** What is wrong with a case on a target; empty if nothing is. */
async function complaintOf(one: Case, { target, probe, refuses }: Subject): Promise<string> {
  if (!probe.usable) return `${target.name} cannot be used: ${probe.reason} ${probe.hint ?? ''}`;
  const outcome = await runCase(one, target, probe.supports);
  if (outcome.outcome === 'failed') return outcome.error;
  if (outcome.outcome === 'passed' || refuses === undefined) return '';
  const unexpected = outcome.refused.filter((key) => !refuses.includes(key));
  return unexpected.length === 0 ? '' : `refused, and not expected to be: ${unexpected.join(', ')}`;
}
