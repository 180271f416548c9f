import { chmod, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { openLab, type Lab, type TestImage } from '../../lab/index.ts';
import { describeSitesHere, type Place, type Site } from '../../lab/sites.ts';

/** Everything that the demo runs in; disposing takes the sites' folders away. */
export interface Setting extends AsyncDisposable {
  readonly sites: readonly Site[];
  readonly rich: Place | undefined;
  /** The algorithm in every form that can be had here. */
  readonly image: TestImage;
  /** Why there may be fewer engines than sites; undefined where all must be there. */
  readonly incomplete: string | undefined;
}

/** Brings up engines, or takes those that this machine has, and has the algorithm's image made. */
export async function openSetting(): Promise<Setting> {
  const lab = await openLab();
  try {
    const { folders, ...places } = await placesOf(lab);
    return {
      ...places,
      image: lab.images.gradient,
      async [Symbol.asyncDispose]() {
        await using _ = lab;
        for (const folder of folders) await rm(folder, { recursive: true, force: true });
      },
    };
  } catch (error) {
    await lab[Symbol.asyncDispose]();
    throw error;
  }
}

type Places = Pick<Setting, 'sites' | 'rich' | 'incomplete'> & { readonly folders: readonly string[] };

async function placesOf(lab: Lab): Promise<Places> {
  if (lab.kind === 'own') {
    const { sites, rich } = lab;
    const folders = sites.map(({ work }) => dirname(work));
    return { sites, rich, incomplete: undefined, folders };
  }
  // What a site is given then decides whether this machine has an engine for it.
  const shared = process.env['FAIRLEAD_WORK_DIR'];
  const folder = await makeFolder(shared || tmpdir());
  // Engines that see this folder and no other must find in it the files that a site injects.
  const enter = shared ? ['/usr/bin/env', `XDG_STATE_HOME=${join(folder, 'state')}`] : [];
  return { sites: describeSitesHere(folder, enter), rich: undefined, incomplete: lab.why, folders: [folder] };
}

/** A folder of our own that every engine's user may enter. */
async function makeFolder(parent: string): Promise<string> {
  await mkdir(parent, { recursive: true });
  const folder = await mkdtemp(join(parent, 'fairlead-demo-'));
  await chmod(folder, 0o755);
  return folder;
}
