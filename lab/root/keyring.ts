import { stat } from 'node:fs/promises';
import { join } from 'node:path';

import { command } from '../command.ts';
import { openApt } from './apt.ts';

const place = 'usr/share/keyrings/debian-archive-keyring.gpg';

/**
 * Returns a file with Debian's signing keys: the host's, else the one in the package of that name, which Ubuntu has
 * too and which the host's own apt vouches for; it is unpacked into `folder`.
 */
export async function debianKeyring(folder: string, host = '/', signal?: AbortSignal): Promise<string> {
  const installed = join(host, place);
  if (await stat(installed).catch(() => undefined)) return installed;
  const unpacked = join(folder, place);
  const apt = await openApt({ folder: join(folder, 'apt'), signal });
  try {
    await apt.update();
    const files = await apt.download(['debian-archive-keyring']);
    const archive = files.find((file) => file.includes('/debian-archive-keyring_'));
    if (archive) await command(['dpkg-deb', '--extract', archive, folder]);
    await stat(unpacked);
    return unpacked;
  } catch (cause) {
    throw new Error(
      "lab: this machine has no keys to check Debian's packages with. Install the package debian-archive-keyring, or set FAIRLEAD_LAB=0.",
      { cause },
    );
  }
}
