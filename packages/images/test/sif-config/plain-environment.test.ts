import { describe, expect, it } from 'vitest';
import { isPlainEnvironment } from '../../src/sif-config/plain-environment.ts';
import { openSquashfs } from '../../src/squashfs/squashfs.ts';
import { memorySource } from '../fuzz/memory-source.ts';
import { madeSquashfs } from '../made/made-squashfs.ts';
import { file, folder, root } from '../made/squashfs-tree.ts';

async function plain(scripts: Readonly<Record<string, string>>, variables: readonly string[] = []): Promise<boolean> {
  const env = Object.fromEntries(Object.entries(scripts).map(([name, text]) => [name, file(text)]));
  const image = madeSquashfs(root({ '.singularity.d': folder({ env: folder(env) }) }));
  return isPlainEnvironment(await openSquashfs(memorySource(image), 0), variables);
}

const comment = '#!/bin/sh\n# Custom environment shell code should follow\n\n';
/** What Apptainer writes into an image of `PATH` and `LANG`, as far as it is code. */
const generated = {
  '01-base.sh': comment,
  '10-docker2singularity.sh': '#!/bin/sh\nexport PATH="/bin"\nexport LANG="${LANG:-"C.UTF-8"}"\n',
  '90-environment.sh': comment,
  '91-environment.sh': comment,
  '94-appsbase.sh': '',
  '95-apps.sh':
    'if test -n "${SINGULARITY_APPNAME:-}"; then\n    export SINGULARITY_APPNAME\n    SCIF_APPS="/scif/apps"\n' +
    '    export SCIF_APPROOT SCIF_APPS\n    . "/scif/apps/x/scif/env/01-base.sh"\n    PATH="/scif:$PATH"\nfi\n',
  '99-base.sh':
    'if [ -z "$X" ]; then\n    LD_LIBRARY_PATH="/.singularity.d/libs"\nfi\nPS1="> "\nexport LD_LIBRARY_PATH PS1\n',
  '99-runtimevars.sh': 'PATH="${SING_USER_DEFINED_PATH}"\n',
};
const variables = ['PATH', 'LANG'];

describe('isPlainEnvironment', () => {
  it('holds for what Apptainer writes itself, and where there are no scripts (V13)', async () => {
    expect(await plain(generated, variables)).toBe(true);
    expect(await plain({})).toBe(true);
  });

  it.each(['91-conda.sh', '95-cuda.sh', '90-my.sh', '99-zz.sh', '10-docker.sh', '95-apps.sh.sh'])(
    'does not hold for another script, whatever is in it: %s',
    async (name) => {
      expect(await plain({ ...generated, [name]: comment }, variables)).toBe(false);
    },
  );

  it.each([
    ['01-base.sh', 'export A=1'],
    ['10-docker2singularity.sh', 'export A=1'],
    ['10-docker2singularity.sh', '. /opt/env'],
    ['90-environment.sh', 'PATH=/x'],
    ['91-environment.sh', 'export A=1'],
    ['94-appsbase.sh', 'SCIF_APPDATA_x=/y'],
    ['95-apps.sh', 'A=1'],
    ['95-apps.sh', 'source /opt/env'],
    ['99-base.sh', 'export PATH=/x:$PATH'],
    ['99-base.sh', 'export LANG=C'],
  ] as const)('does not hold where %s has another line: %s', async (name, line) => {
    expect(await plain({ ...generated, [name]: `${generated[name]}${line}\n` }, variables)).toBe(false);
  });

  it('does not hold for variables that the OCI image does not have', async () => {
    expect(await plain(generated, ['PATH'])).toBe(false);
  });
});
