import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { FairleadError, supportKeys } from '@fairlead/core';
import type { Case } from '../case.ts';

export const probeCases: readonly Case[] = [
  {
    id: 'probe/usable',
    title: 'the probe tells engine, version as the engine’s own tool does, store, endpoint and architecture',
    requirements: ['B1', 'F6', 'V22', 'C1', 'C2', 'C3'],
    uses: [],
    tags: ['version'],
    mutants: ['version-of-the-api'],
    async run({ manager, connect, target }) {
      const probe = await manager.probe();
      assert.ok(probe.usable, probe.usable ? '' : probe.reason);
      assert.equal(probe.version, await target.look.version());
      assert.ok(probe.engine !== '' && probe.endpoint !== '' && probe.engineId !== '');
      assert.match(probe.architecture, /^(amd64|arm64|ppc64le|s390x|riscv64)$/);
      const again = await connect().probe();
      assert.ok(again.usable);
      assert.deepEqual([again.engineId, again.endpoint], [probe.engineId, probe.endpoint]);
    },
  },
  {
    id: 'probe/supports',
    title: 'every support has a position, and an absent one its reason',
    requirements: ['F8', 'T29', 'V12'],
    uses: [],
    mutants: ['conditions-without-how'],
    async run({ supports }) {
      assert.deepEqual(Object.keys(supports).toSorted(), supportKeys.toSorted());
      for (const [key, support] of Object.entries(supports)) {
        if (support.kind === 'unsupported') assert.match(support.reason, sentence, `${key} says why`);
        if (support.kind === 'whileProcessLives') assert.match(support.how, sentence, `${key} says how`);
      }
    },
  },
  {
    id: 'probe/without-trace',
    title:
      'who asks an engine what it is, and would mount no image, writes nothing, so that nothing is left at any moment',
    requirements: ['F77', 'H27'],
    uses: [],
    mutants: ['probes-write'],
    async run({ connect, folder }) {
      const stateFolder = join(folder, 'state');
      const probe = await connect({ stateFolder }).probe();
      assert.ok(probe.usable, probe.usable ? '' : probe.reason);
      assert.deepEqual(await readdir(folder), []);
    },
  },
  {
    id: 'probe/unreachable',
    title: 'an engine that is not there, or not allowed, is told with reason and hint, and no call has an effect',
    requirements: ['B10', 'B11', 'H16', 'F9', 'V22', 'L26', 'B27'],
    uses: [],
    mutants: ['absence-without-remedy'],
    async run({ target, workload }) {
      const ways = target.unreachable ?? [];
      assert.ok(ways.length > 0, 'there are ways to get it wrong');
      const reasons = new Map<string, string>();
      for (const { what, names, says, connect } of ways) {
        const { reason, hint } = await whyNot(connect, workload([]));
        assert.ok(reason.includes(names), `${what}: ${reason}`);
        if (says !== undefined) assert.match(reason, says, what);
        assert.ok(hint !== undefined && hint.length > 0, `${what} comes with a remedy`);
        // What is named differs anyway: the words around it must.
        reasons.set(reason.replaceAll(names, '…'), what);
      }
      assert.equal(reasons.size, ways.length, `told in the same words as others: ${[...reasons.keys()].join(' | ')}`);
    },
  },
];

/** Several words: a reason, and no code. */
const sentence = /^\S+( \S+){2,}$/;

type Connect = NonNullable<Parameters<Case['run']>[0]['target']['unreachable']>[number]['connect'];

interface Why {
  readonly reason: string;
  readonly hint?: string | undefined;
}

async function whyNot(
  connect: Connect,
  spec: { readonly image: Parameters<ReturnType<Connect>['run']>[0]['image'] },
): Promise<Why> {
  try {
    await using manager = connect();
    const probe = await manager.probe();
    assert.ok(!probe.usable, 'the probe calls it usable');
    const error = await manager.run(spec).then(
      () => assert.fail('it ran'),
      (caught: unknown) => caught,
    );
    assert.ok(FairleadError.is(error, 'UNAVAILABLE') || FairleadError.is(error, 'ACCESS_DENIED'), String(error));
    assert.ok(error.message.includes(probe.reason), `the probe and the call say the same: ${error.message}`);
    assert.equal(error.hint, probe.hint);
    return probe;
  } catch (error) {
    // Options that cannot be right are told by `connect` already.
    if (!FairleadError.is(error, 'INVALID_SPEC')) throw error;
    return { reason: error.message, hint: error.hint };
  }
}
