import assert from 'node:assert/strict';
import type { Container } from '@fairlead/core';

/** Resolves when a container has printed exactly this line. */
export async function untilSaid(container: Pick<Container, 'logs'>, line: string): Promise<void> {
  for await (const { text } of container.logs({ follow: true })) if (text === line) return;
  assert.fail(`the container ended without saying ${JSON.stringify(line)}`);
}
