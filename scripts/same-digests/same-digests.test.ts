import { expect, it, vi } from 'vitest';
import { compare, type Run } from './same-digests.ts';

const run = (node: string, digest: string): Run => ({ node, uid: 0, digests: { a: [digest] } });

it('counts the runs that agree with the first, and names those that do not', () => {
  const said = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
  const tally = compare([run('v24', 'x'), run('v24', 'x'), run('v22', 'y')]);
  expect(tally).toEqual({ passed: 1, failed: 1 });
  expect(said.mock.calls.flat()).toEqual([expect.stringMatching(/^v22 as user 0 gives other digests than v24/)]);
  said.mockRestore();
});
