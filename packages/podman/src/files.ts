import { tarFiles, type BackendCall, type FileGroup } from '@fairlead/core/backend';
import type { LibpodClient } from './client.ts';

/**
 * Copies files into a created container, owned by root. Folders that are missing are made with mode 0755; the tar
 * names none, because naming one that exists would change it.
 */
export async function copyFiles(
  client: LibpodClient,
  id: string,
  groups: readonly FileGroup[],
  { signal }: BackendCall,
): Promise<void> {
  for (const { root, files } of groups) {
    const tar = tarFiles(files.map(({ name, file }) => ({ name, content: file.content, mode: file.mode })));
    const path = ['containers', id, 'archive'];
    const query = {
      path: root,
      // Without this libpod of Podman 4 gives the files to the container's user (C82).
      copyUIDGID: 'false',
      // A file that would replace a folder, also one of a bind's source, is a mistake, not a wish.
      noOverwriteDirNonDir: 'true',
    };
    await client.json({ operation: 'create', signal, method: 'PUT', path, query, tar });
  }
}
