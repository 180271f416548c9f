import { createHash } from 'node:crypto';
import { readHostId } from '../estate/session.ts';

/**
 * Names the store of an engine that has no id of its own, by what tells its stores of this host apart, such as their
 * folders: 40 hex digits. Every backend that reaches the same store gives the same parts in the same order; so they are
 * one engine to `select`, however many doors it has.
 */
export function storeId(...parts: readonly [string, ...string[]]): string {
  return createHash('sha256')
    .update([readHostId(), ...parts].join('\n'))
    .digest('hex')
    .slice(0, 40);
}
