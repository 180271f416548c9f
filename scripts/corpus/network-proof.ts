import type { ContainerManager, NetworkMode } from '@fairlead/core';
import type { Endpoint } from '@fairlead/lab';
import { apptainerScript } from './apptainer-run.ts';
import { runSpec } from './engine-run.ts';

const interfaces =
  "sed '1,2d; s/:.*//; s/ //g' /proc/net/dev | grep -v '^\\(sit\\|tunl\\|ip6\\|gre\\|erspan\\|ip_vti\\|ip6_vti\\)' | sort";

/**
 * Proves that a converted image without a network sees what Apptainer shows, and that it reaches the registry through the
 * host's network and through none it does not (the half of V15 that is about networks: a spec publishes no ports).
 */
export async function proveNetwork(
  manager: ContainerManager,
  file: string,
  { apptainer, registry }: { readonly apptainer: Endpoint; readonly registry: string },
): Promise<readonly string[]> {
  const run = async (mode: NetworkMode['mode'], line: string): Promise<string> =>
    (
      await runSpec(manager, { image: `sif:${file}`, entrypoint: ['/bin/sh', '-c', line], network: { mode } })
    ).stdout.trim();
  const none = (await apptainerScript(apptainer, [], file, interfaces)).stdout.trim();
  const reach = `wget -q -O - http://${registry}/v2/ 2>&1 || echo unreachable`;
  const shown = {
    none: await run('none', interfaces),
    private: (await run('private', interfaces)).split('\n').length > 1,
    reached: [await run('host', reach), (await run('none', reach)).split('\n').at(-1)].join(),
  };
  return [
    ...(none !== '' && shown.none === none
      ? []
      : [`without a network Apptainer shows ${none}, the converted image ${shown.none}`]),
    ...(shown.private ? [] : ['a private network shows no interface of its own']),
    ...(shown.reached === '{},unreachable'
      ? []
      : [`the host's network and none should reach "{},unreachable", and reach ${shown.reached}`]),
  ];
}
