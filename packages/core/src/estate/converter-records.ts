import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { ConverterRecords } from '../image/converter.ts';
import type { StateFolder } from './state-folder.ts';

/** How many records of one kind are kept; the oldest go. */
const most = 256;

/** Records of converters in the state folder; a folder out of reach keeps nothing. */
export function openRecords(state: StateFolder, kind: string): ConverterRecords {
  return {
    read: (name) => state.readRecord(kind, name).catch(() => undefined),
    async write(name, value) {
      await state
        .writeRecord(kind, name, value)
        .then(() => prune(state, kind))
        .catch(() => undefined);
    },
  };
}

async function prune(state: StateFolder, kind: string): Promise<void> {
  if ((await state.listRecords(kind)).length <= most) return;
  const folder = join(state.path, kind);
  const files = (await readdir(folder)).filter((name) => name.endsWith('.json') && !name.startsWith('.'));
  const aged = await Promise.all(
    files.map(async (name) => ({ name, at: (await stat(join(folder, name)).catch(() => ({ mtimeMs: 0 }))).mtimeMs })),
  );
  const old = aged.toSorted((a, b) => b.at - a.at).slice(most / 2);
  for (const { name } of old) await state.removeRecord(kind, name.slice(0, -'.json'.length));
  await state.removeUnpublished(kind);
}
