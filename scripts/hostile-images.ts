// Writes docs/hostile-images.md: every hostile case, and what it came to.
import { writeFile } from 'node:fs/promises';
import type { HostileCase } from '../packages/images/test/hostile/hostile-case.ts';
import { hostileClasses, hostileTable, outcomeOf } from '../packages/images/test/hostile/hostile-table.ts';
import type { HostileOutcome } from '../packages/images/test/hostile/run-hostile.ts';

const outcomes = new Map<HostileCase, HostileOutcome>();
for (const { cases } of hostileClasses) for (const one of cases) outcomes.set(one, await outcomeOf(one));
await writeFile(new URL('../docs/hostile-images.md', import.meta.url), hostileTable(outcomes));
