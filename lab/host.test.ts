import { expect, it } from 'vitest';

import { whyNoEngines } from './host.ts';

it('makes no engines where FAIRLEAD_LAB=0 asks for those of the machine', async () => {
  expect(await whyNoEngines({ FAIRLEAD_LAB: '0' })).toBe('FAIRLEAD_LAB=0');
});
