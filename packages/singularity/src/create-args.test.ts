import type { CreatePlan } from '@fairlead/core/backend';
import { describe, expect, it } from 'vitest';
import { createArgs, parseUser, refuseMounts, workdirOf } from './create-args.ts';

const plan: CreatePlan = {
  name: 'f-1',
  image: { format: 'sif', path: '/images/a.sif' },
  ensured: { id: '/images/a.sif' },
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

const paths = {
  script: '/s/env.sh',
  witness: '/s/witness',
  hosts: '/s/hosts',
  overlay: '/t/overlay',
  temporary: '/t/tmp',
};

function argsOf(changes: Partial<CreatePlan>, root = false): readonly string[] {
  return createArgs({ plan: { ...plan, ...changes }, paths, root, volumeFolder: (name) => `/v/${name}/data` });
}

const script = '--mount=type=bind,source=/s/env.sh,target=/.singularity.d/env/zz-fairlead.sh,ro';
const witness = '--mount=type=bind,source=/s/witness,target=/.fairlead';
const hosts = '--mount=type=bind,source=/s/hosts,target=/etc/hosts,ro';
const temporary = '--mount=type=bind,source=/t/tmp,target=/tmp';

describe('createArgs', () => {
  it('isolates, silences the engine and says every default (C160-C170, C177)', () => {
    expect(argsOf({})).toEqual([
      '-s',
      'run',
      '--containall',
      '--cleanenv',
      '--no-eval',
      '--no-home',
      '--no-mount=tmp,hostfs,bind-paths',
      '--pwd=/',
      '--hostname=f-1',
      '--net',
      '--network=none',
      '--overlay=/t/overlay',
      temporary,
      hosts,
      script,
      witness,
      '/images/a.sif',
    ]);
  });

  it('gives root no capabilities (S19)', () => {
    expect(argsOf({}, true).slice(0, 4)).toEqual(['-s', 'run', '--no-privs', '--containall']);
  });

  it('gives command to the runscript, and after an entrypoint, or alone where that is empty', () => {
    const after = (changes: Partial<CreatePlan>) => {
      const args = argsOf({ command: ['-c', '--pwd=/x'], ...changes });
      return [args[1], ...args.slice(args.indexOf('/images/a.sif') + 1)];
    };
    expect(after({})).toEqual(['run', '-c', '--pwd=/x']);
    expect(after({ entrypoint: ['/bin/sh'] })).toEqual(['exec', '/bin/sh', '-c', '--pwd=/x']);
    expect(after({ entrypoint: [] })).toEqual(['exec', '-c', '--pwd=/x']);
  });

  it('runs the entrypoint itself where the runscript would take the image’s command for no arguments', () => {
    const image = { entrypoint: ['/e', '-x'], command: ['c'], hasRunscript: true };
    const after = (changes: Partial<CreatePlan>) => {
      const args = argsOf({ imageConfig: image, ...changes });
      return [args[1], ...args.slice(args.indexOf('/images/a.sif') + 1)];
    };
    expect(after({ command: [] })).toEqual(['exec', '/e', '-x']);
    expect(after({})).toEqual(['run']);
    expect(after({ command: ['a'] })).toEqual(['run', 'a']);
    expect(after({ command: [], entrypoint: ['/p'] })).toEqual(['exec', '/p']);
    expect(after({ command: [], imageConfig: { ...image, command: [] } })).toEqual(['run']);
  });

  it('leaves network flags out for the network of the host', () => {
    expect(argsOf({ network: { mode: 'host' } }).filter((arg) => arg.startsWith('--net'))).toEqual([]);
  });

  it('pays for no overlay and makes no writable /tmp where the rootfs is read-only (C167, C169)', () => {
    const args = argsOf({ readOnlyRootfs: true });
    expect(args.filter((arg) => /overlay|target=\/tmp/.test(arg))).toEqual([]);
  });

  it.each([
    ['1000', ['--security=uid:1000']],
    ['1000:7', ['--security=uid:1000', '--security=gid:7']],
    ['0', ['--security=uid:0']],
  ])('gives user %s by number (C175)', (user, expected) => {
    expect(argsOf({ user }).filter((arg) => arg.startsWith('--security'))).toEqual(expected);
  });

  it('mounts volumes and binds by whole quoted fields (C173)', () => {
    const mounts = [
      { type: 'bind', source: '/a,b:c', target: '/data' },
      { type: 'bind', source: '/x "y"\n', target: '/-z', readOnly: true },
      { type: 'volume', volume: 'v', target: '/out' },
    ] as const;
    const args = argsOf({ mounts });
    expect(args).toContain('--mount=type=bind,"source=/a,b:c",target=/data');
    expect(args).toContain('--mount=type=bind,"source=/x ""y""\n",target=/-z,ro');
    expect(args).toContain('--mount=type=bind,source=/v/v/data,target=/out');
  });

  it('mounts what lies above before what lies below', () => {
    const mounts = [
      { type: 'bind', source: '/1', target: '/a/b/c' },
      { type: 'bind', source: '/2', target: '/a' },
      { type: 'bind', source: '/3', target: '/a/b' },
    ] as const;
    const sources = argsOf({ mounts }).flatMap((arg) => /source=\/(\d),/.exec(arg)?.[1] ?? []);
    expect(sources).toEqual(['2', '3', '1']);
  });

  it('lets the spec put its own mount on /tmp and /etc/hosts', () => {
    const mounts = [
      { type: 'volume', volume: 'v', target: '/tmp/' },
      { type: 'bind', source: '/h', target: '/etc/hosts' },
    ] as const;
    const args = argsOf({ mounts });
    expect(args).not.toContain(temporary);
    expect(args).not.toContain(hosts);
  });

  it('makes a tmpfs of the session for a tmpfs mount', () => {
    expect(argsOf({ mounts: [{ type: 'tmpfs', target: '/scratch' }] })).toContain('--scratch=/scratch');
  });

  it('refuses an argument with a NUL byte', () => {
    expect(() => argsOf({ command: ['a\0b'] })).toThrow('NUL');
  });
});

describe('workdirOf', () => {
  it('takes the plan before the image before the root (C165)', () => {
    expect(workdirOf({ ...plan, workdir: '/a', imageConfig: { workdir: '/b' } })).toBe('/a');
    expect(workdirOf({ ...plan, imageConfig: { workdir: '/b' } })).toBe('/b');
    expect(workdirOf({ ...plan, imageConfig: { workdir: '' } })).toBe('/');
  });
});

describe('parseUser', () => {
  it.each(['app', '1000:app', 'app:1000', '', '-1', '1:2:3', '12345678901', '1000,gid:0'])('takes no %j', (user) => {
    expect(parseUser(user)).toBeUndefined();
  });
});

describe('refuseMounts', () => {
  const refused = (mounts: CreatePlan['mounts'], root = false, user?: string) =>
    refuseMounts({ ...plan, mounts, user }, root).map(({ key }) => key);

  it('honours binds inside a tmpfs, which the engine mounts before', () => {
    const inside = { type: 'bind', source: '/s', target: '/t/in' } as const;
    expect(refused([{ type: 'tmpfs', target: '/t' }, inside])).toEqual([]);
  });

  it.each([
    ['a target that the engine would split', { type: 'tmpfs', target: '/a,b' } as const],
    ['a read-only tmpfs', { type: 'tmpfs', target: '/a', readOnly: true } as const],
  ])('refuses %s', (_, mount) => {
    expect(refused([mount])).toEqual(['mounts.tmpfs']);
  });

  it('refuses a tmpfs below a bind, which would hide it', () => {
    const above = { type: 'bind', source: '/s', target: '/data/' } as const;
    expect(refused([{ type: 'tmpfs', target: '/data/x' }, above])).toEqual(['mounts.tmpfs']);
  });

  it('refuses a tmpfs for another user where it would belong to root', () => {
    expect(refused([{ type: 'tmpfs', target: '/a' }], true, '1000')).toEqual(['mounts.tmpfs']);
    expect(refused([{ type: 'tmpfs', target: '/a' }], true, '0')).toEqual([]);
    expect(refused([{ type: 'tmpfs', target: '/a' }], false, '1000')).toEqual([]);
  });
});
