import assert from 'node:assert/strict';
import { readlink } from 'node:fs/promises';
import type { Case } from '../case.ts';
import { errorOf, interfaceNames, isOffered, textOf } from '../expectations.ts';
import { factsOf, type Fact } from '../workload/steps.ts';

const networkFacts: readonly Fact[] = [
  { do: 'interfaces', as: 'interfaces' },
  { do: 'network', as: 'network' },
];

export const limitCases: readonly Case[] = [
  {
    id: 'network/none',
    title: 'network none, which is the default, leaves nothing but the loopback',
    requirements: ['V17', 'C5', 'C170', 'W22'],
    uses: ['network.none'],
    proves: 'network.none',
    tags: ['version'],
    mutants: ['default-network-is-private'],
    async run({ finish }) {
      for (const spec of [{}, { network: { mode: 'none' } } as const]) {
        const { stdout } = await finish(networkFacts, spec);
        const names = interfaceNames(textOf(factsOf(stdout), 'interfaces'));
        assert.deepEqual(names, ['lo']);
        assert.notEqual(textOf(factsOf(stdout), 'network'), await readlink('/proc/self/ns/net'));
      }
    },
  },
  {
    id: 'network/private',
    title: 'network private gives interfaces of the container’s own',
    requirements: ['V17', 'C5', 'C92', 'C170'],
    uses: ['network.private'],
    proves: 'network.private',
    mutants: ['private-is-none'],
    async run({ finish }) {
      const { stdout } = await finish(networkFacts, { network: { mode: 'private' } });
      const names = interfaceNames(textOf(factsOf(stdout), 'interfaces'));
      assert.ok(names.includes('lo') && names.length > 1, `interfaces: ${names.join(' ')}`);
      assert.notEqual(textOf(factsOf(stdout), 'network'), await readlink('/proc/self/ns/net'));
    },
  },
  {
    id: 'network/host',
    title: 'network host is the one network of the engine’s host, the same for all, and no other’s',
    requirements: ['V9', 'V17', 'C170'],
    uses: ['network.host'],
    proves: 'network.host',
    mutants: ['host-is-private'],
    async run({ finish, supports }) {
      const networkOf = async (mode: 'host' | 'none' | 'private'): Promise<string> => {
        const { stdout } = await finish([{ do: 'network', as: 'network' }], { network: { mode } });
        return textOf(factsOf(stdout), 'network');
      };
      const host = await networkOf('host');
      assert.match(host, /^net:/);
      assert.equal(await networkOf('host'), host);
      for (const other of ['none', 'private'] as const)
        if (isOffered(supports, `network.${other}`)) assert.notEqual(await networkOf(other), host);
    },
  },
  {
    id: 'resources/memory',
    title: 'who takes more than memoryBytes is killed, who takes less is not',
    requirements: ['F70', 'C4', 'C15', 'C106', 'C171'],
    uses: ['resources.memoryBytes'],
    proves: 'resources.memoryBytes',
    mutants: ['memory-is-not-limited'],
    async run({ finish }) {
      const { stdout } = await finish(
        [
          { do: 'allocate', bytes: 8 << 20, as: 'little' },
          { do: 'allocate', bytes: 256 << 20, as: 'much' },
        ],
        {
          resources: { memoryBytes: 48 << 20 },
        },
      );
      assert.equal(textOf(factsOf(stdout), 'little'), '0');
      assert.equal(textOf(factsOf(stdout), 'much'), '137');
    },
  },
  {
    id: 'resources/cpus',
    title: 'a container gets no more CPU time than cpus',
    requirements: ['F70', 'C106', 'C171'],
    uses: ['resources.cpus'],
    proves: 'resources.cpus',
    mutants: ['cpus-are-not-limited'],
    async run({ finish }) {
      const { stdout } = await finish([{ do: 'spin', seconds: 2, as: 'hundredths' }], { resources: { cpus: 0.1 } });
      const hundredths = Number(textOf(factsOf(stdout), 'hundredths'));
      assert.ok(hundredths > 0 && hundredths < 60, `${hundredths / 100} s of CPU time in 2 s, with a tenth of a CPU`);
    },
  },
  {
    id: 'resources/pids',
    title: 'a container cannot have more processes than pids',
    requirements: ['F70', 'C107'],
    uses: ['resources.pids'],
    proves: 'resources.pids',
    mutants: ['processes-are-not-limited'],
    async run({ finish }) {
      const limited = await finish([{ do: 'spawn', count: 30, as: 'spawn' }], { resources: { pids: 12 } });
      assert.equal(errorOf(factsOf(limited.stdout), 'spawn'), 'refused');
      const free = await finish([{ do: 'spawn', count: 30, as: 'spawn' }]);
      textOf(factsOf(free.stdout), 'spawn');
    },
  },
];
