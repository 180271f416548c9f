import { execFileSync } from 'node:child_process';
import { expect, it } from 'vitest';

import { launcherText } from './launchers.ts';

const asEnv = (text: string) =>
  text.replace('exec /usr/bin/podman', 'exec /bin/sh -c \'env; echo end; printf %s\\\\n "$@"\' sh');

it('hands arguments and environment on and adds only where the engine finds its configuration', () => {
  const script = asEnv(launcherText({ engine: 'podman', user: 'root' }));
  const output = execFileSync('/bin/sh', ['-c', script, 'podman', 'a b', '', '-x'], {
    env: { OWN: 'kept' },
  }).toString();
  const [env = '', args = ''] = output.split('end\n');
  expect(env).toContain('OWN=kept\n');
  expect(env).toContain('CONTAINERS_CONF=/etc/fairlead-lab/containers-root.conf\n');
  expect(args).toBe('a b\n\n-x\n');
});

it('leaves no shell between', () => {
  expect(launcherText({ engine: 'apptainer', user: 'ordinary' })).toMatch(/ exec \/usr\/bin\/apptainer "\$@"\n$/);
});
