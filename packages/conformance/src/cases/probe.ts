import assert from 'node:assert/strict';
import { FairleadError } from '@fairlead/core';
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
    requirements: ['F8', 'V16', 'T29', 'V12', 'A19'],
    uses: [],
    mutants: ['conditions-without-how'],
    async run({ supports }) {
      for (const [key, support] of Object.entries(supports)) {
        if (support.kind === 'unsupported') assert.ok(support.reason.length > 5, `${key} says why`);
        if (support.kind === 'whileProcessLives') assert.ok(support.how.length > 5, `${key} says how`);
      }
    },
  },
  {
    id: 'probe/unreachable',
    title: 'an engine that is not there, or not allowed, is told with reason and hint, and no call has an effect',
    requirements: ['B10', 'B11', 'H16', 'F9', 'V22', 'L26', 'B27'],
    uses: [],
    mutants: ['absence-without-remedy'],
    async run({ target, workload }) {
      const reasons = new Set<string>();
      for (const { what, names, connect } of target.unreachable ?? []) {
        const { reason, hint } = await whyNot(connect, workload([]));
        assert.ok(reason.includes(names), `${what}: ${reason}`);
        assert.ok(hint.length > 0, `${what} comes with a remedy`);
        reasons.add(reason);
      }
      assert.equal(reasons.size, target.unreachable?.length ?? 0, 'each is told in words of its own');
    },
  },
];

type Connect = NonNullable<Parameters<Case['run']>[0]['target']['unreachable']>[number]['connect'];

async function whyNot(
  connect: Connect,
  spec: { readonly image: Parameters<ReturnType<Connect>['run']>[0]['image'] },
): Promise<{ readonly reason: string; readonly hint: string }> {
  try {
    await using manager = connect();
    const probe = await manager.probe();
    assert.ok(!probe.usable, 'the probe calls it usable');
    const error = await manager.run(spec).then(
      () => assert.fail('it ran'),
      (caught: unknown) => caught,
    );
    assert.ok(FairleadError.is(error, 'UNAVAILABLE') || FairleadError.is(error, 'ACCESS_DENIED'), String(error));
    return { reason: probe.reason, hint: probe.hint ?? '' };
  } catch (error) {
    // Options that cannot be right are told by `connect` already.
    if (!FairleadError.is(error, 'INVALID_SPEC')) throw error;
    return { reason: error.message, hint: error.hint ?? error.message };
  }
}
