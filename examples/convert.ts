// Turns a SIF (or a bare squashfs) into an OCI image, in this process and without any engine:
//   node examples/convert.ts model.sif model-oci                 an OCI layout folder
//   node examples/convert.ts model.sif model.tar localhost/m:1   one file that `docker load` and `podman load` take
import { FairleadError } from '@fairlead/core';
import { writeSifImage } from '@fairlead/images';

const [from, to, ...names] = process.argv.slice(2);
if (from === undefined || to === undefined) {
  console.error('usage: node examples/convert.ts IMAGE.sif FOLDER|FILE.tar [NAME...]');
  process.exit(2);
}
try {
  const form = to.endsWith('.tar') ? 'archive' : 'oci-layout';
  const { manifest, config, diffId, branch } = await writeSifImage(from, to, { form, names });
  console.log(`manifest ${manifest.text}\nconfig   ${config.text}\ndiffID   ${diffId.text}\nevidence ${branch}`);
} catch (error) {
  if (!FairleadError.is(error)) throw error;
  console.error(`${error.code}: ${error.message}`);
  process.exitCode = 1;
}
