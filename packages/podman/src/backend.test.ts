import assert from 'node:assert/strict';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openEstate, type RunPlan } from '@fairlead/core/backend';
import { describe, it } from 'vitest';
import { call, fakeLibpod } from './__fixtures__/fake-libpod.ts';
import { podmanBackend } from './backend.ts';
import { toProbe } from './probe.ts';

const estate = openEstate({ owner: 'test', stateFolder: join(tmpdir(), 'never-made') });
const info = {
  host: { arch: 'amd64', cgroupControllers: ['pids'], security: { rootless: false } },
  store: { graphRoot: '/g', runRoot: '/r' },
  version: { Version: '5.8.6' },
};
const plan: RunPlan = {
  name: 'f-1',
  image: { format: 'registry', name: 'docker.io/library/busybox:1' },
  imageConfig: undefined,
  labels: {},
  command: undefined,
  entrypoint: undefined,
  env: {},
  workdir: undefined,
  user: undefined,
  mounts: [],
  files: [],
  network: { mode: 'none' },
  resources: {},
  readOnlyRootfs: false,
  stopSignal: undefined,
  stopGraceSeconds: 10,
  autoRemove: false,
};
const engine = {
  version: '5.8.6',
  architecture: 'amd64',
  rootless: false,
  cgroupControllers: [],
  cgroupVersion: 'v2',
  graphRoot: '/g',
  runRoot: '/r',
  ociRuntime: 'crun',
  selinux: false,
  hasUserNetwork: true,
};

describe('podmanBackend', () => {
  it('refuses a stop signal that Linux does not have, before anything happens', async () => {
    const backend = podmanBackend({ socketPath: '/nonexistent.sock' }, estate);
    const probe = toProbe(engine, 'unix:///x');
    assert.deepEqual(backend.refuse(plan, probe), []);
    assert.deepEqual(backend.refuse({ ...plan, stopSignal: 'SIGRTMIN+3' }, probe), []);
    assert.deepEqual(
      backend.refuse({ ...plan, stopSignal: 'SIGNOPE' }, probe).map(({ key }) => key),
      ['stopSignal'],
    );
    await backend.close();
  });

  it('probes an engine that answers', async () => {
    await using service = await fakeLibpod(() => ({ json: info }));
    const backend = podmanBackend({ socketPath: service.socketPath }, estate);
    const probe = await backend.probe({ ...call(), mounts: false });
    assert.ok(probe.usable);
    assert.deepEqual(
      [probe.engine, probe.version, probe.endpoint],
      ['Podman', '5.8.6', `unix://${service.socketPath}`],
    );
    await backend.close();
  });

  it('tells what is not there instead of rejecting, and rejects only when cancelled', async () => {
    const backend = podmanBackend({ socketPath: '/nonexistent/podman/podman.sock' }, estate);
    const probe = await backend.probe({ ...call(), mounts: false });
    assert.ok(!probe.usable);
    assert.match(probe.reason, /^there is no socket at \/nonexistent/);
    assert.match(probe.hint ?? '', /systemctl --user start podman\.socket/);
    const reason = new Error('mine');
    await assert.rejects(backend.probe({ signal: AbortSignal.abort(reason), mounts: false }), reason);
    await backend.close();
  });

  it('does nothing more once it is closed', async () => {
    await using service = await fakeLibpod(() => ({ json: [] }));
    const backend = podmanBackend({ socketPath: service.socketPath }, estate);
    await backend.list({}, call());
    await backend.close();
    await assert.rejects(backend.list({}, call()), { code: 'CONNECTION_LOST' });
  });
});
