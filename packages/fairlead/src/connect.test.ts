import { describe, expect, it } from 'vitest';
import { connect } from './connect.ts';
import { backendNames, type BackendName } from './modules.ts';

describe('connect', () => {
  it('refuses an unknown name with the names that there are (B2)', async () => {
    // What a caller without types may pass.
    const name = 'dokcer' as BackendName;
    await expect(connect(name)).rejects.toMatchObject({ code: 'INVALID_SPEC', details: { name, names: backendNames } });
    await expect(connect(name)).rejects.toThrow('there are docker, podman, podman-kube, singularity');
  });

  it.each(backendNames)('opens %s by name without asking it anything', async (name) => {
    await using manager = await connect(name, {}, { owner: 'me' });
    expect(manager).toMatchObject({ backend: name, owner: 'me' });
  });

  it('refuses options that do not fit', async () => {
    await expect(connect('docker', { sokcetPath: '/x' })).rejects.toMatchObject({
      code: 'INVALID_SPEC',
      operation: 'connect',
    });
  });

  it('knows of image files: the manager runs what can be converted for it', async () => {
    await using manager = await connect('docker');
    expect(manager.formats).toEqual(expect.arrayContaining(['registry', 'oci-archive', 'docker-archive']));
  });
});
