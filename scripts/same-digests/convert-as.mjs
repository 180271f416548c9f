// Converts SIFs as one user, and prints the digests as JSON. Plain JavaScript over the compiled packages, so that the
// oldest Node that is supported runs it. Usage: NODE convert-as.mjs FOLDER UID FILE..., where UID is - for nobody else.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeSifImage } from '@fairlead/images';

const [folder, uid, ...files] = process.argv.slice(2);
// All code is loaded by now: the checkout may lie where that user cannot read.
if (uid !== '-') {
  process.setgroups([]);
  process.setgid(Number(uid));
  process.setuid(Number(uid));
}
const digests = {};
for (const [at, file] of files.entries()) {
  for (const mode of ['oci', 'auto']) {
    const to = join(folder, `${at}-${mode}.tar`);
    const options = { form: 'archive', mode, names: ['localhost/m:1'], lossy: true, architecture: 'amd64' };
    const { manifest, config, layers } = await writeSifImage(file, to, options);
    digests[`${at} ${mode}`] = [manifest.text, config.text, ...layers.map(({ diffId }) => diffId.text), sha256(to)];
  }
}
console.log(JSON.stringify({ node: process.version, uid: process.getuid(), digests }));

function sha256(path) {
  return createHash('sha256').update(readFileSync(path)).digest('hex');
}
