// Turns a SIF, an OCI-SIF or a bare squashfs into an OCI image, in this process and without any engine:
//   node examples/convert.ts model.sif model-oci                            an OCI layout folder
//   node examples/convert.ts model.sif model.tar --name localhost/model:1   one file that `docker load` and `podman load` take
// Options: --form layout|archive, --compression none|gzip|zstd, --mode auto|apptainer|oci, --lossy, --member NAME,
// --architecture WORD, --verify KEY.pem (several times for several keys), --json. Progress goes to stderr, the summary
// to stdout. Ends with 0, with 1 if the image cannot be converted, and with 2 for a command line that means nothing.
import { readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { FairleadError, type Progress } from '@fairlead/core';
import { compressionKey, writeSifImage, type WriteSifOptions, type WrittenSif } from '@fairlead/images';

const usage =
  'usage: convert IMAGE.sif FOLDER|FILE.tar [--name NAME] [--form layout|archive] [--compression none|gzip|zstd]';

const evidence: Readonly<Record<WrittenSif['branch'], string>> = {
  A: 'A: the image that the OCI-SIF holds',
  B: 'B: the OCI image that the SIF was made from',
  C: 'C: that OCI image, started by the runscript of the SIF',
  D: 'D: the runscript and the environment of the SIF',
};

try {
  const { from, to, json, options } = await commandLine(process.argv.slice(2));
  const written = await writeSifImage(from, to, { ...options, onProgress: progressTo(process.stderr) });
  const summary = summaryOf(to, options, written);
  console.log(json ? JSON.stringify(summary, undefined, 2) : toText(summary));
} catch (error) {
  if (FairleadError.is(error)) console.error(`${error.code}: ${error.message}`);
  else if (isUsageError(error)) console.error(`${error.message}\n${usage}`);
  else throw error;
  process.exitCode = isUsageError(error) ? 2 : 1;
}

interface CommandLine {
  readonly from: string;
  readonly to: string;
  readonly json: boolean;
  readonly options: WriteSifOptions;
}

async function commandLine(args: string[]): Promise<CommandLine> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      name: { type: 'string', multiple: true, default: [] },
      form: { type: 'string' },
      compression: { type: 'string', default: 'none' },
      mode: { type: 'string', default: 'auto' },
      lossy: { type: 'boolean', default: false },
      member: { type: 'string' },
      architecture: { type: 'string' },
      verify: { type: 'string', multiple: true, default: [] },
      json: { type: 'boolean', default: false },
    },
  });
  const [from, to, ...rest] = positionals;
  if (from === undefined || to === undefined || rest.length > 0)
    throw new TypeError('give an image and where to write');
  const { lossy, member, architecture, json } = values;
  const form = oneOf('form', values.form ?? (to.endsWith('.tar') ? 'archive' : 'layout'), ['layout', 'archive']);
  const keys = await Promise.all(values.verify.map((path) => readFile(path, 'utf8')));
  const options = {
    form: form === 'layout' ? ('oci-layout' as const) : form,
    mode: oneOf('mode', values.mode, ['auto', 'apptainer', 'oci']),
    compression: oneOf('compression', values.compression, ['none', 'gzip', 'zstd']),
    names: values.name,
    verify: keys.length === 0 ? undefined : { keys },
  };
  return { from, to, json, options: { ...options, lossy, member, architecture } };
}

function oneOf<const T extends string>(option: string, value: string, allowed: readonly T[]): T {
  const found = allowed.find((word) => word === value);
  if (found !== undefined) return found;
  throw new TypeError(`--${option} is one of ${allowed.join(', ')}, not ${JSON.stringify(value)}`);
}

/** What `parseArgs` and the above say of a command line; a file of a key that is missing is told like that too. */
function isUsageError(error: unknown): error is Error {
  if (!(error instanceof Error) || FairleadError.is(error)) return false;
  return error instanceof TypeError || ('code' in error && /^E[A-Z]+$/.test(String(error.code)));
}

/** A line that is written over; on what is no terminal, one line for each tenth. */
function progressTo(stream: NodeJS.WriteStream): (progress: Progress) => void {
  let told = -1;
  return ({ phase, bytes = 0, totalBytes = 0 }) => {
    const percent = totalBytes === 0 ? 0 : Math.floor((bytes / totalBytes) * 100);
    const step = stream.isTTY ? percent : percent - (percent % 10);
    if (step === told) return;
    told = step;
    const line = `${phase} ${percent} % of ${Math.round(totalBytes / 1e6)} MB`;
    stream.write(stream.isTTY ? `\r${line}${percent === 100 ? '\n' : ''}` : `${line}\n`);
  };
}

function summaryOf(to: string, { compression = 'none' }: WriteSifOptions, written: WrittenSif): Summary {
  const { manifest, config, layers, branch, leftOut, verified } = written;
  return {
    to,
    manifest: manifest.text,
    config: config.text,
    layers: layers.map((layer) => ({ digest: layer.digest.text, diffId: layer.diffId.text, bytes: layer.size })),
    evidence: branch,
    compression: compressionKey(compression, written.source),
    leftOut,
    verified: verified?.groups,
  };
}

interface Summary {
  readonly to: string;
  readonly manifest: string;
  readonly config: string;
  readonly layers: readonly { readonly digest: string; readonly diffId: string; readonly bytes: number }[];
  readonly evidence: WrittenSif['branch'];
  readonly compression: string;
  readonly leftOut: WrittenSif['leftOut'];
  readonly verified: NonNullable<WrittenSif['verified']>['groups'] | undefined;
}

function toText({ to, manifest, config, layers, evidence: branch, compression, leftOut, verified }: Summary): string {
  const lines = [
    `written     ${to}`,
    `manifest    ${manifest}`,
    `config      ${config}`,
    ...layers.map(({ digest, diffId, bytes }) =>
      digest === diffId
        ? `layer       ${digest}, ${bytes} bytes`
        : `layer       ${digest}, ${bytes} bytes, diffID ${diffId}`,
    ),
    `runs as     ${evidence[branch]}`,
    `compression ${compression}`,
  ];
  if (leftOut.sockets > 0) lines.push(`left out    ${leftOut.sockets} sockets, which a layer cannot hold`);
  if (leftOut.lossy > 0) lines.push(`left out    ${leftOut.lossy} things that a layer cannot say (--lossy)`);
  for (const { id, objects, signatures } of verified ?? []) {
    const keys = signatures.flatMap((signature) => signature.keys);
    lines.push(`verified    group ${id}, objects ${objects.join(', ')}, signed by ${[...new Set(keys)].join(', ')}`);
  }
  return lines.join('\n');
}
