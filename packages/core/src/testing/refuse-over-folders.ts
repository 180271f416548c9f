import { FairleadError } from '../errors.ts';
import type { CreatePlan } from '../plan.ts';
import { hostLayer, programFiles } from './program-files.ts';

/** No engine lets a file replace a folder of a bind's source. @throws FairleadError `INVALID_SPEC` */
export async function refuseOverFolders({ mounts, files }: Pick<CreatePlan, 'mounts' | 'files'>): Promise<void> {
  const host = programFiles(
    mounts.flatMap((mount) => (mount.type === 'bind' ? [hostLayer(mount.target, mount.source, true)] : [])),
  );
  for (const { target } of files) {
    const isFolder = await host.list(target).then(
      () => true,
      () => false,
    );
    if (isFolder) throw overFolder(target);
  }
}

function overFolder(target: string): FairleadError {
  return new FairleadError({
    code: 'INVALID_SPEC',
    operation: 'create',
    message: `there is a folder at ${JSON.stringify(target)}, which a file cannot replace`,
    hint: 'Give the file another target.',
    details: { target },
  });
}
