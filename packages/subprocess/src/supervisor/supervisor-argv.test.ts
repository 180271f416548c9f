import { describe, expect, it } from 'vitest';
import { supervisorArgv, trialArgv, type Supervision } from './supervisor-argv.ts';
import { innerScript, outerScript, sweepScript } from './supervisor-scripts.ts';

const supervision: Supervision = {
  folder: '/state/a b',
  mode: 'cage',
  root: false,
  tools: { shell: '/bin/sh', unshare: '/usr/bin/unshare' },
  umask: '022',
  command: ['/usr/bin/engine', 'exec', '$(x)', ''],
};

const cage = ['/usr/bin/unshare', '--user', '--map-current-user', '--pid', '--fork', '--kill-child', '--mount-proc'];
const outer = ['/bin/sh', '-c', outerScript, 'fl', '/state/a b'];
const inner = ['/bin/sh', '-c', innerScript, 'fl', '022', '/dev/null'];
const engine = ['/usr/bin/engine', 'exec', '$(x)', ''];

describe('supervisorArgv', () => {
  it('puts a shell as PID 1 between unshare and the engine (S1)', () => {
    expect(supervisorArgv(supervision)).toEqual([...outer, ...cage, ...inner, ...engine]);
  });

  it('makes no user namespace for root, who needs none (S19)', () => {
    const argv = supervisorArgv({ ...supervision, root: true });
    expect(argv.slice(5, 10)).toEqual(['/usr/bin/unshare', '--pid', '--fork', '--kill-child', '--mount-proc']);
  });

  it('runs the inner script itself and sweeps where there is no cage (S2, S4)', () => {
    const argv = supervisorArgv({ ...supervision, mode: 'sweep', tools: { shell: '/bin/sh', unshare: undefined } });
    expect(argv.slice(5, 8)).toEqual(['/bin/sh', '-c', innerScript + sweepScript]);
  });
});

describe('trialArgv', () => {
  const tried = ['/bin/sh', '-c', '"$@"; exit $?', 'fl', '/bin/true'];

  it('tries a command exactly as a supervisor would run it (S3)', () => {
    expect(trialArgv(supervision, ['/bin/true'])).toEqual([...cage, ...tried]);
  });

  it('tries it without a cage, too', () => {
    expect(trialArgv({ ...supervision, mode: 'sweep' }, ['/bin/true'])).toEqual(tried);
  });
});
