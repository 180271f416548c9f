import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import type { HostileCase } from './hostile-case.ts';
import { hostileClasses, hostileTable, outcomeOf, placeOf, refusalThatCounts } from './hostile-table.ts';
import type { HostileOutcome } from './run-hostile.ts';

const allowed = ['CORRUPT_IMAGE', 'INVALID_IMAGE', 'POLICY_DENIED', 'CONVERSION_FAILED'];
const outcomes = new Map<HostileCase, HostileOutcome>();

/** What was read or given before a refusal that metadata alone tells; a chunk of the file and its headers are none. */
function tooMuch({ known }: HostileCase, { read, streamed }: HostileOutcome): readonly string[] {
  const large = read !== undefined && read.size > 2_097_152 && read.bytes > 1_200_000;
  return [
    ...(large ? [`${read.bytes} bytes were read`] : []),
    ...(known === 'metadata' && streamed > 0 ? [`${streamed} bytes came out`] : []),
  ];
}

describe.each(hostileClasses)('$name', { timeout: 60_000 }, ({ cases }) => {
  it('has three cases at least', () => {
    expect(cases.length).toBeGreaterThanOrEqual(3);
  });

  it.each(cases)(
    'is refused with place and reason, before content is read, and nothing is left: $name',
    async (one) => {
      const outcome = await outcomeOf(one);
      outcomes.set(one, outcome);
      const error = refusalThatCounts(one, outcome);
      expect(error?.code).toBe(one.code);
      expect(error && placeOf(error)).toMatch(one.where);
      for (const other of Object.values(outcome.refusals)) expect([undefined, ...allowed]).toContain(other?.code);
      expect(outcome.left).toEqual([]);
      expect(tooMuch(one, outcome)).toEqual([]);
    },
  );
});

describe('docs/hostile-images.md', () => {
  it('shows what the cases came to: `node scripts/bootstrap.mjs scripts/hostile-images.ts` writes it', async () => {
    const document = new URL('../../../../docs/hostile-images.md', import.meta.url);
    expect(await readFile(document, 'utf8')).toBe(hostileTable(outcomes));
  });
});
