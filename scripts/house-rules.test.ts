import { expect, test } from 'vitest';
import { backendNames, hosts, missingBackendFiles, suppressions, vagueFileNames } from './house-rules.ts';

const file = (text: string, path = 'packages/core/src/a.ts') => ({ path, text });

test('shared code that names a backend is reported with its line', () => {
  const text = "const a = 1;\nif (name === 'podman') run();";
  expect(backendNames([file(text)])).toEqual([
    "packages/core/src/a.ts:2: shared code names a backend: if (name === 'podman') run();",
  ]);
});

test('the parser of references may name engines', () => {
  expect(backendNames([file("'podman save'", 'packages/core/src/image/reference.ts')])).toEqual([]);
});

test('formats, transports, media types and comments name no backend', () => {
  const text = [
    "type Format = 'docker-archive' | 'oci-archive';",
    "const prefixes = ['docker://', 'docker-daemon:', 'docker.io/library'];",
    "const media = 'application/vnd.docker.image';",
    '// podman has holes in its follow (L1)',
    '/* apptainer\n too */',
  ].join('\n');
  expect(backendNames([file(text)])).toEqual([]);
});

// Split, so that this file passes the check that it tests.
test.each([
  ['// ox', 'lint-disable-next-line'],
  ['/* es', 'lint-disable */'],
  ['// @ts-', 'ignore'],
  ['// TO', 'DO later'],
  ['test.', "skip('x', () => {});"],
  ['describe.concurrent.', "only('x', () => {});"],
])('%s%s is reported', (start, end) => {
  expect(suppressions([file(start + end)])).toHaveLength(1);
});

test('an ordinary test is not reported', () => {
  expect(suppressions([file("test.each([1])('skips nothing', () => {});")])).toEqual([]);
});

test('a file name that says nothing is reported', () => {
  const paths = ['a/utils.ts', 'a/stream-utils.ts', 'helpers/a.ts', 'a/common.ts', 'a/commonest.ts', 'a/lines.ts'];
  expect(vagueFileNames(paths.map((path) => file('', path)))).toHaveLength(4);
});

test('a backend without a file that all backends have is reported; other packages are not', () => {
  const index = file('const module = defineBackend<Options, Input>({});', 'packages/acme/src/index.ts');
  const names = missingBackendFiles([index]).map((line) => /(\w[-\w]*)\.ts:/.exec(line)?.[1] ?? '');
  expect(names).toEqual(expect.arrayContaining(['backend', 'create', 'errors', 'refuse', 'supports', 'volumes']));
  const all = names.map((name) => file('', `packages/acme/src/${name}.ts`));
  expect(missingBackendFiles([index, ...all])).toEqual([]);
  expect(missingBackendFiles([file('export {};', 'packages/fairlead/src/index.ts')])).toEqual([]);
});

test('a lock file with a host is reported', () => {
  expect(hosts(file('resolution: {integrity: sha512-x, tarball: y}'))).toHaveLength(1);
  expect(hosts(file('a: https://example.org/a.tgz'))).toHaveLength(1);
  expect(hosts(file('resolution: {integrity: sha512-x}'))).toEqual([]);
});
