import assert from 'node:assert/strict';
import { join } from 'node:path';
import { FairleadError, type LogOptions, type RunSpec, type SupportKey } from '@fairlead/core';
import type { CaseContext } from './case.ts';
import { gather } from './gather.ts';

/** Asks for something that the engine declares unsupported: it must be refused by name, and nothing may be left. */
export async function proveRefusal(context: CaseContext, key: SupportKey): Promise<void> {
  const support = context.supports[key];
  assert.ok(support.kind === 'unsupported' && support.reason.length > 0, `${key} is unsupported and says why`);
  const error = await requests[key](context).then(
    () => assert.fail(`${key} is declared unsupported, but was not refused`),
    (caught: unknown) => caught,
  );
  assert.ok(FairleadError.is(error, 'UNSUPPORTED'), `${key} must be refused with UNSUPPORTED, not: ${String(error)}`);
  assert.ok(error.message.includes(key), `the refusal names ${key}: ${error.message}`);
}

type Request = (context: CaseContext) => Promise<unknown>;

/** The smallest request for each support: a new leaf does not compile until it can be asked for. */
const requests: Readonly<Record<SupportKey, Request>> = {
  name: (context) => ask(context, { name: context.name('refused') }),
  runId: (context) => ask(context, { runId: context.name('refused') }),
  labels: (context) => ask(context, { labels: { a: 'b' } }),
  command: (context) => ask(context, { command: ['true'] }),
  entrypoint: (context) => ask(context, { entrypoint: ['/bin/true'] }),
  env: (context) => ask(context, { env: { A: 'b' } }),
  workdir: (context) => ask(context, { workdir: '/tmp' }),
  user: (context) => ask(context, { user: '1234:1234' }),
  files: (context) => ask(context, { files: [{ target: '/etc/refused', content: '' }] }),
  readOnlyRootfs: (context) => ask(context, { readOnlyRootfs: true }),
  'rootfs.writable': (context) => ask(context, { readOnlyRootfs: false }),
  stopSignal: (context) => ask(context, { stopSignal: 'SIGUSR1' }),
  stopGraceSeconds: (context) => ask(context, { stopGraceSeconds: 1 }),
  autoRemove: (context) => ask(context, { autoRemove: true }),
  'mounts.bind': (context) => ask(context, { mounts: [{ type: 'bind', source: context.folder, target: '/in' }] }),
  'mounts.volume': (context) =>
    ask(context, { mounts: [{ type: 'volume', volume: context.name('refused'), target: '/in' }] }),
  'mounts.tmpfs': (context) => ask(context, { mounts: [{ type: 'tmpfs', target: '/in' }] }),
  'mounts.tmpfs.sizeBytes': (context) =>
    ask(context, { mounts: [{ type: 'tmpfs', target: '/in', sizeBytes: 1 << 20 }] }),
  'network.none': (context) => ask(context, { network: { mode: 'none' } }),
  'network.private': (context) => ask(context, { network: { mode: 'private' } }),
  'network.host': (context) => ask(context, { network: { mode: 'host' } }),
  'resources.memoryBytes': (context) => ask(context, { resources: { memoryBytes: 64 << 20 } }),
  'resources.cpus': (context) => ask(context, { resources: { cpus: 0.5 } }),
  'resources.pids': (context) => ask(context, { resources: { pids: 20 } }),
  'logs.follow': (context) => readLogs(context, { follow: true }),
  'logs.tail': (context) => readLogs(context, { tail: 1 }),
  'logs.since': (context) => readLogs(context, { since: new Date() }),
  'logs.timestamps': (context) => readLogs(context, { timestamps: true }),
  exec: (context) => execute(context, {}),
  'exec.env': (context) => execute(context, { env: { A: 'b' } }),
  'exec.workdir': (context) => execute(context, { workdir: '/' }),
  'exec.user': (context) => execute(context, { user: '1234' }),
  volumes: (context) => context.manager.createVolume({ name: context.name('refused') }),
  'volumes.readFile': async (context) =>
    (await context.manager.createVolume({ name: context.name('refused') })).readFile('x'),
  'images.mount': async (context) => {
    const image = await context.target.images.mountable?.(context.folder);
    const mounting = context.connect({ mount: 'always' });
    return ask(
      { ...context, manager: mounting },
      { image: image ?? { format: 'sif', path: join(context.folder, 'x') } },
    );
  },
  kube: (context) => context.manager.playKube({ yaml: 'apiVersion: v1\nkind: Pod\n' }),
};

async function ask(context: CaseContext, spec: Partial<RunSpec>): Promise<unknown> {
  const whole = { ...context.workload([{ do: 'hold' }]), ...spec };
  const refusals = await context.manager.check(whole);
  assert.ok(refusals.length > 0, 'check tells beforehand what run refuses');
  return context.manager.run(whole);
}

async function readLogs(context: CaseContext, options: LogOptions & { readonly as?: 'lines' }): Promise<unknown> {
  const container = await context.run([{ do: 'hold' }]);
  return gather(context.manager.logs(container.id, options));
}

async function execute(context: CaseContext, options: Parameters<CaseContext['manager']['exec']>[2]): Promise<unknown> {
  const container = await context.run([{ do: 'hold' }]);
  return (await context.manager.exec(container.id, ['true'], options)).result();
}
