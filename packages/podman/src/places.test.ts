import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, it } from 'vitest';
import { discover } from './discover.ts';
import { optionsSchema } from './options.ts';
import { podmanPlaces } from './places.ts';
import { parseConnectionsJson, parseContainersConf } from './podman-connections.ts';

const folder = mkdtempSync(join(tmpdir(), 'places-'));
afterAll(() => rmSync(folder, { recursive: true }));
const conf = join(folder, 'containers.conf');
const json = join(folder, 'connections.json');
const files = { CONTAINERS_CONF: conf, PODMAN_CONNECTIONS_CONF: json };
writeFileSync(
  conf,
  `[containers]
uri = "unix:///wrong"
[engine]
active_service = "old" # a comment
  [engine.service_destinations]
  [engine.service_destinations.old]
    uri = "unix:///old.sock"
    identity = "/k"
[engine.service_destinations."far.away"]
uri = "ssh://u@h:22/run/podman.sock"
`,
);
writeFileSync(json, '{"Connection":{"Default":"new","Connections":{"new":{"URI":"unix:///new.sock"}}}}');

function paths(env: Readonly<Record<string, string>>, uid = 1000): readonly string[] {
  return podmanPlaces({ env: { ...files, ...env }, uid, home: '/home/x' }).map((place) =>
    'socketPath' in place ? place.socketPath : place.reason,
  );
}

describe('podmanPlaces', () => {
  it("follows Podman's own order: connection, host, default connection, the user's sockets, root's", () => {
    const env = { CONTAINER_CONNECTION: 'old', CONTAINER_HOST: 'unix:///host.sock', XDG_RUNTIME_DIR: '/run/x' };
    assert.deepEqual(paths(env), [
      '/old.sock',
      '/host.sock',
      '/new.sock',
      '/run/x/podman/podman.sock',
      '/run/user/1000/podman/podman.sock',
      '/run/podman/podman.sock',
    ]);
  });

  it("looks at root's socket first for root", () => {
    assert.equal(paths({}, 0)[1], '/run/podman/podman.sock');
  });

  it('names a place once', () => {
    const env = { CONTAINER_HOST: 'unix:///run/user/1000/podman/podman.sock', XDG_RUNTIME_DIR: '/run/user/1000' };
    assert.equal(paths(env).filter((path) => path.startsWith('/run/user')).length, 1);
  });

  it('says why a setting leads nowhere', () => {
    const [ssh, unknown] = [paths({ CONTAINER_CONNECTION: 'far.away' }), paths({ CONTAINER_CONNECTION: 'nope' })];
    assert.match(ssh[0] ?? '', /CONTAINER_CONNECTION is "ssh:\/\/u@h:22\/run\/podman\.sock", which is no unix socket/);
    assert.match(unknown[0] ?? '', /names the connection "nope", which is not configured/);
  });
});

describe('connections', () => {
  it('are read from the forms that podman writes, and from nothing else', () => {
    assert.deepEqual(parseContainersConf('not toml at all\n[[[').urls.size, 0);
    assert.deepEqual(parseConnectionsJson('{}'), { urls: new Map(), active: undefined });
    assert.deepEqual(parseConnectionsJson('broken'), { urls: new Map(), active: undefined });
  });
});

describe('discover', () => {
  it('offers sockets that are there, and tells of others why not and what to do', async () => {
    const socketPath = join(folder, 'p.sock');
    const server = createServer().listen(socketPath);
    const env = { ...files, CONTAINER_HOST: `unix://${socketPath}`, XDG_RUNTIME_DIR: folder };
    const found = [];
    const call = { signal: new AbortController().signal };
    for await (const place of discover({ env, uid: 4_000_000, home: '/home/x' }, call)) found.push(place);
    server.close();
    const options = { socketPath };
    const endpoint = `unix://${socketPath}`;
    assert.deepEqual(found[0], { found: true, endpoint, door: 'socket', daemonless: true, options });
    const missing = found.find((place) => place.endpoint === `unix://${folder}/podman/podman.sock`);
    assert.ok(missing?.found === false);
    assert.match(`${missing.reason} ${missing.hint ?? ''}`, /no socket at .*systemctl --user start podman\.socket/);
  });
});

describe('options', () => {
  it.each([
    [{ socketPath: '/x.sock' }, '/x.sock'],
    [{ socketPath: 'unix:///x.sock' }, '/x.sock'],
    [{ url: 'unix:///x.sock' }, '/x.sock'],
  ] as const)('%j is taken', (input, socketPath) => {
    assert.deepEqual(optionsSchema().parse(input), { socketPath });
  });

  it.each([
    [{ socketPath: 'tcp://h:1' }, /"tcp:\/\/h:1" is a tcp:\/\/ address.*Forward the socket/],
    [{ url: 'ssh://u@h/x' }, /^url "ssh:\/\/u@h\/x" .*Forward the socket/],
    [{ socketPath: 'unix://host/x' }, /names a host.*three slashes/],
    [{ socketPath: 'x.sock' }, /"x\.sock" is not absolute/],
    [{ socketPath: '/a', url: 'unix:///a' }, /exclude each other/],
    [{ sock: '/a' }, /Unrecognized key/],
  ] as const)('%j is refused, with its value and the remedy (B11)', (input, message) => {
    const parsed = optionsSchema().safeParse(input);
    const told = parsed.error?.issues.map((issue) =>
      issue.code === 'custom' ? `${issue.message} ${JSON.stringify(issue.params)}` : issue.message,
    );
    assert.match(told?.join() ?? '', message);
  });
});
