import { unedited, type Edit } from './field-writer.ts';
import { madeSif, type MadeObject } from './made-sif.ts';

/** An OCI-SIF of the files of a layout: each blob an object under its digest, and behind them the index. */
export function madeOciSif(files: ReadonlyMap<string, Uint8Array>, edit: Edit = unedited): Buffer {
  const blobs = [...files].filter(([path]) => path.startsWith('blobs/'));
  const objects = [
    ...blobs.map(([path, content]) => object(0x400b, `sha256:${path.slice(-64)}`, content)),
    object(0x400a, `sha256:${'0'.repeat(64)}`, files.get('index.json') ?? Buffer.alloc(0)),
  ];
  return madeSif(objects, { total: objects.length + 2, edit });
}

function object(dataType: number, digest: string, content: Uint8Array): MadeObject {
  const extra = Buffer.alloc(384);
  extra.write(digest);
  return { dataType, content, extra, group: 0xf000_0000 };
}
