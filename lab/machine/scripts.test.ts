import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, it } from 'vitest';

it.each(['machine/init.sh', 'machine/enter.sh', 'root/unpack.sh', 'root/configure.sh'])(
  '%s is a shell script',
  (file) => {
    expect(() => execFileSync('/bin/sh', ['-n', join(import.meta.dirname, '..', file)])).not.toThrow();
  },
);
