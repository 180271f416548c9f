import { expect, test } from 'vitest';
import { countTests } from './unit-tests.ts';

const clean = { numPassedTests: 3, numFailedTests: 0, numPendingTests: 0, numTodoTests: 0, testResults: [] };

test('passed tests are counted', () => {
  expect(countTests(clean)).toEqual({ passed: 3, failed: 0 });
});

test('skipped tests, planned tests and files that cannot be loaded count as failed', () => {
  const testResults = [
    { status: 'failed', assertionResults: [] },
    { status: 'failed', assertionResults: [{}] },
  ];
  const report = { ...clean, numFailedTests: 1, numPendingTests: 2, numTodoTests: 1, testResults };
  expect(countTests(report)).toEqual({ passed: 3, failed: 5 });
});
