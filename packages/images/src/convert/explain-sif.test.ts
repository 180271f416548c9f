import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { jsonObject, makeSif, partition } from '../__fixtures__/sif.ts';
import { packedImage } from '../__fixtures__/squashfs.ts';
import { createSifConverter } from './sif-converter.ts';
import type { SifOptions } from './sif-image.ts';

it('a converter says whose configuration will count, from metadata alone (V2)', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'fairlead-explain-'));
  try {
    const path = join(folder, 'model');
    await writeFile(
      path,
      makeSif([jsonObject('oci-config.json', { Entrypoint: ['/app'] }), partition(packedImage('gzip'))]),
    );
    const explain = (options: SifOptions): Promise<string> | undefined =>
      createSifConverter(options).explain?.({ format: 'sif', path }, {});
    await expect(explain({ mode: 'oci' })).resolves.toBe(
      'mode oci: the configuration of the OCI image that it was made from (evidence B)',
    );
    await expect(explain({ mode: 'apptainer' })).rejects.toMatchObject({ code: 'CONVERSION_FAILED' });
  } finally {
    await rm(folder, { recursive: true });
  }
});
