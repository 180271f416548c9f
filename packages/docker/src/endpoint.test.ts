import { describe, expect, it } from 'vitest';
import { describeEndpoint, parseHost } from './endpoint.ts';

describe('parseHost', () => {
  it.each([
    ['unix:///run/docker.sock', { kind: 'unix', path: '/run/docker.sock' }],
    ['tcp://127.0.0.1:2375', { kind: 'tcp', host: '127.0.0.1', port: 2375 }],
    ['tcp://engine', { kind: 'tcp', host: 'engine', port: 2375 }],
    ['tcp://engine:80', { kind: 'tcp', host: 'engine', port: 80 }],
    ['http://engine:9999', { kind: 'tcp', host: 'engine', port: 9999 }],
    ['tcp://[::1]:2375', { kind: 'tcp', host: '::1', port: 2375 }],
  ])('%s', (value, endpoint) => {
    expect(parseHost(value)).toEqual({ endpoint });
  });

  it.each([
    ['ssh://user@host', 'ssh'],
    ['npipe:////./pipe/docker_engine', 'named pipe'],
    ['unix://host/run/docker.sock', 'names a host'],
    ['127.0.0.1:2375', 'no address'],
    ['https://engine', 'no address'],
    ['tcp://', 'no tcp address'],
    ['tcp://engine:99999', 'no tcp address'],
    ['tcp://engine/path', 'no tcp address'],
    ['tcp://user@engine', 'no tcp address'],
    ['', 'no address'],
  ])('refuses %j, names it and says what to do', (value, words) => {
    const parsed = parseHost(value);
    expect(parsed).toMatchObject({ problem: { reason: expect.stringContaining(words), hint: expect.any(String) } });
    expect(parsed).toMatchObject({ problem: { reason: expect.stringContaining(JSON.stringify(value)) } });
  });
});

describe('describeEndpoint', () => {
  it.each(['unix:///run/docker.sock', 'tcp://engine:80', 'tcp://[::1]:2375'])('gives %s back', (url) => {
    const parsed = parseHost(url);
    expect('endpoint' in parsed && describeEndpoint(parsed.endpoint)).toBe(url);
  });
});
