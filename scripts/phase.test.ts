import { expect, test, vi } from 'vitest';
import { runPhases, totalLine } from './phase.ts';

test('every phase is run although one rejects, and the rejection counts as one failure', async () => {
  vi.spyOn(process.stdout, 'write').mockReturnValue(true);
  vi.spyOn(process.stderr, 'write').mockReturnValue(true);
  const total = await runPhases([
    { name: 'a', run: () => Promise.reject(new Error('no')) },
    { name: 'b', run: () => Promise.resolve({ passed: 2, failed: 1 }) },
  ]);
  vi.restoreAllMocks();
  expect(totalLine(total)).toBe('2 passed, 2 failed');
});
