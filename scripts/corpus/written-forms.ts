import { join } from 'node:path';
import { writeSifImage, type Compression, type WrittenSif } from '@fairlead/images';

/** What is written of a SIF in one compression. */
export interface WrittenForm {
  readonly compression: Compression;
  readonly layout: string;
  readonly archive: string;
  readonly written: WrittenSif;
}

/** Name of the image in all of them. */
export const toolImage = 'localhost/fairlead/corpus:tools';

/** Writes a SIF into a folder in every compression, each as a layout and as an archive. */
export async function writeForms(sif: string, folder: string): Promise<readonly WrittenForm[]> {
  const forms: WrittenForm[] = [];
  for (const compression of ['none', 'gzip', 'zstd'] as const) forms.push(await write(sif, folder, compression));
  return forms;
}

async function write(sif: string, folder: string, compression: Compression): Promise<WrittenForm> {
  const [layout, archive] = [join(folder, compression), join(folder, `${compression}.tar`)];
  const options = { compression, names: [toolImage] };
  const written = await writeSifImage(sif, layout, { ...options, form: 'oci-layout' });
  await writeSifImage(sif, archive, { ...options, form: 'archive' });
  return { compression, layout, archive, written };
}
