import { execFileSync } from 'node:child_process';
import { expect, it } from 'vitest';

import { quote } from './quote.ts';

it('quotes any text so that a shell gives it back unchanged', () => {
  for (const text of ['', 'a b', "it's", '$(id) `id` \\ "', 'two\nlines', '-n', 'ünï'])
    expect(execFileSync('/bin/sh', ['-c', `printf %s ${quote(text)}`]).toString()).toBe(text);
});
