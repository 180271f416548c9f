import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { readHostId } from '../estate/session.ts';
import { storeId } from './store-id.ts';

test('a store is named by host and parts, as it was named from the first version on', () => {
  const hash = createHash('sha256').update(`${readHostId()}\n/graph\n/run`).digest('hex');
  expect(storeId('/graph', '/run')).toBe(hash.slice(0, 40));
  expect(storeId('/run', '/graph')).not.toBe(storeId('/graph', '/run'));
});
