import { expect, test } from 'vitest';
import { blocksOf, isExcerpt } from './documented-code.ts';

test('blocksOf takes the TypeScript blocks and leaves the others', () => {
  const markdown = 'a\n```ts\nconst a = 1;\n```\n```sh\nls\n```\n  ```typescript\n  b();\n  ```\n';
  expect(blocksOf(markdown)).toEqual(['const a = 1;\n', '  b();\n']);
});

test('an excerpt may stand deeper in the example', () => {
  expect(isExcerpt('a();\nb();\n', 'x();\n  a();\n  b();\ny();\n')).toBe(true);
});

test('a block with a line too many, half a line or nothing is no excerpt', () => {
  expect(isExcerpt('a();\nc();\n', 'a();\nb();\nc();\n')).toBe(false);
  expect(isExcerpt('a()', 'a();\n')).toBe(false);
  expect(isExcerpt('\n', 'a();\n')).toBe(false);
});
