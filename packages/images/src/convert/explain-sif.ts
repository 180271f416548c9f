import type { Call } from '@fairlead/core';
import { deadline } from '../deadline.ts';
import type { ChosenConfig } from '../sif-config/choose-config.ts';
import { openSource } from '../source.ts';
import { chooseSifConfig, type SifOptions } from './sif-image.ts';

const words: Readonly<Record<ChosenConfig['branch'], string>> = {
  B: 'the configuration of the OCI image that it was made from',
  C: 'the configuration of the OCI image that it was made from, started by its runscript',
  D: 'its runscript',
};

/**
 * Whose word decides how the image of a SIF runs: `mode auto: its runscript (evidence D)`. Reads metadata only.
 * @throws as reading a SIF does
 */
export async function explainSif(path: string, call: Call, options: SifOptions): Promise<string> {
  using limit = deadline(call, 'convert');
  await using source = await openSource(path, { signal: limit.signal });
  const { branch } = (await chooseSifConfig(source, options)).chosen;
  return `mode ${options.mode ?? 'auto'}: ${words[branch]} (evidence ${branch})`;
}
