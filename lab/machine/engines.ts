import { readFile } from 'node:fs/promises';
import { request } from 'node:http';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import { command } from '../command.ts';
import { registryAddress, socketOf, systemPath } from '../describe-targets.ts';
import type { Endpoint, Missing } from '../endpoints.ts';
import { enterMachine, type Machine } from './enter.ts';
import type { LabPaths } from '../paths.ts';
import { step } from '../steps.ts';

/** Starts every engine that is a daemon, and the registries, in machines that have just started; returns what failed. */
export async function startEngines(
  paths: LabPaths,
  machines: readonly Machine[],
  endpoints: readonly Endpoint[],
): Promise<readonly Missing[]> {
  const registries = machines.map((machine) =>
    step(`${machine.suite}: registry ready`, () => startRegistry(paths, machine)),
  );
  const sockets = endpoints.filter((endpoint) => endpoint.through === 'socket');
  const services = sockets.map((endpoint) =>
    step(`${endpoint.name} ${endpoint.version} ready`, () => startService(paths, endpoint)),
  );
  const results = await Promise.allSettled(services);
  await Promise.all(registries);
  const stores = results.flatMap((result, at) =>
    result.status === 'rejected' ? [{ store: sockets[at]?.store, why: String(result.reason) }] : [],
  );
  return stores.flatMap(({ store, why }) =>
    endpoints.filter((endpoint) => endpoint.store === store).map(({ name }) => ({ name, why })),
  );
}

/** Returns the targets that have no chance here: without user namespaces no engine runs as an ordinary user. */
export async function findHopeless(endpoints: readonly Endpoint[]): Promise<readonly Missing[]> {
  const ordinary = endpoints.filter((endpoint) => endpoint.user === 'ordinary');
  const [first] = ordinary;
  if (!first) return [];
  const trial = command([...first.enter, 'unshare', '--user', '--map-current-user', '--mount', 'true']);
  const failure = await trial.then(() => undefined, String);
  if (failure === undefined) return [];
  const why = `an ordinary user may make no user namespaces here (sysctl kernel.apparmor_restrict_unprivileged_userns, kernel.unprivileged_userns_clone): ${failure}`;
  return ordinary.map(({ name }) => ({ name, why }));
}

async function startRegistry(paths: LabPaths, machine: Machine): Promise<void> {
  const argv = ['/usr/bin/docker-registry', 'serve', join(paths.share, 'registry/config.yml')];
  await command(detached(paths, `registry-${machine.suite}`, enterMachine(paths, machine.suite), argv));
  const port = Number(registryAddress.split(':')[1]).toString(16).toUpperCase().padStart(4, '0');
  await until(`the registry of ${machine.suite}`, logOf(paths, `registry-${machine.suite}`), async () =>
    (await readFile(`/proc/${machine.pid}/net/tcp`, 'utf8')).includes(`:${port} 00000000:0000 0A`),
  );
}

async function startService(paths: LabPaths, endpoint: Endpoint): Promise<void> {
  const socket = socketOf(paths, endpoint);
  const docker = endpoint.engine === 'docker';
  const argv = docker ? dockerd(socket) : [...endpoint.cli, 'system', 'service', '--time=0', `unix://${socket}`];
  const enter = docker ? enterMachine(paths, endpoint.suite) : endpoint.enter;
  await command(detached(paths, endpoint.name, enter, argv));
  await until(endpoint.name, logOf(paths, endpoint.name), () => answers(socket));
  // A process of any user may be given a socket of the lab.
  if (docker) await command(enterMachine(paths, endpoint.suite, '/usr/bin/chmod', '666', socket));
}

function dockerd(socket: string): readonly string[] {
  return [
    '/usr/bin/env',
    '-i',
    `PATH=${systemPath}`,
    'HOME=/home/root',
    '/usr/sbin/dockerd',
    '--host',
    `unix://${socket}`,
  ];
}

// setsid leaves the daemon to the machine's PID 1, so that it survives this process and dies with the machine.
function detached(
  paths: LabPaths,
  name: string,
  enter: readonly [string, ...string[]],
  argv: readonly string[],
): readonly [string, ...string[]] {
  const script = 'log=$1; shift; exec "$@" </dev/null >"$log" 2>&1';
  return [...enter, '/usr/bin/setsid', '--fork', '/usr/bin/sh', '-c', script, 'lab', logOf(paths, name), ...argv];
}

function logOf(paths: LabPaths, name: string): string {
  return join(paths.share, 'log', `${name}.log`);
}

async function until(what: string, log: string, ready: () => Promise<boolean>): Promise<void> {
  for (let waited = 0; waited < 20_000; waited += 20) {
    if (await ready()) return;
    await delay(20);
  }
  const said = await readFile(log, 'utf8').catch(() => '');
  throw new Error(
    `lab: ${what} did not get ready within 20 s. The end of ${log}:\n${said.trim().split('\n').slice(-8).join('\n')}`,
  );
}

/** Tells whether an engine answers at a socket. */
export function answers(socketPath: string): Promise<boolean> {
  return new Promise((resolve) => {
    const ping = request({ socketPath, path: '/_ping', timeout: 1000 }, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    ping.on('timeout', () => ping.destroy());
    ping.on('error', () => resolve(false));
    ping.end();
  });
}
