import { expect, test } from 'vitest';
import type { TargetSummary } from './conformance/report.ts';
import { capabilityMatrix, withMatrix } from './matrix.ts';

const summary: TargetSummary = {
  target: 'docker',
  engine: 'Docker Engine',
  version: '28.5.2+dfsg4',
  cases: 3,
  passed: 2,
  refusedAsDeclared: 1,
  failed: 0,
  minutes: 1,
  provenBefore: { cases: 0, minutes: 0 },
  refusals: { kube: 'it plays no manifests' },
  failures: [],
  unproven: ['exec'],
  supports: { kube: 'unsupported', env: 'native', autoRemove: 'whileProcessLives', exec: 'native' },
};
const targets = ['docker', 'podman', 'podman-cli', 'apptainer'].map((target) => ({ ...summary, target }));

test('the matrix tells what is proven, what is conditional, what is only declared, and why something is refused', () => {
  const table = capabilityMatrix({ targets });
  expect(table).toContain('| | Docker 28.5.2 |');
  expect(table).toContain('| `env` | ✓ | ✓ | ✓ | ✓ |');
  expect(table).toContain('| `autoRemove` | ~ |');
  expect(table).toContain('| `exec` | declared |');
  expect(table).toContain('| `kube` | – (1) | – (1) |');
  expect(table).toContain('1. it plays no manifests');
});

test('a target that did not run has no column to be made up', () => {
  expect(() => capabilityMatrix({ targets: targets.slice(1) })).toThrow('no run of docker');
});

test('the matrix replaces what stands between its marks, and nothing else', () => {
  const text = 'a\n<!-- matrix:start -->\nold\n<!-- matrix:end -->\nb\n';
  expect(withMatrix(text, '| new |')).toBe('a\n<!-- matrix:start -->\n| new |\n<!-- matrix:end -->\nb\n');
  expect(() => withMatrix('no marks', '')).toThrow('matrix:start');
});
