import assert from 'node:assert/strict';
import type { Case } from '../case.ts';
import { isOffered, rejectsWith, textOf } from '../expectations.ts';
import { gather } from '../gather.ts';
import { factsOf } from '../workload/steps.ts';

export const execCases: readonly Case[] = [
  {
    id: 'exec/result',
    title: 'exec gives both streams and the code of a command in a running container',
    requirements: ['F18', 'C63', 'C66', 'S10'],
    uses: ['exec'],
    proves: 'exec',
    tags: ['version'],
    mutants: ['exec-loses-its-code'],
    async run({ run, workload }) {
      const container = await run([{ do: 'hold' }]);
      const command =
        workload([
          { do: 'print', text: 'out\n' },
          { do: 'print', text: 'err\n', to: 'stderr' },
          { do: 'exit', code: 41 },
        ]).command ?? [];
      const { code, stdout, stderr } = await (await container.exec(command)).result();
      assert.deepEqual({ code, stdout, stderr }, { code: 41, stdout: 'out\n', stderr: 'err\n' });
      assert.equal((await container.inspect()).state.phase, 'running');
    },
  },
  {
    id: 'exec/lines',
    title: 'the lines of an exec come as they are written, and after them its code',
    requirements: ['F18', 'F45', 'C63'],
    uses: ['exec'],
    mutants: ['exec-lines-come-twice', 'exec-loses-its-code', 'exec-lines-without-code'],
    async run({ run, workload }) {
      const container = await run([{ do: 'hold' }]);
      const steps = [
        { do: 'print', text: 'one\n' },
        { do: 'pause', seconds: 0.2 },
        { do: 'print', text: 'two\nthree' },
        { do: 'exit', code: 43 },
      ] as const;
      await using process = await container.exec(workload(steps).command ?? []);
      assert.deepEqual(
        (await gather(process.lines)).map(({ text }) => text),
        ['one', 'two', 'three'],
      );
      assert.equal((await process.lines.ended).reason, 'exited');
      assert.equal(await process.exit(), 43);
    },
  },
  {
    id: 'exec/arguments',
    title: 'arguments of an exec arrive byte for byte',
    requirements: ['F18', 'H20', 'S18'],
    uses: ['exec'],
    mutants: ['exec-arguments-split'],
    async run({ run, workload }) {
      const container = await run([{ do: 'hold' }]);
      const words = ['-it', '', 'a b', "it's", '$HOME', 'two\nlines', 'ünï', '--'];
      const { stdout } = await (
        await container.exec(workload([{ do: 'arguments', as: 'arguments' }], words).command ?? [])
      ).result();
      assert.deepEqual(textOf(factsOf(stdout), 'arguments').split('\0').slice(0, -1), words);
    },
  },
  {
    id: 'exec/env',
    title: 'env of an exec is added to the container’s',
    requirements: ['F18', 'S10', 'C160'],
    uses: ['exec', 'exec.env'],
    proves: 'exec.env',
    mutants: ['exec-env-replaces'],
    async run({ run, workload, supports }) {
      const own = isOffered(supports, 'env') ? { OF_SPEC: 'kept' } : {};
      const container = await run([{ do: 'hold' }], { env: own });
      const command = workload([{ do: 'environment', as: 'environment' }]).command ?? [];
      const { stdout } = await (await container.exec(command, { env: { OF_EXEC: '$HOME "x"\nnext' } })).result();
      const entries = textOf(factsOf(stdout), 'environment').split('\0');
      assert.ok(entries.includes('OF_EXEC=$HOME "x"\nnext'), 'the exec’s own');
      for (const [name, value] of Object.entries(own))
        assert.ok(entries.includes(`${name}=${value}`), 'the container’s');
    },
  },
  {
    id: 'exec/workdir',
    title: 'an exec runs in its workdir, by default the container’s',
    requirements: ['F18', 'S10'],
    uses: ['exec', 'exec.workdir'],
    proves: 'exec.workdir',
    mutants: ['exec-workdir-ignored'],
    async run({ run, workload, supports }) {
      const own = isOffered(supports, 'workdir') ? { workdir: '/var' } : {};
      const container = await run([{ do: 'hold' }], own);
      const command = workload([{ do: 'folder', as: 'folder' }]).command ?? [];
      const folder = async (options: { readonly workdir?: string }): Promise<string> =>
        textOf(factsOf((await (await container.exec(command, options)).result()).stdout), 'folder');
      assert.equal(await folder({ workdir: '/var/tmp' }), '/var/tmp');
      assert.equal(await folder({}), own.workdir ?? '/');
    },
  },
  {
    id: 'exec/user',
    title: 'an exec runs as its user',
    requirements: ['F18', 'C64'],
    uses: ['exec', 'exec.user'],
    proves: 'exec.user',
    mutants: ['exec-user-ignored'],
    async run({ run, workload }) {
      const container = await run([{ do: 'hold' }]);
      const command = workload([{ do: 'user', as: 'user' }]).command ?? [];
      const { stdout } = await (await container.exec(command, { user: '1234:2345' })).result();
      assert.equal(textOf(factsOf(stdout), 'user'), '1234:2345');
    },
  },
  {
    id: 'exec/not-found',
    title: 'a command that is not there is a result with 126 or 127, and says so',
    requirements: ['F18', 'C63', 'S10'],
    uses: ['exec'],
    tags: ['version'],
    mutants: ['unknown-exec-is-success'],
    async run({ run }) {
      const container = await run([{ do: 'hold' }]);
      const { code, stdout, stderr } = await (await container.exec(['/no/such/command'])).result();
      assert.ok(code === 126 || code === 127, `code ${code}`);
      assert.ok(`${stdout}${stderr}`.includes('/no/such/command'), 'the output names the command');
    },
  },
  {
    id: 'exec/not-running',
    title: 'an exec in a container that does not run is CONFLICT, in an unknown one CONTAINER_NOT_FOUND',
    requirements: ['F18', 'C25', 'H28'],
    uses: ['exec'],
    mutants: ['exec-in-the-dead'],
    async run({ run, manager }) {
      const container = await run([]);
      await container.wait();
      await rejectsWith(container.exec(['true']), 'CONFLICT');
      await rejectsWith(manager.exec('0'.repeat(64), ['true']), 'CONTAINER_NOT_FOUND');
      await rejectsWith(container.exec([]), 'INVALID_SPEC');
    },
  },
];
