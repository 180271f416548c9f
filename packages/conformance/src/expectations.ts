import assert from 'node:assert/strict';
import { FairleadError, type ErrorCode, type SupportKey, type Supports } from '@fairlead/core';
import type { CaseContext } from './case.ts';
import type { SeenContainer } from './target.ts';
import type { Told } from './workload/steps.ts';

/** The error with which this must fail: of the one class, with this code, and naming these words. */
export async function rejectsWith(
  work: PromiseLike<unknown>,
  code: ErrorCode | readonly ErrorCode[],
  ...words: readonly string[]
): Promise<FairleadError> {
  const error = await work.then(
    () => assert.fail(`it succeeded instead of failing with ${String(code)}`),
    (caught: unknown) => caught,
  );
  assert.ok(FairleadError.is(error), `every failure is a FairleadError, not: ${String(error)}`);
  assert.ok([code].flat().includes(error.code), `${error.code} instead of ${String(code)}: ${error.message}`);
  for (const word of words) assert.ok(error.message.includes(word), `the message names ${word}: ${error.message}`);
  return error;
}

/** An error says nothing of this secret: not in its message, its JSON, its stack, nor in what caused it. */
export function assertUnquoted(error: unknown, secret: string): void {
  for (let at = error; at instanceof Error; at = at.cause) {
    const said = `${at.message} ${JSON.stringify(at)} ${at.stack ?? ''}`;
    assert.ok(!said.includes(secret), `it quotes the secret: ${said.replaceAll(secret, '…')}`);
  }
}

/** A container as the engine's own tool sees it, or undefined. */
export async function seen(context: CaseContext, idOrName: string): Promise<SeenContainer | undefined> {
  const all = await context.target.look.containers();
  return all.find(({ id, name }) => id === idOrName || name === idOrName);
}

/** The engine's own tool sees no container of this id or name. */
export async function assertGone(context: CaseContext, idOrName: string): Promise<void> {
  assert.equal(await seen(context, idOrName), undefined, `the engine's own tool still sees ${idOrName}`);
}

/** Whether an engine declares a support, if only on conditions. */
export function isOffered(supports: Supports, key: SupportKey): boolean {
  return supports[key].kind !== 'unsupported';
}

/** Names of network interfaces, as a workload told them. */
export function interfaceNames(told: string): readonly string[] {
  // Tunnels without a far end appear in every new network namespace of some kernels.
  return told.split('\n').filter((name) => !/^(tunl|gre|gretap|erspan|ip_vti|ip6_vti|sit|ip6tnl|ip6gre)0$/.test(name));
}

/** Names of containers whose labels name this owner, as the engine's own tool sees them. */
export async function ownedBy(context: CaseContext, owner: string): Promise<readonly string[]> {
  const all = await context.target.look.containers();
  return all.filter(({ labels }) => labels['io.fairlead.owner'] === owner).map(({ name }) => name);
}

/** The text of a fact that must have been told. */
export function textOf(facts: Readonly<Record<string, Told>>, name: string): string {
  const told = facts[name];
  assert.ok(told !== undefined, `the workload told nothing of ${name}`);
  assert.equal(told.error, undefined, `the workload could not tell ${name}`);
  return told.text ?? '';
}

/** Why a step failed that had to fail. */
export function errorOf(facts: Readonly<Record<string, Told>>, name: string): string {
  const told = facts[name];
  assert.ok(told !== undefined, `the workload told nothing of ${name}`);
  assert.ok(told.error !== undefined, `${name} succeeded inside the container`);
  return told.error;
}
