import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import module from './index.ts';

describe('@fairlead/docker', () => {
  it('tells select what it runs', () => {
    expect(module).toMatchObject({
      apiVersion: 1,
      name: 'docker',
      formats: ['registry'],
      loads: ['docker-archive'],
      kube: false,
    });
  });

  it('loads dockerode with the first call, not with the import (V21)', () => {
    const program = `
      import { createRequire } from 'node:module';
      const here = ${JSON.stringify(new URL('index.ts', import.meta.url).href)};
      const require = createRequire(here);
      const loaded = () => Object.keys(require.cache).filter((path) => path.includes('dockerode')).length > 0;
      const { docker } = await import(here);
      docker({ socketPath: '/nowhere/engine.sock' });
      const before = loaded();
      require('dockerode');
      process.stdout.write(JSON.stringify({ before, after: loaded() }));
    `;
    const args = ['--conditions=@fairlead/source', '--input-type=module', '--eval', program];
    expect(JSON.parse(execFileSync(process.execPath, args, { encoding: 'utf8' }))).toEqual({
      before: false,
      after: true,
    });
  });
});
