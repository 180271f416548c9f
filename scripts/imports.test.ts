import { expect, test } from 'vitest';
import { forbiddenImports, importsOf } from './imports.ts';

test('importsOf finds static, dynamic, type and re-exported modules and skips comments', () => {
  const text = [
    "import { a } from './a.ts';",
    "import type { B } from 'b';",
    "export * from 'c';",
    "import 'd';",
    "const e = await import('e');",
    "// import 'f';",
    "/* from 'g' */",
    "Buffer.from('h');",
    "list.import('i');",
  ].join('\n');
  expect(importsOf(text)).toEqual(['./a.ts', 'b', 'c', 'd', 'e']);
});

test('a backend may import the contract and its own client', () => {
  const text = "import '@fairlead/core'; import '@fairlead/core/backend'; import 'undici'; import 'node:fs';";
  expect(forbiddenImports([{ path: 'packages/podman/src/backend.ts', text }])).toEqual([]);
});

test.each([
  ['packages/podman/src/backend.ts', '@fairlead/docker'],
  ['packages/podman/src/backend.ts', '@fairlead/images'],
  ['packages/images/src/detect.ts', '@fairlead/core/backend'],
  ['packages/core/src/index.ts', '@fairlead/images'],
  ['packages/core/src/index.ts', 'undici'],
  ['packages/core/src/index.ts', '@fairlead/core/testing'],
  ['packages/core/src/index.ts', '../../images/src/index.ts'],
  ['packages/new/src/index.ts', 'zod'],
])('%s may not import %s', (path, target) => {
  expect(forbiddenImports([{ path, text: `import '${target}';` }])).toHaveLength(1);
});

test('a test may import the runner and the in-memory backend', () => {
  const text = "import { test } from 'vitest'; import '@fairlead/core/testing'; import '../y.ts';";
  expect(forbiddenImports([{ path: 'packages/docker/src/x/z.test.ts', text }])).toEqual([]);
});
