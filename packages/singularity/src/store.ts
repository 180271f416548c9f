import { mkdir, readFile, readdir, readlink, rename, stat, symlink, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { judgeSession, type StateFolder } from '@fairlead/core/backend';
import { isSystemError } from './errors.ts';
import { forceDelete } from './force-delete.ts';
import { parseContainerRecord, type ContainerRecord } from './records.ts';

/** A container's record and the folder in which its files are. */
export interface StoredContainer {
  readonly record: ContainerRecord;
  readonly folder: string;
}

/**
 * The containers of one state folder: `containers/NAME` holds a container, `ids/ID` is a link that tells its name. A
 * container appears by one rename of a folder that is complete; the name is the lock, because a folder that is not
 * empty cannot be replaced (rename(2)). Makes no file before the first container.
 */
export class ContainerStore {
  /** Absolute path of everything. */
  readonly path: string;
  readonly #state: StateFolder;
  readonly #containers: string;
  readonly #ids: string;

  constructor(state: StateFolder) {
    this.#state = state;
    this.path = join(state.path, 'singularity');
    this.#containers = join(this.path, 'containers');
    this.#ids = join(this.path, 'ids');
  }

  /** Where the files of a container of this name are, once it is published. */
  folderOf(name: string): string {
    return join(this.#containers, name);
  }

  /** Refuses a state folder that another user may have prepared. @throws FairleadError `ACCESS_DENIED` */
  requirePrivate(): Promise<void> {
    return this.#state.requirePrivate();
  }

  /** The container of exactly this id. */
  async find(id: string): Promise<StoredContainer | undefined> {
    if (!/^[0-9a-f]{32}$/.test(id)) return undefined;
    const name = await readlink(join(this.#ids, id)).catch(() => undefined);
    const stored = name === undefined ? undefined : await this.findByName(name);
    return stored?.record.id === id ? stored : undefined;
  }

  /** The container of exactly this name. */
  async findByName(name: string): Promise<StoredContainer | undefined> {
    await this.requirePrivate();
    return /^[a-z0-9][-a-z0-9]*$/.test(name) ? readStored(this.folderOf(name)) : undefined;
  }

  /** All containers. */
  async list(): Promise<readonly StoredContainer[]> {
    const names = await readdir(this.#containers).catch(() => []);
    const all = await Promise.all(names.map((name) => this.findByName(name)));
    return all.filter((stored) => stored !== undefined);
  }

  /**
   * Makes a folder, lets it be filled, and publishes it under the record's name. If it fails, nothing is left.
   * @returns false when the name is taken
   */
  async publish(record: ContainerRecord, fill: (folder: string) => Promise<void>): Promise<boolean> {
    await this.#state.folder('singularity', 'ids');
    await this.#state.folder('singularity', 'containers');
    const folder = this.folderOf(`.new-${record.id}`);
    try {
      await mkdir(folder, { mode: 0o700 });
      // First, so that what a crash leaves can be judged and cleared away with its scratch.
      await writeFile(join(folder, 'record'), JSON.stringify(record), { mode: 0o600 });
      await symlink(record.name, join(this.#ids, record.id));
      await fill(folder);
      await rename(folder, this.folderOf(record.name));
      return true;
    } catch (error) {
      await this.#drop(folder, record);
      if (isTaken(error)) return false;
      throw error;
    }
  }

  /** Whether the folder is still this container's: once it was removed, another one may have its name. */
  async holds({ record, folder }: StoredContainer): Promise<boolean> {
    return (await readStored(folder))?.record.id === record.id;
  }

  /** Takes an ended container and its scratch away; any number of callers may do it at once. */
  async discard(stored: StoredContainer): Promise<void> {
    const { record, folder } = stored;
    const gone = this.folderOf(`.gone-${record.id}`);
    // Whoever comes second finds no folder to rename and helps to delete.
    if (await this.holds(stored)) {
      await rename(folder, gone).catch((error: unknown) => {
        if (!isSystemError(error) || error.code !== 'ENOENT') throw error;
      });
    }
    await this.#drop(gone, record);
  }

  /** Takes away what dead processes left half-made or half-removed; tells what. What cannot be removed stays. */
  async sweep(): Promise<readonly string[]> {
    await this.requirePrivate();
    const swept: string[] = [];
    for (const name of await readdir(this.#containers).catch(() => [])) {
      if (!/^\.(new|gone)-[0-9a-f]{32}$/.test(name)) continue;
      const folder = this.folderOf(name);
      const stored = await readStored(folder);
      if (name.startsWith('.new-') && !(await isAbandoned(folder, stored))) continue;
      const gone = await this.#drop(folder, stored?.record).then(
        () => true,
        () => false,
      );
      if (gone) swept.push(folder);
    }
    for (const id of await readdir(this.#ids).catch(() => [])) {
      // In this order: one that is being published is still the first or already the second.
      const half = await readStored(this.folderOf(`.new-${id}`));
      if (half !== undefined || (await this.find(id)) !== undefined) continue;
      await unlink(join(this.#ids, id)).catch(() => undefined);
    }
    return swept;
  }

  async #drop(folder: string, record: ContainerRecord | undefined): Promise<void> {
    if (record !== undefined) {
      await Promise.all([forceDelete(record.scratch), unlink(join(this.#ids, record.id)).catch(() => undefined)]);
    }
    await forceDelete(folder);
  }
}

async function readStored(folder: string): Promise<StoredContainer | undefined> {
  const record = parseContainerRecord(await readFile(join(folder, 'record'), 'utf8').catch(() => ''));
  return record === undefined ? undefined : { record, folder };
}

/** Whether nobody is filling this folder any more. Without a record yet, only its age can tell. */
async function isAbandoned(folder: string, stored: StoredContainer | undefined): Promise<boolean> {
  if (stored !== undefined) return judgeSession(stored.record.creator) === 'dead';
  const made = await stat(folder).catch(() => undefined);
  return made !== undefined && Date.now() - made.mtimeMs > 60_000;
}

function isTaken(error: unknown): boolean {
  if (!isSystemError(error) || error.syscall !== 'rename') return false;
  return error.code === 'ENOTEMPTY' || error.code === 'EEXIST';
}
